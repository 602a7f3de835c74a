import re
import time
from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from schemas.enriched_article import Entity, EntityType, Span
from streams.enrich.consistency import Consistent, consistent
from streams.enrich.entities import Found, find_entities
from streams.enrich.models import NamedSpan, Recognized
from streams.enrich.naming import full_names, name_key
from streams.records import digest
from tests.enrich.written import NamesByRule

PEOPLE: dict[str, EntityType] = {"Mousa Abu Marzouk": "person", r"(?<!Mousa )Abu Marzouk": "person"}


def find(headline: str, text: str, paragraphs: Sequence[Span], types: dict[str, EntityType]) -> Found:
    headline_spans, text_spans = NamesByRule(types).recognize([headline, text])
    read = consistent(Recognized(headline, headline_spans), Recognized(text, text_spans))
    return find_entities(read, paragraphs, complete=True)


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


def test_a_name_found_once_is_found_wherever_it_stands() -> None:
    found = entities(
        "HAMAS Leader Lands", "Hamas said. Later Hamas, not Hamasian, left.", {"Hamas(?= said)": "organisation"}
    )
    assert [(mention.field, mention.start) for mention in found["Hamas"].mentions] == [("text", 0), ("text", 18)]


def test_the_headline_the_lead_and_frequency_make_salience() -> None:
    text = "Iran and Qatar talked.\n\nIran agreed.\n\nOman hosted."
    found = entities("Iran agrees", text, dict.fromkeys(("Iran", "Qatar", "Oman"), "place"))
    assert {name: entity.salience for name, entity in found.items()} == {"Iran": 0.9667, "Qatar": 0.35, "Oman": 0.2833}
    assert list(found) == ["Iran", "Qatar", "Oman"]


def test_a_name_is_spelled_as_it_mostly_is_and_as_first_where_that_ties() -> None:
    types: dict[str, EntityType] = {"(?i:iran)": "place", "(?i:oman)": "place"}
    assert list(entities("", "IRAN met OMAN. Iran met Oman. Iran left.", types)) == ["Iran", "OMAN"]


def test_an_id_is_of_type_and_name_whatever_its_case() -> None:
    upper = entities("", "IRAN", {"IRAN": "place"})["IRAN"]
    lower = entities("", "Iran", {"Iran": "place"})["Iran"]
    assert upper.id == lower.id == f"x:{digest('place', 'iran')[:16]}"
    assert lower.id != entities("", "Iran", {"Iran": "person"})["Iran"].id


def test_a_text_read_in_part_says_so() -> None:
    nothing = Recognized("", ())
    assert find_entities(Consistent(nothing, nothing, {}), (), complete=False).status == "partial"
    assert find_entities(Consistent(nothing, nothing, {}), (), complete=True).status == "complete"


@given(headline=st.text("AB c\n’.", max_size=20), text=st.text("AB c\n’.", max_size=60))  # noqa: RUF001
def test_offsets_slice_to_the_mention(headline: str, text: str) -> None:
    fields = {"headline": headline, "text": text}
    found = entities(headline, text, {r"A+": "person", r"B[A c]*c": "place"})
    for entity in found.values():
        assert 0 <= entity.salience <= 1
        assert all(fields[each.field][each.start : each.end] == each.text for each in entity.mentions)


Mentioned = tuple[str, int, int, str]
Grouped = list[tuple[EntityType, str, float, tuple[Mentioned, ...]]]


def grouped_plainly(headline: Recognized, text: Recognized, starts: Sequence[int]) -> Grouped:
    """The stage in the plainest words: type, name, salience and mentions of each entity."""
    named = [
        (field, start, end, source[start:end], kind)
        for field, (source, spans) in (("headline", headline), ("text", text))
        for start, end, kind, _ in spans
    ]
    types = {name_key(name): kind for *_, name, kind in reversed(named)}
    fuller = full_names([key for key, kind in types.items() if kind == "person"])
    groups: dict[tuple[EntityType, str], list[Mentioned]] = {}
    for *mention, _ in named:
        key = name_key(mention[3])
        groups.setdefault((types[key], fuller.get(key, key)), []).append(tuple(mention))  # type: ignore[arg-type]
    most = max(map(len, groups.values()), default=1)
    entities: Grouped = []
    for (kind, key), group in groups.items():
        spellings = Counter(" ".join(name.split()) for *_, name in group if name_key(name) == key)
        first = [start for field, start, *_ in group if field == "text"][:1]
        lead = sum(1 / max(1, sum(other <= start for other in starts)) for start in first)
        heads = any(field == "headline" for field, *_ in group)
        begun = [
            re.search(r"(\A|\n|[.!?:]\s|[\"\u201c])\Z", text.text[:start])
            for field, start, *_ in group
            if field == "text"
        ]
        subject = sum(map(bool, begun)) / max(1, len(begun))
        held = {sum(other <= start for other in starts) for field, start, *_ in group if field == "text"}
        spread = min(1.0, len(held) / max(1, len(starts)))
        salience = round(0.35 * heads + 0.25 * lead + 0.2 * (len(group) / most) + 0.1 * spread + 0.1 * subject, 4)
        name = max(spellings, key=lambda spelling, spellings=spellings: spellings[spelling])
        entities.append((kind, name, salience, tuple(group)))
    return sorted(entities, key=lambda entity: -entity[2])


WRITTEN = st.lists(
    st.sampled_from(
        ["Ann Lee", "ann lee", "Lee", "Bob  Lee", "Bob\nLee", "LEE", "Lee\u2019s", "EU", "Oslo", "al-Lee", "said"]
    ),
    max_size=14,
).map(" and ".join)
KINDS = st.sampled_from(["person", "person", "place", "organisation"])


@st.composite
def recognized(draw: st.DrawFn, source: str) -> list[NamedSpan]:
    """Some of the words of a text, in order, not overlapping."""
    edges = sorted(draw(st.sets(st.sampled_from([match.start() for match in re.finditer(r"\b", source)] or [0]))))
    spans = [
        NamedSpan(start, end, draw(KINDS), draw(st.sampled_from([0.25, 0.5, 1.0])))
        for start, end in zip(edges[::2], edges[1::2], strict=False)
    ]
    return [span for span in spans if source[span.start : span.end].strip()]


@given(st.data())
def test_entities_are_those_of_the_plain_words(data: st.DataObject) -> None:
    headline, text = data.draw(WRITTEN), data.draw(WRITTEN)
    read = Recognized(headline, data.draw(recognized(headline))), Recognized(text, data.draw(recognized(text)))
    starts = sorted(data.draw(st.sets(st.integers(0, 120))))
    paragraphs = [Span(start=start, end=start + 1) for start in starts]
    found = find_entities(Consistent(*read, {}), paragraphs, complete=True)
    assert [
        (
            entity.type,
            entity.name,
            entity.salience,
            tuple((each.field, each.start, each.end, each.text) for each in entity.mentions),
        )
        for entity in found.entities
    ] == grouped_plainly(*read, starts)


def test_three_thousand_names_in_a_hundred_thousand_characters_are_grouped_at_once() -> None:
    names = [f"Ann{number} Lee{number * 7}" for number in range(3000)]
    text, spans = "", []
    for name in names:
        spans.append(NamedSpan(len(text), len(text) + len(name), "person"))
        text += f"{name} was there at noon. "
    paragraphs = [Span(start=start, end=start + 90) for start in range(0, len(text), 100)]
    started = time.process_time()
    found = find_entities(Consistent(Recognized("", ()), Recognized(text, spans), {}), paragraphs, complete=True)
    assert len(found.entities) == 3000
    assert time.process_time() - started < 3
