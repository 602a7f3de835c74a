"""The greedy BILUO parse of all tokens at once, move for move the one that spaCy makes token by token.

Why it is exact. A state is judged by three tokens: the next one, the first and the last of the open entity.

* While no entity is open the other two are missing, so the best move (O, B or U) depends on the next token alone, not
  on what came before. One product gives it for every token, as if no entity were open there.
* If that move is B, an entity opens. Up to its end the state depends on its first token, its last so far and the next
  one, and the only valid moves are I and L of its label. So the walk to its end depends on its first token alone, and
  every B is walked, all walks in step.
* Read from the left, the parse opens the first B or U it meets, goes on behind its end, and so on. What else begins
  inside an entity was judged as if none were open, and is dropped.

Which moves are valid: nothing begins on white space, no B on the last token of a document or sentence, and there an
open entity ends. Of equal scores the lower move wins; weights.py makes sure that I stands before L.
(spacy/pipeline/_parser_internals/ner.pyx, `is_valid`.)

An entity's confidence is the product of its moves' probabilities, each by the softmax over the moves that are valid in
its state, which is what the scores were taught as.
"""

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.nlp.fast_ner.layers import HEIGHT, maxout, product
from streams.nlp.fast_ner.weights import Actions, Floats

__all__ = ["OPEN", "Decoder", "Found"]

_BLOCK: Final = 10 * HEIGHT

_STEPS: Final = 32
"""Longer walks are gone to their end one by one, and only if they turn out to be part of the parse."""

OPEN: Final = -1
"""The end of an entity that goes on behind the rows given."""

_Indices = NDArray[np.intp]
_Flags = NDArray[np.bool_]

Doubts = NDArray[np.float64]
"""Minus the logarithms of the moves' probabilities, which are added up where those would be multiplied."""


class Found(NamedTuple):
    """An entity: its first and its last row, or OPEN, the label, and the product of its moves' probabilities."""

    first: int
    last: int
    label: str
    confidence: float


class _Rows(NamedTuple):
    """What walks look at."""

    vectors: Floats
    """(n, width)"""
    next_token: Floats
    """(n, pieces * hidden): each row's share of a state in which it is the next token"""
    final: _Flags
    """(n,): whether a document or sentence ends here"""


