"""Ray on this machine, without its dashboard."""

import os

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

import ray

import work


def each(f, xs):
    return [f(x) for x in xs]


class Peer:
    singles = 5_000
    many = 1_000_000

    def __init__(self, folder):
        self.folder = folder
        self.remotes = {}

    def start(self, workers):
        self.workers = workers
        ray.init(num_cpus=workers, include_dashboard=False, logging_level="ERROR", log_to_driver=False,
                 _temp_dir=os.path.join(self.folder, "ray"))

    def remote(self, f):
        if f not in self.remotes:
            self.remotes[f] = ray.remote(f)
        return self.remotes[f]

    def map(self, f, xs, chunk=None, timeout=None):
        # It has no chunks: they are made by hand.
        size = chunk or max(1, len(xs) // (4 * self.workers))
        if size == 1:
            g = self.remote(f)
            return ray.get([g.remote(x) for x in xs], timeout=timeout)
        g = self.remote(each)
        parts = ray.get([g.remote(f, xs[i : i + size]) for i in range(0, len(xs), size)], timeout=timeout)
        return [y for part in parts for y in part]

    def submit(self, f, x):
        return self.remote(f).remote(x)

    def result(self, future):
        return ray.get(future)

    def call(self, f, x):
        return ray.get(self.remote(f).remote(x))

    def ten(self, f, xs):
        """More tasks at once than there are processors take a share of one each."""
        g = self.remote(f).options(num_cpus=0.1)
        return ray.get([g.remote(x) for x in xs])

    def retry(self, xs):
        g = self.remote(work.flaky).options(max_retries=2, retry_exceptions=[ConnectionError])
        ys = []
        for future in [g.remote(x) for x in xs]:
            try:
                ys.append(ray.get(future))
            except ConnectionError:
                ys.append(0)
        return ys

    def close(self):
        ray.shutdown()


VERSION = ray.__version__
