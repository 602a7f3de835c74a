"""What the news NER model is taught, and what it is measured by."""

import argparse
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.ner_model.corpus import Held, data_folder, sample, training_texts
from tools.ner_model.gold import gold
from tools.ner_model.labels import Labelled, combined, trimmed
from tools.ner_model.score import scores
from tools.ner_model.teacher import Name
from tools.ner_model.variants import CHANGES, articles, varied

DATA = Path(__file__).parents[3] / "shared" / "data"

needs_data = pytest.mark.skipif(not (DATA / "text").is_dir(), reason="the texts are not here: ../shared/data")

MERKEL = "Angela Merkel met the Bundesbank's Jens Weidmann in Berlin. The German chancellor left early."


def labelled(text: str, *names: tuple[str, str], left_open: tuple[str, ...] = ()) -> Labelled:
    """A text and its names, each where it first occurs."""
    found = [Name(text.index(name), text.index(name) + len(name), label) for name, label in names]
    spans = [(text.index(each), text.index(each) + len(each)) for each in left_open]
    return Labelled(text, tuple(sorted(found)), tuple(sorted(spans)))


def shown(each: Labelled) -> list[tuple[str, str]]:
    """The words of each name, and its label."""
    return [(each.text[name.start : name.end], name.label) for name in each.names]


NEWS = labelled(
    MERKEL,
    ("Angela Merkel", "PERSON"),
    ("Bundesbank", "ORG"),
    ("Jens Weidmann", "PERSON"),
    ("Berlin", "LOC"),
    ("German", "NORP"),
)


# Labels


def learned(text: str, teacher: list[tuple[str, str, float]], stock: list[tuple[str, str]]) -> Labelled:
    """What is learned of one text."""
    theirs = [Name(text.index(n), text.index(n) + len(n), label, p) for n, label, p in teacher]
    models = [Name(text.index(n), text.index(n) + len(n), label) for n, label in stock]
    return combined([text], [theirs], [models])[0]


def test_a_sure_name_of_the_teacher_needs_nobody_else() -> None:
    assert shown(learned(MERKEL, [("Berlin", "LOCATION", 0.99)], [])) == [("Berlin", "LOC")]


def test_a_doubtful_name_is_learned_when_the_stock_model_agrees_and_left_open_when_not() -> None:
    assert shown(learned(MERKEL, [("Bundesbank", "ORGANIZATION", 0.4)], [("the Bundesbank", "ORG")])) == [
        ("Bundesbank", "ORG")
    ]
    doubted = learned(MERKEL, [("Bundesbank", "ORGANIZATION", 0.4)], [])
    assert (doubted.names, [MERKEL[a:b] for a, b in doubted.open]) == ((), ["Bundesbank"])


def test_what_only_the_stock_model_sees_is_not_taught_to_be_nothing() -> None:
    only = learned(MERKEL, [], [("Jens Weidmann", "PERSON")])
    assert (only.names, [MERKEL[a:b] for a, b in only.open]) == ((), ["Jens Weidmann"])


def test_nationalities_are_told_from_the_rest_of_what_the_teacher_has_no_type_for() -> None:
    assert shown(learned(MERKEL, [("German", "MISC", 0.7)], [])) == [("German", "NORP")]


def test_the_corpus_adds_a_name_that_one_text_misses_but_not_inside_a_longer_one() -> None:
    text, longer = "He went to New York today.", "She reads at New York University."
    names = [Name(11, 19, "LOCATION", 0.99)]
    university = [Name(13, 32, "ORGANIZATION", 0.99)]
    texts = [text] * 30 + [longer]
    result = combined(texts, [names] * 29 + [[], university], [[]] * 31)
    assert shown(result[29]) == [("New York", "LOC")]
    assert shown(result[30]) == [("New York University", "ORG")]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("the Fed's", "Fed"),
        ("The Hague", "The Hague"),
        ("an Apple", "Apple"),
        ("Boeing\u2019s", "Boeing"),
        ("The", "The"),
    ],
)
def test_articles_and_possessives_are_no_part_of_a_name(text: str, name: str) -> None:
    start, end = trimmed(text, 0, len(text))
    assert text[start:end] == name


# Variants


@given(st.randoms(use_true_random=False))
def test_a_variant_keeps_its_names(dice: random.Random) -> None:
    changed = varied(NEWS, dice)
    known = {name.casefold() for name, _ in shown(NEWS)} | {"merkel", "weidmann"}
    assert {name.casefold() for name, label in shown(changed) if label in {"PERSON", "NORP"}} <= known
    assert all(text == text.strip() and text for text, _ in shown(changed))


def test_every_change_changes_something() -> None:
    text = labelled("“Zoë Müller” spoke in Köln. It rained.", ("Zoë Müller", "PERSON"), ("Köln", "LOC"))
    for _, change in CHANGES:
        assert any(change(text, random.Random(seed)).text != text.text for seed in range(5)), change


def test_a_made_up_article_calls_people_by_their_last_name_later() -> None:
    texts = [NEWS, NEWS._replace(text=MERKEL), labelled("Angela Merkel won.", ("Angela Merkel", "PERSON"))]
    made_up = [each for seed in range(20) for each in articles(texts, random.Random(seed))]
    assert any(("Merkel", "PERSON") in shown(each) for each in made_up)
    assert all(
        name in {"Angela Merkel", "Merkel", "Jens Weidmann", "Weidmann"}
        for each in made_up
        for name, label in shown(each)
        if label == "PERSON"
    )


# Measuring


def test_a_name_with_one_letter_too_many_is_wrong_twice() -> None:
    gold_names = [(0, 5, "PER"), (9, 12, "ORG")]
    result = scores([(gold_names, [(0, 6, "PER"), (9, 12, "ORG")])])
    assert result["all"] == (1, 2, 2)
    assert (result["PER"].f1, result["ORG"].f1) == (0, 1)
    assert scores([(gold_names, [(9, 12, "LOC")])])["all"].right == 0


@needs_data
def test_annotated_offsets_are_those_of_whole_words() -> None:
    count = 0
    for half in ("tune", "test"):
        articles_ = list(gold(DATA, half))
        assert len(articles_) == 60
        for text, (start, end, label) in (
            (each.text, name) for article in articles_ for each in article for name in each.names
        ):
            name = text[start:end]
            assert name == name.strip()
            assert label in {"PER", "ORG", "LOC"}
            assert not (text[start - 1 : start].isalnum() and name[0].isalnum())
            assert not (text[end : end + 1].isalnum() and name[-1].isalnum())
            count += 1
    assert count > 3000


@needs_data
def test_nothing_that_is_tested_on_is_learned_from() -> None:
    test, tune = sample(DATA)
    held = {paragraph for article in (*test, *tune) for paragraph in article.paragraphs if len(paragraph.split()) > 8}
    news, events = training_texts(DATA)
    assert held.isdisjoint(paragraph for article in news for paragraph in article)
    assert held.isdisjoint(events)


def test_a_near_copy_is_recognised() -> None:
    held = Held([MERKEL + " Then nothing else happened for a very long time in the quiet town by the river."])
    assert held.has_copy(MERKEL.replace("early", "soon"))
    assert not held.has_copy("Olaf Scholz met nobody in Hamburg, and stayed there until the end of the following week.")


def test_a_folder_without_the_texts_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "text" / "wikinews").mkdir(parents=True)
    with pytest.raises(argparse.ArgumentTypeError, match=r"no text/current-events and no ner/gum-news in"):
        data_folder(str(tmp_path))
