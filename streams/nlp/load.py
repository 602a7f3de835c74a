"""Loads every model the enrichment needs; the only door to them, so that no import loads any."""

from dataclasses import dataclass

from streams.enrich.models import Models
from streams.nlp.knowledge_base import load_knowledge
from streams.nlp.language_detector import EldcLanguageDetector
from streams.nlp.media_topics import MediaTopicClassifier
from streams.nlp.pipelines import NEWS_PIPELINE
from streams.nlp.spacy_ner import Engine, SpacyEntityRecognizer

__all__ = ["ModelSpec", "load_models"]


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Which models to load: plain values, so that a pool process can be told."""

    spacy_model: str = NEWS_PIPELINE
    analysed_chars: int = 100_000
    ner_engine: Engine = "auto"
    ner_cache_rows: int = 16_384


def load_models(spec: ModelSpec) -> Models:
    """Read the models into memory: seconds, and about 300 MB.

    Raises:
        SettingsError: a model is not installed; the message says how to install it.
    """
    entities = SpacyEntityRecognizer(spec.spacy_model, engine=spec.ner_engine, cache_rows=spec.ner_cache_rows)
    return Models(
        languages=EldcLanguageDetector(),
        entities=entities,
        subjects=MediaTopicClassifier(),
        analysed_chars=spec.analysed_chars,
        knowledge=load_knowledge(),
        notices=entities.notices,
    )
