"""The pipeline that comes with the package."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from streams.nlp.fast_ner import FastNer
from streams.nlp.pipelines import NEWS_PIPELINE, pipeline_path
from streams.nlp.spacy_ner import SpacyEntityRecognizer
from tests.nlp.fast_ner.pipelines import stock_entities
from tests.nlp.fast_ner.written import texts
from tools.ner_model.pack import MANIFEST

FOLDER = Path(pipeline_path(NEWS_PIPELINE))
MOST_BYTES = 15_000_000


@pytest.fixture(scope="module")
def nlp() -> Language:
    return spacy.load(FOLDER)


def test_it_is_what_its_manifest_says_and_small() -> None:
    manifest = json.loads((FOLDER / MANIFEST).read_text(encoding="utf-8"))
    files = {str(path.relative_to(FOLDER)): path for path in FOLDER.rglob("*") if path.is_file()}
    assert {name: sha256(path.read_bytes()).hexdigest() for name, path in files.items() if name != MANIFEST} == (
        manifest["files"]
    )
    assert sum(path.stat().st_size for path in files.values()) < MOST_BYTES


def test_plain_spacy_finds_names_with_it(nlp: Language) -> None:
    document = nlp("Angela Merkel met executives of Deutsche Bank in Frankfurt, German officials said.")
    assert [(span.text, span.label_) for span in document.ents] == [
        ("Angela Merkel", "PERSON"),
        ("Deutsche Bank", "ORG"),
        ("Frankfurt", "LOC"),
        ("German", "NORP"),
    ]


def test_the_fast_runtime_finds_the_same(nlp: Language) -> None:
    some = list(texts(400, seed=5))
    assert [[name[:3] for name in found] for found in FastNer(nlp).entities(some)] == stock_entities(nlp, some)


def test_it_is_read_by_its_name_and_says_its_version() -> None:
    recognizer = SpacyEntityRecognizer(NEWS_PIPELINE)
    assert (recognizer.model, recognizer.notices) == ("en_copytaster_news-1.2.0", ())
