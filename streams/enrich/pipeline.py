"""The enrichment: every stage, in order."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256

from schemas.enriched_article import EnrichedArticle, Language, Provenance
from schemas.raw_article import RawArticle
from streams.enrich.clean import CLEAN_VERSION, Cleaned, clean
from streams.enrich.entities import ENTITIES_VERSION, Found, find_entities
from streams.enrich.language import LANGUAGE_VERSION, detect_language, reading_language
from streams.enrich.models import Models
from streams.enrich.subjects import SUBJECTS_VERSION, Judged, judge_subjects
from streams.errors import StageError
from streams.records import digest

__all__ = ["enrich", "pipeline_digest"]


def enrich(raws: Sequence[RawArticle], models: Models) -> list[EnrichedArticle | StageError]:
    """Judge each article: one result each, in order.

    A result never depends on its neighbours. An article that a stage fails on gives that error, returned
    and not raised, with its cause chained.
    """
    pipeline = pipeline_digest(models)
    return [_article_or_error(raw, models, pipeline) for raw in raws]


def pipeline_digest(models: Models) -> str:
    """Names all that can change a result: the version of each stage, the models, how much of a text is read."""
    stages = (CLEAN_VERSION, LANGUAGE_VERSION, ENTITIES_VERSION, SUBJECTS_VERSION)
    return digest(*stages, models.languages.model, models.entities.model, models.subjects.model, models.analysed_chars)


def _article_or_error(raw: RawArticle, models: Models, pipeline: str) -> EnrichedArticle | StageError:
    try:
        return _article(raw, models, pipeline)
    except StageError as error:
        return error


def _article(raw: RawArticle, models: Models, pipeline: str) -> EnrichedArticle:
    with _stage("clean"):
        cleaned = clean(raw)
    with _stage("language"):
        language = detect_language(cleaned.headline, cleaned.text, raw.language, models.languages)
        spoken = reading_language(language)
    with _stage("entities"):
        found = _entities(cleaned, spoken, models)
    with _stage("subjects"):
        judged = _subjects(cleaned, spoken, models)
    with _stage("assemble"):
        return _assembled(raw, _Findings(cleaned, language, found, judged, _provenance(models)), pipeline)


@contextmanager
def _stage(name: str) -> Iterator[None]:
    """Whatever goes wrong inside is this stage's failure on this article."""
    try:
        yield
    except Exception as error:
        raise StageError(name, str(error) or type(error).__name__) from error


def _entities(cleaned: Cleaned, language: str | None, models: Models) -> Found:
    if language not in models.entities.languages:
        return Found((), "no_model")
    return find_entities(
        cleaned.headline, cleaned.text, cleaned.paragraphs, models.entities, analysed_chars=models.analysed_chars
    )


def _subjects(cleaned: Cleaned, language: str | None, models: Models) -> Judged:
    if language not in models.subjects.languages:
        return Judged((), "no_model")
    return judge_subjects(cleaned.headline, cleaned.text, models.subjects, analysed_chars=models.analysed_chars)


@dataclass(frozen=True, slots=True)
class _Findings:
    cleaned: Cleaned
    language: Language
    entities: Found
    subjects: Judged
    provenance: dict[str, Provenance]


def _provenance(models: Models) -> dict[str, Provenance]:
    cleaning = Provenance(stage="clean", version=CLEAN_VERSION)
    cleaned = ("headline", "text", "paragraphs", "sections", "removed")
    return {
        **dict.fromkeys(cleaned, cleaning),
        "language": Provenance(stage="language", version=LANGUAGE_VERSION, model=models.languages.model),
        "entities": Provenance(stage="entities", version=ENTITIES_VERSION, model=models.entities.model),
        "subjects": Provenance(stage="subjects", version=SUBJECTS_VERSION, model=models.subjects.model),
    }


def _assembled(raw: RawArticle, findings: _Findings, pipeline: str) -> EnrichedArticle:
    cleaned = findings.cleaned
    return EnrichedArticle(
        record_id=digest(raw.article_id, raw.version, pipeline),
        article_id=raw.article_id,
        version=raw.version,
        source=raw.source,
        headline=cleaned.headline,
        text=cleaned.text,
        paragraphs=cleaned.paragraphs,
        sections=cleaned.sections,
        removed=cleaned.removed,
        language=findings.language,
        entities=findings.entities.entities,
        entities_status=findings.entities.status,
        subjects=findings.subjects.subjects,
        subjects_status=findings.subjects.status,
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
        body_sha256=sha256(raw.body.encode("utf-8", "surrogatepass")).hexdigest(),
        original_sha256=raw.original.sha256 if raw.original else None,
        provenance=findings.provenance,
        pipeline=pipeline,
    )
