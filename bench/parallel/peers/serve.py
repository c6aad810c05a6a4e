"""Runs the rows of the table with one of the peers.

usage: serve.py pool|spawn|executor|joblib|ray FOLDER

Each line of standard input is the name of a row, each line of standard output the answer: a JSON object with the
value, in seconds or a second, the check that must be what the row says, and a note where something went wrong.
FOLDER is for the files of the tasks. The work is in work.py, each peer's ways are in with_*.py. The process must be the first of its process group.
"""

import importlib
import json
import os
import platform
import signal
import statistics
import sys
import tempfile
import threading
import time

import work

WORKERS = 4
HANG = 10  # seconds after which a call hangs that should have come back

clock = time.perf_counter


class Timer:
    def __enter__(self):
        self.begin = clock()
        return self

    def __exit__(self, *_):
        self.seconds = clock() - self.begin


def right(ok):
    return "right" if ok else "wrong"


class Rows:
    """One method a row."""

    def __init__(self, name, folder):
        module = importlib.import_module("with_" + name)
        self.peer = module.Peer(folder) if name == "ray" else module.Peer()
        self.version = getattr(module, "VERSION", platform.python_version())
        self.folder = folder

    def about(self):
        return dict(check=self.version)

    def start(self):
        with Timer() as t:
            self.peer.start(WORKERS)
            ys = self.peer.map(work.identity, range(8), chunk=1)
        return dict(value=t.seconds, check=sum(ys))

    def pids(self):
        found = set(self.peer.map(work.pid, [0.05] * 40, chunk=1))
        return dict(check=len(found), pids=sorted(found))

    def futures(self):
        if not hasattr(self.peer, "submit"):
            return dict(missing=True)
        n = self.peer.singles
        with Timer() as t:
            s = sum(self.peer.result(f) for f in [self.peer.submit(work.identity, i) for i in range(n)])
        return dict(value=n / t.seconds, check=right(s == n * (n - 1) // 2))

    def singles(self):
        n = getattr(self.peer, "singles", 5_000)
        with Timer() as t:
            s = sum(self.peer.map(work.identity, range(n), chunk=1))
        return dict(value=n / t.seconds, check=right(s == n * (n - 1) // 2))

    def chunked(self):
        n = self.peer.many
        xs = list(range(n))
        with Timer() as t:
            ys = self.peer.map(work.identity, xs)
        return dict(value=n / t.seconds, check=right(ys == xs))

    def threads1(self):
        return self.threads(chunk=1)

    def threads(self, chunk=None):
        if not hasattr(self.peer, "threads"):
            return dict(missing=True)
        n = 100_000
        xs = list(range(n))
        with Timer() as t:
            ys = self.peer.threads(work.identity, xs, chunk)
        return dict(value=n / t.seconds, check=right(ys == xs))

    def roundtrip(self):
        times, s = [], 0
        for i in range(1000):
            with Timer() as t:
                s += self.peer.call(work.identity, i)
            times.append(t.seconds)
        return dict(value=statistics.median(times), check=s)

    def squares1(self):
        with Timer() as t:
            s = sum(self.peer.map(work.square, range(1, 10_001), chunk=1))
        return dict(value=t.seconds, check=s)

    def squares(self):
        with Timer() as t:
            s = sum(self.peer.map(work.square, range(1, 10_001)))
        return dict(value=t.seconds, check=s)

    def ten(self):
        """With the start of the ten workers; Ray has its workers from the processors that it was given."""
        if hasattr(self.peer, "ten"):
            with Timer() as t:
                s = sum(self.peer.ten(work.wait, [1] * 10))
            return dict(value=t.seconds, check=s)
        self.peer.close()
        with Timer() as t:
            self.peer.start(10)
            s = sum(self.peer.map(work.wait, [1] * 10, chunk=1))
        self.again()
        return dict(value=t.seconds, check=s)

    def waits(self):
        with Timer() as t:
            s = sum(self.peer.map(work.wait, [0.1] * 100, chunk=1))
        return dict(value=t.seconds, check=s)

    def tiny(self):
        with Timer() as t:
            s = sum(self.peer.map(work.square, range(100)))
        return dict(value=t.seconds, check=s)

    def heavy(self):
        with Timer() as t:
            s = sum(self.peer.map(work.heavy, range(1000), chunk=1))
        return dict(value=t.seconds, check=s)

    def retries(self):
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            with Timer() as t:
                done = sum(self.peer.retry([(i, folder) for i in range(100)]))
            tries = sum(entry.stat().st_size for entry in os.scandir(folder))
        return dict(value=t.seconds, check=f"{done} done, {tries} tries")

    def array(self):
        import numpy

        self.peer.map(work.identity, [numpy.arange(100.0)] * 8, chunk=1)
        a, times = numpy.arange(10_000_000.0), []
        for _ in range(3):
            with Timer() as t:
                b = self.peer.call(work.identity, a)
            times.append(t.seconds)
            check = f"{len(b)} {b.sum():.0f}"
        return dict(value=statistics.median(times), check=check)

    def killed(self):
        """From the end of the worker until the result of what it was doing is there."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            begin = 0.0

            def kill():
                nonlocal begin
                name = os.path.join(folder, "pid")
                while not os.path.exists(name):
                    time.sleep(0.01)
                with open(name) as f:
                    worker = int(f.read())
                time.sleep(0.2)
                begin = clock()
                os.kill(worker, signal.SIGKILL)

            killer = threading.Thread(target=kill)
            killer.start()

            def call():
                return self.peer.map(work.doomed, [(i, folder) for i in range(4)], chunk=1, timeout=HANG)

            ys, note = self.recover(call)
            end = clock()
            killer.join()
        return self.recovered(begin, end, ys, note)

    def interrupted(self):
        """From the interrupt, sent as Jupyter does, to the process group, until the next call has its results."""
        begin = 0.0

        def interrupt():
            nonlocal begin
            time.sleep(0.5)
            begin = clock()
            os.killpg(os.getpgrp(), signal.SIGINT)

        interrupter = threading.Thread(target=interrupt)
        interrupter.start()
        try:
            self.peer.map(work.spin, [3] * 8, chunk=1)
            raise SystemExit("the interrupt was not seen")
        except KeyboardInterrupt:
            pass
        interrupter.join()

        def call():
            return self.peer.map(work.wait, [0.001] * 4, chunk=1, timeout=HANG)

        ys, note = self.recover(call)
        return self.recovered(begin, clock(), ys, note)

    def recover(self, call):
        """Calls; where that fails, the pool is made again, as one would by hand, and it is called again."""
        try:
            return call(), ""
        except TimeoutError:
            self.again()
            return None, "hangs"
        except Exception as e:
            print(repr(e), file=sys.stderr)
            self.again()
            return call(), "pool lost, made again by hand"

    def recovered(self, begin, end, ys, note):
        if ys is None:
            return dict(missing=True, check=4, note=note)
        return dict(value=end - begin, check=sum(ys), note=note)

    def again(self):
        self.peer.close()
        self.peer.start(WORKERS)
        self.peer.map(work.identity, range(8), chunk=1)


def main():
    # Nobody else gets the standard output, so that nothing gets in between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    rows = Rows(sys.argv[1], sys.argv[2])
    for line in sys.stdin:
        answer = getattr(rows, line.strip())()
        answer["check"] = str(answer.get("check", ""))
        print(json.dumps(answer), file=answers, flush=True)
    rows.peer.close()


if __name__ == "__main__":
    main()
