import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.enriched_article import EntityType, Span
from streams.enrich.consistency import consistent
from streams.enrich.entities import find_entities
from streams.enrich.models import NamedSpan, Recognized
from streams.enrich.naming import is_acronym

Seen = dict[str, tuple[EntityType, float]]
"""Patterns of what a model sees, with type and confidence."""


def recognized(text: str, seen: Seen) -> Recognized:
    spans = [NamedSpan(*found.span(), *said) for pattern, said in seen.items() for found in re.finditer(pattern, text)]
    return Recognized(text, sorted(spans))


def names(text: str, seen: Seen, headline: str = "") -> list[tuple[str, str]]:
    """The words of each mention in the text, and its type."""
    read = consistent(recognized(headline, seen), recognized(text, seen)).text
    return [(text[span.start : span.end], span.type) for span in read.spans]


def test_an_acronym_is_what_it_was_introduced_for() -> None:
    text = "The World Health Organization (WHO) met. Later the WHO\u2019s head spoke, who is new."
    seen: Seen = {"World Health Organization": ("organisation", 0.9), r"WHO(?=\u2019)": ("place", 0.9)}
    headline, read, same = consistent(recognized("WHO meets", seen), recognized(text, seen))
    assert [(text[span.start : span.end], span.type) for span in read.spans] == [
        ("World Health Organization", "organisation"),
        ("WHO", "organisation"),
        ("WHO", "organisation"),
    ]
    assert [span.type for span in headline.spans] == ["organisation"]
    found = find_entities(headline, read, [Span(start=0, end=len(text))], complete=True, same=same)
    assert [(entity.name, len(entity.mentions)) for entity in found.entities] == [("World Health Organization", 4)]


def test_parentheses_behind_a_name_that_hold_something_else_are_no_acronym() -> None:
    seen: Seen = {"Angela Merkel": ("person", 0.9), "Agence France-Presse": ("organisation", 0.9)}
    assert names("Angela Merkel (CDU) told Agence France-Presse (AP).", seen) == [
        ("Angela Merkel", "person"),
        ("Agence France-Presse", "organisation"),
    ]
    assert names("Angela Merkel (AM) spoke.", seen) == [("Angela Merkel", "person")]


def test_a_last_name_that_the_model_is_not_sure_of_is_the_person_s() -> None:
    text = "Michael Bloomberg ran. Bloomberg gave up."
    full: Seen = {"Michael Bloomberg": ("person", 0.9)}
    doubtful, sure = ({**full, r"(?<!Michael )Bloomberg": ("organisation", sure)} for sure in (0.6, 0.95))
    assert names(text, doubtful)[1] == ("Bloomberg", "person")
    assert names(text, sure)[1] == ("Bloomberg", "organisation")


def test_a_place_in_a_person_s_name_stays_a_place() -> None:
    seen: Seen = {"Denzel Washington": ("person", 0.9), r"(?<=to )Washington": ("place", 0.9)}
    assert names("Denzel Washington came to Washington.", seen)[1] == ("Washington", "place")


def test_what_begins_an_organisation_s_name_and_nobody_s_is_no_person() -> None:
    text = "Mahan Air flew. Mahan said so."
    seen: Seen = {"Mahan Air": ("organisation", 0.9), r"Mahan(?= said)": ("person", 0.9)}
    assert names(text, seen) == [("Mahan Air", "organisation"), ("Mahan", "organisation")]
    assert names(f"{text} Ali Mahan, too.", {**seen, "Ali Mahan": ("person", 0.9)})[1] == ("Mahan", "person")


@pytest.mark.parametrize(
    ("short", "name", "is_one"),
    [
        ("IRGC", "Islamic Revolutionary Guard Corps", True),
        ("DRC", "Democratic Republic of the Congo", True),
        ("DoJ", "Department of Justice", True),
        ("U.N.", "United Nations", True),
        ("UN", "World Bank", False),
        ("I", "Interpol", False),
    ],
)
def test_initials_are_those_of_all_words_or_of_the_capitals(short: str, name: str, is_one: bool) -> None:  # noqa: FBT001
    assert is_acronym(short, name) is is_one


WORDS = ["Ann", "Lee", "Lee Air", "Ann Lee", "lee", "LA", "(LA)", "Los Angeles", "said", "Air"]


@st.composite
def read(draw: st.DrawFn) -> Recognized:
    text = " ".join(draw(st.lists(st.sampled_from(WORDS), max_size=14)))
    edges = sorted(draw(st.sets(st.sampled_from([match.start() for match in re.finditer(r"\b", text)] or [0]))))
    kinds, sure = st.sampled_from(["person", "place", "organisation"]), st.sampled_from([0.3, 0.7, 0.9])
    spans = [NamedSpan(*edge, draw(kinds), draw(sure)) for edge in zip(edges[::2], edges[1::2], strict=False)]
    return Recognized(text, [span for span in spans if text[span.start : span.end].strip()])


@given(read(), read())
def test_what_the_model_saw_stays_and_a_second_time_changes_nothing(headline: Recognized, text: Recognized) -> None:
    once = consistent(headline, text)
    for before, after in ((headline, once.headline), (text, once.text)):
        assert {span[:2] for span in before.spans} <= {span[:2] for span in after.spans}
        edges = [edge for span in after.spans for edge in span[:2]]
        assert edges == sorted(edges)
        types = [(after.text[span.start : span.end], span.type) for span in after.spans]
        assert len(set(types)) == len({name for name, _ in types}), "a name has two types"
    twice = consistent(once.headline, once.text)
    assert twice == once
