"""Texts to find names in: plain, odd and hostile, the same on every run."""

import random
from collections.abc import Iterator

__all__ = ["texts"]


def _cut(text: str, separator: str | None = None) -> list[str]:
    return text.split(separator)


PLAIN = _cut(
    "the a of in to and said on Monday that for was its with after by from would talks ministers police officials "
    "market shares rose fell percent million government election court report week year two three first new against"
)
NAMES = _cut(
    "Angela Merkel|Mousa Abu Marzouk|the European Union|U.N.|Reuters|Hamas|New York|Lake Geneva|Bank of America|"
    "Jean-Claude O'Neill|the U.S. Supreme Court|al-Shabaab|São Paulo|McDonald's|AT&T|3M|Xi|Washington|Kyiv|Nasdaq|"
    "World Health Organization|Mr. Smith|Gov. Newsom|Dr. Li Wei|St. Louis|Côte d'Ivoire|the Fed|Toyota Motor Corp.",
    "|",
)
# What a tokenizer treats specially: whole, glued to other things, and torn apart.
TRICKY = _cut(
    "it's It's he's don't can't won't I'm we've 'em 'Cause ol' Doin' w/o and/or a.m. p.m. 10a.m. 8 a.m . Jan. Feb . "
    "Inc. Co. Ph.D. e.g. i.e. vs. :) :( ( :(( :-) ;) <3 </3 (^_^) (._.) >.< o.O \\\") °C. °F . ä. '' '' ' s 's 'S Mr . "
    "- -- ... … https://example.com/a?b=c user@example.org $5 £3.2bn 12,000 1990s 5km/h #tag @user C++ x=y foo-bar—baz "
    "(Jan.) \"U.S.,\" foo-Jan. x:( w:(( ( don't-it's 'tis (a.) .) ._. _._ 8) 8-) =( =[ ]= [: ):"
)
SPACES = [" "] * 40 + ["  ", "\n", "\n\n", " \n", "\t", "\r\n", "\u00a0", "\u2009", "\u3000 ", " \n \n"]
ODD = [
    *("😀", "👩‍👩‍👧‍👦", "\u200b", "\ufeff", "\x00", "\x1b[31m", "\x85", "Z̷̢̛a̸", "أعلنت", "שלום"),
    *("東京都", "\ufb01", "\u2028", "a" * 300, "(" * 40),
]


def texts(count: int, *, seed: int = 1) -> Iterator[str]:
    """So many texts, of nothing to 150 words; one in eight is all capitals, title case or lower case."""
    dice = random.Random(seed)
    for _ in range(count):
        text = _text(dice, int(dice.expovariate(1 / 15)))
        yield dice.choice([str] * 13 + [str.upper, str.title, str.lower])(text)


def _text(dice: random.Random, words: int) -> str:
    kinds = dice.choices((PLAIN, NAMES, TRICKY, ODD), (50, 25, dice.choice((2, 30)), dice.choice((0, 3))), k=words)
    parts = []
    for kind in kinds:
        parts += [dice.choice(kind), dice.choice(("",) * 6 + (",", ".", "'s", ".\n\n", ";", ")")), dice.choice(SPACES)]
    return "".join(parts) if dice.random() < 0.8 else "".join(parts).strip()
