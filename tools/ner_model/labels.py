"""From what two readers say to labels worth learning: what is a name, what is none, and what is left open."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tools.ner_model.evidence import KINDS, Corpus, Span, candidates, kind, overlaps
from tools.ner_model.judge import NO_NAME, Judge
from tools.ner_model.teacher import Name

__all__ = ["Labelled", "Reading", "judge_of", "labelled"]

ONLY_STOCK = frozenset({"NORP", "EVENT", "PRODUCT", "WORK_OF_ART", "LAW"})

PROBABLE = 0.5
"""A candidate that is a name so probably is learned."""

POSSIBLE = 0.4
"""One below that is none; one between is learned neither as a name nor as none."""

SURE = 0.9
"""What the teacher calls MISC, and nobody can tell more of, is learned if it is so sure."""

STOCK_WEIGHT = 0.3
"""Of the stock model's opinion on what kind of name it is, against the teacher's."""

_NATIONALITY = re.compile(
    r"(?:[A-Z]\w+(?:ish|an|ans|ese|i|is|ic|ch|k|ks)|Dutch|Greeks?|Swiss|Thais?|Turks?|Serbs?|Jews?)\Z"
)

Reading = Sequence[Name]
"""What a reader names in one text."""


class Labelled(NamedTuple):
    """A text with the names to learn and the stretches to learn nothing from, both in text order."""

    text: str
    names: tuple[Name, ...]
    open: tuple[Span, ...]


def judge_of(
    texts: Sequence[tuple[str, Sequence[tuple[int, int, str]]]], readings: Sequence[Sequence[Reading]], corpus: Corpus
) -> Judge:
    """A judge fitted to annotated texts.

    Args:
        texts: each with its names, labelled as KINDS are.
        readings: of the teacher and of the stock model; of each text, the names.
        corpus: counted over other texts.
    """
    evidence, answers = [], []
    for (text, names), *read in zip(texts, *readings, strict=True):
        right = {(start, end): KINDS.index(label) for start, end, label in names}
        for each in candidates(text, read, corpus):
            evidence.append(each.evidence)
            answers.append(right.get((each.start, each.end), NO_NAME))
    return Judge(evidence, answers)


def labelled(text: str, read: Sequence[Reading], corpus: Corpus, judge: Judge) -> Labelled:
    """What to learn from a text.

    Args:
        text: of one paragraph.
        read: the teacher's names and the stock model's.
        corpus: counted over all texts.
        judge: of both readers.
    """
    found = candidates(text, read, corpus)
    if not found:
        return Labelled(text, (), ())
    names: list[Name] = []
    left_open: list[Span] = []
    judged = judge.probabilities([each.evidence for each in found])
    for index in judged[:, NO_NAME].argsort(kind="stable"):
        each, row = found[index], judged[index]
        span, probable = (each.start, each.end), 1 - float(row[NO_NAME])
        if overlaps(span, [name[:2] for name in names]):
            continue
        words = text[slice(*span)]
        label = _kind_of(words, each.called, corpus, row) if probable >= PROBABLE else _other(words, *each.called)
        if label:
            names.append(Name(*span, label, probable))
        elif probable >= POSSIBLE or any(name and name.label == "MISC" for name in each.called):
            left_open.append(span)
    taken = [name[:2] for name in names]
    return Labelled(text, tuple(sorted(names)), tuple(sorted(span for span in left_open if not overlaps(span, taken))))


def _kind_of(words: str, called: Sequence[Name | None], corpus: Corpus, judged: NDArray[np.float32]) -> str:
    """Which of KINDS it is: the teacher's word here and elsewhere, the stock model's for less, and what is known.

    The judge's own opinion counts only where none of them has one: from sixty articles it learned that the stock model
    is right when it calls the teacher's place a person, and made persons of Mali and the Danube.
    """
    votes = (corpus.leanings(words) * np.array([[1.0], [STOCK_WEIGHT]])).sum(axis=0)
    for name, weight in zip(called, (1.0, STOCK_WEIGHT), strict=True):
        if name and kind(name) < len(KINDS):
            votes[kind(name)] += weight * name.probability
    votes[KINDS.index("ORG")] += corpus.is_body(words)
    return KINDS[int((votes if votes.any() else judged[:NO_NAME]).argmax())]


def _other(words: str, teacher: Name | None, stock: Name | None) -> str | None:
    """The label of what is no person, no organisation and no place, where one of the two knows one."""
    if stock and stock.label in ONLY_STOCK and (teacher is None or teacher.label == "MISC"):
        return stock.label
    if teacher is None or teacher.label != "MISC":
        return None
    if _NATIONALITY.match(words):
        return "NORP"
    return "MISC" if teacher.probability >= SURE else None
