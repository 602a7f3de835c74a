import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.enrich.models import SubjectScore
from streams.nlp.media_topics import MediaTopicClassifier, _Words
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


@pytest.fixture(scope="module")
def classifier() -> MediaTopicClassifier:
    return MediaTopicClassifier()


def scores(classifier: MediaTopicClassifier, text: str) -> list[SubjectScore]:
    [found] = classifier.classify([text])
    return found


@pytest.mark.parametrize(("code", "text"), [("medtop:15000000", SPORT), ("medtop:02000000", COURT)])
def test_plain_copy_finds_its_top_topic(classifier: MediaTopicClassifier, code: str, text: str) -> None:
    best = scores(classifier, text)[0]
    assert best.code == code
    assert best.confidence > 0.7
    assert best.parents == ()


def test_evidence_are_words_of_the_text(classifier: MediaTopicClassifier) -> None:
    found = scores(classifier, COURT)
    assert found
    assert all(score.evidence and set(score.evidence) <= set(count_words(COURT)) for score in found)


def test_a_finer_concept_names_its_way_up_and_is_no_surer_than_its_top(classifier: MediaTopicClassifier) -> None:
    text = "The political party chose its candidate. Every political party wants power: party members elected to run."
    found = scores(classifier, f"{text} Voters in the election vote for the coalition in parliament.")
    finer = [score for score in found if score.parents]
    assert [score.code for score in finer] == ["medtop:20001384"]
    assert finer[0].parents[-1] == "medtop:11000000"
    assert finer[0].confidence <= found[0].confidence


@pytest.mark.parametrize(
    "text", ["", "election", "football championship", "zzz qqq xxx www", "12 34 56", "the of and to in"]
)
def test_it_abstains_where_nothing_is_said(classifier: MediaTopicClassifier, text: str) -> None:
    assert scores(classifier, text) == []


def test_random_words_are_hardly_ever_about_anything(classifier: MediaTopicClassifier) -> None:
    words = sorted(classifier._rows)
    draw = random.Random(7)
    texts = [" ".join(draw.choices(words, k=60)) for _ in range(300)]
    assert sum(map(bool, classifier.classify(texts))) <= 15


def test_a_score_does_not_depend_on_its_neighbours(classifier: MediaTopicClassifier) -> None:
    texts = [SPORT, COURT, "", "election " * 40, *HOSTILE.values()]
    alone = [scores(classifier, text) for text in texts]
    assert classifier.classify(texts) == alone
    assert classifier.classify(texts[::-1]) == alone[::-1]


def test_the_vocabulary_is_whole() -> None:
    classifier = MediaTopicClassifier()
    assert len(classifier._tops) == 17
    assert sum(map(len, classifier._finer.values())) > 1000
    assert all(finer.parents[-1] == top for top, concepts in classifier._finer.items() for finer in concepts)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(-3, 3).map(float), min_size=1))
def test_the_best_words_weigh_most_and_come_in_the_order_of_the_alphabet(weights: dict[str, float]) -> None:
    words = _Words({stem: stem.upper() for stem in weights}, dict.fromkeys(weights, 1))
    heaviest = sorted(weights, key=lambda stem: (-weights[stem], stem))[:5]
    assert words.best(weights, list(weights.values())) == tuple(stem.upper() for stem in heaviest)
