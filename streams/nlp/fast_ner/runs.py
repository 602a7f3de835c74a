"""An exact and much faster way through spaCy's tokenizer.

The tokenizer cuts a text into runs, of white space and of anything else, where a single space behind a run of the
second kind belongs to that run. It tokenizes each run for itself, so the tokens of a run can be kept and looked up.

One thing crosses runs: special cases that are found in what is already tokenized ("Jan" and "." become "Jan.").

* A match over two runs holds a space. As no rule has such a text, the match changes nothing itself.
* But of overlapping matches the longest counts, then the first: it can keep a match inside a run from being applied.

Hence a run that holds a match which changes something is *fragile*, and a text with a fragile run has to go through
the tokenizer whole. They are rare: a special case that is a whole run, but for brackets and the like around it, is
found before that.

See `_tokenize_affixes`, `_apply_special_cases` and `_filter_special_spans` in spacy/tokenizer.pyx.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from spacy.tokenizer import Tokenizer
from spacy.tokens import Token
from spacy.vocab import Vocab

__all__ = ["SEPARATOR", "Fragile", "has_runs", "lean", "runs_of"]

SEPARATOR = "\n"
"""Between runs that are tokenized together: a token of its own, which is part of no special case."""

_RUN = re.compile(r"\S+ ?|\s+")


def runs_of(text: str) -> list[str]:
    """The runs of a text, in order; joined they are the text."""
    return _RUN.findall(text)


def has_runs(tokenizer: Any) -> bool:  # noqa: ANN401 - a pipeline may have any callable for one
    """Whether a tokenizer works as described above: spaCy's own, without rules for texts that hold white space."""
    return type(tokenizer) is Tokenizer and not any(
        any(map(str.isspace, rule)) and not rule.isspace() for rule in tokenizer.rules
    )


def lean(tokenizer: Tokenizer, columns: Collection[int]) -> Tokenizer:
    """The same tokenizer over a vocabulary of its own, which computes only these attributes of a new word.

    spaCy's computes some twenty, which takes longer than all else that tokenizes an unknown word.
    """
    getters = {attribute: get for attribute, get in tokenizer.vocab.lex_attr_getters.items() if attribute in columns}
    vocab = Vocab(lex_attr_getters=getters, lookups=tokenizer.vocab.lookups)
    return _like(tokenizer, vocab, tokenizer.rules, lambda search: search)


class Fragile:
    """Finds fragile runs."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._twin = _without_matcher(tokenizer)
        self._becomes = {pattern: _seen(tokenizer(rule)) for rule, pattern in _patterns(tokenizer).items()}
        self._patterns = _by_first(self._becomes)
        after = (tuple(text for text, _ in seen) for seen in self._becomes.values())
        self._signs = _by_first({*self._becomes, *after})

    def suspects(self, tokens: Sequence[str]) -> list[int]:
        """Where in these tokens of whole runs a match may have been, or may be.

        Either it changed something, so what it made is there, or nothing changed, so what it matches is there.
        """
        return [
            start
            for start, token in enumerate(tokens)
            if any(_stands(sign, tokens, start) for sign in self._signs.get(token, ()))
        ]

    def among(self, runs: Sequence[str]) -> set[str]:
        """Those of these runs, none of them of white space, that are fragile."""
        doc = self._twin(SEPARATOR.join(runs))
        tokens = [token.text for token in doc]
        changed = [
            doc[start].idx
            for start, token in enumerate(tokens)
            for pattern in self._patterns.get(token, ())
            if _stands(pattern, tokens, start) and _seen(doc[start : start + len(pattern)]) != self._becomes[pattern]
        ]
        return set(_holding(runs, changed))


def _by_first(sequences: Iterable[tuple[str, ...]]) -> dict[str, list[tuple[str, ...]]]:
    grouped: dict[str, list[tuple[str, ...]]] = {}
    for sequence in sequences:
        grouped.setdefault(sequence[0], []).append(sequence)
    return grouped


def _stands(sequence: tuple[str, ...], tokens: Sequence[str], start: int) -> bool:
    return tuple(tokens[start : start + len(sequence)]) == sequence


def _seen(tokens: Iterable[Token]) -> list[tuple[str, int]]:
    """All that a special case can set."""
    return [(token.text, token.norm) for token in tokens]


def _holding(runs: Sequence[str], offsets: Sequence[int]) -> list[str]:
    """The runs that hold these offsets of their joined text, which are in order."""
    holding, wanted, start = [], iter(offsets), 0
    offset = next(wanted, None)
    for run in runs:
        end = start + len(run) + len(SEPARATOR)
        if offset is not None and offset < end:
            holding.append(run)
            while offset is not None and offset < end:
                offset = next(wanted, None)
        start = end
    return holding


def _patterns(tokenizer: Tokenizer) -> dict[str, tuple[str, ...]]:
    """The special cases that the tokenizer looks for in what is tokenized, and the token sequences they are then."""
    plain = _like(tokenizer, tokenizer.vocab, {}, lambda search: search)
    looked_for = (
        rule
        for rule in tokenizer.rules
        if not tokenizer.faster_heuristics
        or tokenizer.find_prefix(rule)
        or tokenizer.find_infix(rule)
        or tokenizer.find_suffix(rule)
    )
    return {rule: tuple(token.text for token in plain(rule)) for rule in looked_for}


def _without_matcher(tokenizer: Tokenizer) -> Tokenizer:
    """The same tokenizer, but it never looks for special cases in what is already tokenized.

    A Tokenizer decides when a rule is added whether it has to be looked for there: if it has prefixes, infixes or
    suffixes. So it finds none while it is made.
    """
    made = False

    def later(search: Callable[[str], Any]) -> Callable[[str], Any]:
        return lambda string: search(string) if made else None

    twin = _like(tokenizer, tokenizer.vocab, tokenizer.rules, later)
    made = True
    return twin


def _like(tokenizer: Tokenizer, vocab: Vocab, rules: dict[str, Any], wrapped: Callable[[Any], Any]) -> Tokenizer:
    infix = wrapped(tokenizer.infix_finditer) if tokenizer.infix_finditer else None
    return Tokenizer(
        vocab,
        rules=rules,
        prefix_search=wrapped(tokenizer.prefix_search) if tokenizer.prefix_search else None,
        suffix_search=wrapped(tokenizer.suffix_search) if tokenizer.suffix_search else None,
        infix_finditer=(lambda string: infix(string) or ()) if infix else None,
        token_match=tokenizer.token_match,
        url_match=tokenizer.url_match,
    )