class Decoder:
    """Holds the buffers: one for each thread.

    Args:
        shift: (width,), still to be added to all vectors.
    """

    def __init__(self, actions: Actions, shift: Floats) -> None:
        self._actions = actions
        self._moves = actions.moves
        self._hidden = len(self._moves.closed_weight)
        next_token, first_token, last_token = (
            shift.astype(np.float64) @ weight
            for weight in (actions.next_token, actions.first_token, actions.last_token)
        )
        self._closed_bias = (actions.closed_bias + next_token).astype(np.float32)
        self._open_bias = (actions.open_bias + next_token + first_token + last_token).astype(np.float32)
        self._begins = np.nonzero(self._moves.begins)[0]
        self._pieces = np.empty((_BLOCK, len(self._closed_bias)), np.float32)
        self._state = np.empty((_BLOCK, self._hidden), np.float32)
        self._scores = np.empty((0, len(self._moves.labels)), np.float32)
        self._next_token = np.empty((0, len(self._closed_bias)), np.float32)

    def decode(self, vectors: Floats, may_start: _Flags, final: _Flags, limit: int) -> list[Found]:
        """The entities, in order.

        Args:
            vectors: (n, width), n a multiple of HEIGHT.
            may_start: (n,), whether an entity may begin here.
            final: (n,), whether a document or sentence ends here.
            limit: rows from here on are not looked at; an entity that reaches them is OPEN, and the last one found.
        """
        moves = self._closed_moves(vectors, final)
        starts = np.nonzero(may_start[:limit] & (moves[:limit] != self._moves.out))[0]
        moves = moves[starts]
        rows = _Rows(vectors, self._next_token, final)
        ends, doubts = self._walked(rows, starts, moves, limit)
        doubts += self._doubts_of_beginning(starts, moves)
        return [
            Found(first, last, self._moves.labels[move], math.exp(-doubt))
            for first, last, move, doubt in self._read(rows, starts, ends, moves, doubts, limit)
        ]

    def _closed_moves(self, vectors: Floats, final: _Flags) -> _Indices:
        """(n,): the best move of each token if no entity is open there. Fills _next_token and _scores on the way."""
        count = len(vectors)
        if count > len(self._next_token):
            self._next_token, self._scores = (
                np.empty((count, each.shape[1]), np.float32) for each in (self._next_token, self._scores)
            )
        moves = np.empty(count, np.intp)
        for start in range(0, count, _BLOCK):
            end = min(start + _BLOCK, count)
            pieces, state = (each[: end - start] for each in (self._pieces, self._state))
            scores = self._scores[start:end]
            share = np.matmul(vectors[start:end], self._actions.next_token, out=self._next_token[start:end])
            np.add(share, self._closed_bias, out=pieces)
            maxout(pieces, state)
            np.matmul(state, self._moves.closed_weight, out=scores)
            scores += self._moves.closed_bias
            scores[np.nonzero(final[start:end])[0][:, None], self._begins] = -np.inf
            scores.argmax(axis=1, out=moves[start:end])
        return moves

    def _doubts_of_beginning(self, starts: _Indices, moves: _Indices) -> Doubts:
        """(starts,): of the first moves. By the scores that _closed_moves left."""
        scores = self._scores[starts]
        scores -= np.take_along_axis(scores, moves[:, None], axis=1)
        doubts: Doubts = np.log(np.exp(scores, out=scores).sum(axis=1, dtype=np.float64))
        return doubts

    def _walked(self, rows: _Rows, starts: _Indices, moves: _Indices, limit: int) -> tuple[_Indices, Doubts]:
        """(starts,): where the entity of each start ends, OPEN where that is not known yet; the doubts of the walks."""
        ends = np.where(self._moves.begins[moves], OPEN, starts)
        doubts = np.zeros(len(starts))
        walks = np.nonzero(ends == OPEN)[0]
        first = self._first(rows, starts[walks])
        for step in range(1, _STEPS):
            at = starts[walks] + step
            inside = at < limit
            walks, at, first = walks[inside], at[inside], first[inside]
            if not len(walks):
                break
            closed, doubt = self._step(rows, at, first, moves[walks])
            doubts[walks] += doubt
            ends[walks[closed]] = at[closed]
            walks, first = walks[~closed], first[~closed]
        return ends, doubts

    def _first(self, rows: _Rows, starts: _Indices) -> Floats:
        """(starts, pieces * hidden): the share of the first token, which stays the same for a whole walk."""
        return product(rows.vectors[starts], self._actions.first_token) + self._open_bias

    def _step(self, rows: _Rows, at: _Indices, first: Floats, moves: _Indices) -> tuple[_Flags, Doubts]:
        """(at,): whether the open entity, begun by `moves`, ends with this token, which L says and I denies."""
        pieces = product(rows.vectors[at - 1], self._actions.last_token)
        pieces += rows.next_token[at]
        pieces += first
        state = self._state_of(pieces)
        inside = np.einsum("ij,ij->i", state, self._moves.inside_weight[moves]) + self._moves.inside_bias[moves]
        final = np.einsum("ij,ij->i", state, self._moves.final_weight[moves]) + self._moves.final_bias[moves]
        must = rows.final[at]
        closes: _Flags = must | (final > inside)
        return closes, np.where(must, 0.0, np.logaddexp(0.0, -np.abs(final - inside), dtype=np.float64))

    def _read(
        self, rows: _Rows, starts: _Indices, ends: _Indices, moves: _Indices, doubts: Doubts, limit: int
    ) -> Iterator[tuple[int, int, int, float]]:
        """The parse: first row, last row, first move and doubt of what does not begin inside another entity."""
        behind = 0
        each_start = zip(starts.tolist(), ends.tolist(), moves.tolist(), doubts.tolist(), strict=True)
        for start, end, move, doubt in each_start:
            if start < behind:
                continue
            last, more = self._finished(rows, start, move, limit) if end == OPEN else (end, 0.0)
            yield start, last, move, doubt + more
            if last == OPEN:
                break
            behind = last + 1

    def _state_of(self, pieces: Floats) -> Floats:
        state = np.empty((len(pieces), self._hidden), np.float32)
        maxout(pieces, state)
        return state

    def _finished(self, rows: _Rows, start: int, move: int, limit: int) -> tuple[int, float]:
        """The end of a long walk, or OPEN, and the doubt of what is left of it."""
        first, moves, doubts = self._first(rows, np.array([start])), np.array([move]), 0.0
        for at in range(start + _STEPS, limit):
            closed, doubt = self._step(rows, np.array([at]), first, moves)
            doubts += float(doubt[0])
            if closed[0]:
                return at, doubts
        return OPEN, doubts
