from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from schemas.enriched_article import Entity, EntityType, Span
from streams.enrich.entities import Found, Recognized, find_entities
from streams.records import digest
from tests.enrich.written import NamesByRule

PEOPLE: dict[str, EntityType] = {"Mousa Abu Marzouk": "person", r"(?<!Mousa )Abu Marzouk": "person"}


def find(headline: str, text: str, paragraphs: Sequence[Span], types: dict[str, EntityType]) -> Found:
    headline_spans, text_spans = NamesByRule(types).recognize([headline, text])
    return find_entities(Recognized(headline, headline_spans), Recognized(text, text_spans), paragraphs, complete=True)


def entities(headline: str, text: str, types: dict[str, EntityType]) -> dict[str, Entity]:
    paragraphs = []
    start = 0
    for paragraph in text.split("\n\n"):
        paragraphs.append(Span(start=start, end=start + len(paragraph)))
        start += len(paragraph) + 2
    found = find(headline, text, paragraphs, types)
    return {entity.name: entity for entity in found.entities}


def test_a_part_of_a_name_joins_the_one_person_it_can_mean() -> None:
    found = entities("Abu Marzouk flies in", "Mousa Abu Marzouk came. Abu Marzouk left.", PEOPLE)
    assert list(found) == ["Mousa Abu Marzouk"]
    assert [mention.text for mention in found["Mousa Abu Marzouk"].mentions] == [
        "Abu Marzouk",
        "Mousa Abu Marzouk",
        "Abu Marzouk",
    ]


def test_a_last_name_that_two_people_share_stands_alone() -> None:
    types: dict[str, EntityType] = {
        "Joe Biden": "person",
        "Hunter Biden": "person",
        r"(?<!Joe )(?<!Hunter )Biden": "person",
    }
    assert set(entities("", "Joe Biden and Hunter Biden met. Biden spoke.", types)) == {
        "Joe Biden",
        "Hunter Biden",
        "Biden",
    }


def test_a_place_in_a_person_s_name_stays_a_place() -> None:
    found = entities(
        "", "Denzel Washington came to Washington.", {"Denzel Washington": "person", r"(?<=to )Washington": "place"}
    )
    assert {(entity.name, entity.type) for entity in found.values()} == {
        ("Denzel Washington", "person"),
        ("Washington", "place"),
    }


def test_a_name_has_the_type_it_has_most_often_and_first_where_that_ties() -> None:
    most = entities(
        "",
        "Fatah said. Of Fatah. In Fatah.",
        {r"Fatah(?= said)": "place", r"(?<=f )Fatah|(?<=n )Fatah": "organisation"},
    )
    tied = entities("", "Fatah said. Of Fatah.", {r"Fatah(?= said)": "place", r"(?<=f )Fatah": "organisation"})
    assert (most["Fatah"].type, tied["Fatah"].type) == ("organisation", "place")
    assert len(most["Fatah"].mentions) == 3


def test_a_name_found_once_is_found_wherever_it_stands() -> None:
    found = entities(
        "HAMAS Leader Lands", "Hamas said. Later Hamas, not Hamasian, left.", {"Hamas(?= said)": "organisation"}
    )
    assert [(mention.field, mention.start) for mention in found["Hamas"].mentions] == [("text", 0), ("text", 18)]


def test_a_headline_takes_the_names_of_the_text_before_the_model_s() -> None:
    found = entities(
        "Senior Hamas Leader In Doha",
        "Hamas came.",
        {"Senior Hamas Leader": "person", "Hamas(?= came)": "organisation", "Doha": "place"},
    )
    assert set(found) == {"Hamas", "Doha"}


def test_the_headline_the_lead_and_frequency_make_salience() -> None:
    text = "Iran and Qatar talked.\n\nIran agreed.\n\nOman hosted."
    found = entities("Iran agrees", text, dict.fromkeys(("Iran", "Qatar", "Oman"), "place"))
    assert {name: entity.salience for name, entity in found.items()} == {"Iran": 1.0, "Qatar": 0.4, "Oman": 0.2}
    assert list(found) == ["Iran", "Qatar", "Oman"]


def test_an_id_is_of_type_and_name_whatever_its_case() -> None:
    upper = entities("", "IRAN", {"IRAN": "place"})["IRAN"]
    lower = entities("", "Iran", {"Iran": "place"})["Iran"]
    assert upper.id == lower.id == f"x:{digest('place', 'iran')[:16]}"
    assert lower.id != entities("", "Iran", {"Iran": "person"})["Iran"].id


def test_a_text_read_in_part_says_so() -> None:
    nothing = Recognized("", ())
    assert find_entities(nothing, nothing, (), complete=False).status == "partial"
    assert find_entities(nothing, nothing, (), complete=True).status == "complete"


@given(headline=st.text("AB c\n’.", max_size=20), text=st.text("AB c\n’.", max_size=60))  # noqa: RUF001
def test_offsets_slice_to_the_mention(headline: str, text: str) -> None:
    fields = {"headline": headline, "text": text}
    found = entities(headline, text, {r"A+": "person", r"B[A c]*c": "place"})
    for entity in found.values():
        assert 0 <= entity.salience <= 1
        assert all(fields[each.field][each.start : each.end] == each.text for each in entity.mentions)
