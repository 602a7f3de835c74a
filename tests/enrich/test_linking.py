from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.enriched_article import Entity, EntityType, Span
from streams.enrich.consistency import Consistent
from streams.enrich.entities import find_entities
from streams.enrich.knowledge import NOTHING, Entry, Knowledge, Known, Office
from streams.enrich.linking import linked
from streams.enrich.models import Recognized
from streams.enrich.surroundings import surroundings
from tests.enrich.written import NamesByRule


def town(number: int, name: str, country: str, people: int, state: str | None = None, *, alone: bool = False) -> Entry:
    known = Known(name, "place", geonames=number, country=country, state=state, people=people, alone=alone)
    return Entry(known, agreeing=(name,))


def president(name: str, country: str, since: str, until: str) -> Entry:
    return Entry(Known(name, "person", offices=(Office("president", country, since, until),)), agreeing=(name,))


KNOWLEDGE = Knowledge.of(
    "test",
    [
        Entry(Known("United Nations", "organisation", "Q1065"), ("United Nations", "UN", "U.N.")),
        Entry(Known("Federal Reserve", "organisation", "Q53536"), ("Federal Reserve",), context_names=("Fed",)),
        Entry(Known("United States", "place", "Q30", iso="US"), ("United States", "US"), context_names=("America",)),
        Entry(Known("United Kingdom", "place", "Q145", iso="GB"), ("United Kingdom", "UK")),
        Entry(Known("Jordan", "place", "Q810", iso="JO"), ("Jordan",)),
        Entry(Known("Georgia", "place", "Q230", iso="GE"), context_names=("Georgia",)),
        Entry(Known("Georgia", "place", "Q1428", country="US"), context_names=("Georgia",)),
        Entry(Known("Oregon", "place", "Q824", country="US"), agreeing=("Oregon", "Ore.")),
        Entry(Known("Idaho", "place", "Q1221", country="US"), agreeing=("Idaho",)),
        Entry(Known("British", "group", country="GB"), ("British",)),
        Entry(Known("Java", "place", "Q3757", country="ID"), agreeing=("Java",)),
        town(1, "Oslo", "NO", 700_000),
        town(2, "Portland", "US", 650_000, "Oregon"),
        town(3, "Portland", "US", 68_000, "Maine"),
        town(4, "Birmingham", "GB", 1_140_000),
        town(5, "Birmingham", "US", 200_000, "Alabama"),
        town(6, "Montgomery", "US", 200_000, "Alabama"),
        town(7, "Tbilisi", "GE", 1_000_000),
        town(8, "Atlanta", "US", 500_000, "Georgia"),
        town(9, "Moscow", "RU", 12_000_000),
        town(10, "Moscow", "US", 25_000, "Idaho"),
        town(11, "Hamlet", "US", 30_000, "Iowa"),
        town(12, "Java", "US", 30_000, "Iowa"),
        town(13, "Dublin", "IE", 1_000_000, alone=True),
        town(14, "Dublin", "US", 58_000, "Oregon"),
        town(15, "Dublin", "JO", 50_000),
        Entry(Known("Volodymyr Zelenskyy", "person"), agreeing=("Volodymyr Zelenskyy", "Volodymyr Zelensky")),
        president("George H. W. Bush", "US", "1989-01-20", "1993-01-20"),
        president("George W. Bush", "US", "2001-01-20", "2009-01-20"),
        president("Ann Open", "US", "2020", ""),
        Entry(Known("US Congress", "organisation", "Q11268", country="US"), context_names=("Congress",)),
        Entry(Known("Ann Lawmaker", "person", "Q9", country="US"), agreeing=("Ann Lawmaker",)),
        Entry(Known("British Parliament", "organisation", country="GB"), context_names=("Parliament",)),
        Entry(Known("Norwegian Parliament", "organisation", country="NO"), context_names=("Parliament",)),
        Entry(Known("US Mint", "organisation", country="US"), context_names=("Mint",)),
        Entry(Known("Norwegian", "group", country="NO"), ("Norwegian",)),
        Entry(Known("European", "group"), ("European",)),
        Entry(Known("Grain Board", "organisation"), ("Grain Board", "GB"), context_names=("Board",)),
        Entry(Known("Grain Bureau", "organisation"), ("Grain Bureau", "GB"), context_names=("Board",)),
    ],
)


def found(
    text: str, types: dict[str, EntityType], knowledge: Knowledge = KNOWLEDGE, at: datetime | None = None
) -> dict[str, Entity]:
    [spans] = NamesByRule(types).recognize([text])
    paragraphs = [Span(start=0, end=len(text))]
    names = Consistent(Recognized("", ()), Recognized(text, spans), {})
    read = find_entities(names, paragraphs, complete=True, knowledge=knowledge, at=at)
    return {entity.name: entity for entity in read.entities}


