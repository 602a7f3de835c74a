import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.enriched_article import EntityType, Span
from streams.enrich.consistency import consistent
from streams.enrich.entities import find_entities
from streams.enrich.knowledge import Entry, Knowledge, Known
from streams.enrich.models import NamedSpan, Recognized
from streams.enrich.naming import is_acronym

KNOWLEDGE = Knowledge.of(
    "test",
    [
        Entry(Known("Unital", "organisation"), ("Unital",)),
        Entry(Known("Galati", "place", people=250_000), agreeing=("Galati",)),
        Entry(Known("Hamlet", "place", people=30_000), agreeing=("Hamlet",)),
        Entry(Known("Allen", "place", people=100_000), agreeing=("Allen",)),
        Entry(Known("Texas", "place", country="US"), agreeing=("Texas",)),
    ],
)

Seen = dict[str, tuple[EntityType, float]]
"""Patterns of what a model sees, with type and confidence."""


def recognized(text: str, seen: Seen) -> Recognized:
    spans = [NamedSpan(*found.span(), *said) for pattern, said in seen.items() for found in re.finditer(pattern, text)]
    return Recognized(text, sorted(spans))


def names(text: str, seen: Seen, headline: str = "", knowledge: Knowledge = KNOWLEDGE) -> list[tuple[str, str]]:
    """The words of each mention in the text, and its type."""
    read = consistent(recognized(headline, seen), recognized(text, seen), knowledge).text
    return [(text[span.start : span.end], span.type) for span in read.spans]


def test_an_acronym_is_what_it_was_introduced_for() -> None:
    text = "The World Health Organization (WHO) met. Later the WHO\u2019s head spoke, who is new."
    seen: Seen = {"World Health Organization": ("organisation", 0.9), r"WHO(?=\u2019)": ("place", 0.9)}
    names = consistent(recognized("WHO meets", seen), recognized(text, seen))
    assert [(text[span.start : span.end], span.type) for span in names.text.spans] == [
        ("World Health Organization", "organisation"),
        ("WHO", "organisation"),
        ("WHO", "organisation"),
    ]
    assert [span.type for span in names.headline.spans] == ["organisation"]
    found = find_entities(names, [Span(start=0, end=len(text))], complete=True)
    assert [(entity.name, len(entity.mentions)) for entity in found.entities] == [("World Health Organization", 4)]


def test_parentheses_behind_a_name_that_hold_something_else_are_no_acronym() -> None:
    seen: Seen = {"Angela Merkel": ("person", 0.9), "Agence France-Presse": ("organisation", 0.9)}
    assert names("Angela Merkel (CDU) told Agence France-Presse (AP).", seen) == [
        ("Angela Merkel", "person"),
        ("Agence France-Presse", "organisation"),
    ]
    assert names("Angela Merkel (AM) spoke.", seen) == [("Angela Merkel", "person")]


def test_a_name_has_the_type_that_the_model_is_surest_of() -> None:
    seen: Seen = {
        "Fatah(?= said)": ("place", 0.3),
        "(?<=f )Fatah": ("organisation", 0.9),
        "(?<=n )Fatah": ("place", 0.4),
    }
    assert set(names("Fatah said. Of Fatah. On Fatah.", seen)) == {("Fatah", "organisation")}


def test_what_stands_beside_a_doubtful_name_says_what_it_is() -> None:
    seen: Seen = {"Netto|Groom|UpGuard": ("person", 0.6)}
    assert names("The Netto chain grew.", seen) == [("Netto", "organisation")]
    assert names("The town of Groom, that is.", seen) == [("Groom", "place")]
    assert names("He lives in Groom.", seen) == [("Groom", "place")]
    assert names("By UpGuard, a cybersecurity firm.", seen) == [("UpGuard", "organisation")]
    assert names("They hit out at Groom.", seen) == [("Groom", "person")]
    assert names("He met Groom at night.", seen) == [("Groom", "person")]
    assert names("The Netto chain grew.", {"Netto": ("person", 0.9)}) == [("Netto", "person")]


