# ruff: noqa: SIM905 - lists of words read best as words
"""Plain text to blocks: blank lines part them, and lines that a wire broke at its column are joined again."""

import itertools
import re
from collections.abc import Callable, Iterator

from streams.page.character import one_line

__all__ = ["blocks_of_text"]

_WIDEST_COLUMN = 100
_NARROWEST_COLUMN = 50
_FULL = 0.8
"""Of the column: a line that leaves more room than this for the next word was ended on purpose."""

_AND_OR = frozenset("and bis et o oder or ou und to y".split())
"""After these a hyphen stands for the second half of a word: "pre- and post-war"."""

_INDENT = re.compile(r"[ \t\u3000]{2,}\S")
_TABLE = re.compile(r"\S(?: {3,}|\t)\S")


def blocks_of_text(text: str, *, stands_alone: Callable[[str], bool]) -> Iterator[str]:
    """The blocks of a text, each on one line. `stands_alone` tells lines that belong to no paragraph."""
    lines = text.splitlines()
    width = max(map(len, lines), default=0)
    block: list[str] = []
    last = ""
    for line in lines:
        bare = one_line(line)
        if block and (not bare or not _continues(last, line, width) or stands_alone(block[-1]) or stands_alone(bare)):
            yield _joined(block)
            block = []
        if bare:
            block.append(bare)
        last = line.rstrip()
    if block:
        yield _joined(block)


def _continues(line: str, following: str, width: int) -> bool:
    """Whether the line break between two lines is only the end of the column."""
    if _TABLE.search(line) or _TABLE.search(following) or (_INDENT.match(following) and not _INDENT.match(line)):
        return False
    words = following.split(maxsplit=1)
    if words[0][0].islower() and line[-1:] not in ".!?:":
        return True
    if not _NARROWEST_COLUMN <= width <= _WIDEST_COLUMN:
        return False
    return len(line) + 1 + len(words[0]) > _FULL * width


def _joined(lines: list[str]) -> str:
    """A hyphen at the end of a line belongs to the word, since wires do not split syllables: "well-" + "known"."""
    if len(lines) == 1:
        return lines[0]
    pieces = [line if _hyphenated(line, following) else f"{line} " for line, following in itertools.pairwise(lines)]
    return "".join(pieces) + lines[-1]


def _hyphenated(line: str, following: str) -> bool:
    return len(line) > 1 and line[-1] == "-" and line[-2].isalpha() and following.split(maxsplit=1)[0] not in _AND_OR
