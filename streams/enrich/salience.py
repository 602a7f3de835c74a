"""How much an article is about what it names."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

__all__ = ["Prominence", "prominence", "salience"]

_HEADLINE: Final = 0.35
_LEAD: Final = 0.25
_FREQUENCY: Final = 0.2
_SPREAD: Final = 0.1
_SUBJECT: Final = 0.1

_DIGITS: Final = 4


class Prominence(NamedTuple):
    """Where a newsroom put a name, each 0 to 1.

    `headline`: 1 if it is there. `lead`: 1 / the number of the paragraph that has it first, 0 if none has. `frequency`:
    its mentions / those of what is mentioned most. `spread`: the share of the paragraphs that have it. `subject`: the
    share of its mentions in the text that begin a sentence, as subjects do.
    """

    headline: float
    lead: float
    frequency: float
    spread: float
    subject: float


def salience(place: Prominence) -> float:
    """0 to 1; from 0.3 on an article is about it.

    0.35 headline + 0.25 lead + 0.2 frequency + 0.1 spread + 0.1 subject: so what is in the headline is always enough,
    what is in the first paragraph is with a little of the rest, and what only stands far down never is.

    >>> salience(Prominence(headline=1, lead=0, frequency=0.2, spread=0, subject=0))
    0.39
    """
    headline, lead, frequency, spread, subject = place
    return round(
        _HEADLINE * headline + _LEAD * lead + _FREQUENCY * frequency + _SPREAD * spread + _SUBJECT * subject, _DIGITS
    )


def prominence(
    *, in_headline: bool, starts: Sequence[int], subjects: int, mentions: int, most: int, paragraphs: Sequence[int]
) -> Prominence:
    """Of one name.

    Args:
        in_headline: whether it is there.
        starts: where in the text its mentions start, in order.
        subjects: how many of these begin a sentence.
        mentions: all of it.
        most: those of what is mentioned most.
        paragraphs: where each starts.
    """
    headline, frequency = float(in_headline), mentions / most
    if not starts:
        return Prominence(headline, 0.0, frequency, 0.0, 0.0)
    held = [bisect_right(paragraphs, start) for start in starts]
    spread = min(1.0, len(set(held)) / max(1, len(paragraphs)))
    return Prominence(headline, 1 / max(1, held[0]), frequency, spread, subjects / len(starts))
