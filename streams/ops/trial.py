"""What other rules would make of articles: which subjects would come, and which go."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from pydantic import ValidationError

from schemas.enriched_article import EnrichedArticle, Subject
from schemas.raw_article import RawArticle
from streams.enrich.models import Models
from streams.enrich.pipeline import enrich
from streams.enrich.rules import Rules
from streams.errors import ContractError, StageError
from streams.records import decode_raw_article

__all__ = ["Change", "articles_of", "changes"]

BATCH_ARTICLES = 64


class Change(NamedTuple):
    """A subject that an article gets or loses; from candidate to likely is a gain, too."""

    subject: Subject
    gained: bool


def articles_of(lines: Iterable[bytes], models: Callable[[], Models]) -> Iterator[EnrichedArticle]:
    """The articles of JSON lines, EnrichedArticle or RawArticle, in order.

    Args:
        lines: one article each.
        models: loads what enriches a RawArticle; called once, if there is one.

    Raises:
        ContractError: a line is neither.
        StageError: an article cannot be enriched.
    """
    loaded: Models | None = None
    numbered = enumerate(lines, start=1)
    while batch := list(islice(numbered, BATCH_ARTICLES)):
        read = [_article(line, number) for number, line in batch if line.strip()]
        raws = [article for article in read if isinstance(article, RawArticle)]
        if raws and loaded is None:
            loaded = models()
        enriched = iter(enrich(raws, loaded)) if loaded else iter(())
        for article in read:
            result = next(enriched) if isinstance(article, RawArticle) else article
            if isinstance(result, StageError):
                raise result
            yield result


def changes(article: EnrichedArticle, now: Rules, then: Rules) -> Iterator[Change]:
    """What of its subjects would be another if `then` were the rules and not `now`.

    What the rules that made a record took away is not in it: only a RawArticle shows that it would come back.
    """
    plain = article.model_copy(
        update={"subjects": tuple(subject for subject in article.subjects if subject.made_by != "rule")}
    )
    before, after = ({subject.code: subject for subject in rules.applied(plain)} for rules in (now, then))
    yield from (Change(subject, gained=True) for subject in _more(after, before))
    yield from (Change(subject, gained=False) for subject in _more(before, after))


def _more(these: Mapping[str, Subject], others: Mapping[str, Subject]) -> Iterator[Subject]:
    """Subjects that the others have not, or only as candidates."""
    for code, subject in these.items():
        if code not in others or (subject.likely and not others[code].likely):
            yield subject


def _article(line: bytes, number: int) -> EnrichedArticle | RawArticle:
    try:
        return EnrichedArticle.model_validate_json(line)
    except ValidationError:
        pass
    try:
        return decode_raw_article(line)
    except ContractError as error:
        raise ContractError(f"line {number} of stdin is no article: {error}") from error
