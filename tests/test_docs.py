"""The documents name what there is, with its present values, and their links lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from schemas import topics
from schemas.topics import TOPICS, Topic
from streams.cli import app
from streams.settings import Settings

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])

NO_DEFAULT = "-"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
DAY_MS = 24 * 60 * 60 * 1000

DOCUMENTED_TOPICS = (*TOPICS, topics.replay_enriched("<run>"), topics.replay_dead_letters("<run>"))


def rows(page: Path) -> dict[str, list[str]]:
    """The table rows of a page by the code in their first cell."""
    lines = [line.strip("|").split("|") for line in page.read_text().splitlines() if line.startswith("| `")]
    return {cells[0].strip(" `"): [cell.strip() for cell in cells[1:]] for cells in lines}


def default_of(name: str) -> str:
    default = Settings.model_fields[name].default
    if default is None or default == "":
        return NO_DEFAULT
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def commands(group: typer.core.TyperGroup, path: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, typer.core.TyperGroup):
            yield from commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}"


def all_commands() -> list[str]:
    group = get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    return list(commands(group))


def anchors(page: Path) -> set[str]:
    """Of its headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_has_its_row_with_its_default(name: str) -> None:
    default, description = rows(DOCS / "configuration.md")[f"COPYTASTER_{name.upper()}"]
    assert default == default_of(name)
    assert description


def test_no_row_is_left_of_a_setting_that_is_gone() -> None:
    documented = {name for name in rows(DOCS / "configuration.md") if name.startswith("COPYTASTER_")}
    assert documented == {f"COPYTASTER_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize("topic", DOCUMENTED_TOPICS, ids=lambda topic: topic.name)
def test_a_topic_has_its_row_with_its_retention_and_size(topic: Topic) -> None:
    kept, size, _ = rows(DOCS / "operations.md")[topic.name]
    assert kept == ("compacted" if topic.cleanup_policy == "compact" else f"{topic.retention_ms // DAY_MS} days")
    assert size == f"{topic.max_message_bytes >> 20} MiB"


@pytest.mark.parametrize("command", all_commands())
def test_a_command_is_named(command: str) -> None:
    manual = (page for page in PAGES if page.is_relative_to(DOCS) or page == README)
    assert re.search(rf"(copytaster |`){command}\b", "\n".join(page.read_text() for page in manual))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(FENCE.sub("", page.read_text())):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        assert target.exists(), link
        assert not anchor or target.suffix != ".md" or anchor in anchors(target), link