def test_all_names_of_a_known_thing_are_one_entity_with_its_id() -> None:
    all_of_it = found("The United Nations met. The UN said, U.N. style.", {r"United Nations|U\.?N\.?": "organisation"})
    entity = all_of_it["United Nations"]
    assert list(all_of_it) == ["United Nations"]
    assert (entity.id, entity.qid, entity.iso) == ("wd:Q1065", "Q1065", None)
    assert entity.evidence == "knowledge base: by its name"
    assert [mention.text for mention in entity.mentions] == ["United Nations", "UN", "U.N."]


def test_a_company_is_known_with_its_legal_form_but_not_what_is_none() -> None:
    assert found("Grain Board Inc. sold.", {r"Grain Board Inc\.": "organisation"})["Grain Board"]
    assert found("Oslo Inc sold.", {"Oslo Inc": "organisation"})["Oslo Inc"].evidence == "model"
    assert found("Grain Board Inc sold.", {"Grain Board Inc": "person"})["Grain Board Inc"].evidence == "model"


def test_what_is_known_overrules_the_model() -> None:
    assert found("The UN said.", {"UN": "place"})["United Nations"].type == "organisation"
    country = found("The US said.", {"US": "organisation"})["United States"]
    assert (country.type, country.iso) == ("place", "US")


def test_one_word_that_is_taken_for_a_person_is_no_place_and_nothing_else_in_a_full_name() -> None:
    assert found("Jordan scored.", {"Jordan": "person"})["Jordan"].type == "person"
    assert found("In Jordan.", {"Jordan": "organisation"})["Jordan"].id == "wd:Q810"
    assert found("UN said.", {"UN": "person"})["United Nations"].type == "organisation"
    assert found("Ann UN came. UN said.", {"Ann UN|(?<!Ann )UN": "person"})["Ann UN"].type == "person"


def test_a_short_form_counts_only_beside_the_full_name() -> None:
    types: dict[str, EntityType] = {"Federal Reserve": "organisation", r"Fed\b": "organisation"}
    assert found("The Fed spoke.", types)["Fed"].evidence == "model"
    assert len(found("The Federal Reserve met. The Fed spoke.", types)["Federal Reserve"].mentions) == 2


@pytest.mark.parametrize(
    ("text", "name", "geonames", "why"),
    [
        ("In Oslo.", "Oslo", 1, "by name and type"),
        ("In Moscow.", "Moscow", 9, "the largest of its name"),
        ("In Moscow, Idaho.", "Moscow", 10, "Idaho stands behind it"),
        ("In Moscow, Oslo and more.", "Moscow", 9, "the largest of its name"),
        ("In Portland, Oregon.", "Portland", 2, "Oregon stands behind it"),
        ("In Portland, Ore., that is.", "Portland", 2, "Oregon stands behind it"),
        ("In Portland, US.", "Portland", 2, "United States stands behind it"),
        ("In Birmingham, UK.", "Birmingham", 4, "United Kingdom stands behind it"),
        ("In Birmingham, where British police met.", "Birmingham", 4, "British is named"),
        ("In Birmingham. In Montgomery.", "Birmingham", 5, "Montgomery is named"),
        ("In Hamlet, the US said.", "Hamlet", 11, "United States is named"),
        ("In Birmingham.", "Birmingham", None, None),
        ("In Birmingham the US met British police.", "Birmingham", None, None),
        ("In Hamlet.", "Hamlet", None, None),
        ("In Dublin the US said.", "Dublin", 13, "the one that its name alone means"),
        ("In Dublin, Oregon.", "Dublin", 14, "Oregon stands behind it"),
        ("In Dublin. Elsewhere in Oregon.", "Dublin", None, None),
        ("In Dublin, where Jordan is.", "Dublin", None, None),
        ("In Portland.", "Portland", None, None),
    ],
)
def test_a_town_is_known_by_its_size_and_by_what_the_article_names(
    text: str, name: str, geonames: int | None, why: str | None
) -> None:
    places = r"Oslo|Moscow|Portland|Birmingham|Montgomery|Hamlet|Dublin|Jordan|Idaho|Oregon|Ore\.|US|UK"
    entity = found(text, {places: "place", "British": "group"})[name]
    assert entity.id == f"geonames:{geonames}" if geonames else entity.id.startswith("x:")
    assert entity.evidence == (f"knowledge base: {why}" if why else "model")


def test_a_town_is_known_only_where_the_model_sees_a_place() -> None:
    assert found("Oslo won.", {"Oslo": "organisation"})["Oslo"].evidence == "model"


