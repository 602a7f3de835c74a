"""The enrichment: every stage, in order."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import ParamSpec, TypeVar

from schemas.enriched_article import EnrichedArticle, Language, Provenance
from schemas.raw_article import RawArticle
from streams.enrich.clean import CLEAN_VERSION, Cleaned, clean
from streams.enrich.consistency import consistent
from streams.enrich.entities import ENTITIES_VERSION, Found, find_entities
from streams.enrich.genre import GENRE_VERSION, find_genre
from streams.enrich.language import LANGUAGE_VERSION, detect_language, reading_language
from streams.enrich.models import Models, NamedSpan, Recognized
from streams.enrich.subjects import SUBJECTS_VERSION, Judged, judge_subjects
from streams.errors import StageError
from streams.records import digest

__all__ = ["enrich", "pipeline_digest"]

P = ParamSpec("P")
Result = TypeVar("Result")


def enrich(raws: Sequence[RawArticle], models: Models) -> list[EnrichedArticle | StageError]:
    """Judge each article: one result each, in order.

    A result never depends on its neighbours. An article that a stage fails on gives that error, returned
    and not raised, with its cause chained.
    """
    pipeline = _Pipeline(models, pipeline_digest(models), _provenance(models))
    articles = [_or_error(_read, raw, models) for raw in raws]
    names = iter(_names([each for each in articles if isinstance(each, _Article)], models))
    return [
        each if isinstance(each, StageError) else _or_error(_judged, each, next(names), pipeline) for each in articles
    ]


def pipeline_digest(models: Models) -> str:
    """Names all that can change a result: the version of each stage, the models, how much of a text is read."""
    stages = (CLEAN_VERSION, LANGUAGE_VERSION, ENTITIES_VERSION, SUBJECTS_VERSION, GENRE_VERSION)
    names = (models.languages.model, _entities_model(models), models.subjects.model)
    return digest(*stages, *names, models.analysed_chars, models.rules.version)


@dataclass(frozen=True, slots=True)
class _Pipeline:
    """What the articles of a call have in common."""

    models: Models
    digest: str
    provenance: dict[str, Provenance]


@dataclass(frozen=True, slots=True)
class _Article:
    """An article as far as it is known before a model of its language reads it."""

    raw: RawArticle
    cleaned: Cleaned
    language: Language
    spoken: str | None


def _or_error(stages: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result | StageError:
    try:
        return stages(*args, **kwargs)
    except StageError as error:
        return error


def _read(raw: RawArticle, models: Models) -> _Article:
    with _stage("clean"):
        cleaned = clean(raw)
    with _stage("language"):
        language = detect_language(cleaned.headline, cleaned.text, raw.language, models.languages)
        return _Article(raw, cleaned, language, reading_language(language))


def _names(articles: Sequence[_Article], models: Models) -> list[tuple[list[NamedSpan], ...] | StageError]:
    """What headline and text of each article name; nothing where no model reads its language.

    One call for all, for models are fast in batches. Should it fail, one for each, to know on which.
    """
    texts = [_texts(each, models) for each in articles]
    try:
        with _stage("entities"):
            spans = iter(models.entities.recognize([text for each in texts for text in each]))
    except StageError as error:
        return [error] if len(articles) == 1 else [names for each in articles for names in _names([each], models)]
    return [tuple(next(spans) for _ in each) for each in texts]


def _texts(article: _Article, models: Models) -> tuple[str, ...]:
    if article.spoken not in models.entities.languages:
        return ()
    return article.cleaned.headline, article.cleaned.text[: models.analysed_chars]


def _judged(article: _Article, names: tuple[list[NamedSpan], ...] | StageError, pipeline: _Pipeline) -> EnrichedArticle:
    if isinstance(names, StageError):
        raise names
    with _stage("entities"):
        found = _entities(article, names, pipeline.models)
    with _stage("subjects"):
        cleaned, wire = article.cleaned, article.raw.subjects
        judged = judge_subjects(cleaned.headline, cleaned.text, article.spoken, wire, pipeline.models)
    with _stage("assemble"):
        assembled = _assembled(article, found, judged, pipeline)
    with _stage("subjects"):
        ruled = assembled.model_copy(update={"subjects": pipeline.models.rules.applied(assembled)})
    with _stage("genre"):
        return ruled.model_copy(update={"genre": find_genre(ruled)})


@contextmanager
def _stage(name: str) -> Iterator[None]:
    """Whatever goes wrong inside is this stage's failure on this article."""
    try:
        yield
    except Exception as error:
        raise StageError(name, str(error) or type(error).__name__) from error


