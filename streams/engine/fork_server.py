"""The process that loads the models once and that all pool processes are forked from."""

import functools
import json
import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext

from streams.nlp.load import ModelSpec
from streams.settings import Settings

__all__ = ["MODELS_VARIABLE", "begin_loading", "model_spec", "starter", "thread_limits"]

MODELS_VARIABLE = "COPYTASTER_PRELOAD_MODELS"
"""How the fork server learns which models to load: multiprocessing passes it nothing but module names."""


def model_spec(settings: Settings) -> ModelSpec:
    """The models an installation's settings ask for."""
    return ModelSpec(
        spacy_model=settings.spacy_model,
        analysed_chars=settings.analysed_chars,
        ner_engine=settings.ner_engine,
        ner_cache_rows=settings.ner_cache_rows,
        knowledge_file=str(settings.knowledge_file) if settings.knowledge_file else None,
        rules_file=str(settings.rules_file) if settings.rules_file else None,
    )


def begin_loading(models: ModelSpec) -> ForkServerContext:
    """Have the fork server load the models, and return at once; a second time changes nothing.

    A start method that neither copies this process's threads (fork) nor loads the models again (spawn). Loading
    takes two seconds of another core, so a program that needs a pool calls this before it imports the rest.
    """
    os.environ.update(thread_limits())
    os.environ[MODELS_VARIABLE] = json.dumps(asdict(models))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["streams.engine.preload"])
    starter().submit(forkserver.ensure_running)
    return context


def thread_limits() -> dict[str, str]:
    """Environment that keeps numeric libraries to one thread: the pool has one process per core."""
    return dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"), "1")


@functools.cache
def starter() -> ThreadPoolExecutor:
    """The thread that starts all processes, and lives as long as this program.

    Linux sends PR_SET_PDEATHSIG when the *thread* ends that started a process: the fork server, which all pools
    of the program share, would die with a thread of one of them.
    """
    return ThreadPoolExecutor(1, thread_name_prefix="pool-starter")
