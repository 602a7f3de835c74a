"""Builds the knowledge base from the facts in this folder and in ../shared/data/gazetteers.

    python -m tools.knowledge.build ../shared/data --out streams/nlp/knowledge.json.gz

Organisations and countries are written by hand (organisations/*.tsv, countries.tsv); the countries' Wikidata ids are
those of DATA/gazetteers/country-codes.csv (PDDL).
"""

import argparse
import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tools.knowledge.organisations import organisations

COUNTRIES = Path(__file__).parent / "countries.tsv"
WIKIDATA = "https://www.wikidata.org/wiki/"


class Entry(NamedTuple):
    """One thing with a name, as it is stored: a JSON array."""

    name: str
    type: str
    qid: str | None
    iso: str | None
    names: tuple[str, ...]
    """Those that mean it wherever they stand."""
    context_names: tuple[str, ...]
    """Those that mean it beside one of these; the published name may be one ("Georgia")."""


def main() -> None:
    """Write the file, and say what is in it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    entries = [*countries(arguments.data), *bodies()]
    packed = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode()
    arguments.out.write_bytes(gzip.compress(packed, mtime=0))
    print(f"{len(entries):,} entries, {sum(each.qid is not None for each in entries):,} with a Wikidata id")


def countries(data: Path) -> Iterator[Entry]:
    """Every country and territory, and what its people are called."""
    with (data / "gazetteers" / "country-codes.csv").open(encoding="utf-8", newline="") as file:
        qids = {
            row["ISO3166-1-Alpha-2"]: row["wikidata_id"].removeprefix(WIKIDATA) or None for row in csv.DictReader(file)
        }
    with COUNTRIES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            qid, aliases, context = qids.get(row["iso"]), _split(row["aliases"]), _split(row["context_aliases"])
            yield Entry(row["name"], "place", qid, row["iso"], _certain(row["name"], aliases, context), context)
            if row["demonyms"]:
                people = _split(row["demonyms"])
                yield Entry(people[0], "group", None, None, people, ())


def bodies() -> Iterator[Entry]:
    """Every organisation."""
    for each in organisations():
        names = _certain(each.name, each.aliases, each.context_aliases)
        yield Entry(each.name, "organisation", each.qid or None, each.iso or None, names, each.context_aliases)


def _certain(name: str, aliases: tuple[str, ...], context: tuple[str, ...]) -> tuple[str, ...]:
    return aliases if name in context else (name, *aliases)


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split("|") if part)


if __name__ == "__main__":
    main()
