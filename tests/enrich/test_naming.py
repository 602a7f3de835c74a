import doctest
import re
import time
from collections.abc import Iterable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

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


def by_pattern(names: Iterable[str], text: str) -> list[tuple[int, int]]:
    """The definition: whole words, the longest name first, without overlap."""
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    pattern = rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)"
    return [match.span() for match in re.finditer(pattern, text)]


@given(st.sets(st.text("Ab1 -'é_", min_size=1, max_size=5), min_size=1), st.text("Ab1 -'é_", max_size=40))
@settings(max_examples=500)
@example({"A-A", "b A"}, "b A-A-A")  # the first is taken by a name that begins before
@example({"Gaza", "Gaza City"}, "Gaza")  # a longer name does not fit any more
def test_names_are_found_where_a_pattern_of_them_all_finds_them(names: set[str], text: str) -> None:
    assert list(occurrences(names, text)) == by_pattern(names, text)


@given(st.lists(st.text("ab .", min_size=1, max_size=6).map(name_key).filter(bool), unique=True, max_size=8))
@settings(max_examples=300)
def test_a_full_name_is_the_only_one_that_holds_all_its_words_in_order(keys: list[str]) -> None:
    def holds(other: str, key: str) -> bool:
        words = iter(other.split())
        return other != key and len(other.split()) > len(key.split()) and all(word in words for word in key.split())

    fuller = {key: [other for other in keys if holds(other, key)] for key in keys}
    fullest = {key: [other for other in others if not fuller[other]] for key, others in fuller.items()}
    assert full_names(keys) == {key: others[0] for key, others in fullest.items() if len(others) == 1}


def test_names_within_words_cost_no_more_than_the_words() -> None:
    names = ["A" * length for length in range(1, 440)]
    started = time.process_time()
    assert len(list(occurrences(names, " ".join(names)))) == len(names)
    assert time.process_time() - started < 3
