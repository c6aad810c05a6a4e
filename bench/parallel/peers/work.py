"""The work of the rows: what the workers of every peer are given. They find it by importing this module."""

import os
import time

PATIENCE = 30  # seconds that a task sleeps which is to be killed


def identity(x):
    return x


def square(x):
    return x * x


def heavy(i):
    s = 0
    for k in range(100_000):
        s += k * k & 7
    return s + i


def wait(seconds):
    time.sleep(seconds)
    return 1


def pid(seconds):
    """The process, after a while in which the others must take the rest of the tasks."""
    time.sleep(seconds)
    return os.getpid()


def spin(seconds):
    """Computes for a time."""
    end, n = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        n += 1
    return n


def fails(item, attempt):
    """Whether an attempt fails, the first is 1: about half of them do, always the same."""
    x = item * 101 + attempt * 7 + 1
    for _ in range(3):
        x = x * 48271 % 2147483647
    return x >> 12 & 1 == 1


def flaky(job):
    """Fails in half of its attempts, which are counted in a file."""
    item, folder = job
    fd = os.open(os.path.join(folder, str(item)), os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    os.write(fd, b".")
    attempt = os.fstat(fd).st_size
    os.close(fd)
    time.sleep(0.01)
    if fails(item, attempt):
        raise ConnectionError(f"item {item}, attempt {attempt}")
    return 1


def three_tries(job):
    """What is written by hand where the peer has no retries."""
    for _ in range(3):
        try:
            return flaky(job)
        except ConnectionError:
            pass
    return 0


def doomed(job):
    """Item 0 says which process it runs in and waits to be killed there; tried again it is done at once."""
    item, folder = job
    if item == 0:
        try:
            os.close(os.open(os.path.join(folder, "begun"), os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            return 1
        name = os.path.join(folder, "pid")
        with open(name + ".new", "w") as f:
            f.write(str(os.getpid()))
        os.rename(name + ".new", name)
        time.sleep(PATIENCE)
    return 1
