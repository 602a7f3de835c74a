"""Writes brands.tsv: organisations with the ids and descriptions that name-suggestion-index carries of Wikidata.

    npm pack name-suggestion-index@8.0.20260918 && tar xzf *.tgz
    python -m tools.knowledge.brands package/dist/wikidata/wikidata.json

Labels and ids are Wikidata's, CC0; the package is BSD-3-Clause. What the tables written by hand know is left out, and
so is a label that two things have. See docs/decisions/0014.
"""

import argparse
import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tools.knowledge.organisations import organisations

HERE = Path(__file__).parent
OUT = HERE / "brands.tsv"

NEWEST = 8_000_000
"""Ids below are about as old as Wikidata's import of Wikipedia: most local shops came later."""

BODY = re.compile(
    r"\b(compan(?:y|ies)|corporation|bank|retailer|chain|brand|manufacturer|automaker|airline|newspaper|university|college"
    r"|insurer|telecommunications|broadcaster|conglomerate|supermarkets?|utility|railway|operator|charity|NGO|non-?profit"
    r"|organi[sz]ation|trade union|agency|ministry|museum|group|multinational|hypermarket)\b",
    re.IGNORECASE,
)
OTHER = re.compile(
    r"school|elementary|\bpolice force in|municipal|transit|bus |parish|council|hospital|sanitation|lottery|library"
    r"|cable car|bicycle|car park|fire (?:and|department)"
    r"|^(?:city|town|municipality|village|county|commune|country|island|district|region|province|state)\b",
    re.IGNORECASE,
)
NAME = re.compile(r"[A-Z0-9][\w .&'\u2019+!/-]{2,}")
LATIN = re.compile(r"[\x00-\u024f\u2019]+")


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index", type=Path, metavar="WIKIDATA_JSON")
    items = json.loads(parser.parse_args().index.read_text(encoding="utf-8"))["wikidata"]
    rows = sorted(brands({qid: (item.get("label", ""), item.get("description", "")) for qid, item in items.items()}))
    lines = ["\t".join(row) for row in (("name", "iso", "qid"), *rows)]
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(rows):,} brands")


def brands(items: dict[str, tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Name, the country its description names if it is one, and id."""
    known, countries = taken(), demonyms()
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(countries, key=len, reverse=True)))})(?!\w)")
    labels = Counter(label.casefold() for label, _ in items.values())
    for qid, (label, description) in items.items():
        own = labels[label.casefold()] == 1 and not known & {label.casefold(), qid}
        like_a_name = NAME.fullmatch(label) and LATIN.fullmatch(label)
        body = BODY.search(description) and not OTHER.search(description) and not OTHER.search(label)
        if int(qid[1:]) <= NEWEST and own and like_a_name and body:
            codes = {countries[found] for found in pattern.findall(description)}
            yield label, codes.pop() if len(codes) == 1 else "", qid


def taken() -> set[str]:
    """Names in lower case and ids that the tables written by hand have."""
    names = {part for each in organisations() for part in (each.name, *each.aliases, *each.context_aliases, each.qid)}
    for table in ("countries", "people", "places", "others"):
        names.update(part for row in read(table) for part in (row["name"], *row["aliases"].split("|")))
    return {name if re.fullmatch(r"Q\d+", name) else name.casefold() for name in names}


def demonyms() -> dict[str, str]:
    """The ISO 3166-1 code of each name of a country or its people."""
    codes = {"American": "US", "U.S.": "US", "British": "GB", "T\u00fcrkiye": "TR"}
    for row in read("countries"):
        names = (row["name"], *row["aliases"].split("|"), *row["demonyms"].split("|"))
        codes.update((name, row["iso"]) for name in names if name)
    return codes


def read(table: str) -> list[dict[str, str]]:
    """The rows of one of the tables here."""
    with (HERE / f"{table}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


if __name__ == "__main__":
    main()
