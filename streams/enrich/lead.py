# ruff: noqa: RUF001 - typographic quotes and dashes are what wires send
"""What stands above the first paragraph: the headline again, bylines, the dateline, the time of publication."""

from collections import deque
from collections.abc import Iterable

from streams.enrich.block import Block, Findings
from streams.enrich.credit import read_byline
from streams.enrich.dateline import dateline_end, is_timestamp
from streams.enrich.furniture import strip_furniture
from streams.enrich.headline import find_repeat, plain_headline

__all__ = ["read_lead"]

_BLOCKS = 6
"""Pages set no more than this above the first paragraph; what lies deeper is text."""

_LONGEST_HEADLINE = 250
_SENTENCE_ENDS = (".", "!", "?", ":", "…", "”", '"', "»", "“", ")")
_STATEMENT_ENDS = (".", ".”", '."', ".»", ".“", "…")


def read_lead(headline: str, blocks: Iterable[Block], findings: Findings) -> tuple[str, list[Block]]:
    """The headline and the blocks below the furniture of the lead. A second reading finds nothing more."""
    rest = deque(blocks)
    headline = _read(headline, rest, findings)
    if not headline:
        headline = _read(_take_headline(rest), rest, findings)
    return headline, list(rest)


def _read(headline: str, rest: deque[Block], findings: Findings) -> str:
    """Take out one thing at a time and look again: what is below a byline may be the headline."""
    index = 0
    while index < _length(rest):
        shorter = _take_repeat(headline, rest, index, findings)
        if shorter is not None:
            headline, index = shorter, 0
        elif _take_signature(rest, index, findings) or _take_dateline(rest, index, findings):
            index = 0
        else:
            index += 1
    return headline


def _length(rest: deque[Block]) -> int:
    """Up to and with the first paragraph."""
    for index in range(min(_BLOCKS, len(rest))):
        if len(rest[index].text) > _LONGEST_HEADLINE or rest[index].text.endswith(_SENTENCE_ENDS):
            return index + 1
    return min(_BLOCKS, len(rest))


def _take_headline(rest: deque[Block]) -> str:
    """The first block if it is short; it leaves the text only where it reads like a headline and text is left."""
    if not rest or len(rest[0].text) > _LONGEST_HEADLINE:
        return ""
    first = rest[0].text
    headline = plain_headline(first)
    if len(rest) > 1 and headline and not first.endswith(_STATEMENT_ENDS):
        rest.popleft()
    return headline


def _take_repeat(headline: str, rest: deque[Block], index: int, findings: Findings) -> str | None:
    """The headline, perhaps without its breadcrumb, if this block repeats it. The last block is never taken."""
    block = rest[index]
    repeat = find_repeat(headline, block.text) if len(rest) > 1 and not block.text.endswith(_STATEMENT_ENDS) else None
    if repeat is None:
        return None
    text = block.text
    if repeat.breadcrumb:
        findings.take(block, "breadcrumb", repeat.breadcrumb)
        text = text.removeprefix(repeat.breadcrumb).strip()
    findings.take(block, "repeated_headline", text)
    del rest[index]
    return repeat.headline


def _take_signature(rest: deque[Block], index: int, findings: Findings) -> bool:
    block = rest[index]
    byline = read_byline(block.text)
    if byline is not None:
        findings.take(block, "byline", block.text, value=byline)
    elif is_timestamp(block.text):
        findings.take(block, "timestamp", block.text)
    else:
        return False
    del rest[index]
    return True


def _take_dateline(rest: deque[Block], index: int, findings: Findings) -> bool:
    block = rest[index]
    end = 0
    while (after := dateline_end(block.text, end)) > end:
        dateline = block.text[end:after]
        findings.take(block, "dateline", dateline.strip(), value=dateline.strip(" -–—.:"))
        end = after
    if not end:
        return False
    text = strip_furniture(block._replace(text=block.text[end:].strip()), findings)
    if text is None:
        del rest[index]
    else:
        rest[index] = text
    return True
