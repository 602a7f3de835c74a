"""Builds the knowledge base from the facts in this folder and in ../shared/data/gazetteers.

    python -m tools.knowledge.build ../shared/data --out streams/nlp/knowledge.json.gz

Organisations and countries are written by hand (organisations/*.tsv, countries.tsv); the countries' Wikidata ids are
those of DATA/gazetteers/country-codes.csv (PDDL), US states are in hearvox_wikidata-us-states.tsv there, and cities are
GeoNames' (cities.tsv); of several with one name the largest is meant if it is far larger than the others. People who
hold or held an office are written by hand, too (people.tsv); whose name many others have is not among them.
"""

import argparse
import csv
import gzip
import json
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tools.knowledge.organisations import organisations

COUNTRIES = Path(__file__).parent / "countries.tsv"
PEOPLE = Path(__file__).parent / "people.tsv"
CITIES = Path(__file__).parent / "cities.tsv"

CITY_PEOPLE = 100_000
TIMES_OTHERS = 10
ALSO_ELSE = frozenset({"Georgia", "New York", "Washington"})
"""States that are a country or a city, too."""

WIKIDATA = "https://www.wikidata.org/wiki/"


class Entry(NamedTuple):
    """One thing with a name, as it is stored: a JSON array."""

    name: str
    type: str
    qid: str | None
    geonames: int | None
    iso: str | None
    names: tuple[str, ...]
    """Those that mean it wherever they stand."""
    agreeing: tuple[str, ...]
    """Those that mean it where a model takes them for this type."""
    context_names: tuple[str, ...]
    """Those that mean it beside one of these; the published name may be one ("Georgia")."""


def main() -> None:
    """Write the file, and say what is in it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    entries = all_entries(arguments.data)
    packed = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode()
    arguments.out.write_bytes(gzip.compress(packed, mtime=0))
    print(f"{len(entries):,} entries, {sum(each.qid is not None for each in entries):,} with a Wikidata id")


def all_entries(data: Path) -> list[Entry]:
    """All that is known."""
    return [*countries(data), *states(data), *cities(), *bodies(), *people()]


def countries(data: Path) -> Iterator[Entry]:
    """Every country and territory, and what its people are called."""
    with (data / "gazetteers" / "country-codes.csv").open(encoding="utf-8", newline="") as file:
        qids = {
            row["ISO3166-1-Alpha-2"]: row["wikidata_id"].removeprefix(WIKIDATA) or None for row in csv.DictReader(file)
        }
    with COUNTRIES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            qid, aliases, context = qids.get(row["iso"]), _split(row["aliases"]), _split(row["context_aliases"])
            names = _certain(row["name"], aliases, context)
            yield Entry(row["name"], "place", qid, None, row["iso"], names, (), context)
            if row["demonyms"]:
                demonyms = _split(row["demonyms"])
                yield Entry(demonyms[0], "group", None, None, None, demonyms, (), ())


def states(data: Path) -> Iterator[Entry]:
    """Those of the US whose name is nothing else."""
    with (data / "gazetteers" / "hearvox_wikidata-us-states.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["state"] not in ALSO_ELSE:
                yield Entry(row["state"], "place", row["qid"], None, None, (), (row["state"],), ())


def cities() -> Iterator[Entry]:
    """Every city of a hundred thousand that has ten times the people of all others of its name."""
    with CITIES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    people: Counter[str] = Counter()
    for row in rows:
        people[row["name"].casefold()] += int(row["population"])
    for row in rows:
        name, population = row["name"], int(row["population"])
        others = people[name.casefold()] - population
        if population >= CITY_PEOPLE and population >= TIMES_OTHERS * others:
            plain = unicodedata.normalize("NFD", name).encode("ascii", "ignore").decode()
            names = (name,) if plain == name or not plain else (name, plain)
            yield Entry(name, "place", None, int(row["geonameid"]), None, (), names, ())


def bodies() -> Iterator[Entry]:
    """Every organisation."""
    for each in organisations():
        names = _certain(each.name, each.aliases, each.context_aliases)
        short = each.name.removeprefix("The ")  # as a mention is
        agreeing = (short,) if short != each.name else ()
        yield Entry(each.name, "organisation", each.qid or None, None, None, names, agreeing, each.context_aliases)


def people() -> Iterator[Entry]:
    """Everyone who holds or held an office, once, with all spellings."""
    spellings: dict[str, dict[str, None]] = {}
    with PEOPLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            spellings.setdefault(row["name"], {row["name"]: None}).update(dict.fromkeys(_split(row["aliases"])))
    for name, names in spellings.items():
        yield Entry(name, "person", None, None, None, (), tuple(names), ())


def _certain(name: str, aliases: tuple[str, ...], context: tuple[str, ...]) -> tuple[str, ...]:
    return aliases if name in context else (name, *aliases)


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split("|") if part)


if __name__ == "__main__":
    main()
