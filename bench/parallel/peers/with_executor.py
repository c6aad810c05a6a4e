"""concurrent.futures.ProcessPoolExecutor, with fork."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import work


class Peer:
    singles = 20_000
    many = 1_000_000

    def start(self, workers):
        self.workers = workers
        self.pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork"))

    def map(self, f, xs, chunk=None, timeout=None):
        # Its own default is a chunk of one: what Pool would take.
        return list(self.pool.map(f, xs, chunksize=chunk or max(1, len(xs) // (4 * self.workers)), timeout=timeout))

    def submit(self, f, x):
        return self.pool.submit(f, x)

    def result(self, future):
        return future.result()

    def call(self, f, x):
        return self.pool.submit(f, x).result()

    def threads(self, f, xs, chunk):
        with ThreadPoolExecutor(4) as pool:  # it has no chunks for threads
            return list(pool.map(f, xs))

    def retry(self, xs):
        return self.map(work.three_tries, xs, chunk=1)

    def close(self):
        self.pool.shutdown(cancel_futures=True)
