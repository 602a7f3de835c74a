# ruff: noqa: RUF001 - typographic quotes and dashes are what wires send
"""Lines around an article that are no part of it: promos, end marks, captions, rights, notes to editors.

Precision first: a line is furniture only when the whole of it fits a form that prose does not take.
What a rule misses stays in the text, where a reader passes over it; what it takes wrongly is lost.
"""

import re
from functools import lru_cache

from streams.enrich.block import Block, Findings
from streams.enrich.credit import read_credit, split_credits
from streams.enrich.promo import ADVERTISEMENT, BREADCRUMB, PROMO

__all__ = ["recognise", "strip_furniture"]

_LONGEST = 400
_QUOTES = frozenset("\"'“”„«»‘’")

_END_MARK = (
    r"(?:[#*_=~•·–—-]\s*){3,}",
    r"[-–—]{1,2}\s*(?i:30|0|ends?|ende|fin|fim)\s*[-–—]{1,2}|/?(?:ENDS?|Ends)[./]?|\((?i:ends?|ende|fin|more)\)",
    r"(?:[-–—/(]\s*)?(?:MORE(?: TO (?:FOLLOW|COME))?|More to follow)\s*[-–—./)]*",
    r"(?!and/or|s?/?he/|his/|her/)[a-z]{2,4}(?:/[a-z]{2,5}){1,4}",  # the initials of the desk, as AFP closes its copy
)
_COPYRIGHT = (
    r"(?i:copyright\s*)?©\s*(?:\d{4}|[^\W\d_a-z]).{0,200}",
    r"(?i:copyright\s*\(c\)|\(c\)\s*(?:copyright|(?:19|20)\d\d)).{1,200}",
    r"(?i:copyright) (?:19|20)\d\d,?(?: by)? (?:[A-Z]|(?i:all rights)).{0,150}",
    r"(?i:all rights reserved|alle rechte vorbehalten|tous droits réservés|todos los derechos reservados)\W*",
    r"(?i:this material may not be published, broadcast, rewritten,? or redistributed).{0,80}",
)
_AGENCY_PHOTO = r"\([^()]{0,40}(?:AP|EPA|AFP|Reuters|EFE|dpa|Getty) (?:Photo|Images?|Foto)[^()]{0,60}\)"
_CREDITED = r"\((?:Photo|Image|Foto|Picture)(?: by|:)[^()]{1,100}\)|\[[A-Z][\w .'’-]{1,60}/[A-Z][\w .]{1,40}\]"
_PHOTOGRAPHER = r"REUTERS/[A-Z][\w .'’-]{1,40}|\(?[A-Z][\w .'’-]{0,60}(?:/| via )Getty Images\)?"
_CAPTION = (
    (
        r"\(?(?i:(?:file |stock |screen )?(?:photos?|photograph|image|picture|graphic)"
        r"(?: credit| by| courtesy(?: of)?| source)?)\s*[:©/]\s*.{1,150}"
    ),
    r"(?:Foto|Bild|Grafik)s?\s*[:©/]\s*[^.!?:]{1,80}",
    r"\((?i:photos?|image|foto|bild) (?i:by|via|courtesy of) [^()]{1,100}\)",
    r"FILE(?: PHOTO| IMAGE)?\s*[-–—:]\s.{1,390}",
    rf"(?=.*REUTERS/|.*Getty Images).{{1,390}}(?:{_PHOTOGRAPHER})",
    rf"(?=.*+(?<=[)\]])).{{1,390}}(?:{_AGENCY_PHOTO}|{_CREDITED})",
)
_ED_NOTE = (
    (
        r"\(?(?:Eds?|EDS?|EDITORS|(?i:att(?:ention|n) editors|note to editors|hinweis an die redaktion(?:en)?))"
        r"\s*(?::|--|—|–| - )\s*\S.*"
    ),
    (
        r"\((?i:adds?|updates?|updating|recasts|corrects|correcting|refiles|repeats|releads|rewrites|clarifies|fixes|"
        r"deletes|removes|inserts|changes)\b[^()]{1,300}\)"
    ),
    r"(?:STRICTLY )?(?:UNDER )?EMBARGO(?:ED)?\b.{1,60}\d.{0,80}",
    (
        r"(?i:(?:strictly )?(?:under )?embargo(?:ed)?(?: until| till| for release| to|:))"
        r" .{0,40}\d.{0,12}\b(?i:gmt|utc|bst|cest|cet|est|edt|ist|a\.?m\.?|p\.?m\.?|hrs|hours|uhr)\b.{0,60}"
    ),
)
_WIRE_HEADER = (
    r"\^?(?:BC|AM|PM)-[A-Z][\w'-]*(?:[-, /][\w'./-]*){0,12}",  # ANPA 1312 slug line
    r"\(?(?:eca|stf|stm|r|u|b) ?[a-z]? ?BYLN\b.*",
)
_FURNITURE = re.compile(
    "|".join(
        f"(?P<{reason}>{'|'.join(f'(?:{form})' for form in forms)})"
        for reason, forms in (
            ("advertisement", ADVERTISEMENT),
            ("promo", PROMO),
            ("breadcrumb", BREADCRUMB),
            ("end_mark", _END_MARK),
            ("copyright", _COPYRIGHT),
            ("caption", _CAPTION),
            ("ed_note", _ED_NOTE),
            ("wire_header", _WIRE_HEADER),
        )
    )
)


def recognise(line: str) -> str | None:
    """What kind of furniture a line is, None for text. A line that opens with a quotation mark is always text."""
    return _recognise(line) if line and len(line) <= _LONGEST and line[0] not in _QUOTES else None


@lru_cache(1024)  # layout asks for each line and its neighbours, cleaning asks again for the block
def _recognise(line: str) -> str | None:
    if read_credit(line) is not None:
        return "credit"
    match = _FURNITURE.fullmatch(line)
    return match.lastgroup if match else None


def strip_furniture(block: Block, findings: Findings) -> Block | None:
    """The block without the credits at its end, or None if it is no text at all."""
    reason = recognise(block.text)
    if reason is None:
        text, credits_ = split_credits(block.text)
        for credit in credits_:
            findings.take(block, "credit", f"({credit})", value=credit)
        if credits_:
            block = block._replace(text=text)
            reason = recognise(text)
        reason = reason or block.reason
    if reason is not None and block.text:
        findings.take(block, reason, block.text, value=read_credit(block.text) or block.text)
    return block if reason is None and block.text else None
