from datetime import timedelta

import pytest

from streams.desk.decide import LedgerEntry, Move, decide
from streams.desk.routing import Wire, route
from streams.desk.summary import summarise
from tests.articles import NOON, enriched_article

ROUTING = route([Wire("ap", sources=frozenset({"ap"})), Wire("afp", sources=frozenset({"afp"}))])
ARTICLE = summarise(enriched_article())


def test_an_article_is_added_to_every_wire_that_takes_it() -> None:
    decision = decide(ARTICLE, None, NOON, ROUTING)
    assert decision.outcome == "enriched"
    assert decision.routes == ("all", "ap")
    assert decision.moves == (Move("all", "added"), Move("ap", "added"))


def test_the_routes_are_where_it_moves() -> None:
    decision = decide(ARTICLE, None, NOON, ROUTING)
    assert decision.routes == tuple(move.wire for move in decision.moves)


@pytest.mark.parametrize("status", ["usable", "withheld", "canceled"])
def test_whatever_its_status_an_article_is_carried(status: str) -> None:
    assert decide(summarise(enriched_article(pub_status=status)), None, NOON, ROUTING).routes == ("all", "ap")


def test_the_same_question_has_the_same_answer() -> None:
    entry = LedgerEntry(version=1, wires=("all",))
    later = NOON + timedelta(days=1)
    assert decide(ARTICLE, entry, NOON, ROUTING) == decide(ARTICLE, entry, later, ROUTING)
