"""The inside of a pool process: load the models, then answer batches until the pipe closes."""

import contextlib
import ctypes
import json
import os
import signal
import sys
from multiprocessing.connection import Connection
from typing import NamedTuple

from streams.engine.work import process
from streams.enrich.models import Models
from streams.errors import SettingsError
from streams.nlp.load import ModelSpec, OwnFiles, load_models

__all__ = ["NotStarted", "Notice", "Started", "die_with_parent", "preload", "serve"]

PR_SET_PDEATHSIG = 1

NICENESS = 10
"""The main process fetches and commits for all of the pool, a millisecond a record: it must not wait for a core."""

_preloaded: dict[ModelSpec, Models] = {}


class Started(NamedTuple):
    """The process is ready for batches; `notices` are the models'."""

    pipeline: str
    notices: tuple[str, ...] = ()


class Notice(NamedTuple):
    """Something to be logged, sent before a batch's results."""

    text: str


class NotStarted(NamedTuple):
    """The models cannot be loaded."""

    reason: str


def die_with_parent() -> None:
    """Ask Linux to kill this process when its parent ends; elsewhere the closed pipe ends it."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def preload(spec: str | None) -> None:
    """Load models before any process is forked. A failure is left to the process that needs them, to report it."""
    if spec is None:
        return
    models = ModelSpec(**json.loads(spec))
    with contextlib.suppress(Exception):
        _preloaded[models] = load_models(models)


def serve(connection: Connection, spec: ModelSpec, partitions: int, renew: bool) -> None:  # noqa: FBT001 - by position
    """Answer every list of records with the list of its results; `renew`: by the own files as they are now."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.nice(NICENESS)
    die_with_parent()
    try:
        models = _preloaded.get(spec) or load_models(spec)
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent must hear of it
        connection.send(
            NotStarted(str(error) if isinstance(error, SettingsError) else f"cannot load models: {error!r}")
        )
        return
    from streams.enrich.pipeline import pipeline_digest

    own = OwnFiles(spec, models)
    try:
        connection.send(Started(pipeline_digest(models), models.notices))
        while True:
            records = connection.recv()
            for notice in own.renew() if renew else ():
                connection.send(Notice(notice))
            connection.send(process(records, own.models, partitions))
    except (EOFError, ConnectionError):
        os._exit(0)  # the pool was stopped, or its program ended
