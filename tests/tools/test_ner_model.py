"""What the news NER model is taught, and what it is measured by."""

import argparse
import random
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.ner_model.calibration import fitted
from tools.ner_model.corpus import Held, data_folder, sample, training_texts
from tools.ner_model.evidence import Corpus, candidates, trimmed
from tools.ner_model.gold import gold
from tools.ner_model.judge import NO_NAME, Judge
from tools.ner_model.labels import Labelled, judge_of, labelled
from tools.ner_model.score import scores
from tools.ner_model.teacher import Name
from tools.ner_model.variants import CHANGES, articles, renamed, varied

DATA = Path(__file__).parents[3] / "shared" / "data"

needs_data = pytest.mark.skipif(not (DATA / "text").is_dir(), reason="the texts are not here: ../shared/data")

MERKEL = "Angela Merkel met the Bundesbank's Jens Weidmann in Berlin. The German chancellor left early."


def taken(text: str, *names: tuple[str, str]) -> Labelled:
    """A text and its names, each where it first occurs."""
    found = [Name(text.index(name), text.index(name) + len(name), label) for name, label in names]
    return Labelled(text, tuple(sorted(found)), ())


def shown(each: Labelled) -> list[tuple[str, str]]:
    """The words of each name, and its label."""
    return [(each.text[name.start : name.end], name.label) for name in each.names]


NEWS = taken(
    MERKEL,
    ("Angela Merkel", "PERSON"),
    ("Bundesbank", "ORG"),
    ("Jens Weidmann", "PERSON"),
    ("Berlin", "LOC"),
    ("German", "NORP"),
)


# Labels

STORMS = [f"The Foo Bank said so in Town{number}. Then Foo Bank left." for number in range(40)]


def read(text: str, *names: tuple[str, str, float]) -> list[Name]:
    """What a reader names in a text, each where it first occurs."""
    return [Name(text.index(name), text.index(name) + len(name), label, sure) for name, label, sure in names]


def judged(
    teacher: list[list[Name]], stock: list[list[Name]], *, is_name: bool = True, bodies: tuple[str, ...] = ()
) -> tuple[Corpus, Judge]:
    """A judge for whom "Foo Bank" always is an organisation, or never a name, and a town always a place."""
    corpus = Corpus(STORMS, [teacher, stock], bodies)
    truth = []
    for text in STORMS:
        banks = [(4, 12, "ORG"), (text.rindex("Foo"), text.rindex("Foo") + 8, "ORG")] if is_name else []
        start = text.index(town(text))
        truth.append([*banks, (start, start + len(town(text)), "LOC")])
    return corpus, judge_of(list(zip(STORMS, truth, strict=True)), [teacher, stock], corpus)


def town(text: str) -> str:
    """Of one of STORMS."""
    return text[text.index("Town") :].split(".", maxsplit=1)[0]


def test_the_judge_learns_what_is_no_name_though_both_readers_say_so() -> None:
    teacher = [read(text, ("Foo Bank", "ORGANIZATION", 0.6), (town(text), "LOCATION", 0.9)) for text in STORMS]
    stock = [read(text, ("Foo Bank", "ORG", 1.0)) for text in STORMS]
    for is_name in (True, False):
        corpus, judge = judged(teacher, stock, is_name=is_name)
        learned = shown(labelled(STORMS[0], [teacher[0], stock[0]], corpus, judge))
        assert (("Foo Bank", "ORG") in learned) == is_name
        assert (town(STORMS[0]), "LOC") in learned


def test_the_teacher_knows_better_what_kind_of_name_it_is_but_not_than_a_table() -> None:
    teacher = [read(text, ("Foo Bank", "PERSON", 0.9)) for text in STORMS]
    stock = [read(text, ("Foo Bank", "ORG", 1.0)) for text in STORMS]
    corpus, judge = judged(teacher, stock)
    assert ("Foo Bank", "PERSON") in shown(labelled(STORMS[0], [teacher[0], stock[0]], corpus, judge))
    unsure = [read(text, ("Foo Bank", "PERSON", 0.3)) for text in STORMS[:2]] + [[]] * 38
    corpus, judge = judged(unsure, [[]] * 40, bodies=("foo bank",))
    assert ("Foo Bank", "ORG") in shown(labelled(STORMS[0], [unsure[0], []], corpus, judge))


