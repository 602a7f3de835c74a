import pytest

from schemas.enriched_article import EntityType
from streams.enrich.knowledge import NOTHING
from streams.enrich.linking import linked
from streams.enrich.surroundings import surroundings
from streams.nlp.knowledge_base import load_knowledge

KNOWLEDGE = load_knowledge()
NOTHING_BESIDE = surroundings((), NOTHING)


def meant(**types: EntityType) -> dict[str, tuple[str, str | None]]:
    """Name and id of what each of these names means in an article of just these."""
    names = {name.replace("_", " "): kind for name, kind in types.items()}
    links = linked(names, NOTHING_BESIDE, KNOWLEDGE)
    return {name: (link.known.name, link.known.qid) for name, link in links.items()}


@pytest.mark.parametrize(
    ("name", "taken_for", "known", "qid"),
    [
        ("u.s.", "organisation", "United States", "Q30"),
        ("hizbullah", "group", "Hezbollah", "Q41053"),
        ("hamas", "group", "Hamas", "Q38799"),
        ("who", "organisation", "World Health Organization", "Q7817"),
        ("mali", "place", "Mali", "Q912"),
        ("russians", "group", "Russian", None),
        ("gaza", "place", "Gaza Strip", "Q39760"),
        ("nasa", "organisation", "National Aeronautics and Space Administration", "Q23548"),
        ("brexit", "place", "Brexit", "Q7888194"),
        ("world war ii", "event", "World War II", "Q362"),
        ("europe", "place", "Europe", "Q46"),
        ("scotland", "place", "Scotland", "Q22"),
        ("guardian", "organisation", "The Guardian", "Q11148"),
        ("oregon", "place", "Oregon", "Q824"),
        ("washington, d.c.", "place", "Washington, D.C.", "Q61"),
        ("ga.", "place", "Georgia", "Q1428"),
        ("n.y.", "place", "New York state", "Q1384"),
        ("apple", "organisation", "Apple Inc", "Q312"),
        ("chelsea", "organisation", "Chelsea FC", "Q9616"),
        ("pentagon", "organisation", "United States Department of Defense", "Q11209"),
        ("las vegas sands", "place", "Las Vegas Sands", None),
        ("at&t inc.", "organisation", "AT&T", "Q35476"),
        ("google, inc", "organisation", "Google", "Q95"),
        ("ap", "organisation", "Associated Press", "Q40469"),
        ("news corp.", "organisation", "News Corp", None),
        ("dublin", "place", "Dublin", "Q1761"),
        ("pacific", "place", "Pacific Ocean", "Q98"),
        ("chicago tribune", "organisation", "Chicago Tribune", "Q47596"),
        ("pittsburgh post-gazette", "organisation", "Pittsburgh Post-Gazette", "Q3063794"),
    ],
)
def test_what_every_desk_knows(name: str, taken_for: EntityType, known: str, qid: str | None) -> None:
    assert meant(**{name: taken_for})[name] == (known, qid)


def test_a_country_has_its_code_and_an_organisation_none() -> None:
    links = linked({"france": "place", "bank of france": "organisation"}, NOTHING_BESIDE, KNOWLEDGE)
    assert links["france"].known.iso == "FR"
    assert links["bank of france"].known.iso is None


def test_a_city_is_the_one_that_is_far_larger_than_its_namesakes_or_of_a_country_named() -> None:
    assert linked({"moscow": "place"}, NOTHING_BESIDE, KNOWLEDGE)["moscow"].known.geonames == 524901
    assert meant(moscow="organisation", springfield="place", washington="place") == {}
    assert meant(washington="place", americans="group")["washington"] == ("Washington, D.C.", "Q61")


@pytest.mark.parametrize("name", ["georgia", "congo", "korea", "fed", "labour", "board"])
def test_what_may_be_two_things_is_neither_by_itself(name: str) -> None:
    assert meant(**{name: "place"}) == {}


@pytest.mark.parametrize("name", ["delta", "target", "samsung", "leeds"])
def test_the_short_name_of_a_company_is_none_where_others_have_it(name: str) -> None:
    assert meant(**{name: "organisation"}) == {}


def test_people_in_office_are_known_by_all_their_spellings() -> None:
    one, other = (meant(**{name: "person"})[name] for name in ("volodymyr zelensky", "volodymyr zelenskyy"))
    assert one == other
    assert meant(**{"bernie sanders": "person", "u.s.": "place"})["bernie sanders"] == ("Bernie Sanders", "Q359442")
    assert meant(**{"bernie sanders": "person"}) == {}


def test_it_holds_what_the_news_is_about() -> None:
    index = KNOWLEDGE._index
    countries = {known.iso for known in KNOWLEDGE._known if known.iso}
    cities = [known for known in KNOWLEDGE._known if known.people]
    bodies = [known for known in KNOWLEDGE._known if known.type == "organisation"]
    assert (len(countries), len(cities), len(bodies)) >= (250, 25_000, 1_500)
    assert len(index.last_names) > 1_000
    ids = [known.qid for known in KNOWLEDGE._known if known.qid]
    assert len(ids) == len(set(ids)), "an id of two things"


def test_its_version_is_that_of_the_file() -> None:
    assert KNOWLEDGE.version == load_knowledge().version
    assert KNOWLEDGE.version.startswith("knowledge-")
