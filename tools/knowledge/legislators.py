"""Writes legislators.tsv: the members of the US Congress, with their Wikidata ids.

    pip install PyYAML==6.0.3
    python -m tools.knowledge.legislators ../shared/data

Facts of DATA/gazetteers/us_legislators-current.yaml (unitedstates/congress-legislators, CC0). The columns are those of
people.tsv.
"""

import argparse
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

OUT = Path(__file__).parent / "legislators.tsv"
TITLES = {"sen": "senator", "rep": "representative"}


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA")
    content = (parser.parse_args().data / "gazetteers" / "us_legislators-current.yaml").read_text(encoding="utf-8")
    rows = [row for each in yaml.safe_load(content) for row in offices(each)]
    OUT.write_text("\n".join(["name\trole\tiso\tfrom\tuntil\taliases\tqid", *rows]) + "\n", encoding="utf-8")
    print(f"{len(rows)} offices")


def offices(person: Mapping[str, Any]) -> Iterator[str]:
    """A row for each chamber, from the first day to the last of what is known of."""
    parts = person["name"]
    first, last = parts["first"], parts["last"]
    called = f"{parts.get('nickname', first)} {last}"
    name = re.sub(r" \(.*\)", "", person["id"].get("wikipedia", called))  # as the press writes it
    aliases = [parts.get("official_full", name), f"{first} {last}", called]
    other = "|".join(alias for alias in dict.fromkeys(aliases) if alias != name)
    for kind, title in TITLES.items():
        terms = [term for term in person["terms"] if term["type"] == kind]
        if terms:
            since, until = terms[0]["start"], terms[-1]["end"]
            yield "\t".join((name, title, "US", since, until, other, person["id"].get("wikidata", "")))


if __name__ == "__main__":
    main()
