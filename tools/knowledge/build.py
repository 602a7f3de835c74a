"""Builds the knowledge base from the facts in this folder and in ../shared/data/gazetteers.

    python -m tools.knowledge.build ../shared/data --out streams/nlp/knowledge.json.gz

Organisations, countries, places, people in office and what else has a name are written by hand (organisations/*.tsv,
countries.tsv, places.tsv, people.tsv, others.tsv); whose name many others have is not among the people. More companies
are those of DATA/gazetteers/sp500_constituents.csv (PDDL), newspapers of the US and their ids those of
wikipedia-us-newspapers_qid.tsv there. The countries' Wikidata ids are those of country-codes.csv (PDDL), states and
towns of the US have theirs from hearvox_wikidata-us-states.tsv and -cities.tsv, and cities are GeoNames' (cities.tsv).
"""

import argparse
import csv
import gzip
import html
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from streams.enrich.knowledge import Entry, Known, Office, indexed
from streams.enrich.naming import name_key
from tools.knowledge.organisations import Organisation, organisations

HERE = Path(__file__).parent

ALSO_ELSE = {"Georgia": (), "New York": ("New York state",), "Washington": ("Washington state",)}
"""States that are a country or a city, too, and the name in places.tsv of those that are mostly not meant."""

SPOKEN_SHORT = frozenset({"club", "company", "media", "university"})
"""Kinds of organisations that the press mostly calls by the beginning of their name alone: "Apple", "Arsenal"."""

NOT_ALONE = frozenset(
    {
        "American",
        "Apollo",
        "Athletic",
        "Brown",
        "Canon",
        "Cardiff",
        "Casino",
        "Columbia",
        "Continental",
        "Delta",
        "Hermes",
    }
    | {"Howard", "Hull", "Indra", "Inter", "Leeds", "Leicester", "Metro", "Newcastle", "Next", "Northeastern", "Orange"}
    | {"Northwestern", "Post Office", "Racing", "Rogers", "Swiss", "Target", "Telegram", "Total", "Virgin"}
)
"""Of these beginnings those that are others' as well, or other things."""

PLAIN_WORDS = frozenset(
    {"Air Products", "American Tower", "Crown Castle", "Fifth Third Bancorp", "Global Payments", "Henry Schein"}
    | {"Iron Mountain", "Old Dominion", "Realty Income", "Trade Desk", "Waste Management"}
)
"""Listed companies whose names are other things, too, or people's."""

_LEGAL_FORM = re.compile(
    r",? (?:& Co|Co|Companies|Company|Corp|Corporation|Group|Holdings|Inc|Incorporated|Limited|Ltd|plc)\.?\Z"
)
_IN_BRACKETS = re.compile(r"\s*\([^)]*\)")

UNKNOWN = "?"
"""In place of a day: who may be in office still counts as in office, what began nobody knows when as none."""

