"""Our own format: RawArticle as JSON, one object or one a line. What was written is read back unchanged."""

import json

from schemas.raw_article import RawArticle
from streams.errors import ContractError, WireError
from streams.formats.charset import decode
from streams.formats.origin import Hint
from streams.records import decode_raw_article

__all__ = ["MEDIA_TYPE", "is_jsonl", "parse_jsonl"]

MEDIA_TYPE = "application/json"


def is_jsonl(head: str) -> bool:
    """Whether a text begins as a JSON object does."""
    start = head.lstrip()
    return start[:1] == "{" and start[1:].lstrip()[:1] in {'"', "}"}


def parse_jsonl(data: bytes, hint: Hint) -> tuple[RawArticle, ...]:
    """The articles of a file. Each names its own source, so the hint has no say, and keeps its own `original`.

    Raises:
        WireError: naming the line and the first field that does not fit.
    """
    del hint
    text = decode(data).strip()
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if not lines:
        raise WireError("empty file")
    if len(lines) == 1 or not _is_json(lines[0][1]):
        return (_article(text, ""),)
    return tuple(_article(line, f"line {number}: ") for number, line in lines)


def _is_json(line: str) -> bool:
    """Whether a first line is whole; that of an object written over many lines is not."""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _article(text: str, where: str) -> RawArticle:
    try:
        return decode_raw_article(text.encode())
    except ContractError as error:
        raise WireError(f"{where}{error}") from error
