"""multiprocessing.Pool, with fork, the fastest start that it has, or spawn."""

import multiprocessing
import multiprocessing.pool

import work


class Peer:
    singles = 50_000
    many = 1_000_000
    method = "fork"

    def start(self, workers):
        self.pool = multiprocessing.get_context(self.method).Pool(workers)

    def map(self, f, xs, chunk=None, timeout=None):
        try:
            return self.pool.map_async(f, xs, chunksize=chunk).get(timeout)
        except multiprocessing.TimeoutError:
            raise TimeoutError from None

    def submit(self, f, x):
        return self.pool.apply_async(f, (x,))

    def result(self, future):
        return future.get()

    def call(self, f, x):
        return self.pool.apply(f, (x,))

    def threads(self, f, xs, chunk=None):
        with multiprocessing.pool.ThreadPool(4) as pool:
            return pool.map(f, xs, chunksize=chunk)

    def retry(self, xs):
        return self.map(work.three_tries, xs, chunk=1)

    def close(self):
        self.pool.terminate()
        self.pool.join()