LETTERS = str.maketrans(
    {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ß": "ss", "đ": "d", "Đ": "D"} | {"\u0131": "i", "\u2019": "'"}
)
"""Those that decomposing does not take apart."""

WIKIDATA = "https://www.wikidata.org/wiki/"


def main() -> None:
    """Write the file, and say what is in it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    entries = all_entries(arguments.data)
    arguments.out.write_bytes(gzip.compress(packed(entries), mtime=0))
    print(f"{len(entries):,} entries, {sum(each.known.qid is not None for each in entries):,} with a Wikidata id")


def packed(entries: Sequence[Entry]) -> bytes:
    """Them with their index, as JSON."""
    content = {"known": [_short(each.known) for each in entries], "index": indexed(entries)._asdict()}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def all_entries(data: Path) -> list[Entry]:
    """All that is known."""
    around = [*countries(data), *states(data), *places(), *cities(data)]
    organised = [*bodies(), *brands()]
    papers = newspapers(data, [*around, *organised])
    return [*around, *organised, *listed(data, organised), *papers, *people(), *others()]


def countries(data: Path) -> Iterator[Entry]:
    """Every country and territory, and what its people are called."""
    codes = table(data / "gazetteers" / "country-codes.csv", delimiter=",", quoting=csv.QUOTE_MINIMAL)
    qids = {row["ISO3166-1-Alpha-2"]: row["wikidata_id"].removeprefix(WIKIDATA) or None for row in codes}
    for row in table(HERE / "countries.tsv"):
        aliases, context = _split(row["aliases"]), _split(row["context_aliases"])
        names = _certain(row["name"], aliases, context)
        qid = qids.get(row["iso"]) or row["qid"]  # which Kosovo has none of there
        yield Entry(Known(row["name"], "place", qid or None, iso=row["iso"]), names, context_names=context)
        if demonyms := _split(row["demonyms"]):
            yield Entry(Known(demonyms[0], "group", country=row["iso"]), demonyms)


def states(data: Path) -> Iterator[Entry]:
    """Those of the US: certain but where a country or a city has the name."""
    for row in table(data / "gazetteers" / "hearvox_wikidata-us-states.tsv"):
        name, short = row["state"], (row["AP"],) if "." in row["AP"] else ()
        if name not in ALSO_ELSE:
            yield Entry(Known(name, "place", row["qid"], country="US"), agreeing=(name, *short))
        elif not ALSO_ELSE[name]:
            yield Entry(Known(name, "place", row["qid"], country="US"), agreeing=short, context_names=(name,))


def places() -> Iterator[Entry]:
    """Regions, waters, mountains and what is built; a name of one word only where a model sees a place."""
    for row in table(HERE / "places.tsv"):
        names = (row["name"], *_split(row["aliases"]))
        yield Entry(
            Known(row["name"], "place", row["qid"] or None, country=row["iso"] or None),
            names=tuple(name for name in names if " " in name),
            agreeing=tuple(name for name in names if " " not in name),
        )


def cities(data: Path) -> Iterator[Entry]:
    """Every city, by what the press calls it or else GeoNames, and by that without accents."""
    of_us = {
        (row["placeLabel"], row["state-full"]): row["WD-QID"].rpartition("/")[2]
        for row in table(data / "gazetteers" / "hearvox_wikidata-us-cities.tsv")
    }
    ids = {row["geonameid"]: row["qid"] for row in table(HERE / "city_ids.tsv")}
    press = {row["geonameid"]: _split(row["names"]) for row in table(HERE / "city_names.tsv")}
    alone = {row["geonameid"] for row in table(HERE / "city_alone.tsv")}
    rows = table(HERE / "cities.tsv")
    alike = Counter((row["name"], row["state"]) for row in rows)
    for row in rows:
        names = press.get(row["geonameid"], (row["name"],))
        name, state = names[0], row["state"]
        plain = unicodedata.normalize("NFD", name.translate(LETTERS)).encode("ascii", "ignore").decode()
        known = Known(
            name,
            "place",
            ids.get(row["geonameid"]) or (of_us.get((row["name"], state)) if alike[row["name"], state] == 1 else None),
            int(row["geonameid"]),
            country=row["iso"],
            state=state or None,
            people=int(row["population"]),
            alone=row["geonameid"] in alone,
        )
        yield Entry(known, agreeing=tuple(dict.fromkeys((*names, plain or name))))


def bodies() -> Iterator[Entry]:
    """Every organisation."""
    alone = Counter(name for each in organisations() for name in each.context_aliases)
    owners = {f"{name}'s" for row in table(HERE / "countries.tsv") for name in (row["name"], *_split(row["aliases"]))}
    for each in organisations():
        # "Iran's Quds Force" names two things.
        aliases = tuple(alias for alias in each.aliases if alias.partition("'s ")[0] + "'s" not in owners)
        names = _certain(each.name, aliases, each.context_aliases)
        short = each.name.removeprefix("The ")  # as a mention is
        agreeing = (short,) if short != each.name else ()
        if each.qid:
            agreeing += tuple(name for name in each.context_aliases if alone[name] == 1 and _is_spoken(each, name))
        qid = each.qid or None
        known = Known(each.name, "organisation", qid, country=each.iso or None)
        yield Entry(known, names, agreeing, each.context_aliases)


def _is_spoken(body: Organisation, name: str) -> bool:
    """Whether the press uses this short form alone: a club's or company's, and what a news agency signs with."""
    beginning = body.kind in SPOKEN_SHORT and body.name.startswith(name) and name not in NOT_ALONE
    return beginning or body.kind == "news_agency"


def brands() -> Iterator[Entry]:
    """Companies, agencies, universities and charities that a model must take for an organisation."""
    for row in table(HERE / "brands.tsv"):
        known = Known(row["name"], "organisation", row["qid"], country=row["iso"] or None)
        yield Entry(known, agreeing=(row["name"],))


def newspapers(data: Path, others: Sequence[Entry]) -> Iterator[Entry]:
    """Those of the US that are called after their town or state; "The Sun" of some town may be anybody's."""
    towns = {row["name"] for row in table(HERE / "cities.tsv") if row["iso"] == "US"}
    towns |= {row["state"] for row in table(data / "gazetteers" / "hearvox_wikidata-us-states.tsv")}
    names = {name_key(name) for each in others for name in (*each.names, *each.agreeing, *each.context_names)}
    rows = table(data / "gazetteers" / "wikipedia-us-newspapers_qid.tsv")
    titles = Counter(_newspaper(row["WP-title"]) for row in rows)
    # Of a title that leads to another page, an owner's or a town's, the id is that one's.
    ids = Counter([*(row["qid"] for row in rows), *(each.known.qid for each in others)])
    for row in rows:
        title, qid = _newspaper(row["WP-title"]), row["qid"]
        words = title.split(" ")
        of_a_town = any(" ".join(words[:count]) in towns for count in range(1, len(words)))
        if qid and ids[qid] == 1 and of_a_town and titles[title] == 1 and name_key(title) not in names:
            yield Entry(Known(title, "organisation", qid, country="US"), agreeing=(title,))


def _newspaper(title: str) -> str:
    """As a mention is: no article, no brackets."""
    return _IN_BRACKETS.sub("", html.unescape(title)).removeprefix("The ")


def listed(data: Path, others: Sequence[Entry]) -> Iterator[Entry]:
    """Companies of the S&P 500 that are not among the others, by name without legal form."""
    known = {name_key(name) for each in others for name in (each.known.name, *each.names, *each.agreeing)}
    known |= {name_key(name) for each in others for name in each.context_names}
    for row in table(data / "gazetteers" / "sp500_constituents.csv", delimiter=",", quoting=csv.QUOTE_MINIMAL):
        full = _IN_BRACKETS.sub("", row["Security"]).replace("\u2019", "'")
        name = _LEGAL_FORM.sub("", full)
        if known.isdisjoint(map(name_key, (full, name))):
            known.add(name_key(name))
            is_plain = " " not in name or name in PLAIN_WORDS
            entry = Known(name, "organisation", country="US")
            yield Entry(entry, agreeing=(name,)) if is_plain else Entry(entry, (name,))


def people() -> Iterator[Entry]:
    """Everyone by full name, once, with all offices and spellings.

    Whom nobody knows by last name and office (an athlete, a writer) has none: it began on no known day. Whom only
    Congress makes known is looked for where the United States is named: many others have such a name.
    """
    rows: dict[str, list[dict[str, str]]] = {}
    for row in (*table(HERE / "people.tsv"), *table(HERE / "legislators.tsv")):
        rows.setdefault(row["name"], []).append(row)
    for name, offices in rows.items():
        spellings = (name, *(alias for row in offices for alias in _split(row["aliases"])))
        qid = next((row["qid"] for row in offices if row["qid"]), None)
        held = dict.fromkeys(
            Office(row["role"], row["iso"], row["from"], row["until"].strip(UNKNOWN))
            for row in offices
            if row["from"] != UNKNOWN
        )
        in_congress = [office.title in ("senator", "representative") for office in held]
        country = "US" if in_congress and all(in_congress) else None
        known = Known(name, "person", qid, country=country, offices=tuple(held))
        yield Entry(known, agreeing=tuple(dict.fromkeys(spellings)))


def others() -> Iterator[Entry]:
    """Events, laws, products and works that a model takes for something else."""
    for row in table(HERE / "others.tsv"):
        yield Entry(Known(row["name"], row["type"], row["qid"] or None), (row["name"], *_split(row["aliases"])))


def _short(known: Known) -> list[object]:
    """Without what is left out at its end."""
    row: list[object] = list(known)
    while not row[-1]:
        row.pop()
    return row


def table(path: Path, *, delimiter: str = "\t", quoting: Literal[0, 3] = csv.QUOTE_NONE) -> list[dict[str, str]]:
    """The rows of a file with a header."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter, quoting=quoting))


def _certain(name: str, aliases: tuple[str, ...], context: tuple[str, ...]) -> tuple[str, ...]:
    return aliases if name in context else (name, *aliases)


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split("|") if part)


if __name__ == "__main__":
    main()
