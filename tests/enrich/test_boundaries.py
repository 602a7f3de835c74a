import re

import pytest

from schemas.enriched_article import EntityType
from streams.enrich.boundaries import bounded
from streams.enrich.knowledge import Entry, Knowledge, Known
from streams.enrich.models import NamedSpan, Recognized

KNOWLEDGE = Knowledge.of(
    "test",
    [
        Entry(Known("United States", "place", "Q30", iso="US"), ("United States", "US", "U.S.")),
        Entry(Known("Iran", "place", "Q794", iso="IR"), ("Iran",)),
        Entry(Known("Jordan", "place", "Q810", iso="JO"), ("Jordan",)),
        Entry(Known("Afghan", "group"), ("Afghan",)),
        Entry(Known("Taliban", "organisation"), ("Taliban", "Taliban Party")),
        Entry(Known("World Health Organization", "organisation"), ("World Health Organization", "WHO")),
        Entry(Known("US House of Representatives", "organisation"), ("US House of Representatives",)),
        Entry(Known("Revolutionary Guard", "organisation"), ("Revolutionary Guard",)),
        Entry(Known("Jehovah's Witnesses", "organisation"), ("Jehovah's Witnesses",)),
        Entry(Known("Labour Party", "organisation"), ("Labour Party",)),
        Entry(Known("The Guardian", "organisation"), ("The Guardian",), agreeing=("Guardian",)),
        Entry(Known("Pope Francis", "person"), agreeing=("Pope Francis",)),
        Entry(Known("Nice", "place", geonames=2990440), agreeing=("Nice",)),
    ],
)

Named = list[tuple[str, EntityType]]


def read(text: str, *seen: tuple[str, EntityType]) -> Named:
    """The words and type of each name, after a model saw these."""
    spans = [
        NamedSpan(*found.span(), kind, 0.9) for words, kind in seen for found in re.finditer(re.escape(words), text)
    ]
    once = bounded(Recognized(text, sorted(spans)), KNOWLEDGE)
    assert bounded(once, KNOWLEDGE) == once
    return [(text[span.start : span.end], span.type) for span in once.spans]


@pytest.mark.parametrize(
    ("text", "seen", "name"),
    [
        ("his father, Sultan Said bin Taimur.", "Sultan Said bin Taimur", "Said bin Taimur"),
        ("Gen. Sir Mike Jackson", "Gen. Sir Mike Jackson", "Mike Jackson"),
        ("with Dean Smith", "Dean Smith", "Dean Smith"),
        ("Mysore, B Shiva Parvathi said", "Shiva Parvathi", "B Shiva Parvathi"),
        ("Then J. K. Rowling left", "Rowling", "J. K. Rowling"),
        ("Plan A Shiva Parvathi liked", "Shiva Parvathi", "Shiva Parvathi"),
        ("U.S. Mike Jackson", "Mike Jackson", "Mike Jackson"),
        ("Then Robert Downey, Jr., came", "Robert Downey", "Robert Downey, Jr."),
        ("Then King Charles III came", "King Charles", "Charles III"),
    ],
)
def test_a_title_is_not_of_a_person_s_name_and_initials_are(text: str, seen: str, name: str) -> None:
    assert (name, "person") in read(text, (seen, "person"))


def test_a_direction_with_a_capital_is_of_the_place_s_name() -> None:
    assert read("fires in Northern California", ("California", "place")) == [("Northern California", "place")]
    assert read("fires in northern California", ("California", "place")) == [("California", "place")]
    assert read("It fell. Northern California burnt", ("California", "place")) == [("California", "place")]


def test_a_maker_s_name_with_a_model_s_number_is_a_product() -> None:
    seen: tuple[str, EntityType] = ("Boeing", "organisation")
    assert read("three Boeing 747s landed", seen) == [("Boeing 747s", "product")]
    assert read("Boeing 10% up", seen) == read("Boeing rose", seen) == [seen]


def test_what_somebody_is_secretary_of_is_no_organisation() -> None:
    for text in ("Secretary of State Mike Pompeo", "State Secretary Mike Pompeo"):
        assert read(text, ("State", "organisation"), ("Mike Pompeo", "person")) == [("Mike Pompeo", "person")]
    assert read("Labour Party secretary", ("Labour Party", "organisation")) == [("Labour Party", "organisation")]


def test_a_known_name_is_whole_and_found_where_the_model_sees_nothing() -> None:
    whole: Named = [("US House of Representatives", "organisation")]
    assert read("US House of Representatives", ("US", "place"), ("House of Representatives", "organisation")) == whole
    assert read("the US House of Representatives met") == whole
    assert read("Pope Francis spoke") == [("Francis", "person")]
    assert read("the Jehovah\u2019s Witnesses", ("Jehovah", "person")) == [("Jehovah\u2019s Witnesses", "organisation")]


def test_a_known_name_inside_a_longer_one_is_not_cut_out() -> None:
    seen: tuple[str, EntityType] = ("Bank of Iran", "organisation")
    assert read("the Bank of Iran", seen) == [seen]


