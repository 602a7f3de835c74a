"""A fast runtime for spaCy's transition-based NER over a HashEmbedCNN."""

from streams.nlp.fast_ner.ner import CALIBRATION, Entity, FastNer
from streams.nlp.fast_ner.weights import NotApplicable

__all__ = ["CALIBRATION", "Entity", "FastNer", "NotApplicable"]
