"""joblib with its default, loky's processes, which are kept from call to call."""

import joblib
from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor

import work


class Peer:
    many = 200_000

    def start(self, workers):
        self.workers = workers

    def map(self, f, xs, chunk=None, timeout=None):
        return Parallel(n_jobs=self.workers, batch_size=chunk or "auto", timeout=timeout)(delayed(f)(x) for x in xs)

    def call(self, f, x):
        return self.map(f, [x])[0]

    def threads(self, f, xs, chunk=None):
        return Parallel(n_jobs=4, batch_size=chunk or "auto", backend="threading")(delayed(f)(x) for x in xs)

    def retry(self, xs):
        return self.map(work.three_tries, xs, chunk=1)

    def close(self):
        get_reusable_executor().shutdown(wait=True, kill_workers=True)


VERSION = joblib.__version__
