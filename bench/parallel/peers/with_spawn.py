"""multiprocessing.Pool with spawn, as it starts where fork isn't safe or isn't there."""

import with_pool


class Peer(with_pool.Peer):
    method = "spawn"
