"""Builds en_copytaster_news, the names' model; not needed at run time."""

import os

# Before anything imports numpy: its products are small here, and threads would wait for each other more than work.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
