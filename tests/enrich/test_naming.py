import doctest

import pytest

from streams.enrich import naming
from streams.enrich.naming import full_names, name_key, occurrences


def test_its_examples_hold() -> None:
    assert doctest.testmod(naming).failed == 0


@pytest.mark.parametrize("spelling", ["SINN FÉIN", "Sinn\nFéin", " sinn  féin "])
def test_spellings_share_a_key(spelling: str) -> None:
    assert name_key(spelling) == "sinn féin"


def test_a_middle_initial_makes_no_other_person() -> None:
    assert full_names(["john bolton", "bolton", "john r. bolton"]) == {
        "john bolton": "john r. bolton",
        "bolton": "john r. bolton",
    }


def test_a_part_of_a_word_is_no_part_of_a_name() -> None:
    assert full_names(["ban", "urban legend"]) == {}


def test_only_whole_words_count_and_the_longest_name_wins() -> None:
    text = "New York City, New Yorkers, New York."
    assert [text[start:end] for start, end in occurrences(["New York", "New York City"], text)] == [
        "New York City",
        "New York",
    ]


def test_no_names_stand_nowhere() -> None:
    assert list(occurrences([], "text")) == []
