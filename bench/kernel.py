"""Measures one Jupyter kernel through plain ZeroMQ sockets, with jupyter_client's messages and process management.

usage: kernel.py KERNEL ROUND|CELLS [ARGUMENT], with code snippets as a JSON object on standard input.

ROUND measures everything but growth once, ARGUMENT times the start; CELLS runs ARGUMENT trivial cells in one kernel.
The measurements are printed as one JSON object. Times are in milliseconds, memory in bytes.
"""

import gc
import json
import sys
import time

import psutil
import zmq
from jupyter_client.manager import KernelManager

TIMEOUT = 180_000  # milliseconds without any message


class Kernel:
    """A running kernel and the sockets of a front end."""

    def __init__(self, name):
        self.km = KernelManager(kernel_name=name)
        begin = time.perf_counter()
        self.km.start_kernel()
        self.iopub = self.connect(zmq.SUB, self.km.iopub_port)
        self.iopub.subscribe(b"")
        self.shell = self.connect(zmq.DEALER, self.km.shell_port)
        self.session = self.km.session
        self.session.send(self.shell, "kernel_info_request", {})
        self.receive(self.shell, "kernel_info_reply")
        self.start_ms = (time.perf_counter() - begin) * 1e3
        self.both = zmq.Poller()
        self.both.register(self.shell, zmq.POLLIN)
        self.both.register(self.iopub, zmq.POLLIN)
        # Only when the subscription has arrived does a status of an execution come, too.
        while True:
            self.session.send(self.shell, "kernel_info_request", {})
            if self.iopub.poll(300):
                break
        self.quiet()

    def connect(self, kind, port):
        """A socket that tries again soon: the default of 0.1 s would hide a fast start."""
        socket = self.km.context.socket(kind)
        socket.linger = 0
        socket.rcvhwm = 0
        socket.reconnect_ivl = 2
        socket.connect(f"tcp://127.0.0.1:{port}")
        return socket

    def receive(self, socket, kind):
        while socket.poll(TIMEOUT):
            _, message = self.session.recv(socket)
            if message and message["msg_type"] == kind:
                return message
        raise SystemExit(f"no {kind}")

    def quiet(self):
        """Reads what is on its way until nothing has come for 0.2 s."""
        while ready := dict(self.both.poll(200)):
            for socket in ready:
                self.session.recv(socket)

    def run(self, code, idle=None):
        """Runs code and returns (milliseconds until reply and idle, bytes on stdout, lines on stdout, status).

        While the clock runs, no more is read of a message than its header: the rest is checked and counted afterwards,
        so that the kernel is measured and not this client. idle, if given, is called as soon as the kernel is busy
        with the cell, and the clock starts after it.
        """
        begin = time.perf_counter()
        sent = self.session.send(
            self.shell,
            "execute_request",
            {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False, "stop_on_error": False},
        )
        mine = sent["header"]["msg_id"].encode()
        reply, outputs, ended = None, [], False
        while reply is None or not ended:
            ready = dict(self.both.poll(TIMEOUT))
            if not ready:
                raise SystemExit(f"the kernel is silent after {code[:60]!r}")
            for socket in ready:
                frames = socket.recv_multipart()
                at = frames.index(b"<IDS|MSG>")
                header, parent, content = frames[at + 2], frames[at + 3], frames[at + 5]
                if mine not in parent:
                    continue
                if socket is self.shell:
                    reply = frames
                elif json.loads(header)["msg_type"] == "status":
                    ended = json.loads(content)["execution_state"] == "idle"
                    if idle:
                        idle()
                        begin, idle = time.perf_counter(), None
                else:
                    outputs.append(frames)
        elapsed = (time.perf_counter() - begin) * 1e3
        size = lines = 0
        for frames in outputs:
            message = self.read(frames)
            if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
                size += len(message["content"]["text"].encode())
                lines += message["content"]["text"].count("\n")
        return elapsed, size, lines, self.read(reply)["content"]["status"]

    def read(self, frames):
        """Checks the signature and decodes."""
        return self.session.deserialize(self.session.feed_identities(frames)[1])

    def ok(self, code):
        elapsed, size, lines, status = self.run(code)
        if status != "ok":
            raise SystemExit(f"{code!r} ended with {status}")
        return elapsed, size, lines

    def memory(self):
        """PSS and RSS of all of the kernel's processes together."""
        root = psutil.Process(self.km.provisioner.pid)
        pss = rss = 0
        for process in [root, *root.children(recursive=True)]:
            info = process.memory_full_info()
            rss += info.rss
            pss += getattr(info, "pss", info.rss)
        return pss, rss

    def interrupt(self):
        """Interrupts after the cell has been busy for half a second."""
        time.sleep(0.5)
        self.km.interrupt_kernel()

    def close(self):
        self.shell.close()
        self.iopub.close()
        self.km.shutdown_kernel(now=False)


def one_round(name, code, starts):
    result = {"start_ms": []}
    for i in range(starts):
        kernel = Kernel(name)
        result["start_ms"].append(kernel.start_ms)
        if i < starts - 1:
            kernel.close()
    kernel.ok(code["trivial"].format(i=-1))
    time.sleep(1)
    result["pss"], result["rss"] = kernel.memory()
    kernel.ok(code["setup"])
    result["cell_ms"] = [kernel.ok(code["trivial"].format(i=i))[0] for i in range(500)]
    result["prints_ms"], _, result["prints_lines"] = kernel.ok(code["prints"])
    result["big_ms"], result["big_bytes"], _ = kernel.ok(code["big"])
    kernel.ok(code["keep"])
    result["interrupt_ms"], _, _, status = kernel.run(code["spin"], idle=kernel.interrupt)
    if status != "error":
        raise SystemExit(f"the interrupted cell ended with {status}")
    kernel.quiet()
    kernel.ok(code["kept"])
    kernel.close()
    return result


def many_cells(name, code, cells):
    kernel = Kernel(name)
    for i in range(500):
        kernel.ok(code["trivial"].format(i=i))
    before = kernel.memory()[1]
    begin = time.perf_counter()
    for i in range(cells):
        kernel.ok(code["growing"].format(i=i))
    seconds = time.perf_counter() - begin
    time.sleep(1)
    after = kernel.memory()[1]
    kernel.close()
    return {"growth": (after - before) / cells, "cells_per_s": cells / seconds}


def main():
    name, what, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    code = json.load(sys.stdin)
    gc.disable()  # its pauses would be ours, not the kernel's
    print(json.dumps((one_round if what == "ROUND" else many_cells)(name, code, count)))


main()
