"""`copytaster rules`: a desk's own rules for subjects."""

import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.options import read_settings

if TYPE_CHECKING:
    from streams.enrich.models import Models
    from streams.ops.trial import Change

__all__ = ["app"]

EXAMPLE = "Example: copytaster rules try new-rules.toml < articles.jsonl"

app = typer.Typer(help="Try your own rules for subjects.", epilog=EXAMPLE, no_args_is_help=True)

EXAMPLES = 3


@app.command("try", epilog=EXAMPLE)
def try_(
    rules: Annotated[Path, typer.Argument(metavar="RULES", help="TOML file of the rules to try.")],
    now: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Rules to compare with; else COPYTASTER_RULES_FILE, else none."),
    ] = None,
) -> None:
    """Show which subjects would come and go if RULES were in force, with examples.

    On stdin: RawArticle or EnrichedArticle JSON lines. RawArticles are enriched first, which takes a while; only they
    show what comes back because a rule no longer forbids it.
    """
    from streams.enrich.rules import NO_RULES, read_rules
    from streams.nlp.media_topics import load_media_topics
    from streams.ops.trial import articles_of, changes

    settings = read_settings(rules_file=now)
    in_force = read_rules(settings.rules_file, load_media_topics()) if settings.rules_file else NO_RULES
    tried = read_rules(rules, load_media_topics())
    count = 0
    found: list[Change] = []
    for count, article in enumerate(articles_of(sys.stdin.buffer, _models), start=1):  # noqa: B007 - the last one counts
        found.extend(changes(article, in_force, tried))
    changed = len({change.article.record_id for change in found})
    typer.echo(f"{count} articles, {changed} would change")
    _show(found)


def _models() -> "Models":
    from streams.nlp.load import ModelSpec, load_models

    return load_models(ModelSpec())


def _show(found: Iterable["Change"]) -> None:
    """A paragraph for each subject that comes or goes, most articles first."""
    groups: defaultdict[tuple[bool, str, str], list[Change]] = defaultdict(list)
    for change in found:
        groups[change.gained, change.subject.code, change.subject.name].append(change)
    for (gained, code, name), group in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        typer.echo(f"\n{'+' if gained else '-'} {name} ({code}): {len(group)}")
        for change in group[:EXAMPLES]:
            why = f"  [{', '.join(change.subject.evidence)}]" if gained else ""
            typer.echo(f"    {change.article.headline or change.article.article_id}{why}")
        if len(group) > EXAMPLES:
            typer.echo(f"    and {len(group) - EXAMPLES} more")
