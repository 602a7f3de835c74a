"""Loads every model the enrichment needs; the only door to them, so that no import loads any."""

from dataclasses import dataclass
from pathlib import Path

from streams.enrich.models import Models
from streams.nlp.knowledge_base import load_knowledge
from streams.nlp.knowledge_file import KnowledgeFile, with_own_list
from streams.nlp.language_detector import EldcLanguageDetector
from streams.nlp.media_topics import MediaTopicClassifier, load_media_topics
from streams.nlp.pipelines import NEWS_PIPELINE
from streams.nlp.spacy_ner import Engine, SpacyEntityRecognizer

__all__ = ["ModelSpec", "knowledge_file", "load_models"]


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Which models to load: plain values, so that a pool process can be told."""

    spacy_model: str = NEWS_PIPELINE
    analysed_chars: int = 100_000
    ner_engine: Engine = "auto"
    ner_cache_rows: int = 16_384
    knowledge_file: str | None = None


def knowledge_file(spec: ModelSpec, models: Models) -> KnowledgeFile | None:
    """The user's own list, to be read again when it changes; None without one."""
    if spec.knowledge_file is None:
        return None
    return KnowledgeFile(load_knowledge(), Path(spec.knowledge_file), models.knowledge)


def load_models(spec: ModelSpec) -> Models:
    """Read the models into memory: seconds, and about 300 MB.

    Raises:
        SettingsError: a model is not installed, or the own list of entities is wrong; the message says what to do.
    """
    entities = SpacyEntityRecognizer(spec.spacy_model, engine=spec.ner_engine, cache_rows=spec.ner_cache_rows)
    return Models(
        languages=EldcLanguageDetector(),
        entities=entities,
        subjects=MediaTopicClassifier(),
        analysed_chars=spec.analysed_chars,
        media_topics=load_media_topics(),
        knowledge=with_own_list(load_knowledge(), Path(spec.knowledge_file))
        if spec.knowledge_file
        else load_knowledge(),
        notices=entities.notices,
    )