def test_a_name_that_no_reader_sees_here_is_found_by_what_they_say_elsewhere() -> None:
    teacher = [read(text, ("Foo Bank", "ORGANIZATION", 0.9)) for text in STORMS]
    corpus, judge = judged(teacher, [[]] * len(STORMS))
    assert len([name for name in shown(labelled(STORMS[1], [teacher[1], []], corpus, judge)) if name[1] == "ORG"]) == 2
    assert ("Foo Bank", "ORG") in shown(labelled("He works at Foo Bank now.", [[], []], corpus, judge))


def test_what_is_no_person_organisation_or_place_is_what_the_stock_model_says() -> None:
    text = "The Dutch won the Nobel Prize."
    nobody = Corpus([text], [[[]], [[]]])
    names = [
        read(text, ("Dutch", "MISC", 0.8), ("Nobel Prize", "MISC", 0.99)),
        read(text, ("Nobel Prize", "EVENT", 1.0)),
    ]
    evidence = [each.evidence for each in candidates(text, names, nobody)]
    judge = Judge(evidence, [NO_NAME] * len(evidence))
    assert shown(labelled(text, names, nobody, judge)) == [("Dutch", "NORP"), ("Nobel Prize", "EVENT")]


def test_names_do_not_overlap_and_nothing_is_both_learned_and_left_open() -> None:
    text = "She reads at New York University in New York."
    readings = [
        read(text, ("New York University", "ORGANIZATION", 0.9)),
        read(text, ("New York", "GPE", 1.0), ("New York University in New York", "ORG", 1.0)),
    ]
    corpus = Corpus([text] * 20, [[each] * 20 for each in readings])
    evidence = [each.evidence for each in candidates(text, readings, corpus)]
    for answers in ([0, 1, 2], [1, 3, 3], [3, 1, 2], [3, 3, 3]):
        learned = labelled(
            text, readings, corpus, Judge(evidence * 20, (answers + [2] * len(evidence))[: len(evidence)] * 20)
        )
        spans = sorted([*((name.start, name.end) for name in learned.names), *learned.open])
        assert all(one[1] <= other[0] for one, other in pairwise(spans))


def test_a_calibrated_confidence_says_how_often_it_is_right() -> None:
    dice = random.Random(3)
    told = [dice.uniform(0.05, 0.95) for _ in range(20_000)]
    right = [dice.random() < 1 / (1 + ((1 - each) / each) ** 0.5) for each in told]  # half the log-odds
    line = fitted(told, right)
    assert line["slope"] == pytest.approx(0.5, abs=0.05)
    assert line["bias"] == pytest.approx(0, abs=0.05)


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
    text = taken("“Zoë Müller” spoke in Köln. It rained.", ("Zoë Müller", "PERSON"), ("Köln", "LOC"))
    for _, change in CHANGES:
        assert any(change(text, random.Random(seed)).text != text.text for seed in range(5)), change


def test_a_made_up_article_calls_people_by_their_last_name_later() -> None:
    texts = [NEWS, NEWS._replace(text=MERKEL), taken("Angela Merkel won.", ("Angela Merkel", "PERSON"))]
    made_up = [each for seed in range(20) for each in articles(texts, random.Random(seed))]
    assert any(("Merkel", "PERSON") in shown(each) for each in made_up)
    assert all(
        name in {"Angela Merkel", "Merkel", "Jens Weidmann", "Weidmann"}
        for each in made_up
        for name, label in shown(each)
        if label == "PERSON"
    )


def test_other_names_stand_where_the_labels_say() -> None:
    others = [
        taken("The United Nations asked Ban Ki-moon.", ("United Nations", "ORG"), ("Ban Ki-moon", "PERSON")),
        taken("Kofi Annan of Foo Corp spoke.", ("Kofi Annan", "PERSON"), ("Foo Corp", "ORG")),
    ]
    changed = [each for seed in range(30) for each in renamed([NEWS, *others], ["Bar Inc"], random.Random(seed))]
    words = {name for each in changed for name, _ in shown(each)}
    assert {"Ban Ki-moon", "Kofi Annan", "Angela Merkel", "Berlin", "United Nations", "Bar Inc", "Foo Corp"} <= words
    for each in changed:
        for name, label in shown(each):
            assert (label == "PERSON") == (name in {"Angela Merkel", "Jens Weidmann", "Ban Ki-moon", "Kofi Annan"})
    assert not any("the Bar Inc" in each.text or "the Foo Corp" in each.text for each in changed)


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
    with pytest.raises(
        argparse.ArgumentTypeError, match=r"no text/current-events and no ner/gum-news and no gazetteers in"
    ):
        data_folder(str(tmp_path))
