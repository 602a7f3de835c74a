"""What kind of text an article is, where that is plain: rules that each give their reason.

Most articles have no genre: a rule that is often wrong is worse on a desk than none. The phrases are English wires'.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from schemas.enriched_article import EnrichedArticle, Genre, GenreName

__all__ = ["GENRE_VERSION", "find_genre"]

GENRE_VERSION = "1"

_SPORT = "medtop:15000000"
_QUESTIONS = 3
"""Paragraphs that ask, for an interview."""


class _Pattern(NamedTuple):
    name: GenreName
    headline: re.Pattern[str]


def _begins(*words: str) -> str:
    """At the start, set off from what follows: `Opinion: `, `INTERVIEW-`, `LIVE | `."""
    return rf"^(?:{'|'.join(words)})\s*(?:[:|\u2013\u2014-])"


_MOVES = (
    r"(?:closes?|closed|ends?|ended|opens?|opened|finish(?:es|ed)?|edges?|edged|rises?|rose|falls?|fell|slips?|slipped)"
)
_INDEXES = (
    r"(?:Wall Street|(?:US |European |Asian |UK |World )?(?:[Ss]tocks|[Ss]hares)|FTSE(?: 100)?|Nikkei|DAX|CAC 40|"
    r"Nasdaq|S&P 500|Dow)"
)
_HEADLINES = (
    _Pattern(
        "advisory",
        re.compile(
            _begins("(?:media )?advisory", "(?:attention )?editors", "daybook", "diary", "planner")
            + r"|^(?:outlook|schedule|diary) for\b|^(?:the )?(?:week|day) ahead\b",
            re.IGNORECASE,
        ),
    ),
    _Pattern(
        "live_blog",
        re.compile(
            _begins("live", "live updates?", "live blog", "live coverage")
            + r"|\blive (?:updates|blog|coverage)\b|\bas it happened\b|[\u2013\u2014-]\s*live!?$",
            re.IGNORECASE,
        ),
    ),
    _Pattern(
        "obituary",
        re.compile(
            _begins("obituary", "obit")
            + r"|\bobituary$|\b(?:dies|died|dead),? (?:aged?|at(?: the age of| age)?) \d{2,3}"
            + r"(?=$|[,.;:]| (?:in|after|from|of|following)\b)",
            re.IGNORECASE,
        ),
    ),
    _Pattern(
        "interview",
        re.compile(
            _begins("(?:the )?interview", "q ?& ?a") + r"|\binterview with\b|\bin conversation with\b", re.IGNORECASE
        ),
    ),
    _Pattern(
        "opinion",
        re.compile(
            _begins("opinion", "comment", "commentary", "editorial", "op-ed", "column", "viewpoint", "breakingviews"),
            re.IGNORECASE,
        ),
    ),
    _Pattern(
        "market_report",
        re.compile(
            r"^(?:[A-Z]+ )*(?:MARKETS?|STOCKS|FOREX|PRECIOUS|TREASURIES)\s*-|"
            rf"^{_INDEXES} {_MOVES} (?:[a-z]+ )?(?:higher|lower|up|down|flat|mixed|as|on|after|\d)"
        ),
    ),
)

_FILED: dict[str, GenreName] = {
    "obituary": "obituary",
    "obituaries": "obituary",
    "live blog": "live_blog",
    "liveblog": "live_blog",
    "interview": "interview",
    "interviews": "interview",
    "opinion": "opinion",
    "comment": "opinion",
    "editorial": "opinion",
    "op-ed": "opinion",
    "advisory": "advisory",
    "daybook": "advisory",
    "market report": "market_report",
}
"""By keywords and the wire's genres, casefolded."""

_WIRE_GENRE = re.compile(r"genre[:/](?P<name>[\w -]+)$", re.IGNORECASE)
_WINS = re.compile(
    r"\b(?:beat|beats|defeat|defeats|defeated|win|wins|won|lose|loses|lost|draw|draws|drew|edge|edges|edged|thrash|thrashes|"
    r"hold|holds|held|sink|sinks|rout|routs|stun|stuns)\b",
    re.IGNORECASE,
)
_SCORE = re.compile(r"(?<![\d-])\d{1,3}\s?[-\u2013]\s?\d{1,3}(?![\d-])")
_ASKS = re.compile(r"^(?:Q|Question)\s?[:.]", re.IGNORECASE)


def find_genre(article: EnrichedArticle) -> Genre | None:
    """The first genre that something speaks for: the wire, the headline, then the text."""
    return next(_genres(article), None)


def _genres(article: EnrichedArticle) -> Iterator[Genre]:
    yield from _filed(article)
    for name, pattern in _HEADLINES:
        if found := pattern.search(article.headline):
            yield Genre(name=name, reason=f'headline: "{found[0].strip()}"')
    yield from _sports_result(article)
    paragraphs = [article.text[each.start : each.end] for each in article.paragraphs]
    if sum(bool(_ASKS.match(paragraph)) for paragraph in paragraphs) >= _QUESTIONS:
        yield Genre(name="interview", reason=f"{_QUESTIONS} or more paragraphs ask")


def _filed(article: EnrichedArticle) -> Iterator[Genre]:
    """As the wire files it: by its genre code, a keyword, or the slugline."""
    for subject in article.wire_subjects:
        if found := _WIRE_GENRE.search(subject.code):
            yield from _named(found["name"], f"wire: {subject.code}")
    for word in (*article.keywords, article.slugline or ""):
        yield from _named(word, f"wire: {word}")


def _named(word: str, reason: str) -> Iterator[Genre]:
    if name := _FILED.get(word.casefold().strip()):
        yield Genre(name=name, reason=reason)


def _sports_result(article: EnrichedArticle) -> Iterator[Genre]:
    """Sport, a headline in which somebody wins or loses, and a score there or in the first paragraph."""
    if not any(each.code == _SPORT and each.likely for each in article.subjects):
        return
    lead = article.text[article.paragraphs[0].start : article.paragraphs[0].end] if article.paragraphs else ""
    wins, score = _WINS.search(article.headline), _SCORE.search(article.headline) or _SCORE.search(lead)
    if wins and score:
        yield Genre(name="sports_result", reason=f'headline: "{wins[0]}", score: {score[0]}')