@pytest.mark.parametrize(
    ("text", "is_team"),
    [
        ("Galati manager Lee left.", True),
        ("Galati 2 Lee 1", True),
        ("They beat Galati 8-2 there.", True),
        ("They lost 8-2 to Galati 1.", True),
        ("Galati 25 years later.", False),
        ("Galati 2000, a fair.", False),
    ],
)
def test_who_has_a_score_or_a_manager_is_a_team(text: str, is_team: bool) -> None:  # noqa: FBT001
    kinds: list[EntityType] = ["organisation", "place"]
    for kind in kinds:
        [(_, found)] = names(text, {"Galati": (kind, 0.6)})
        assert found == ("organisation" if is_team else "place")
    assert names(text.replace("manager", "score"), {"Galati": ("person", 0.6)})[0][1] == "person"


def test_a_word_in_a_doubtful_name_says_what_it_is() -> None:
    assert names("At Hotel Arpit Palace.", {"Hotel Arpit Palace": ("organisation", 0.6)})[0][1] == "place"
    assert names("South West Railway runs.", {"South West Railway": ("place", 0.7)})[0][1] == "organisation"
    assert names("The St Ann Hospital burnt.", {"St Ann Hospital": ("organisation", 0.6)})[0][1] == "place"
    assert names("School of Law opened.", {"School of Law": ("place", 0.6)})[0][1] == "place"
    assert names("Ely School of Law opened.", {"Ely School of Law": ("place", 0.6)})[0][1] == "organisation"
    assert names("Unital Polska runs.", {"Unital Polska": ("person", 0.6)})[0][1] == "organisation"


def test_a_doubtful_organisation_that_a_town_is_called_like_is_the_town() -> None:
    assert names("Galati flooded.", {"Galati": ("organisation", 0.6)}) == [("Galati", "place")]
    assert names("Galati flooded.", {"Galati": ("organisation", 0.9)}) == [("Galati", "organisation")]
    assert names("Galati spoke.", {"Galati": ("person", 0.6)}) == [("Galati", "person")]
    assert names("Hamlet sold.", {"Hamlet": ("organisation", 0.6)}) == [("Hamlet", "organisation")]  # too small


def test_a_headline_takes_the_names_of_the_text_before_those_it_is_not_sure_of() -> None:
    text = recognized("Hamas came.", {"Hamas": ("organisation", 0.9)})
    for sure, found in ((0.6, ["Hamas", "Doha"]), (0.9, ["Senior Hamas Leader", "Doha"])):
        doubtful = recognized(
            "Senior Hamas Leader In Doha", {"Senior Hamas Leader": ("person", sure), "Doha": ("place", 0.5)}
        )
        headline = consistent(doubtful, text).headline
        assert [headline.text[span.start : span.end] for span in headline.spans] == found


def test_a_line_in_capitals_has_the_names_of_the_others_whatever_the_model_sees_in_it() -> None:
    others: Seen = {
        "Hamas": ("organisation", 0.9),
        "Abu Marzouk": ("person", 0.9),
        "(?i)coral reefs(?! are)": ("person", 0.9),
    }
    line = "HAMAS LEADER ABU MARZOUK AND CORAL REEFS IN GALATI"
    text = "Hamas said that Abu Marzouk loved it. The coral reefs are there.\nNext"
    found = [("HAMAS", "organisation"), ("ABU MARZOUK", "person")]
    seen: Seen = {**others, "HAMAS LEADER": ("person", 0.9), "(?<=IN )GALATI": ("place", 0.9)}
    as_headline = consistent(recognized(line, seen), recognized(text, seen), KNOWLEDGE).headline
    assert [(line[span.start : span.end], span.type) for span in as_headline.spans] == [*found, ("GALATI", "place")]
    assert names(f"{line}\n{text}", seen)[:3] == [*found, ("GALATI", "place")]
    assert names(f"Hamas in Galati\n{text}", seen)[0] == ("Hamas", "organisation")


