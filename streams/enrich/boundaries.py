"""Where a name begins and ends, which a model that reads four words at a time gets wrong.

1. Titles and offices before a person are not of the name, initials are: "Sultan Said bin Taimur", "B Shiva Parvathi".
2. A direction written with a capital is of a place's name: "Northern California".
3. A maker's name with the number of a model is a product: "Boeing 737".
4. A known name is whole: "US House of Representatives" where a model sees "House of Representatives".
5. What a nationality only tells whose it is is not of a known name: "Afghan Taliban".
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice, takewhile
from typing import Final

from streams.enrich.knowledge import Knowledge
from streams.enrich.models import NamedSpan, Recognized
from streams.enrich.standing import UNSEEN, without_overlap

__all__ = ["bounded"]

_TITLE = re.compile(
    r"(?:Admiral|Ambassador|Archbishop|Ayatollah|Bishop|Brigadier|Capt|Captain|Cardinal|Cde|Chancellor|Chief|Col|Colonel"
    r"|Commander|Commissioner|Comrade|Congressman|Congresswoman|Councillor|Dame|Detective|Dr|Emir|Emperor|Father|Frau"
    r"|Gen|General|Gov|Governor|Herr|Imam|Inspector|Justice|Lady|Lieutenant|Lord|Lt|Maj|Major|Mayor|Mgr|Minister|Miss"
    r"|Mlle|Mme|Mr|Mrs|Ms|Officer|Pastor|Pope|Premier|President|Prof|Professor|Queen|Rabbi|Rep|Representative|Rev"
    r"|Reverend|Secretary|Sen|Senator|Sergeant|Sgt|Sheriff|Sir|Speaker|Sultan|Superintendent|Taoiseach|Tsar"
    r"|Vice-President)\b\.?\s+(?=\w)"
)
"""Of those that are first names or last names, too (Dean, Prince, King, Duke, Judge), none is here."""

_INITIALS = re.compile(r"(?<![\w.'’-])(?:[B-HJ-Z]\.?\s){1,3}\Z")  # noqa: RUF001 - "A" and "I" are words
_DIRECTION = re.compile(
    r"(?<=[\w,] )(?:Central|Upper|Lower|Inner|Outer|(?:North|South)(?:east|west)?(?:ern)?|(?:East|West)(?:ern)?)\s\Z"
)
_LOOK_BACK: Final = 16
"""Characters in which a direction or initials find room."""

_SPACE = re.compile(r"\s+")
_MODEL_NUMBER = re.compile(r"\s[A-Z]{0,2}-?\d{2,4}[A-Z]?s?\b(?![-.,]?\d|%)")
_MAKER = re.compile("Airbus|Antonov|ATR|Boeing|Bombardier|Embraer|Ilyushin|Sukhoi|Tupolev")
"""Whose products the news calls by number. A number behind another company is mostly a year or a sum."""


def bounded(field: Recognized, knowledge: Knowledge) -> Recognized:
    """The field with its names at their full length, and no longer; a second time changes nothing."""
    text = field.text
    spans = [part for span in _moved(field) for part in _parts(text, span, knowledge)]
    return Recognized(text, without_overlap([*_known(text, spans, knowledge)], spans, len(text)))


def _moved(field: Recognized) -> Iterator[NamedSpan]:
    end = 0
    for span in field.spans:
        moved = _edges(field.text, span, end)
        end = moved.end
        yield moved


def _edges(text: str, span: NamedSpan, free_from: int) -> NamedSpan:
    """The span as the rules on its own type move its edges."""
    room = max(free_from, span.start - _LOOK_BACK)
    match span.type:
        case "person":
            start = _without_title(text, span.start, span.end)
            initials = _INITIALS.search(text, room, start) if start == span.start else None
            return span._replace(start=initials.start() if initials else start)
        case "place":
            direction = _DIRECTION.search(text, room, span.start)
            return span._replace(start=direction.start()) if direction else span
        case "organisation" if _MAKER.fullmatch(text, span.start, span.end):
            number = _MODEL_NUMBER.match(text, span.end)
            return span._replace(end=number.end(), type="product") if number else span
        case _:
            return span


def _without_title(text: str, start: int, end: int) -> int:
    while title := _TITLE.match(text, start, end):
        start = title.end()
    return start


def _parts(text: str, span: NamedSpan, knowledge: Knowledge) -> Iterator[NamedSpan]:
    """What an organisation's name falls into if all but its first words are known, and the whole is not."""
    name = text[span.start : span.end]
    if span.type == "organisation" and not knowledge.certain(name):
        for space in _SPACE.finditer(name):
            whose, body = knowledge.certain(name[: space.start()]), knowledge.certain(name[space.end() :])
            if whose and body and body.type == "organisation" and whose.type in ("group", "place"):
                if whose.type == "place":
                    yield span._replace(end=span.start + space.start(), type="place")
                yield span._replace(start=span.start + space.end())
                return
        body_name, _, country = name.rpartition(" of ")
        body, whose = knowledge.certain(body_name), knowledge.certain(country)
        if body and whose and body.type == "organisation" and whose.type == "place":
            yield span._replace(end=span.start + len(body_name))
            yield span._replace(start=span.end - len(country), type="place")
            return
    yield span


def _known(text: str, spans: Sequence[NamedSpan], knowledge: Knowledge) -> Iterator[NamedSpan]:
    """Known names that stand free, or that hold all that a model saw of them."""
    last_names = {text[span.start : span.end].rpartition(" ")[2] for span in spans if span.type == "person"}
    following = 0
    for start, end, known in knowledge.standing(text):
        if known.type == "person":
            start = _without_title(text, start, end)  # noqa: PLW2901 - of the same name
        elif text[start:end] in last_names:
            continue
        while following < len(spans) and spans[following].end <= start:
            following += 1
        touched = list(takewhile(lambda span: span.start < end, islice(spans, following, None)))  # noqa: B023 - at once
        if all(start <= span.start and span.end <= end for span in touched) and not _person(start, end, touched):
            yield NamedSpan(start, end, known.type, UNSEEN)


def _person(start: int, end: int, spans: Sequence[NamedSpan]) -> bool:
    """Whether a model takes just this for a person: "Jordan"."""
    return any(span[:3] == (start, end, "person") for span in spans)
