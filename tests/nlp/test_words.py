import re
import unicodedata
from collections import Counter

from hypothesis import example, given
from hypothesis import strategies as st

from streams.nlp.words import count_words


def test_words_are_counted_in_order_and_lower_case() -> None:
    assert list(count_words("War and peace, WAR; 1869 a").items()) == [("war", 2), ("and", 1), ("peace", 1)]


def test_an_accent_makes_no_other_word() -> None:
    assert count_words("Café, cafe") == {"cafe": 2}


@given(st.text() | st.text("abzAZ '\u2019\u00e9\u0130\u212a-1\n\ud800", max_size=80))
@example("c" * 41)
@example("a" * 39 + " " + "b" * 40 + " " + "c" * 41 + " " + "d" * 85)
def test_words_are_those_a_pattern_finds(text: str) -> None:
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not "\u0300" <= letter <= "\u036f")
    found = Counter(re.findall(r"[a-z]{2,40}", plain.lower()))
    assert list(count_words(text).items()) == list(found.items())