def test_in_a_line_in_capitals_the_longer_of_two_names_counts() -> None:
    seen: Seen = {
        "Unital|Air": ("organisation", 0.9),
        "UNITAL": ("organisation", 0.9),
        "Unital Air": ("organisation", 0.9),
    }
    text = recognized("Unital Air flew.", {"Unital Air": ("organisation", 0.9)})
    headline = consistent(recognized("UNITAL AIR FLEW", seen), text, KNOWLEDGE).headline
    assert [headline.text[span.start : span.end] for span in headline.spans] == ["UNITAL AIR"]


def test_a_storm_is_no_person_wherever_it_is_named() -> None:
    text = "Typhoon Haiyan came. Haiyan left."
    for sure in (0.75, 0.99):
        assert names(text, {"Haiyan": ("person", sure)}) == [("Haiyan", "event"), ("Haiyan", "event")]


def test_an_act_or_a_cup_is_no_organisation_however_sure_the_model_is() -> None:
    seen: Seen = {"Human Life Protection Act|Junior Cup|Premier League": ("organisation", 0.95)}
    kinds = [kind for _, kind in names("The Human Life Protection Act. A Junior Cup. The Premier League.", seen)]
    assert kinds == ["law", "event", "organisation"]


def test_a_town_with_its_region_behind_it_is_one_though_a_person_is_called_so() -> None:
    seen: Seen = {"Ann Allen": ("person", 0.9), "(?<=of )Allen": ("place", 0.6)}
    assert names("Ann Allen, of Allen, Texas.", seen)[1] == ("Allen", "place")
    assert names("Ann Allen, of Allen, as was said.", seen)[1] == ("Allen", "person")


def test_what_is_known_by_this_type_is_believed_and_so_is_a_person_s_last_name() -> None:
    assert names("They saw Texas.", {"Texas": ("place", 0.3)}) == [("Texas", "place")]
    seen: Seen = {"Ann Page": ("person", 0.9), r"\bPage(?= asked)": ("person", 0.5)}
    assert names("Ann Page came. Page asked to turn a page.", seen)[1:] == [("Page", "person")]


def test_money_is_no_country() -> None:
    assert names("The US paid US$10.", {"US(?= paid)": ("place", 0.9)}) == [("US", "place")]


def test_a_doubted_full_name_is_believed_where_its_last_name_is() -> None:
    full: Seen = {"Frank Farmer": ("person", 0.3)}
    assert names("The council's Frank Farmer came.", full) == []
    both = names("The council's Frank Farmer came. Mr Farmer left.", {**full, "(?<=Mr )Farmer": ("person", 0.9)})
    assert both == [("Frank Farmer", "person"), ("Farmer", "person")]


def test_what_the_model_doubts_and_nothing_speaks_for_is_no_name() -> None:
    assert names("They saw Macron.", {"Macron": ("person", 0.3)}) == []
    assert names("The town of Macron.", {"Macron": ("person", 0.3)}) == [("Macron", "place")]
    assert names("They saw Unital.", {"Unital": ("organisation", 0.3)}) == [("Unital", "organisation")]


def test_what_is_short_for_common_words_is_no_name() -> None:
    seen: Seen = {"IED|EC|Unital": ("organisation", 0.9)}
    assert names("It was an improvised explosive device (IED). An IED is it.", seen) == []
    assert len(names("It was the electoral commission (EC). The EC said.", seen)) == 2
    assert len(names("It is an unusually nice institute, they said (Unital).", seen)) == 1


def test_a_common_word_that_only_begins_sentences_is_no_name() -> None:
    text = "Tributes came. Later more tributes came."
    assert names(text, {"Tributes": ("place", 0.7)}) == []
    assert names(text.replace("more tributes", "more"), {"Tributes": ("place", 0.7)}) == [("Tributes", "place")]