def test_an_acronym_in_a_line_in_capitals_is_one_if_it_is_no_word() -> None:
    assert read("WHO WILL LEAD US?") == [("US", "place")]
    assert read("The WHO leads.") == [("WHO", "organisation")]


def test_a_keyword_before_a_dash_is_of_no_name() -> None:
    assert read("SOCCER - ARSENAL WIN", ("SOCCER - ARSENAL", "organisation")) == [("ARSENAL", "organisation")]
    assert read("the Anglo-Iranian oil", ("Anglo-Iranian", "group")) == [("Anglo-Iranian", "group")]


@pytest.mark.parametrize(
    "text",
    ["Who said so?", "give us that", "US$10", "the labour Party", "a nice day in Nice", "the Guardian wrote"],
)
def test_what_is_not_written_like_a_name_is_none(text: str) -> None:
    assert read(text) == []


def test_the_press_writes_party_small_and_its_own_article_large() -> None:
    assert read("the Labour party lost") == [("Labour party", "organisation")]
    assert read("the Taliban party lost") == [("Taliban", "organisation")]
    assert read("he told The Guardian.") == [("Guardian", "organisation")]
    assert read("The Guardian wrote") == []


def test_what_a_model_takes_for_a_person_stays_one() -> None:
    assert read("Jordan scored", ("Jordan", "person")) == [("Jordan", "person")]
    assert read("Michael Jordan. Jordan won", ("Michael Jordan", "person")) == [("Michael Jordan", "person")]


def test_whose_a_known_organisation_is_is_not_of_its_name() -> None:
    assert read("the Afghan Taliban", ("Afghan Taliban", "organisation")) == [("Taliban", "organisation")]
    assert read("the U.S. Labour Party", ("U.S. Labour Party", "organisation")) == [
        ("U.S.", "place"),
        ("Labour Party", "organisation"),
    ]
    assert read("a WHO/Labour Party meeting", ("WHO/Labour Party", "organisation")) == [
        ("WHO", "organisation"),
        ("Labour Party", "organisation"),
    ]
    assert read("the Revolutionary Guard of Iran", ("Revolutionary Guard of Iran", "organisation")) == [
        ("Revolutionary Guard", "organisation"),
        ("Iran", "place"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("He came from Lincoln, Neb., today.", [("Lincoln", "place"), ("Neb.", "place")]),
        ("SPRINGFIELD, Ill. - It rained.", [("SPRINGFIELD", "place"), ("Ill.", "place")]),
        ("near New York Mills, Minn.", [("New York Mills", "place"), ("Minn.", "place")]),
        ("said Sen. Manchin, D-W.Va., and", [("W.Va.", "place")]),
        ("He fell ill, Miss. Jones said.", []),
        ("They took it, Ill. or well.", []),
    ],
)
def test_a_state_behind_a_town_is_a_place_and_so_is_the_town(text: str, found: list[tuple[str, EntityType]]) -> None:
    assert read(text) == found


def test_who_stands_before_a_state_stays_a_person() -> None:
    seen: tuple[str, EntityType] = ("John Smith", "person")
    assert read("by Rep. John Smith, Calif., today", seen) == [seen, ("Calif.", "place")]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("in Jiangxi province", "Jiangxi"),
        ("read Maxim magazine", "Maxim"),
        ("the Parliament of", "Parliament"),
        ("the Isle of Man", "Isle of Man"),
        ("Democratic party", "Democratic party"),
        ("at the Great Hall of the People on Sunday", "Great Hall of the People"),
        ("the Sydney-based", "Sydney"),
        ("said Ban Ki-moon", "Ban Ki-moon"),
    ],
)
def test_what_is_small_at_the_end_only_says_what_it_is(text: str, name: str) -> None:
    whole = text[next(at for at, letter in enumerate(text) if letter.isupper()) :]
    assert read(text, (whole, "organisation"))[0][0] == name


@pytest.mark.parametrize(
    ("text", "name", "stays"),
    [
        ("Secretary of State Colin Powell", "State", False),
        ("the Treasury Secretary", "Treasury", False),
        ("secretary of the Treasury", "Treasury", False),
        ("minister for Home Affairs", "Home Affairs", False),
        ("secretary of the Transport Workers Union", "Transport Workers Union", True),
        ("General Secretary of the Communist Party", "Communist Party", True),
        ("the secretary of WHO", "WHO", True),
        ("the Transport Workers Union secretary", "Transport Workers Union", True),
    ],
)
def test_what_somebody_is_minister_of_is_no_organisation(text: str, name: str, stays: bool) -> None:  # noqa: FBT001
    assert read(text, (name, "organisation")) == ([(name, "organisation")] if stays else [])


def test_an_office_by_itself_is_no_name() -> None:
    assert read("All the Treasurer has got", ("Treasurer", "place")) == []
    assert read("the Governor-General said", ("Governor-General", "person")) == []
