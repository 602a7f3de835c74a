"""Imported only by the fork server, for what it does: load the models once, for all pool processes to share.

multiprocessing offers no other hook there, so this is the one module of ours whose import has an effect
(besides `streams.live.app`, which Faust loads by name). Nothing else may import it.
"""

import gc
import os
import signal

from streams.engine import process
from streams.engine.fork_server import MODELS_VARIABLE

# A signal to the whole process group must not end the work in flight: the main process drains first.
# SIGINT is set here too: the fork server hands on what it finds, and a process that is still starting must not die.
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGINT, signal.SIG_IGN)
process.die_with_parent()
process.preload(os.environ.get(MODELS_VARIABLE))
# What is loaded now is never freed, so the collector need not touch (and so copy) its pages in every process.
gc.freeze()
