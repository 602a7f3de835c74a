"""Stage: from what a wire sent to the text an editor would print, and an account of all that was left out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from schemas.enriched_article import Removed, Section, Span
from schemas.raw_article import RawArticle
from streams.enrich.block import Block, Findings
from streams.enrich.credit import read_byline
from streams.enrich.furniture import recognise, strip_furniture
from streams.enrich.headline import plain_headline
from streams.enrich.layout import blocks_of_text
from streams.enrich.lead import read_lead
from streams.enrich.section import is_heading, sections_of
from streams.page.boilerplate import mark_boilerplate
from streams.page.character import describe_invisible, one_line, without_invisible
from streams.page.markup import MarkupBlock, is_page, read_markup

__all__ = ["CLEAN_VERSION", "Cleaned", "clean"]

CLEAN_VERSION = "2"
"""Raised by every change that can make another text of the same article."""

_SEPARATOR = "\n\n"
_BLOCK_TAG = re.compile(r"<(?:p|div|br|li|h[1-6]|tr|pre|section|article|blockquote|html|body)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What cleaning makes of an article. Offsets slice `text`; the sections tile it."""

    headline: str
    text: str
    paragraphs: tuple[Span, ...]
    sections: tuple[Section, ...]
    removed: tuple[Removed, ...]
    byline: str | None
    dateline: str | None
    credit_line: str | None
    ed_note: str | None


def clean(raw: RawArticle) -> Cleaned:
    """Clean one article.

    Total and deterministic, linear in the length of the body. Nothing but markup and white space is dropped
    without a line in `removed`. Cleaning the result again, as plain text, changes neither headline nor text.
    """
    findings = Findings()
    title, blocks = _blocks(raw, findings)
    kept = (strip_furniture(block, findings) for block in blocks)
    headline, lead = read_lead(plain_headline(raw.headline) or title, filter(None, kept), findings)
    paragraphs, headings = _placed(lead)
    text = _SEPARATOR.join(block.text for block in lead)
    return Cleaned(
        headline=headline,
        text=text,
        paragraphs=paragraphs,
        sections=sections_of(headings, len(text)),
        removed=findings.removed(),
        byline=raw.byline or findings.value("byline"),
        dateline=raw.dateline or findings.value("dateline"),
        credit_line=raw.credit_line or findings.value("credit"),
        ed_note=raw.ed_note or findings.value("ed_note"),
    )


def _blocks(raw: RawArticle, findings: Findings) -> tuple[str, list[Block]]:
    """The title a page gives itself, and the blocks of the body, furniture and all."""
    body = without_invisible(raw.body)
    if raw.body_type == "text/html":
        title, marked = _read_html(body)
        lines = [(line, block) for block in marked for line in _lines(block)]
        blocks = [Block(line, mark.is_heading, order, mark.reason) for order, (line, mark) in enumerate(lines)]
    else:
        title, marked = "", ()
        blocks = [Block(line, order=order) for order, line in enumerate(_split(body))]
    invisible = describe_invisible((raw.headline, raw.body, *(block.text for block in marked)))
    if invisible:
        findings.take(Block("", order=-1), "control_characters", invisible)
    return title, blocks


def _read_html(html: str) -> tuple[str, tuple[MarkupBlock, ...]]:
    """Whole pages go through the search for their article; a fragment is what a wire sends as the article."""
    if not _BLOCK_TAG.search(html):
        html = f"<pre>{html}</pre>"
    page = read_markup(html)
    return plain_headline(page.headline), mark_boilerplate(html, page) if is_page(html) else page.blocks


def _lines(block: MarkupBlock) -> Iterator[str]:
    text = without_invisible(block.text)
    return _split(text) if block.preformatted else filter(None, (one_line(text),))


def _split(text: str) -> Iterator[str]:
    return blocks_of_text(text, stands_alone=_stands_alone)


def _stands_alone(line: str) -> bool:
    return recognise(line) is not None or read_byline(line) is not None


def _placed(blocks: list[Block]) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Paragraphs and headings as they lie in the joined text."""
    paragraphs: list[Span] = []
    headings: list[Span] = []
    start = 0
    for block, following in zip(blocks, [*blocks[1:], Block("")], strict=False):
        span = Span(start=start, end=start + len(block.text))
        heading = is_heading(block.text, following.text) if block.is_heading is None else block.is_heading
        (headings if heading else paragraphs).append(span)
        start = span.end + len(_SEPARATOR)
    return tuple(paragraphs), tuple(headings)
