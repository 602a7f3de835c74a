"""Each layer against its definition, in double precision."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.nlp.fast_ner.decoder import OPEN, Decoder, Found
from streams.nlp.fast_ner.encoder import _direct, _winograd
from streams.nlp.fast_ner.layers import HEIGHT, product
from streams.nlp.fast_ner.weights import Actions, Floats, Maxout, Moves

LABELS = ("", "ORG", "GPE", "ORG", "GPE")  # O, B-ORG, B-GPE, U-ORG, U-GPE
WIDTH, HIDDEN = 6, 4


def floats(dice: np.random.Generator, *shape: int) -> Floats:
    return dice.standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("rows", [HEIGHT, 2 * HEIGHT, 4 * HEIGHT])
@pytest.mark.parametrize("width", [8, 33])
def test_both_convolutions_are_the_product_with_the_neighbourhood(rows: int, width: int) -> None:
    dice = np.random.default_rng(rows + width)
    layer = Maxout(floats(dice, 3 * width, 5 * width), floats(dice, 5 * width))
    values = floats(dice, rows + 2, width)
    near = np.concatenate([values[:-2], values[1:-1], values[2:]], axis=1).astype(np.float64)
    expected = near @ layer.weight + layer.bias
    for convolve in (_direct(layer, 1), _winograd(layer)):
        assert np.allclose(convolve(values), expected, atol=1e-4)


@given(st.integers(0, 100))
def test_a_product_of_few_rows_has_the_bits_of_one_of_many(count: int) -> None:
    dice = np.random.default_rng(count)
    rows, weight = floats(dice, 100, 96), floats(dice, 96, 128)
    assert np.array_equal(product(rows[:count], weight), product(rows, weight)[:count])


def drawn_actions(dice: np.random.Generator) -> Actions:
    begins = np.array([False, True, True, False, False])
    inside, final = floats(dice, 5, HIDDEN), floats(dice, 5, HIDDEN)
    moves = Moves(
        out=0,
        begins=begins,
        labels=LABELS,
        closed_weight=floats(dice, HIDDEN, 5),
        closed_bias=floats(dice, 5),
        inside_weight=inside,
        inside_bias=floats(dice, 5) + 1,
        final_weight=final,
        final_bias=floats(dice, 5),
    )
    return Actions(
        next_token=floats(dice, WIDTH, 2 * HIDDEN),
        first_token=floats(dice, WIDTH, 2 * HIDDEN),
        last_token=floats(dice, WIDTH, 2 * HIDDEN),
        closed_bias=floats(dice, 2 * HIDDEN),
        open_bias=floats(dice, 2 * HIDDEN),
        moves=moves,
    )


def parsed(actions: Actions, vectors: Floats, may_start: list[bool], final: list[bool], limit: int) -> list[Found]:
    """Token by token, a move each: the definition."""

    def state(*shares: np.ndarray) -> np.ndarray:
        pieces = np.sum(shares, axis=0)
        return np.maximum(pieces[:HIDDEN], pieces[HIDDEN:])

    def valid_here(at: int) -> list[bool]:
        return [move == 0 or (may_start[at] and not (moves.begins[move] and final[at])) for move in range(5)]

    moves, found, opened = actions.moves, [], None
    for at in range(limit):
        share = vectors[at] @ actions.next_token
        if opened is None:
            scores = state(share, actions.closed_bias) @ moves.closed_weight + moves.closed_bias
            move = int(np.argmax(np.where(valid_here(at), scores, -np.inf)))
            if moves.begins[move]:
                opened = (at, move, softmax(np.where(valid_here(at), scores, -np.inf))[move])
            elif move:
                found.append(Found(at, at, LABELS[move], softmax(np.where(valid_here(at), scores, -np.inf))[move]))
            continue
        start, move, sure = opened
        now = state(
            share, vectors[start] @ actions.first_token, vectors[at - 1] @ actions.last_token, actions.open_bias
        )
        inside = now @ moves.inside_weight[move] + moves.inside_bias[move]
        ending = now @ moves.final_weight[move] + moves.final_bias[move]
        closes = final[at] or ending > inside
        sure *= 1.0 if final[at] else softmax(np.array([inside, ending]))[int(closes)]
        opened = (start, move, sure)
        if closes:
            found.append(Found(start, at, LABELS[move], sure))
            opened = None
    return found if opened is None else [*found, Found(opened[0], OPEN, LABELS[opened[1]], opened[2])]


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


@given(seed=st.integers(0, 10_000), ends=st.sets(st.integers(0, HEIGHT - 1)), data=st.data())
@settings(max_examples=200)
def test_all_moves_at_once_are_the_moves_one_by_one(seed: int, ends: set[int], data: st.DataObject) -> None:
    dice = np.random.default_rng(seed)
    actions, vectors = drawn_actions(dice), floats(dice, HEIGHT, WIDTH)
    limit = data.draw(st.integers(1, HEIGHT))
    may_start = (dice.random(HEIGHT) < 0.9).tolist()
    final = [row in ends for row in range(HEIGHT)]
    decoder = Decoder(actions, np.zeros(WIDTH, np.float32))
    found = decoder.decode(vectors, np.array(may_start), np.array(final), limit)
    expected = parsed(actions, vectors.astype(np.float64), may_start, final, limit)
    assert [each[:3] for each in found] == [each[:3] for each in expected]
    closed = sum(each.last != OPEN for each in found)
    assert [each.confidence for each in found[:closed]] == pytest.approx(
        [each.confidence for each in expected[:closed]], abs=1e-4
    )


def test_what_is_still_to_be_added_to_the_vectors_counts() -> None:
    dice = np.random.default_rng(9)
    actions, vectors, shift = drawn_actions(dice), floats(dice, HEIGHT, WIDTH), floats(dice, WIDTH)
    everywhere, nowhere = np.ones(HEIGHT, np.bool_), np.zeros(HEIGHT, np.bool_)
    one = Decoder(actions, shift).decode(vectors - shift, everywhere, nowhere, HEIGHT)
    other = Decoder(actions, np.zeros(WIDTH, np.float32)).decode(vectors, everywhere, nowhere, HEIGHT)
    assert [each[:3] for each in one] == [each[:3] for each in other] != []