def _entities(article: _Article, names: tuple[list[NamedSpan], ...], models: Models) -> Found:
    if not names:
        return Found((), "no_model")
    raw, cleaned = article.raw, article.cleaned
    headline_names, text_names = names
    read = consistent(
        Recognized(cleaned.headline, headline_names),
        Recognized(cleaned.text[: models.analysed_chars], text_names),
        models.knowledge,
    )
    return find_entities(
        read,
        cleaned.paragraphs,
        complete=len(cleaned.text) <= models.analysed_chars,
        knowledge=models.knowledge,
        at=raw.version_created_at or raw.published_at,
    )


def _entities_model(models: Models) -> str:
    return f"{models.entities.model}+{models.knowledge.version}"


def _subjects_model(models: Models) -> str:
    return f"{models.subjects.model}+rules-{models.rules.version}" if models.rules.version else models.subjects.model


def _provenance(models: Models) -> dict[str, Provenance]:
    cleaning = Provenance(stage="clean", version=CLEAN_VERSION)
    cleaned = ("headline", "text", "paragraphs", "sections", "removed")
    return {
        **dict.fromkeys(cleaned, cleaning),
        "language": Provenance(stage="language", version=LANGUAGE_VERSION, model=models.languages.model),
        "entities": Provenance(stage="entities", version=ENTITIES_VERSION, model=_entities_model(models)),
        "genre": Provenance(stage="genre", version=GENRE_VERSION),
        "subjects": Provenance(stage="subjects", version=SUBJECTS_VERSION, model=_subjects_model(models)),
    }


def _assembled(article: _Article, found: Found, judged: Judged, pipeline: _Pipeline) -> EnrichedArticle:
    raw, cleaned = article.raw, article.cleaned
    return EnrichedArticle(
        record_id=digest(raw.article_id, raw.version, pipeline.digest),
        article_id=raw.article_id,
        version=raw.version,
        source=raw.source,
        headline=cleaned.headline,
        text=cleaned.text,
        paragraphs=cleaned.paragraphs,
        sections=cleaned.sections,
        removed=cleaned.removed,
        language=article.language,
        entities=found.entities,
        entities_status=found.status,
        subjects=judged.subjects,
        subjects_status=judged.status,
        wire_subjects=raw.subjects,
        published_at=raw.published_at,
        version_created_at=raw.version_created_at,
        fetched_at=raw.fetched_at,
        byline=cleaned.byline,
        dateline=cleaned.dateline,
        slugline=raw.slugline,
        ed_note=cleaned.ed_note,
        credit_line=cleaned.credit_line,
        copyright=raw.copyright,
        usage_terms=raw.usage_terms,
        url=raw.url,
        located=raw.located,
        urgency=raw.urgency,
        pub_status=raw.pub_status,
        signal=raw.signal,
        embargoed_until=raw.embargoed_until,
        expires_at=raw.expires_at,
        keywords=raw.keywords,
        first_created_at=raw.first_created_at,
        item_type=raw.item_type,
        take=raw.take,
        links=raw.links,
        notices=raw.notices,
        repairs=raw.repairs,
        body_sha256=sha256(raw.body.encode("utf-8", "surrogatepass")).hexdigest(),
        original_sha256=raw.original.sha256 if raw.original else None,
        provenance=pipeline.provenance,
        pipeline=pipeline.digest,
    )
