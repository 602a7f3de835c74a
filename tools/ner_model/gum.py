"""GUM's own annotation of Wikinews pages as an independent opinion: by heads, since its spans are whole phrases."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["GumName", "GumSentence", "gum"]

TYPES = {"person": "PER", "organization": "ORG", "place": "LOC"}

_MARK = re.compile(r"\((?P<opens>\d+)-(?P<type>\w+)(?P<rest>[^()]*)(?P<whole>\))?|(?P<closes>\d+)\)")
"""A phrase begins here ("(8-place-..."), and ends here too when the parenthesis is closed, or one ends here ("8)")."""

_LEAST = re.compile(r"-(\d+(?:,\d+)*)-(?:coref|sgl|ana|cata|appos|disc)")
"""The words that a phrase cannot do without, counted from its first."""


class GumName(NamedTuple):
    """A phrase with a name for its head, in code points of its sentence."""

    start: int
    end: int
    head_start: int
    head_end: int
    label: str


class GumSentence(NamedTuple):
    """A sentence and the people, organisations and places it names."""

    text: str
    names: tuple[GumName, ...]


class _Token(NamedTuple):
    start: int
    end: int
    is_name: bool
    is_article: bool
    entity: str


def gum(data: Path) -> Iterator[list[GumSentence]]:
    """The sentences of each of the 24 documents of news."""
    for path in sorted((data / "ner" / "gum-news" / "dep").glob("GUM_news_*.conllu")):
        yield list(_sentences(path.read_text(encoding="utf-8")))


def _sentences(conllu: str) -> Iterator[GumSentence]:
    for block in conllu.split("\n\n"):
        lines = block.split("\n")
        text = next((line.removeprefix("# text = ") for line in lines if line.startswith("# text = ")), None)
        if text is not None:
            yield GumSentence(text, tuple(_names(list(_tokens(text, lines)))))


def _tokens(text: str, lines: list[str]) -> Iterator[_Token]:
    reached = 0
    for line in lines:
        fields = line.split("\t")
        if not fields[0].isdecimal():
            continue  # comments, contractions as a whole, empty nodes
        start = text.find(fields[1], reached)
        if start < 0:
            start = reached  # a part of a contraction that is not written so
        else:
            reached = start + len(fields[1])
        entity = next((part[7:] for part in fields[9].split("|") if part.startswith("Entity=")), "")
        yield _Token(start, reached, fields[4] in {"NNP", "NNPS"}, fields[4] == "DT", entity)


def _first_word(tokens: list[_Token], first: int) -> int:
    """Past an article: a phrase that begins with a common noun ("critics of ...") is no name."""
    return min(first + tokens[first].is_article, len(tokens) - 1)


def _names(tokens: list[_Token]) -> Iterator[GumName]:
    begun: list[tuple[str, int, str, int]] = []
    for index, token in enumerate(tokens):
        for mark in _MARK.finditer(token.entity):
            if mark["opens"] and (least := _LEAST.search(mark["rest"])):
                begun.append((mark["opens"], index, mark["type"], int(least[1].split(",")[-1]) - 1))
            ended = mark["closes"] or (mark["whole"] and mark["opens"])
            found = next((each for each in reversed(begun) if each[0] == ended), None)
            if found is None:
                continue
            begun.remove(found)
            _, first, kind, least_word = found
            head = min(first + least_word, index)
            if kind in TYPES and tokens[head].is_name and tokens[_first_word(tokens, first)].is_name:
                yield GumName(tokens[first].start, token.end, tokens[head].start, tokens[head].end, TYPES[kind])