def test_a_region_goes_before_the_towns_that_are_called_like_it() -> None:
    assert found("On Java.", {"Java": "place"})["Java"].qid == "Q3757"


def test_georgia_is_the_state_or_the_country_by_its_towns() -> None:
    places: dict[str, EntityType] = {"Georgia|Tbilisi|Atlanta|US": "place"}
    assert found("Georgia said in Tbilisi.", places)["Georgia"].id == "wd:Q230"
    assert found("Georgia said in Atlanta.", places)["Georgia"].id == "wd:Q1428"
    assert found("Georgia said.", places)["Georgia"].qid is None
    assert found("Georgia said to the US.", places)["Georgia"].qid is None
    assert found("Georgia, from Atlanta to Tbilisi.", places)["Georgia"].qid is None


def test_a_person_is_one_whatever_the_spelling_and_the_last_name_is_theirs() -> None:
    text = "Volodymyr Zelensky spoke. Zelensky left."
    person = found(text, {"Volodymyr Zelensky": "person", r"(?<!Volodymyr )Zelensky": "person"})["Volodymyr Zelenskyy"]
    assert len(person.mentions) == 2
    other = found("Volodymyr Zelenskyy spoke.", {"Volodymyr Zelenskyy": "person"})["Volodymyr Zelenskyy"]
    assert person.id == other.id


@pytest.mark.parametrize(
    ("text", "year", "name"),
    [
        ("President Bush spoke.", 1990, "George H. W. Bush"),
        ("President Bush spoke.", 2005, "George W. Bush"),
        ("President Bush spoke.", 2015, "Bush"),
        ("Former President Bush spoke.", 1995, "George H. W. Bush"),
        ("Former President Bush spoke.", 2015, "Bush"),
        ("Senator Bush spoke.", 2005, "Bush"),
        ("President Bush spoke.", None, "Bush"),
        ("President Open spoke.", None, "Ann Open"),
        ("President Open spoke.", 2019, "Open"),
        ("President Open spoke.", 2026, "Ann Open"),
    ],
)
def test_a_last_name_behind_an_office_is_who_held_it_then(text: str, year: int | None, name: str) -> None:
    at = datetime(year, 6, 1, tzinfo=UTC) if year else None
    assert list(found(text, {"Bush|Open": "person"}, at=at)) == [name]


@pytest.mark.parametrize(
    ("text", "year", "name"),
    [
        ("In the US the Bush plan failed.", 1990, "George H. W. Bush"),
        ("In the US the Bush plan failed.", 2005, "George W. Bush"),
        ("In Oregon the Bush plan failed.", 2005, "George W. Bush"),
        ("In the UK the Bush plan failed.", 2005, "Bush"),
        ("The Bush plan failed.", 2005, "Bush"),
        ("In the US Mr. Bush spoke.", 2005, "George W. Bush"),
        ("In the US Mrs. Bush spoke.", 2005, "Bush"),
        ("In the US Gov. Bush spoke.", 2005, "Bush"),
        ("In the US Senator Bush spoke.", 2005, "Bush"),
        ("In the US former President Bush spoke.", 2005, "Bush"),
        ("In the US Secretary of State Bush spoke.", 2005, "Bush"),
        ("In the US the Bush plan failed.", 2015, "Bush"),
        ("In the US the Bush plan failed.", None, "Bush"),
    ],
)
def test_a_last_name_alone_is_who_led_a_country_that_is_named(text: str, year: int | None, name: str) -> None:
    at = datetime(year, 6, 1, tzinfo=UTC) if year else None
    assert name in found(text, {"Bush": "person", "US|UK|Oregon": "place"}, at=at)


def test_a_last_name_is_not_the_leader_s_where_others_have_it() -> None:
    types: dict[str, EntityType] = {
        "Ann Bush": "person",
        "Carl Bush": "person",
        r"(?<!Ann )(?<!Carl )Bush": "person",
        "US": "place",
    }
    at = datetime(2005, 6, 1, tzinfo=UTC)
    assert "Bush" in found("In the US Ann Bush met Carl Bush. Bush spoke.", types, at=at)
    ship: dict[str, EntityType] = {"USS Bush": "product", r"(?<!USS )Bush": "person", "US": "place"}
    assert "Bush" in found("In the US the USS Bush sailed. Bush spoke.", ship, at=at)