def test_last_names_and_companies_without_their_group_are_found_wherever_they_stand() -> None:
    text = "Ann Ferraro met Salling Group. Ferraro sold, and Salling bought."
    seen: Seen = {"Ann Ferraro": ("person", 0.9), "Salling Group": ("organisation", 0.9)}
    assert names(text, seen)[2:] == [("Ferraro", "person"), ("Salling", "organisation")]
    assert names(f"{text} The Ferraro brothers.", {**seen, "Bob Ferraro": ("person", 0.9)})[2][0] == "Ferraro"
    both = "Ann Ferraro met Bob Ferraro. Ferraro left."
    assert len(names(both, {"Ann Ferraro|Bob Ferraro": ("person", 0.9)})) == 2
    assert len(names("Ann Bush ran. The bush burnt. Bush hid.", {"Ann Bush": ("person", 0.9)})) == 1
    assert names("Ann Unital ran. Unital rose.", {"Ann Unital": ("person", 0.9)})[1] == ("Unital", "person")


def test_a_last_name_that_the_model_is_not_sure_of_is_the_person_s() -> None:
    text = "Michael Bloomberg ran. Bloomberg gave up."
    full: Seen = {"Michael Bloomberg": ("person", 0.9)}
    doubtful, sure = ({**full, r"(?<!Michael )Bloomberg": ("organisation", sure)} for sure in (0.6, 0.95))
    assert names(text, doubtful)[1] == ("Bloomberg", "person")
    assert names(text, sure)[1] == ("Bloomberg", "organisation")
    alone = r"(?<!Michael )(?<!Emma )Bloomberg(?! Inc)"
    family: Seen = {**full, alone: ("organisation", 0.6), "Emma Bloomberg": ("person", 0.9)}
    family["Bloomberg Inc"] = ("organisation", 0.9)
    assert names(f"{text} Emma Bloomberg spoke.", family)[1] == ("Bloomberg", "person")
    assert names(f"{text} Emma Bloomberg left Bloomberg Inc.", family)[1] == ("Bloomberg", "organisation")


def test_what_is_written_in_capitals_is_not_taken_for_a_town_of_that_name() -> None:
    town = Knowledge.of("here", [Entry(Known("Uga", "place"), agreeing=("Uga",))])
    seen: Seen = {"University of Georgia": ("organisation", 0.9), "UGA": ("organisation", 0.5)}
    assert names("The University of Georgia (UGA) said so.", seen, knowledge=town) == [
        ("University of Georgia", "organisation"),
        ("UGA", "organisation"),
    ]
    assert names("UGA said so.", {"UGA": ("organisation", 0.5)}, knowledge=town) == [("UGA", "organisation")]
    assert names("Uga said so.", {"Uga": ("organisation", 0.5)}, knowledge=town) == [("Uga", "place")]


def test_what_somebody_is_minister_of_is_not_named_because_it_is_elsewhere() -> None:
    seen: Seen = {"Defence(?= budget)": ("organisation", 0.9)}
    assert names("The Defence budget. Defence Minister Hill said Defence pays.", seen) == [
        ("Defence", "organisation"),
        ("Defence", "organisation"),
    ]


def test_followers_tell_a_person_from_nothing() -> None:
    seen: Seen = {"Fazal Rehman": ("person", 0.5), "Ajax": ("person", 0.5)}
    assert names("He met Fazal Rehman supporters and Ajax supporters.", seen) == [
        ("Fazal Rehman", "person"),
        ("Ajax", "organisation"),
    ]


def test_where_something_is_makes_a_place_of_what_the_model_doubts() -> None:
    assert names("The fire at Boonah spread.", {"Boonah": ("place", 0.2)}) == [("Boonah", "place")]
    assert names("The fire met Boonah there.", {"Boonah": ("place", 0.2)}) == []


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
        ("UGA", "University of Georgia", True),
        ("CDC", "Centers for Disease Control and Prevention", True),
        ("NATO", "North Atlantic Treaty Organization", True),
        ("AP", "Agence France-Presse", False),
        ("AFP", "Agence France-Presse", True),
        ("AAPL", "Apple", False),
        ("GOP", "Republican Party", False),
        ("RUS", "Maria Sharapova", False),
    ],
)
def test_an_acronym_has_the_letters_of_its_name_in_order(short: str, name: str, is_one: bool) -> None:  # noqa: FBT001
    assert is_acronym(short, name) is is_one


