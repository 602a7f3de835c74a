"""A fast runtime for spaCy's transition-based NER over a HashEmbedCNN."""

from streams.nlp.fast_ner.ner import Entity, FastNer
from streams.nlp.fast_ner.weights import NotApplicable

__all__ = ["Entity", "FastNer", "NotApplicable"]
