"""Teaching a spaCy pipeline, of the shape that the fast runtime computes, on labelled paragraphs."""

import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import spacy
from spacy.language import Language
from spacy.training import Example
from thinc.api import Adam, NumpyOps, fix_random_seed, set_current_ops

from tools.ner_model.labels import Labelled
from tools.ner_model.variants import varied

__all__ = ["Shape", "blank", "teach"]

WORDS_AT_ONCE = 1000
FIRST_RATE = 0.001
DROPOUT = 0.1

MOVES_AT_ONCE = 25
"""Long texts are cut into so many moves, half or twice as many: fewer steps, each with more states."""


class Shape(NamedTuple):
    """The size of a model: tokens' vectors, layers, and rows of each embedding table."""

    width: int = 96
    depth: int = 4
    rows: tuple[int, ...] = (18_000, 1_000, 5_000, 2_000)


class _OpenBlasOps(NumpyOps):  # type: ignore[misc]
    """thinc's own matrix product is a generic kernel; numpy's makes training three times as fast."""

    def gemm(self, x: Any, y: Any, out: Any = None, trans1: bool = False, trans2: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002 - thinc's
        x, y = (x.T if trans1 else x), (y.T if trans2 else y)
        return x @ y if out is None else np.matmul(x, y, out=out)


def blank(shape: Shape) -> Language:
    """An untaught pipeline with nothing but `ner`."""
    set_current_ops(_OpenBlasOps())
    nlp = spacy.blank("en")
    nlp.add_pipe(
        "ner",
        config={
            "update_with_oracle_cut_size": MOVES_AT_ONCE,
            "model": {
                "@architectures": "spacy.TransitionBasedParser.v2",
                "state_type": "ner",
                "extra_state_tokens": False,
                "hidden_width": 64,
                "maxout_pieces": 2,
                "use_upper": True,
                "nO": None,
                "tok2vec": {
                    "@architectures": "spacy.Tok2Vec.v2",
                    "embed": {
                        "@architectures": "spacy.MultiHashEmbed.v2",
                        "width": shape.width,
                        "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE"],
                        "rows": list(shape.rows),
                        "include_static_vectors": False,
                    },
                    "encode": {
                        "@architectures": "spacy.MaxoutWindowEncoder.v2",
                        "width": shape.width,
                        "depth": shape.depth,
                        "window_size": 1,
                        "maxout_pieces": 3,
                    },
                },
            },
        },
    )
    return nlp


def teach(
    shape: Shape,
    texts: Sequence[Labelled],
    passes: float,
    *,
    on_progress: Callable[[Language], str],
    change: Callable[[Labelled, random.Random], Labelled] = varied,
    seed: int = 0,
) -> Language:
    """A pipeline taught on the texts, its weights averaged over the steps; an hour for 16 million words.

    The same seed on the same machine gives the same bytes.

    Args:
        shape: of the model.
        texts: in any order.
        passes: how often each is seen.
        on_progress: what is printed of the pipeline so far, twenty times.
        change: what is made of a text each time it is seen.
        seed: of all chances.
    """
    dice = random.Random(seed)
    nlp = blank(shape)
    fix_random_seed(seed)
    for label in sorted({name.label for each in texts for name in each.names}):
        nlp.get_pipe("ner").add_label(label)  # type: ignore[attr-defined]
    nlp.initialize(lambda: [example for each in texts[:100] if (example := _example(nlp, each))])
    optimizer = Adam(FIRST_RATE, L2=0.01, grad_clip=1.0, L2_is_weight_decay=True, use_averages=True)
    total = round(passes * len(texts))
    began, seen, words, shown = time.monotonic(), 0, 0, 0
    for batch in _batches(nlp, _endless(texts, change, dice), total):
        done = seen / total
        optimizer.learn_rate = FIRST_RATE * min(1.0, (seen + 100) / 4000) * max(0.02, 1 - done)
        losses = nlp.update(batch, drop=DROPOUT, sgd=optimizer)
        seen, words = seen + len(batch), words + sum(len(example.reference) for example in batch)
        if seen - shown > total / 20 or seen >= total:
            shown = seen
            with nlp.use_params(optimizer.averages):
                said = on_progress(nlp)
            rate = words / (time.monotonic() - began)
            print(
                f"{seen / total:4.0%} {rate:6.0f} words/s, loss {losses['ner']:.0f} {said}", file=sys.stderr, flush=True
            )
    with nlp.use_params(optimizer.averages):
        data = nlp.to_bytes()
    taught = blank(shape)
    return taught.from_bytes(data)


def _endless(
    texts: Sequence[Labelled], change: Callable[[Labelled, random.Random], Labelled], dice: random.Random
) -> Iterator[Labelled]:
    """All texts changed, in an order of chance, again and again."""
    while True:
        order = list(range(len(texts)))
        dice.shuffle(order)
        for index in reversed(order):
            yield change(texts[index], dice)


def _batches(nlp: Language, texts: Iterator[Labelled], total: int) -> Iterator[list[Example]]:
    """Batches of a thousand words, smaller ones at first; `total` examples in all."""
    seen = 0
    while seen < total:
        batch: list[Example] = []
        words, limit = 0, WORDS_AT_ONCE * min(1.0, 0.25 + seen / 20_000)
        while words < limit and seen + len(batch) < total:
            example = _example(nlp, next(texts))
            if example:
                batch.append(example)
                words += len(example.reference)
        seen += len(batch)
        yield batch


def _example(nlp: Language, each: Labelled) -> Example | None:
    """None when there is nothing in it."""
    document = nlp.make_doc(each.text)
    if not len(document):
        return None
    reference = document.copy()
    names, missing, reached = [], [], 0
    for name in each.names:
        span = reference.char_span(name.start, name.end, label=name.label, alignment_mode="expand")
        if span is not None and span.start >= reached and not span.text.isspace():
            names.append(span)
            reached = span.end
    taken = {token.i for span in names for token in span}
    for start, end in each.open:
        span = reference.char_span(start, end, alignment_mode="expand")
        if span is not None and not taken.intersection(token.i for token in span):
            missing.append(span)
            taken.update(token.i for token in span)
    reference.set_ents(names, missing=missing, default="outside")
    return Example(document, reference)