WORDS = [
    "Ann",
    "Lee",
    "Lee Air",
    "Ann Lee",
    "lee",
    "LA",
    "(LA)",
    "Los Angeles",
    "said",
    "Air",
    "\nANN LEE\n",
]


@st.composite
def read(draw: st.DrawFn) -> Recognized:
    text = " ".join(draw(st.lists(st.sampled_from(WORDS), max_size=14)))
    edges = sorted(draw(st.sets(st.sampled_from([match.start() for match in re.finditer(r"\b", text)] or [0]))))
    kinds, sure = st.sampled_from(["person", "place", "organisation"]), st.sampled_from([0.3, 0.7, 0.9])
    spans = [NamedSpan(*edge, draw(kinds), draw(sure)) for edge in zip(edges[::2], edges[1::2], strict=False)]
    one_line = (span for span in spans if "\n" not in text[span.start : span.end])  # as a model's names are
    return Recognized(text, [span for span in one_line if text[span.start : span.end].strip()])


@given(read(), read())
@example(
    Recognized("Ann", [NamedSpan(0, 3, "person", 0.7)]),
    Recognized("Ann Ann Ann Ann Ann", [NamedSpan(0, 7, "person", 0.3), NamedSpan(8, 19, "organisation", 0.7)]),
)
@example(Recognized("", []), Recognized("Ann Lees said Lees", [NamedSpan(0, 8, "person", 0.9)]))
def test_a_name_has_one_type_and_a_second_time_changes_nothing(headline: Recognized, text: Recognized) -> None:
    once = consistent(headline, text, KNOWLEDGE)
    for before, after in ((headline, once.headline), (text, once.text)):
        assert after.text == before.text
        edges = [edge for span in after.spans for edge in span[:2]]
        assert edges == sorted(edges)
        types = [(after.text[span.start : span.end], span.type) for span in after.spans]
        assert len(set(types)) == len({name for name, _ in types}), "a name has two types"
    assert consistent(once.headline, once.text, KNOWLEDGE) == once


@given(st.permutations(["Ann Lee said", "Lee Air flew", "Lee left", "in Lee, too", "Los Angeles (LA) is", "LA woke"]))
def test_the_order_of_what_is_said_is_nothing(sentences: list[str]) -> None:
    seen: Seen = {
        "Ann Lee": ("person", 0.9),
        "Lee Air": ("organisation", 0.7),
        "Lee(?= left)": ("organisation", 0.5),
        "(?<=in )Lee": ("person", 0.5),
        "Los Angeles": ("place", 0.6),
        "LA(?= woke)": ("organisation", 0.6),
    }
    assert sorted(names(".\n".join(sentences), seen)) == [
        ("Ann Lee", "person"),
        ("LA", "place"),
        ("LA", "place"),
        ("Lee", "person"),
        ("Lee", "person"),
        ("Lee Air", "organisation"),
        ("Los Angeles", "place"),
    ]


@given(st.text(max_size=60), st.text(max_size=60), st.data())
def test_no_text_is_too_odd(headline: str, text: str, data: st.DataObject) -> None:
    spans = []
    for source in (headline, text):
        edges = sorted(data.draw(st.sets(st.integers(0, len(source)), max_size=6)))
        pairs = zip(edges[::2], edges[1::2], strict=False)
        spans.append([NamedSpan(*pair, "person", 0.5) for pair in pairs if source[slice(*pair)].strip()])
    read = consistent(Recognized(headline, spans[0]), Recognized(text, spans[1]), KNOWLEDGE)
    found = find_entities(read, [], complete=True, knowledge=KNOWLEDGE)
    fields = {"headline": headline, "text": text}
    mentions = [mention for entity in found.entities for mention in entity.mentions]
    assert all(fields[each.field][each.start : each.end] == each.text for each in mentions)
