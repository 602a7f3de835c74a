"""Article-like variants of labelled paragraphs: what news looks like beyond well-written summaries."""

import random
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from tools.ner_model.labels import Labelled
from tools.ner_model.teacher import Name

__all__ = ["articles", "joined", "renamed", "varied"]

AGENCIES = ("Reuters", "AP", "AFP", "dpa", "Xinhua", "Bloomberg", "UPI", "ANI", "TASS", "Kyodo News", "EFE", "PTI")
FULL_NAME_SHARE = 0.3
"""Of later paragraphs that keep the whole name."""

LINK_LIMIT = 4
"""Paragraphs in one made-up article."""

DATED_SHARE = 0.4
SIGNED_SHARE = 0.7
"""Of datelines that have a date, and an agency."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_SMALL = frozenset(
    {"a", "an", "the", "and", "or", "but", "of", "in", "on", "at", "to", "for", "from", "by", "with", "as", "after"}
)
_SHORT_MONTHS = ("Jan", "Feb", "March", "April", "May", "June", "Aug", "Sept", "Oct", "Nov")
_SEVEN_BITS = {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-"}  # noqa: RUF001

Edit = tuple[int, int, str]
"""Start, end and what stands there instead."""


def articles(texts: Sequence[Labelled], dice: random.Random) -> Iterator[Labelled]:
    """Paragraphs that share a person, put together as an article; later mentions mostly by last name."""
    by_person: defaultdict[str, list[int]] = defaultdict(list)
    for index, each in enumerate(texts):
        for name in each.names:
            if name.label == "PERSON" and " " in each.text[name.start : name.end]:
                by_person[each.text[name.start : name.end]].append(index)
    for person, indexes in by_person.items():
        unique = sorted(set(indexes))
        dice.shuffle(unique)
        for begin in range(0, len(unique) - 1, LINK_LIMIT):
            group = unique[begin : begin + LINK_LIMIT]
            if len(group) > 1:
                first, *rest = (texts[index] for index in group)
                yield joined([first, *(_by_last_name(each, person, dice) for each in rest)])


def renamed(texts: Sequence[Labelled], bodies: Sequence[str], dice: random.Random) -> Iterator[Labelled]:
    """Each text with other people and organisations in it, the rare as often as the famous.

    Args:
        texts: what to change, and where the other names come from.
        bodies: organisations besides those of the texts.
        dice: what chooses.
    """
    pool: defaultdict[tuple[str, bool, bool], dict[str, None]] = defaultdict(dict)
    for each in texts:
        for name in each.names:
            pool[_manner(each.text, name)].setdefault(each.text[name.start : name.end])
    for body in bodies:
        text = body if body.startswith("The ") else f"a {body}"
        start = text.index(" ") + 1
        pool[_manner(text, Name(start, len(text), "ORG"))].setdefault(text[start:])
    others = {manner: list(names) for manner, names in pool.items()}
    for each in texts:
        put: dict[str, str] = {}
        edits = []
        for name in each.names:
            if name.label == "ORG" or (name.label == "PERSON" and " " in each.text[name.start : name.end]):
                words = each.text[name.start : name.end]
                other = put.setdefault(words, dice.choice(others[_manner(each.text, name)]))
                edits.append((name.start, name.end, other))
        if edits:
            yield _edited(each, edits)


def _manner(text: str, name: Name) -> tuple[str, bool, bool]:
    """What another name must have in common to stand here: label, "the" before it, one word or more."""
    before = text[max(0, name.start - 4) : name.start].lower() == "the "
    return name.label, before, " " in text[name.start : name.end]


def joined(parts: Sequence[Labelled], between: str = "\n\n") -> Labelled:
    """Paragraphs, or other parts, one after the other, as one text."""
    text, names, left_open = "", [], []
    for part in parts:
        text += between if text else ""
        offset = len(text)
        text += part.text
        names += [name._replace(start=name.start + offset, end=name.end + offset) for name in part.names]
        left_open += [(start + offset, end + offset) for start, end in part.open]
    return Labelled(text, tuple(names), tuple(left_open))


def varied(each: Labelled, dice: random.Random) -> Labelled:
    """The text as some other desk might have written it; most of the time as it is."""
    chance = dice.random()
    for share, change in CHANGES:
        if chance < share:
            return change(each, dice)
        chance -= share
    return each


def _by_last_name(each: Labelled, person: str, dice: random.Random) -> Labelled:
    if dice.random() < FULL_NAME_SHARE:
        return each
    last = person.rsplit(" ", 1)[1]
    return _edited(
        each,
        [(n.start, n.end, last) for n in each.names if n.label == "PERSON" and each.text[n.start : n.end] == person],
    )


def _last_names(each: Labelled, dice: random.Random) -> Labelled:
    """Every full name by its last part, with or without a title of courtesy in front."""
    title = dice.choice(("", "", "Mr ", "Ms ", "Mr. ", "Mrs. "))
    edits = []
    for name in each.names:
        words = each.text[name.start : name.end].split(" ")
        if name.label == "PERSON" and len(words) in {2, 3} and not words[-1].endswith("."):
            edits.append((name.start, name.end - len(words[-1]), title))
    return _edited(each, edits, keep_outside=True)


def _headline(each: Labelled, dice: random.Random) -> Labelled:
    """The first sentence, as a headline of capitals, of title case or of plain words, without its full stop."""
    end = _SENTENCE_END.search(each.text)
    first = _cut(each, end.start() if end else len(each.text))
    style = dice.choice((_upper, _upper, _title, _title, _title, _plain))
    first = _cut(first, len(first.text.rstrip(".")))
    return _mapped(first, style(first.text))


def _upper(text: str) -> str:
    return "".join(each.upper() if len(each.upper()) == 1 else each for each in text)


def _title(text: str) -> str:
    return re.sub(
        r"[^\W\d_][\w'’]*",  # noqa: RUF001
        lambda word: word[0] if word[0].lower() in _SMALL and word.start() else word[0][0].upper() + word[0][1:],
        text,
    )


def _plain(text: str) -> str:
    return text


def _dateline(each: Labelled, dice: random.Random) -> Labelled:
    """With a place, and perhaps a date and an agency, before it."""
    places = [each.text[name.start : name.end] for name in each.names if name.label == "LOC"]
    place = dice.choice(places or ["London", "Geneva", "Nairobi", "Beijing", "Kyiv", "Brussels", "Jakarta", "Lima"])
    shown = dice.choice((place, _upper(place)))
    day = f", {dice.choice(_SHORT_MONTHS)} {dice.randint(1, 28)}" if dice.random() < DATED_SHARE else ""
    dash = dice.choice((" - ", " — ", " -- ", " – "))  # noqa: RUF001
    parts = [Labelled(shown, (Name(0, len(shown), "LOC"),), ()), Labelled(day, (), ())]
    if dice.random() < SIGNED_SHARE:
        agency = dice.choice(AGENCIES)
        parts += [Labelled(" (", (), ()), Labelled(agency, (Name(0, len(agency), "ORG"),), ()), Labelled(")", (), ())]
    return joined([*parts, Labelled(dash, (), ()), each], between="")


def _capitals(each: Labelled, _: random.Random) -> Labelled:
    return _mapped(each, _upper(each.text))


def _lower(each: Labelled, _: random.Random) -> Labelled:
    return _mapped(each, "".join(char.lower() if len(char.lower()) == 1 else char for char in each.text))


def _unaccented(each: Labelled, _: random.Random) -> Labelled:
    """As wires of seven bits send it."""
    plain = []
    for char in each.text:
        base = unicodedata.normalize("NFD", char)[0]
        plain.append(_SEVEN_BITS.get(base, base))
    return _mapped(each, "".join(plain))


def _coded(each: Labelled, dice: random.Random) -> Labelled:
    """Behind a slug or an update mark."""
    head = dice.choice(
        ("UPDATE 1-", "UPDATE 2-", "CORRECTED-", "WRAPUP 3-", "BREAKING: ", "(Adds details) ", "Update: ")
    )
    return joined([Labelled(head, (), ()), each], between="")


CHANGES: tuple[tuple[float, Callable[[Labelled, random.Random], Labelled]], ...] = (
    (0.06, _headline),
    (0.05, _dateline),
    (0.10, _last_names),
    (0.02, _lower),
    (0.01, _capitals),
    (0.05, _unaccented),
    (0.01, _coded),
)
"""Which share of the texts is changed, and how."""


def _mapped(each: Labelled, text: str) -> Labelled:
    return each._replace(text=text) if len(text) == len(each.text) else each


def _cut(each: Labelled, end: int) -> Labelled:
    return Labelled(
        each.text[:end],
        tuple(name for name in each.names if name.end <= end),
        tuple(span for span in each.open if span[1] <= end),
    )


def _edited(each: Labelled, edits: Sequence[Edit], *, keep_outside: bool = False) -> Labelled:
    """With other words in place of some; `keep_outside` when what is put in is no part of the name around it."""
    text, names, left_open = each.text, list(each.names), list(each.open)
    for start, end, put in sorted(edits, reverse=True):
        shift = len(put) - (end - start)
        text = text[:start] + put + text[end:]
        for index, name in enumerate(names):
            if name.start > start or (name.start == start and keep_outside):
                begin = start + len(put) if name.start == start else name.start + shift
                names[index] = name._replace(start=begin, end=name.end + shift)
            elif name.end >= end:
                names[index] = name._replace(end=name.end + shift)
        left_open = [(a + shift, b + shift) if a >= end else (a, b) for a, b in left_open if b <= start or a >= end]
    return Labelled(text, tuple(names), tuple(left_open))
