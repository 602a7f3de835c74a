"""`copytaster rules`: a desk's own rules for subjects."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.options import read_settings

if TYPE_CHECKING:
    from schemas.enriched_article import EnrichedArticle
    from streams.enrich.models import Models
    from streams.ops.trial import Change
    from streams.settings import Settings

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
    from streams.cli.progress import status
    from streams.enrich.rules import NO_RULES, read_rules
    from streams.nlp.media_topics import load_media_topics
    from streams.ops.trial import articles_of, changes

    settings = read_settings(rules_file=now)
    in_force = read_rules(settings.rules_file, load_media_topics()) if settings.rules_file else NO_RULES
    tried = read_rules(rules, load_media_topics())
    count = changed = 0
    shown: dict[tuple[bool, str, str], _Group] = {}
    with status("reading") as progress:
        for article in articles_of(sys.stdin.buffer, lambda: _models_without_rules(settings)):
            found = list(changes(article, in_force, tried))
            count += 1
            changed += bool(found)
            progress.update(f"{count} articles, {changed} would change")
            for change in found:
                key = change.gained, change.subject.code, change.subject.name
                shown.setdefault(key, _Group()).add(article, change)
    typer.echo(f"{count} articles, {changed} would change")
    for (gained, code, name), group in sorted(shown.items(), key=lambda item: (-item[1].count, item[0])):
        typer.echo(f"\n{'+' if gained else '-'} {name} ({code}): {group.count}")
        for line in group.lines():
            typer.echo(f"    {line}")


def _models_without_rules(settings: "Settings") -> "Models":
    """As a worker with these settings has them, but for the rules: those are laid over what comes of it."""
    from dataclasses import replace

    from streams.engine.fork_server import model_spec
    from streams.nlp.load import load_models

    return load_models(replace(model_spec(settings), rules_file=None))


class _Group:
    """The articles that gain or lose one subject: how many, and the first few."""

    def __init__(self) -> None:
        self.count = 0
        self._examples: list[str] = []

    def add(self, article: "EnrichedArticle", change: "Change") -> None:
        from streams.outlets.render import printable

        self.count += 1
        if self.count <= EXAMPLES:
            why = f"  [{printable(', '.join(change.subject.evidence))}]" if change.gained else ""
            self._examples.append(f"{printable(article.headline or article.article_id)}{why}")

    def lines(self) -> list[str]:
        """The examples, and how many more there are."""
        more = self.count - len(self._examples)
        return [*self._examples, f"and {more} more"] if more else self._examples
