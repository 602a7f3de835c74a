import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.enriched_article import Language
from streams.enrich.language import _has_letters, detect_language, reading_language
from streams.enrich.models import Models

ENGLISH = "The government said on Tuesday that it would raise taxes next year, and the opposition called it a mistake. "
FRENCH = (
    "Le gouvernement a annoncé mardi une hausse des impôts pour l'année prochaine, et l'opposition parle d'erreur. "
)


def detect(models: Models, headline: str, text: str, declared: str | None = None) -> Language:
    return detect_language(headline, text, declared, models.languages)


@pytest.mark.parametrize(("code", "text"), [("en", ENGLISH), ("fr", FRENCH)])
def test_the_words_decide_whatever_is_declared(models: Models, code: str, text: str) -> None:
    found = detect(models, "", text * 3, declared="de-CH")
    assert (found.code, found.declared) == (code, "de-CH")
    assert found.confidence > 0.5


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "12:30",
        "Paris, Tokio",
        "😀" * 100,
        ENGLISH * 5 + FRENCH * 5,
        FRENCH * 5 + ENGLISH * 5,
        ENGLISH + FRENCH,
    ],
    ids=[
        "empty",
        "spaces",
        "a time",
        "two names",
        "emoji",
        "english then french",
        "french then english",
        "one of each",
    ],
)
def test_too_few_or_mixed_words_have_no_language(models: Models, text: str) -> None:
    assert detect(models, "", text, declared="en") == Language(code=None, confidence=0.0, declared="en")


def test_a_french_quotation_leaves_an_english_article_english(models: Models) -> None:
    assert detect(models, "Tax rise announced", ENGLISH * 4 + "He said: «C'est la vie.»").code == "en"


@pytest.mark.parametrize(
    ("code", "declared", "read_as"),
    [
        ("fr", "en", "fr"),
        (None, "en-GB", "en"),
        (None, "EN_us", "en"),
        (None, None, None),
        (None, "", None),
        ("en", None, "en"),
    ],
)
def test_the_declared_language_serves_only_where_none_was_found(
    code: str | None, declared: str | None, read_as: str | None
) -> None:
    assert reading_language(Language(code=code, confidence=0.5, declared=declared)) == read_as


@given(text=st.text(max_size=60), fewest=st.integers(0, 40))
def test_letters_are_counted_as_far_as_is_needed(text: str, fewest: int) -> None:
    assert _has_letters(text, fewest) == (sum(map(str.isalpha, text)) >= fewest)
