"""English words brought to a common form, for counting. Pure."""

import re
from collections import Counter
from functools import lru_cache

__all__ = ["count_words", "stem"]

_WORD = re.compile(r"[a-z]{2,40}")
_SHORTEST_STEM = 3
# The longest that fits goes first.
_ENDINGS = (
    *("izations", "isations", "ization", "isation", "ational", "fulness", "ousness", "iveness", "ations", "ingly"),
    *("ation", "ments", "ities", "iness", "ists", "ings", "ment", "ness", "ical", "ally", "able", "ible", "ance"),
    *("ence", "ions", "ist", "ies", "ity", "ing", "ion", "ers", "ors", "ial", "ed", "er", "or", "es", "ic", "al", "ly"),
    *("s", "y", "e"),
)


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """The word without its ending: crude, and the same for the vocabulary and the text.

    >>> stem("elections") == stem("election") == stem("electing")
    True
    """
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


def count_words(text: str) -> Counter[str]:
    """How often each word stands in the text, in lower case and in order of first appearance."""
    return Counter(_WORD.findall(text.lower()))
