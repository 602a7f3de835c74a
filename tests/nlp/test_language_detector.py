import pytest

from streams.nlp.language_detector import EldcLanguageDetector
from tests.hostile import HOSTILE


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "The government said on Tuesday that it would raise taxes next year."),
        ("de", "Die Regierung hat gestern beschlossen, die Steuern zu senken."),
        ("fr", "Le gouvernement a annoncé mardi une hausse des impôts."),
        ("ru", "Правительство объявило во вторник о повышении налогов."),  # noqa: RUF001
    ],
)
def test_a_sentence_is_enough(code: str, text: str) -> None:
    guess = EldcLanguageDetector().detect(text)
    assert guess is not None
    assert guess.code == code
    assert 0.5 < guess.confidence <= 1


def test_a_nul_does_not_hide_the_rest() -> None:
    guess = EldcLanguageDetector().detect("a\x00Le gouvernement a annoncé mardi une hausse des impôts.")
    assert guess is not None
    assert guess.code == "fr"


@pytest.mark.parametrize("text", ["", "12345 678", "qxzv wpfk jjj", "a"])
def test_what_tells_no_language_gets_no_guess(text: str) -> None:
    assert EldcLanguageDetector().detect(text) is None


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_text_is_too_hostile(text: str) -> None:
    guess = EldcLanguageDetector().detect(text)
    assert guess is None or 0 <= guess.confidence <= 1
