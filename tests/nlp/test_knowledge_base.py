import pytest

from schemas.enriched_article import EntityType
from streams.nlp.knowledge_base import load_knowledge

KNOWLEDGE = load_knowledge()


@pytest.mark.parametrize(
    ("key", "taken_for", "name", "qid"),
    [
        ("u.s.", "organisation", "United States", "Q30"),
        ("hizbullah", "group", "Hezbollah", "Q41053"),
        ("hamas", "group", "Hamas", "Q38799"),
        ("who", "organisation", "World Health Organization", "Q7817"),
        ("mali", "place", "Mali", "Q912"),
        ("russians", "group", "Russian", None),
    ],
)
def test_what_every_desk_knows(key: str, taken_for: EntityType, name: str, qid: str | None) -> None:
    known = KNOWLEDGE.of({key: taken_for})[key]
    assert (known.name, known.qid) == (name, qid)


def test_a_country_has_its_code_and_an_organisation_none() -> None:
    known = KNOWLEDGE.of({"france": "place", "bank of france": "organisation"})
    assert known["france"].iso == "FR"
    assert known["bank of france"].iso is None


def test_a_city_is_the_one_that_is_far_larger_than_its_namesakes() -> None:
    assert KNOWLEDGE.of({"moscow": "place"})["moscow"].geonames == 524901
    assert KNOWLEDGE.of({"moscow": "organisation", "springfield": "place", "washington": "place"}) == {}


@pytest.mark.parametrize("key", ["georgia", "congo", "korea", "fed", "labour", "board"])
def test_what_may_be_two_things_is_neither_by_itself(key: str) -> None:
    assert KNOWLEDGE.of({key: "place"}) == {}


def test_its_version_is_that_of_the_file() -> None:
    assert KNOWLEDGE.version == load_knowledge().version
    assert KNOWLEDGE.version.startswith("knowledge-")
