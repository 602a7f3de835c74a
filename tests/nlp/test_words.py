import doctest

from streams.nlp import words
from streams.nlp.words import count_words, stem


def test_its_examples_hold() -> None:
    assert doctest.testmod(words).failed == 0


def test_a_short_word_keeps_its_ending() -> None:
    assert stem("ring") == "ring"


def test_words_are_counted_in_order_and_lower_case() -> None:
    assert list(count_words("War and peace, WAR; 1869 a").items()) == [("war", 2), ("and", 1), ("peace", 1)]
