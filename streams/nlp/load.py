"""Loads every model the enrichment needs; the only door to them, so that no import loads any."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from streams.enrich.knowledge import Knowledge
from streams.enrich.models import Models
from streams.enrich.rules import NO_RULES, Rules, read_rules
from streams.nlp.knowledge_base import load_knowledge
from streams.nlp.knowledge_file import with_own_list
from streams.nlp.language_detector import EldcLanguageDetector
from streams.nlp.media_topics import MediaTopicClassifier, load_media_topics
from streams.nlp.pipelines import NEWS_PIPELINE
from streams.nlp.spacy_ner import Engine, SpacyEntityRecognizer
from streams.toml_file import RenewedFile

__all__ = ["ModelSpec", "OwnFiles", "load_models"]


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Which models to load: plain values, so that a pool process can be told."""

    spacy_model: str = NEWS_PIPELINE
    analysed_chars: int = 100_000
    ner_engine: Engine = "auto"
    ner_cache_rows: int = 16_384
    knowledge_file: str | None = None
    rules_file: str | None = None


class OwnFiles:
    """The user's own list and rules, read again when they change, and the models with them."""

    def __init__(self, spec: ModelSpec, models: Models) -> None:
        self.models = models
        self._files: dict[str, RenewedFile[Any]] = {}
        """By the field of Models that each makes."""
        if spec.knowledge_file:
            self._files["knowledge"] = RenewedFile(Path(spec.knowledge_file), _knowledge, models.knowledge)
        if spec.rules_file:
            self._files["rules"] = RenewedFile(Path(spec.rules_file), _rules, models.rules)

    def renew(self) -> list[str]:
        """Look at the files; returns what there is to say of them."""
        notices = [notice for file in self._files.values() if (notice := file.renew())]
        self.models = replace(self.models, **{field: file.content for field, file in self._files.items()})
        return notices


def _knowledge(path: Path) -> Knowledge:
    return with_own_list(load_knowledge(), path)


def _rules(path: Path) -> Rules:
    return read_rules(path, load_media_topics())


def load_models(spec: ModelSpec) -> Models:
    """Read the models into memory: seconds, and about 300 MB.

    Raises:
        SettingsError: a model is not installed, or an own file is wrong; the message says what to do.
    """
    entities = SpacyEntityRecognizer(spec.spacy_model, engine=spec.ner_engine, cache_rows=spec.ner_cache_rows)
    return Models(
        languages=EldcLanguageDetector(),
        entities=entities,
        subjects=MediaTopicClassifier(),
        analysed_chars=spec.analysed_chars,
        media_topics=load_media_topics(),
        knowledge=_knowledge(Path(spec.knowledge_file)) if spec.knowledge_file else load_knowledge(),
        rules=_rules(Path(spec.rules_file)) if spec.rules_file else NO_RULES,
        notices=entities.notices,
    )
