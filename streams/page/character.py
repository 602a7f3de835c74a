"""Characters that carry no text: controls and invisible ones go, equal spellings of one letter become one."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

__all__ = ["describe_invisible", "fold", "one_line", "without_invisible"]

# Tab, line ends and form feeds are white space and stay; joiners stay because Persian, Hindi and emoji need them.
# Soft hyphens and zero-width spaces go because they split a name that a reader sees whole.
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff]")

# Composing is quadratic in the length of a run of combining marks. No language has a run of a hundred.
_ENDLESS = 100
_ENDLESS_MARKS = re.compile(rf"([^\w\s\x00-\x7f]{{{_ENDLESS},}})")

_NO_LETTER = re.compile(r"[\W_]+")


def without_invisible(text: str) -> str:
    """The text in Unicode form C, without control and invisible characters. Idempotent, and linear in any text."""
    visible = text if _all_visible(text) else _INVISIBLE.sub("", text)
    if len(visible) - len(visible.encode("ascii", "ignore")) < _ENDLESS:
        return unicodedata.normalize("NFC", visible)
    parts = _ENDLESS_MARKS.split(visible)
    return "".join(part if odd % 2 else unicodedata.normalize("NFC", part) for odd, part in enumerate(parts))


def describe_invisible(texts: Iterable[str]) -> str | None:
    r"""Which invisible characters stand in the texts and how often, None if none does.

    >>> describe_invisible(["a\x00b\x00", "\u00ad"])
    '\\x00 x2, \\xad x1'
    """
    doubtful = [text for text in texts if not _all_visible(text)]
    found = Counter(character for text in doubtful for character in _INVISIBLE.findall(text))
    counts = (f"{character.encode('unicode_escape').decode()} x{found[character]}" for character in sorted(found))
    return ", ".join(counts) or None


def one_line(text: str) -> str:
    """The text with every run of white space, line ends too, as one space."""
    return " ".join(text.split())


def fold(text: str) -> str:
    """What is left when case, spacing and punctuation do not count: equal for two settings of one headline."""
    return _NO_LETTER.sub("", text.casefold())


def _all_visible(text: str) -> bool:
    """Whether there is surely nothing invisible in it: quicker than to look for it, and true of most texts."""
    return text.replace("\n", "").isprintable()
