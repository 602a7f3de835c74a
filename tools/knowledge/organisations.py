"""Organisations that make news: written by hand, from general knowledge, one row each in organisations/*.tsv."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["KINDS", "Organisation", "organisations"]

HERE = Path(__file__).parent / "organisations"

KINDS = frozenset(
    {
        "armed_group",
        "central_bank",
        "club",
        "company",
        "court",
        "exchange",
        "government",
        "intelligence",
        "international",
        "league",
        "media",
        "military",
        "news_agency",
        "ngo",
        "parliament",
        "party",
        "police",
        "religious",
        "research",
        "sports",
        "union",
        "university",
    }
)


class Organisation(NamedTuple):
    """One organisation.

    `name` as a news agency writes it first, without article; `aliases` mean this and practically nothing else;
    `context_aliases` do once the full name has been used. `iso` is the ISO 3166-1 code of its country, empty for an
    international one; `qid` its Wikidata id, empty unless two independent answers agreed; `ticker` "NYSE:XOM".
    """

    name: str
    kind: str
    iso: str
    aliases: tuple[str, ...]
    context_aliases: tuple[str, ...]
    qid: str
    ticker: str


def organisations() -> Iterator[Organisation]:
    """All of them, file by file.

    Raises:
        ValueError: a row has not got seven cells.
    """
    for path in sorted(HERE.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            next(rows)
            for number, row in enumerate(rows, 2):
                if len(row) != len(Organisation._fields):
                    raise ValueError(f"{path.name}, line {number}: {len(row)} cells in place of seven")
                name, kind, iso, aliases, context, qid, ticker = row
                yield Organisation(name, kind, iso, _split(aliases), _split(context), qid, ticker)


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split("|") if part)
