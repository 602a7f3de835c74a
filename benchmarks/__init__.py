"""Benchmarks: each prints its table. All count one thread a process, as in the pool, before numpy asks for more."""

import os

from streams.engine.fork_server import thread_limits

os.environ.update(thread_limits())
