import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.enriched_article import Entity, EntityType, Span
from streams.enrich.entities import find_entities
from streams.enrich.knowledge import Entry, Knowledge, Known
from streams.enrich.models import Recognized
from tests.enrich.written import NamesByRule

UN = Known("United Nations", "organisation", "Q1065")
FED = Known("Federal Reserve", "organisation", "Q53536")
US = Known("United States", "place", "Q30", iso="US")
JORDAN = Known("Jordan", "place", "Q810", iso="JO")
BODY = Known("Grain Board", "organisation")
OTHER = Known("Grain Bureau", "organisation")
KNOWLEDGE = Knowledge(
    "test",
    [
        Entry(UN, ("United Nations", "UN", "U.N.")),
        Entry(FED, ("Federal Reserve",), context_names=("Fed",)),
        Entry(US, ("United States", "US", "U.S."), context_names=("America",)),
        Entry(JORDAN, ("Jordan",)),
        Entry(Known("Oslo", "place", geonames=3143244), agreeing=("Oslo",)),
        Entry(Known("Volodymyr Zelenskyy", "person"), agreeing=("Volodymyr Zelenskyy", "Volodymyr Zelensky")),
        Entry(BODY, ("Grain Board", "GB"), context_names=("Board",)),
        Entry(OTHER, ("Grain Bureau", "GB"), context_names=("Board",)),
    ],
)


def linked(text: str, types: dict[str, EntityType], knowledge: Knowledge = KNOWLEDGE) -> dict[str, Entity]:
    [spans] = NamesByRule(types).recognize([text])
    found = find_entities(
        Recognized("", ()), Recognized(text, spans), [Span(start=0, end=len(text))], complete=True, knowledge=knowledge
    )
    return {entity.name: entity for entity in found.entities}


def test_all_names_of_a_known_thing_are_one_entity_with_its_id() -> None:
    found = linked("The United Nations met. The UN said, U.N. style.", {r"United Nations|U\.?N\.?": "organisation"})
    entity = found["United Nations"]
    assert list(found) == ["United Nations"]
    assert (entity.id, entity.qid, entity.iso, entity.evidence) == ("wd:Q1065", "Q1065", None, "knowledge base")
    assert [mention.text for mention in entity.mentions] == ["United Nations", "UN", "U.N."]


def test_what_is_known_overrules_the_model() -> None:
    assert linked("The UN said.", {"UN": "place"})["United Nations"].type == "organisation"
    country = linked("The US said.", {"US": "organisation"})["United States"]
    assert (country.type, country.iso) == ("place", "US")


def test_one_word_that_is_taken_for_a_person_stays_one() -> None:
    assert linked("Jordan scored.", {"Jordan": "person"})["Jordan"].type == "person"
    assert linked("In Jordan.", {"Jordan": "organisation"})["Jordan"].id == "wd:Q810"


def test_a_short_form_counts_only_beside_the_full_name() -> None:
    types: dict[str, EntityType] = {"Federal Reserve": "organisation", r"Fed\b": "organisation"}
    assert linked("The Fed spoke.", types)["Fed"].evidence == "model"
    assert len(linked("The Federal Reserve met. The Fed spoke.", types)["Federal Reserve"].mentions) == 2


def test_a_city_is_known_where_the_model_sees_a_place() -> None:
    assert linked("In Oslo.", {"Oslo": "place"})["Oslo"].id == "geonames:3143244"
    assert linked("Oslo won.", {"Oslo": "organisation"})["Oslo"].evidence == "model"


def test_a_person_is_one_whatever_the_spelling_and_the_last_name_is_theirs() -> None:
    text = "Volodymyr Zelensky spoke. Zelensky left."
    person = linked(text, {"Volodymyr Zelensky": "person", r"(?<!Volodymyr )Zelensky": "person"})["Volodymyr Zelenskyy"]
    assert len(person.mentions) == 2
    other = linked("Volodymyr Zelenskyy spoke.", {"Volodymyr Zelenskyy": "person"})["Volodymyr Zelenskyy"]
    assert person.id == other.id


def test_a_name_that_two_things_claim_is_neither() -> None:
    both: dict[str, EntityType] = {"GB": "organisation", "Grain Board|Grain Bureau|Board(?= said)": "organisation"}
    assert linked("GB said.", both)["GB"].qid is None
    assert set(linked("Grain Board and Grain Bureau met. Board said.", both)) == {
        "Grain Board",
        "Grain Bureau",
        "Board",
    }
    assert set(linked("Grain Board met. Board said.", both)) == {"Grain Board"}


def test_what_has_no_id_is_given_none_but_the_same_one_of_ours() -> None:
    one, other = (linked(f"{name} met.", {name: "organisation"}) for name in ("Grain Board", "Grain Union"))
    assert one["Grain Board"].qid is None
    assert one["Grain Board"].id.startswith("x:")
    assert other["Grain Union"].evidence == "model"
    assert (
        one["Grain Board"].id
        == linked("Grain Board met.", {"Grain Board": "organisation"}, Knowledge("no"))["Grain Board"].id
    )


@given(
    st.dictionaries(st.sampled_from(["un", "us", "gb", "fed", "federal reserve", "jordan", "board"]), st.just("person"))
)
def test_only_names_that_were_asked_for_are_answered(types: dict[str, EntityType]) -> None:
    assert KNOWLEDGE.of(types).keys() <= types.keys()


@pytest.mark.parametrize("name", ["un", "UN "])
def test_names_are_looked_up_by_their_key(name: str) -> None:
    assert KNOWLEDGE.of({name: "organisation"}).keys() == ({name} if name == "un" else set())
