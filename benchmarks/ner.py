"""Names per core: the fast runtime against spaCy itself, same weights, same articles, in one run.

    python -m benchmarks.ner
    python -m benchmarks.ner --corpus ../shared/data/text/current-events/wcep_events_2002_2026.jsonl.gz

Articles have about 330 words. *Seen* ones were read before; *unseen* ones were not, by a process that has read
others. Without a corpus (JSON lines with a `text`, plain or gzip), articles are written of invented sentences and
names, of which there are ever new ones. Rates are by CPU seconds of one process (by the clock for two), in rounds that
alternate between the engines; the figure is the median round. "Of peak" is the arithmetic of the model as published,
without what the runtime saves of it, over what this core does in a large sgemm.
"""

import argparse
import multiprocessing
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from multiprocessing.synchronize import Barrier
from typing import Any, NamedTuple

from benchmarks.written import collected, written

ROUNDS = 5
WARM_UP = 600
BATCHES = (1, 8, 32, 128)

Names = Callable[[Sequence[str]], object]


class Engines(NamedTuple):
    """The two of them, and how much arithmetic a text takes."""

    stock: Names
    fast: Names
    operations: Callable[[str], float]


def main(corpus: str | None) -> None:
    """Print the table."""
    source = (article.body for article in (collected(corpus) if corpus else written(1_000_000)))
    warm_up, unseen = list(islice(source, WARM_UP)), source
    engines = load()
    engines.fast(warm_up)
    peak = sgemm_peak()
    print(f"one core: {peak / 1e9:.0f} GFLOP/s in sgemm; articles of {words(warm_up):.0f} words")
    print(f"{'':8} {'batch':>5} {'spaCy/s':>8} {'fast/s':>8} {'ratio':>6} {'of peak':>8}")
    for batch in BATCHES:
        for kind, floor in (("seen", {32: 8, 1: 4}), ("unseen", {32: 7})):
            rounds = [a_round(engines, kind, batch, warm_up, unseen) for _ in range(ROUNDS)]
            stock, fast, ratio = (statistics.median(column) for column in zip(*rounds, strict=True))
            share = fast * engines.operations(warm_up[0]) / peak
            limit = f" (at least {floor[batch]})" if batch in floor else ""
            print(f"{kind:8} {batch:5} {stock:8.1f} {fast:8.1f} {ratio:6.1f} {share:8.0%}{limit}", flush=True)
    stock, fast = two_processes("stock", warm_up[:60]), two_processes("fast", warm_up)
    print(f"{'two processes':14} {stock:8.1f} {fast:8.1f} {fast / stock:6.1f}")


def a_round(
    engines: Engines, kind: str, batch: int, seen: Sequence[str], unseen: Iterator[str]
) -> tuple[float, float, float]:
    """Articles per CPU second of spaCy and of the fast runtime, and how often the one goes into the other."""
    texts = random.sample(seen, 128) if kind == "seen" else list(islice(unseen, 128))
    stock = rate(engines.stock, texts[:24], 24, time.process_time)
    fast = rate(engines.fast, texts, batch, time.process_time)
    return stock, fast, fast / stock


def rate(names: Names, texts: Sequence[str], batch: int, clock: Callable[[], float]) -> float:
    """Articles per second of that clock."""
    began = clock()
    for start in range(0, len(texts), batch):
        names(texts[start : start + batch])
    return len(texts) / (clock() - began)


def two_processes(engine: str, texts: Sequence[str]) -> float:
    """Articles per second of two processes together, by the clock, each with one thread."""
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(2), context.Queue()
    workers = [context.Process(target=alone, args=(engine, list(texts), barrier, results)) for _ in range(2)]
    for worker in workers:
        worker.start()
    total = float(sum(results.get() for _ in workers))
    for worker in workers:
        worker.join()
    return total


def alone(engine: str, texts: list[str], barrier: Barrier, results: Any) -> None:  # noqa: ANN401 - a queue
    """One of two processes."""
    names: Names = getattr(load(), engine)
    names(texts[:20] if engine == "stock" else texts)
    barrier.wait()
    results.put(rate(names, texts, 32, time.monotonic))


def load() -> Engines:
    """The default pipeline's NER, by spaCy and by the fast runtime."""
    import spacy

    from streams.nlp.fast_ner import FastNer
    from streams.nlp.fast_ner.weights import read_weights
    from streams.nlp.pipelines import pipeline_path
    from streams.settings import Settings

    nlp = spacy.load(
        pipeline_path(Settings().spacy_model), exclude=["tagger", "parser", "attribute_ruler", "lemmatizer", "senter"]
    )
    ner, (weights, _) = FastNer(nlp), read_weights(nlp, "ner")
    matrices = [layer.weight for layer, _ in weights.layers]
    matrices += [weights.mix.weight, weights.actions.next_token, weights.actions.moves.closed_weight]

    def operations(text: str) -> float:
        return 2.0 * len(nlp.make_doc(text)) * sum(matrix.size for matrix in matrices)

    return Engines(lambda texts: list(nlp.pipe(texts)), ner.entities, operations)


def sgemm_peak() -> float:
    """Operations per second of one core in products of large matrices of single precision."""
    import numpy as np

    one, other = (np.random.default_rng(seed).standard_normal((1536, 1536), np.float32) for seed in (1, 2))
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        one @ other
        times.append(time.process_time() - began)
    return 2 * 1536**3 / min(times)


def words(texts: Sequence[str]) -> float:
    """Mean number of words."""
    return statistics.mean(len(text.split()) for text in texts)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", help="JSON lines with a text, plain or gzip")
    main(**vars(parser.parse_args()))