def test_a_first_name_is_no_leader_s_last() -> None:
    leader = Known("Ann Carl", "person", "Q1", offices=(Office("president", "US", "2001", ""),))
    entries = [Entry(leader, agreeing=("Ann Carl",)), Entry(Known("US", "place", "Q30", iso="US"), ("US",))]
    types: dict[str, EntityType] = {"Carl": "person", "US": "place"}
    at = datetime(2005, 6, 1, tzinfo=UTC)
    assert "Ann Carl" in found("In the US Carl spoke.", types, Knowledge.of("one", entries), at=at)
    entries.append(Entry(Known("Carl Sagan", "person", "Q2"), agreeing=("Carl Sagan",)))
    assert "Carl" in found("In the US Carl spoke.", types, Knowledge.of("two", entries), at=at)


def test_what_many_countries_have_is_known_where_one_is_named() -> None:
    types: dict[str, EntityType] = {"Congress": "organisation", "US|UK": "place"}
    assert found("In the US, Congress met.", types)["US Congress"].evidence == "knowledge base: United States is named"
    assert found("Congress met.", types)["Congress"].qid is None
    assert found("In the US and the UK, Congress met.", types)["Congress"].qid is None


@pytest.mark.parametrize(
    ("text", "means", "why"),
    [
        ("The UK saw Norwegian Parliament vote.", "Norwegian Parliament", "Norwegian stands before it"),
        ("In Oslo, the UK's Parliament voted.", "British Parliament", "United Kingdom stands before it"),
        ("In Oslo, the US's Parliament voted.", None, None),
        ("In the UK, Oregon's Parliament voted.", None, None),
        ("In Oslo, Norwegian and British Parliament voted. Norwegian Parliament voted.", None, None),
        ("In the UK, European Parliament voted.", "British Parliament", "United Kingdom is named"),
    ],
)
def test_a_body_is_of_the_country_that_stands_before_it(text: str, means: str | None, why: str | None) -> None:
    types: dict[str, EntityType] = {
        "Parliament": "organisation",
        "US|UK|Oslo|Oregon": "place",
        "British|Norwegian|European": "group",
    }
    entity = found(text, types)[means or "Parliament"]
    assert entity.evidence == (f"knowledge base: {why}" if means else "model")


def test_what_many_countries_have_is_of_the_one_that_an_article_is_mostly_about() -> None:
    types: dict[str, EntityType] = {"Congress|Mint": "organisation", "US|UK|Oslo|Portland|Oregon": "place"}
    mostly = found("In Portland, Oregon, the US met the UK. Congress and Mint met.", types)
    assert mostly["US Congress"].evidence == "knowledge base: United States is named"
    assert mostly["Mint"].evidence == "model"  # too short for that
    types["British"] = "group"
    evenly = found("In Portland, Oregon, the US met the UK in Oslo, British police said. Congress met.", types)
    assert evenly["Congress"].qid is None


def test_whom_only_a_country_knows_is_known_where_it_is_named() -> None:
    types: dict[str, EntityType] = {"Ann Lawmaker": "person", "US": "place"}
    assert found("In the US Ann Lawmaker spoke.", types)["Ann Lawmaker"].qid == "Q9"
    assert found("Ann Lawmaker spoke.", types)["Ann Lawmaker"].qid is None


def test_a_name_that_two_things_claim_is_neither() -> None:
    both: dict[str, EntityType] = {"GB": "organisation", "Grain Board|Grain Bureau|Board(?= said)": "organisation"}
    assert found("GB said.", both)["GB"].qid is None
    assert set(found("Grain Board and Grain Bureau met. Board said.", both)) == {"Grain Board", "Grain Bureau", "Board"}
    assert set(found("Grain Board met. Board said.", both)) == {"Grain Board"}


def test_what_has_no_id_is_given_none_but_the_same_one_of_ours() -> None:
    types: dict[str, EntityType] = {"Grain Board|Grain Union": "organisation"}
    one = found("Grain Board met.", types)["Grain Board"]
    assert one.qid is None
    assert one.id.startswith("x:")
    assert found("Grain Union met.", types)["Grain Union"].evidence == "model"
    assert one.id == found("Grain Board met.", types, NOTHING)["Grain Board"].id


KEYS = [
    "un",
    "us",
    "gb",
    "fed",
    "federal reserve",
    "jordan",
    "georgia",
    "atlanta",
    "tbilisi",
    "portland",
    "bush",
    "java",
]
KINDS: list[EntityType] = ["person", "place", "organisation"]


@given(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(KINDS)), st.randoms(use_true_random=False))
def test_links_are_of_names_asked_for_in_whatever_order(types: dict[str, EntityType], dice: Random) -> None:
    nothing = surroundings((), NOTHING)
    links = linked(types, nothing, KNOWLEDGE)
    assert links.keys() <= types.keys()
    shuffled = list(types.items())
    dice.shuffle(shuffled)
    assert {key: link.known for key, link in linked(dict(shuffled), nothing, KNOWLEDGE).items()} == {
        key: link.known for key, link in links.items()
    }
