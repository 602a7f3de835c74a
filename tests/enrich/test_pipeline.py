import csv
import dataclasses
import random
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.enriched_article import EnrichedArticle
from schemas.raw_article import Original, RawArticle
from streams.enrich.models import Models, NamedSpan
from streams.enrich.pipeline import enrich, pipeline_digest
from streams.errors import StageError
from streams.records import encode
from tests.hostile import HOSTILE

SEED = Path(__file__).parents[2] / "seeds" / "000_6b6f8b5531d4d620.txt"
WIKINEWS = Path(__file__).parents[3] / "shared" / "data" / "text" / "wikinews"
SENTENCES = (
    "Angela Merkel met Emmanuel Macron in Berlin to discuss the European Union budget.",
    "Police arrested a man in London after an attack on the bank, the court was told.",
    "Merkel said the election was a victory for the party and its candidate.",
    "The football team from Manchester won the championship final on Sunday.",
    "Le gouvernement a annoncé mardi une hausse des impôts pour l'année prochaine.",
    "Scientists at Stanford University published research on vaccines in the journal Nature.",
    "WASHINGTON (Reuters) - The White House said on Monday that talks would go on.",
    "\u202eשלום עולם 😀 \x00",  # noqa: RUF001
)


def raw(body: str, **fields: object) -> RawArticle:
    return RawArticle.model_validate({"article_id": "a", "source": "test", "body": body, **fields})


def one(article: RawArticle, models: Models) -> EnrichedArticle:
    [result] = enrich([article], models)
    assert isinstance(result, EnrichedArticle), repr(result)
    return result


def assembled_bytes(raws: Sequence[RawArticle], models: Models) -> list[bytes]:
    return [encode(result) for result in enrich(raws, models) if isinstance(result, EnrichedArticle)]


def generated() -> list[RawArticle]:
    draw = random.Random(1)
    bodies = ["\n\n".join(draw.choices(SENTENCES, k=draw.randint(0, 8))) for _ in range(60)]
    return [raw(body, article_id=str(number), headline=draw.choice(SENTENCES)) for number, body in enumerate(bodies)]


def wikinews() -> list[RawArticle]:
    path = WIKINEWS / "wikinews_2019.csv"
    if not path.exists():
        pytest.skip("the Wikinews sample is not on this machine")
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            raw(row["text"], article_id=row["url"], headline=row["title"]) for row in _first(csv.DictReader(lines), 40)
        ]


def _first(rows: Iterator[dict[str, str]], count: int) -> Iterator[dict[str, str]]:
    return (row for row, _ in zip(rows, range(count), strict=False))


@pytest.fixture(scope="module")
def seed(models: Models) -> EnrichedArticle:
    return one(raw(SEED.read_text(encoding="utf-8")), models)


def test_the_seed_names_who_and_what_it_is_about(seed: EnrichedArticle) -> None:
    names = {entity.name: entity.type for entity in seed.entities}
    assert names.items() >= {"Hamas": "organisation", "Mousa Abu Marzouk": "person"}.items()
    assert {name for name, kind in names.items() if kind == "place"} >= {
        "Moscow",
        "Russia",
        "Israel",
        "Iran",
        "Lebanon",
    }
    assert seed.entities[0].name == "Hamas"
    assert seed.entities_status == "complete"


def test_nothing_comes_from_the_seed_s_promotion(seed: EnrichedArticle) -> None:
    said = " ".join(entity.name for entity in seed.entities)
    assert not any(word in said for word in ("Nitin", "Gokhale", "WhatsApp"))


def test_the_seed_is_english_and_political(seed: EnrichedArticle) -> None:
    assert seed.language.code == "en"
    assert {"medtop:11000000", "medtop:16000000"} <= {each.code for each in seed.subjects if each.confidence > 0.9}
    assert seed.subjects_status == "found"


@pytest.mark.parametrize("corpus", [generated, wikinews])
def test_a_result_does_not_depend_on_its_neighbours(models: Models, corpus: Callable[[], list[RawArticle]]) -> None:
    raws = corpus()
    alone = [written for each in raws for written in assembled_bytes([each], models)]
    order = random.Random(2).sample(range(len(raws)), len(raws))
    assert assembled_bytes(raws, models) == alone
    assert assembled_bytes([raws[index] for index in order], models) == [alone[index] for index in order]


@given(headline=st.text(max_size=60), body=st.text(max_size=300))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_string_goes_through_and_every_offset_slices(models: Models, headline: str, body: str) -> None:
    article = one(raw(f"Theresa May said in Paris: {body}", headline=headline, language="en"), models)
    fields = {"headline": article.headline, "text": article.text}
    mentions = [mention for entity in article.entities for mention in entity.mentions]
    assert all(fields[each.field][each.start : each.end] == each.text for each in mentions)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.timeout(60)
