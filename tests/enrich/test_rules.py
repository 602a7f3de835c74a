import re
from pathlib import Path

import pytest

from schemas.enriched_article import EnrichedArticle
from schemas.raw_article import WireSubject
from streams.enrich.media_topics import MediaTopic, MediaTopics
from streams.enrich.rules import NO_RULES, Rules, parse_rules, read_rules
from streams.errors import SettingsError
from streams.nlp.media_topics import load_media_topics
from tests.articles import enriched_article, entity, subject

EXAMPLE = Path(__file__).parents[2] / "docs" / "rules.example.toml"
BANK, BUSINESS, SPORT, OLD = "medtop:20000350", "medtop:04000000", "medtop:15000000", "medtop:20009999"
TOPICS = MediaTopics(
    "2025-10-09",
    {
        BANK: MediaTopic(BANK, "central bank", ("medtop:20000344", BUSINESS)),
        BUSINESS: MediaTopic(BUSINESS, "economy, business and finance", ()),
        SPORT: MediaTopic(SPORT, "sport", ()),
    },
    {OLD: SPORT},
    {},
)


def rules(text: str) -> Rules:
    return Rules(parse_rules(text, "rules.toml", TOPICS), "1")


def codes(text: str, article: EnrichedArticle) -> list[str]:
    return [each.code for each in rules(text).applied(article)]


ADD = f'[[rule]]\nname = "r"\nadd = ["{BANK}"]\n'
FORBID = f'[[rule]]\nname = "r"\nforbid = ["{BUSINESS}"]\n'


def article(**fields: object) -> EnrichedArticle:
    return enriched_article(**{"subjects": (), "entities": (), "keywords": (), **fields})


def test_what_a_rule_adds_is_certain_and_says_why() -> None:
    [found] = rules(ADD + 'terms = ["rates"]\nsources = ["ap"]').applied(article())
    assert (found.code, found.name, found.parents) == (BANK, "central bank", ("medtop:20000344", BUSINESS))
    assert (found.confidence, found.made_by, found.evidence) == (1.0, "rule", ("r", "rates", "ap"))


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ('terms = ["rates rose"]', True),
        ('terms = ["nothing", "rose"]', True),
        ('terms = ["ros"]', False),
        ('terms = ["ose"]', False),
        ('terms = ["raises rates"]', True),
        ('terms = ["Rates rose"]', True),
        ('terms = ["ROSE"]', False),
        ('terms = ["rose."]', True),
        ('entities = ["wd:q8901"]', True),
        ('entities = ["european CENTRAL bank"]', True),
        ('entities = ["Federal Reserve"]', False),
        ('sources = ["ap", "afp"]', True),
        ('sources = ["afp"]', False),
        ('sections = ["markets"]', True),
        ('sections = ["SLUG-1"]', True),
        ('sections = ["04000000"]', True),
        ('sections = ["Business"]', True),
        ('sections = ["sport"]', False),
        ('terms = ["rose"]\nsources = ["afp"]', False),
    ],
)
def test_a_rule_holds_where_each_condition_does(condition: str, holds: bool) -> None:  # noqa: FBT001 - a table
    filed = article(
        entities=(entity(),),
        keywords=("Markets",),
        slugline="slug-1",
        wire_subjects=(WireSubject(code="04000000", name="business"),),
    )
    assert codes(ADD + condition, filed) == ([BANK] if holds else [])


def test_to_forbid_a_topic_is_to_forbid_what_is_below_it() -> None:
    subjects = (subject(BUSINESS, parents=()), subject(BANK), subject(SPORT, parents=()))
    assert codes(FORBID + 'terms = ["rose"]', article(subjects=subjects)) == [SPORT]
    assert codes(FORBID + 'terms = ["fell"]', article(subjects=subjects)) == [BUSINESS, BANK, SPORT]


def test_what_the_wire_says_stands_and_comes_first() -> None:
    subjects = (subject(SPORT, parents=(), confidence=0.9), subject(BANK, made_by="wire", evidence=("04",)))
    found = rules(FORBID + 'terms = ["rose"]\n' + ADD.replace('"r"', '"s"') + 'terms = ["rose"]').applied(
        article(subjects=subjects)
    )
    assert [(each.code, each.made_by) for each in found] == [(BANK, "wire"), (SPORT, "model")]


def test_forbidden_wins_over_added_and_a_rule_over_the_model() -> None:
    both = ADD + 'terms = ["rose"]\n' + FORBID.replace('"r"', '"s"') + 'terms = ["rose"]'
    assert codes(both, article()) == []
    [found] = rules(ADD + 'terms = ["rose"]').applied(article(subjects=(subject(BANK, confidence=0.4),)))
    assert (found.made_by, found.confidence) == ("rule", 1.0)


def test_no_rules_change_nothing() -> None:
    assert NO_RULES.applied(article(subjects=(subject(),))) == (subject(),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ADD, ['rules.toml:1: rule "r" has no condition: terms, entities, sources, sections']),
        ('[[rule]]\nname = "r"\nterms = ["x"]', ['rules.toml:1: rule "r" neither adds nor forbids a subject']),
        (ADD + "terms = []", ["rules.toml:4: terms is empty; leave it out"]),
        (ADD + 'terms = [" x"]', ["rules.toml:4: ' x' is blank, or begins or ends with a space"]),
        (ADD + 'term = ["x"]', ['rules.toml:4: unknown key "term" (did you mean "terms"?)']),
        (
            '[[rule]]\nname = "r"\nadd = ["sport"]\nterms = ["x"]',
            ["rules.toml:3: 'sport' is no subject code; one reads"],
        ),
        (
            ADD.replace(BANK, OLD) + 'terms = ["x"]',
            [f"rules.toml:3: {OLD} is retired; its successor is {SPORT}, sport"],
        ),
        (ADD.replace(BANK, "medtop:99999999") + 'terms = ["x"]', ["rules.toml:3: no subject medtop:99999999"]),
        (f'{ADD}terms = ["x"]\n{ADD}terms = ["x"]', ['rules.toml:6: a second rule named "r"']),
        ("[[rule]]\nname = ", ["rules.toml:2: not TOML: Invalid value"]),
    ],
)
def test_every_complaint_has_its_line(text: str, told: list[str]) -> None:
    with pytest.raises(SettingsError) as error:
        rules(text)
    found = str(error.value).splitlines()
    assert len(found) == len(told)
    assert all(each.startswith(start) for each, start in zip(found, told, strict=True))


def test_the_example_is_right() -> None:
    read = read_rules(EXAMPLE, load_media_topics())
    assert len(read.rules) == 2
    assert re.fullmatch("[0-9a-f]{8}", read.version)
