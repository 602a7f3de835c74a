import random
import tomllib
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from streams.enrich.models import SubjectScore
from streams.nlp.media_topics import MediaTopicClassifier, confidences, load_media_topics
from streams.nlp.words import count_words
from tests.hostile import HOSTILE

SPORT = (
    "The home team won the football championship after defeating the champions in the final match. The players "
    "celebrated the trophy, and the coach praised the goal that decided the tournament."
)
COURT = (
    "A court sentenced the former banker to ten years in prison for fraud. Prosecutors said the defendant, who was "
    "convicted of bribery in a trial last month, will appeal the verdict."
)
QUAKE = "At least 40 people were killed when a strong earthquake hit the coast and houses collapsed, rescuers said."


@pytest.fixture(scope="module")
def classifier() -> MediaTopicClassifier:
    return MediaTopicClassifier()


def scores(classifier: MediaTopicClassifier, text: str) -> list[SubjectScore]:
    [found] = classifier.classify([text])
    return found


@pytest.mark.parametrize(
    ("code", "text"), [("medtop:15000000", SPORT), ("medtop:02000000", COURT), ("medtop:03000000", QUAKE)]
)
def test_plain_copy_finds_its_top_topic(classifier: MediaTopicClassifier, code: str, text: str) -> None:
    best = scores(classifier, text)[0]
    assert best.code == code
    assert best.confidence > 0.7
    assert best.parents == ()


def test_evidence_are_words_of_the_text(classifier: MediaTopicClassifier) -> None:
    found = scores(classifier, COURT)
    assert found
    assert all(score.evidence and set(score.evidence) <= set(count_words(COURT)) for score in found)


@pytest.mark.parametrize(("finer", "text"), [("medtop:20000153", QUAKE), ("medtop:20000111", COURT)])
def test_a_finer_concept_names_its_way_up_and_is_no_surer_than_its_top(
    classifier: MediaTopicClassifier, finer: str, text: str
) -> None:
    found = {score.code: score for score in scores(classifier, text)}
    top = found[finer].parents[-1]
    assert found[finer].parents == load_media_topics().concepts[finer].parents
    assert found[finer].confidence <= found[top].confidence


@pytest.mark.parametrize(
    "text", ["", "election", "football championship", "zzz qqq xxx www", "12 34 56", "the of and to in"]
)
def test_it_abstains_where_nothing_is_said(classifier: MediaTopicClassifier, text: str) -> None:
    assert scores(classifier, text) == []


@pytest.mark.parametrize("length", [8, 20, 60, 300, 1000, 5000])
def test_random_words_are_hardly_ever_about_anything(classifier: MediaTopicClassifier, length: int) -> None:
    words = sorted(classifier._rows)
    draw = random.Random(7)
    texts = [" ".join(draw.choices(words, k=length)) for _ in range(300 if length < 1000 else 60)]
    assert sum(map(bool, classifier.classify(texts))) <= 0.05 * len(texts)


def test_random_bytes_are_about_nothing(classifier: MediaTopicClassifier) -> None:
    draw = random.Random(7)
    texts = [draw.randbytes(4000).decode("latin-1") for _ in range(20)]
    assert classifier.classify(texts) == [[]] * 20


def test_a_very_long_text_is_about_what_it_says(classifier: MediaTopicClassifier) -> None:
    assert scores(classifier, f"{SPORT} " * 3000)[0].code == "medtop:15000000"


def test_a_score_does_not_depend_on_its_neighbours(classifier: MediaTopicClassifier) -> None:
    texts = [SPORT, COURT, "", "election " * 40, *HOSTILE.values()]
    alone = [scores(classifier, text) for text in texts]
    assert classifier.classify(texts) == alone
    assert classifier.classify(texts[::-1]) == alone[::-1]


def test_the_vocabulary_is_whole() -> None:
    topics = load_media_topics()
    assert len(topics.concepts) == 1084
    assert sum(not concept.parents for concept in topics.concepts.values()) == 17
    assert all(topics.concepts[above].parents == () for above in {each.top for each in topics.concepts.values()})
    assert {*topics.successors.values()} <= topics.concepts.keys()
    assert {*topics.subject_codes.values()} <= topics.concepts.keys() | topics.successors.keys()


def test_the_file_of_bars_has_every_top_topic() -> None:
    bars = tomllib.loads(files("streams.nlp").joinpath("media_topics.toml").read_text())
    assert [*bars["top_topics"]] == [each.code for each in load_media_topics().concepts.values() if not each.parents]


@given(arrays(np.float32, (3, 17), elements=st.floats(-60, 60, width=32)))
def test_a_confidence_is_a_probability_and_rises_with_its_logit(logits: "np.ndarray") -> None:
    found = confidences(logits)
    assert ((found >= 0) & (found <= 1 + 1e-6)).all()
    for row, sure in zip(logits, found, strict=True):
        assert (np.diff(sure[np.argsort(row)]) >= -1e-6).all()