def test_no_article_is_too_hostile(models: Models, text: str) -> None:
    assert one(raw(text, headline=text[:500], language="en"), models).article_id == "a"


def test_another_language_is_passed_on_and_says_so(models: Models) -> None:
    article = one(raw(SENTENCES[4] * 3, language="fr-FR"), models)
    assert (article.language.code, article.entities, article.subjects) == ("fr", (), ())
    assert (article.entities_status, article.subjects_status) == ("no_model", "no_model")
    assert SENTENCES[4] in article.text


def test_a_flash_too_short_to_tell_is_read_in_its_declared_language(models: Models) -> None:
    flash = raw("Putin in Paris.", language="en-GB")
    assert one(flash, models).language.code is None
    assert one(flash, models).entities_status == "complete"
    assert one(raw("Putin in Paris."), models).entities_status == "no_model"


def test_what_the_wire_said_is_kept(models: Models) -> None:
    original = Original(media_type="text/plain", sha256="0" * 64)
    article = one(
        raw(
            "Text.", version=3, urgency=1, slugline="X", subjects=({"code": "04"},), keywords=("k",), original=original
        ),
        models,
    )
    assert (article.version, article.urgency, article.slugline, article.keywords) == (3, 1, "X", ("k",))
    assert article.wire_subjects[0].code == "04"
    assert article.body_sha256 == sha256(b"Text.").hexdigest()
    assert article.original_sha256 == "0" * 64
    assert article.routes == ()


def test_each_enriched_field_says_what_made_it(models: Models) -> None:
    provenance = one(raw("Text."), models).provenance
    assert {field: each.stage for field, each in provenance.items()} == {
        **dict.fromkeys(("headline", "text", "paragraphs", "sections", "removed"), "clean"),
        "language": "language",
        "entities": "entities",
        "subjects": "subjects",
        "genre": "genre",
    }
    assert provenance["entities"].model == f"{models.entities.model}+{models.knowledge.version}"


def test_another_model_or_limit_is_another_pipeline(models: Models) -> None:
    other = dataclasses.replace(models, analysed_chars=7)
    assert pipeline_digest(models) == pipeline_digest(dataclasses.replace(models))
    assert pipeline_digest(other) != pipeline_digest(models)
    assert one(raw("Text."), other).record_id != one(raw("Text."), models).record_id


class FailsOnPoison:
    """A recognizer with a bug."""

    model = "fails-1"
    languages = frozenset({"en"})

    def recognize(self, texts: Sequence[str]) -> list[list[NamedSpan]]:
        if any("poison" in text for text in texts):
            raise ZeroDivisionError("cannot read this")
        return [[] for _ in texts]


def test_a_failing_stage_costs_its_own_article_only(models: Models) -> None:
    broken = dataclasses.replace(models, entities=FailsOnPoison())
    first, failed, last = enrich([raw(text, language="en") for text in ("Fine.", "poison", "Good.")], broken)
    assert isinstance(first, EnrichedArticle)
    assert isinstance(last, EnrichedArticle)
    assert isinstance(failed, StageError)
    assert (failed.stage, str(failed)) == ("entities", "cannot read this")
    assert isinstance(failed.__cause__, ZeroDivisionError)


def test_only_the_start_of_a_very_long_text_is_read(models: Models) -> None:
    text = (
        "Angela Merkel met Emmanuel Macron in Berlin on Monday to discuss the budget. " * 3 + "Then came Barack Obama."
    )
    short, exact = (dataclasses.replace(models, analysed_chars=chars) for chars in (len(text) - 30, len(text)))
    names = {each.analysed_chars: one(raw(text, language="en"), each) for each in (short, exact)}
    assert names[len(text)].entities_status == "complete"
    assert names[len(text) - 30].entities_status == "partial"
    assert {"Angela Merkel", "Barack Obama"} <= {entity.name for entity in names[len(text)].entities}
    assert "Barack Obama" not in {entity.name for entity in names[len(text) - 30].entities}


class Counts:
    """A recognizer that remembers how it was called."""

    model = "counts-1"
    languages = frozenset({"en"})

    def __init__(self) -> None:
        self.calls: list[int] = []

    def recognize(self, texts: Sequence[str]) -> list[list[NamedSpan]]:
        self.calls.append(len(texts))
        return [[] for _ in texts]


def test_articles_of_a_batch_are_read_together_and_only_those_a_model_reads(models: Models) -> None:
    counts = Counts()
    raws = [raw("Fine.", language="en"), raw(SENTENCES[4] * 3, language="fr"), raw("Good.", language="en")]
    enrich(raws, dataclasses.replace(models, entities=counts))
    assert counts.calls == [4]
