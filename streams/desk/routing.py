"""Which wires an article belongs on. Pure."""

from dataclasses import dataclass

from streams.desk.summary import ArticleSummary

__all__ = ["ALL", "Routing", "Wire"]

ALL = "all"
"""Every article goes on this wire, whatever the routing file says."""


@dataclass(frozen=True, slots=True)
class Wire:
    """A wire and who belongs on it: every filter that is not empty must have one match."""

    name: str
    subjects: frozenset[str] = frozenset()
    entities: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    urgency_at_most: int | None = None

    def takes(self, article: ArticleSummary) -> bool:
        """Whether the article belongs on this wire."""
        return (
            (not self.subjects or not self.subjects.isdisjoint(article.subjects))
            and (not self.entities or not self.entities.isdisjoint(article.entities))
            and (not self.sources or article.source in self.sources)
            and (not self.languages or article.language in self.languages)
            and (
                self.urgency_at_most is None
                or (article.urgency is not None and article.urgency <= self.urgency_at_most)
            )
        )


@dataclass(frozen=True, slots=True)
class Routing:
    """All wires, `all` first, and the digest that dispositions name."""

    wires: tuple[Wire, ...]
    rules: str

    def match(self, article: ArticleSummary) -> tuple[str, ...]:
        """Names of the wires that take the article, in the order of the file."""
        return tuple(wire.name for wire in self.wires if wire.takes(article))
