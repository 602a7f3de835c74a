"""How a change looks to the person who watches a wire. Pure: the same change, zone and width give the same lines."""

import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from schemas.enriched_article import EnrichedArticle, Entity, Subject
from streams.outlets.reader import Arrival

__all__ = ["one_line", "panel", "printable"]

NARROW = 60
"""Below this many columns the time stands above the article instead of beside it."""

MOST_SUBJECTS = 3
MOST_ENTITIES = 6
FLASH = 2
URGENT = 4
JOINERS = "\u200c\u200d"
"""Invisible, but Persian, Hindi and some emoji are spelled with them."""

ACTION_STYLES = {
    "added": "bold green",
    "revised": "bold yellow",
    "released": "bold blue",
    "withdrawn": "bold white on dark_red",
    "killed": "bold white on red",
}
ENTITY_STYLES = {
    "person": "cyan",
    "organisation": "magenta",
    "place": "green",
    "group": "yellow",
    "event": "bright_red",
    "product": "blue",
    "work": "blue",
    "law": "blue",
}


def panel(arrival: Arrival, *, width: int, zone: tzinfo = UTC) -> RenderableType:
    """A few coloured lines for a terminal `width` columns wide."""
    label = Text.assemble((_clock(arrival, zone), "dim"), "\n", _badge(arrival))
    article = arrival.change.article
    about = _gone(arrival) if article is None else _about(article)
    if width < NARROW:
        return Group(Text(" ").join(label.split("\n")), Padding(about, (0, 0, 1, 1)))
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, width=10)
    grid.add_column(ratio=1)
    grid.add_row(label, about)
    return Padding(grid, (0, 0, 1, 0))


def one_line(arrival: Arrival, *, zone: tzinfo = UTC) -> str:
    """The same without colours on one line, for a pipe or a file."""
    change, article = arrival.change, arrival.change.article
    told: Iterable[str] = (change.article_id,)
    if article is not None:
        told = (
            printable(article.source),
            _urgency(article.urgency),
            printable(article.headline),
            ", ".join(_graded(subject) for subject in _likely(article)),
            ", ".join(printable(entity.name) for entity in article.entities[:MOST_ENTITIES]),
            article.language.code or "",
        )
    return " | ".join((_clock(arrival, zone), change.action.upper(), *filter(None, told)))


def printable(text: str) -> str:
    """A text that cannot move the cursor, colour the screen or turn its neighbours round, on one line.

    What a wire sends is shown on people's terminals; escape sequences and bidirectional overrides in it are not.
    """
    return "".join(letter for letter in " ".join(text.split()) if letter in JOINERS or _is_visible(letter))


def _is_visible(letter: str) -> bool:
    return unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co"}


def _clock(arrival: Arrival, zone: tzinfo) -> str:
    return datetime.fromtimestamp(max(arrival.timestamp, 0) / 1000, zone).strftime("%H:%M:%S")


def _badge(arrival: Arrival) -> Text:
    action = arrival.change.action
    return Text(action.upper(), ACTION_STYLES[action])


def _gone(arrival: Arrival) -> Text:
    change = arrival.change
    return Text.assemble((printable(change.article_id), "strike"), f"  version {change.version}")


def _about(article: EnrichedArticle) -> Group:
    lines = [Text(printable(article.headline) or "(no headline)", "bold"), _origin(article)]
    if _likely(article):
        lines.append(_joined((_subject(subject) for subject in _likely(article)), " · "))
    if article.entities:
        lines.append(_joined((_entity(entity) for entity in article.entities[:MOST_ENTITIES]), "  "))
    return Group(*lines)


def _origin(article: EnrichedArticle) -> Text:
    parts = [Text(printable(article.source), "bold blue"), Text(article.language.code or "language unknown", "dim")]
    if urgency := _urgency(article.urgency):
        parts.insert(0, Text(urgency, "bold white on red" if urgency.startswith("FLASH") else "bold red"))
    if article.pub_status == "canceled":
        parts.insert(0, Text("KILL", "bold white on red"))
    wires = [printable(route) for route in article.routes]
    return _joined([*parts, Text(" ".join(f"→{wire}" for wire in wires), "dim")], " · ")


def _urgency(urgency: int | None) -> str:
    if urgency is None or urgency > URGENT:
        return ""
    return f"{'FLASH' if urgency <= FLASH else 'URGENT'} {urgency}"


def _likely(article: EnrichedArticle) -> list[Subject]:
    """The first that routing goes by."""
    return [subject for subject in article.subjects if subject.likely][:MOST_SUBJECTS]


def _graded(subject: Subject) -> str:
    return f"{printable(subject.name)} {subject.confidence:.0%}"


def _subject(subject: Subject) -> Text:
    return Text.assemble(printable(subject.name), (f" {subject.confidence:.0%}", "dim"))


def _entity(entity: Entity) -> Text:
    return Text(printable(entity.name), ENTITY_STYLES[entity.type])


def _joined(parts: Iterable[Text], separator: str) -> Text:
    line = Text()
    for part in parts:
        if line and part:
            line.append(separator, "dim")
        line.append_text(part)
    return line
