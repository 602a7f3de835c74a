"""The weights of a spaCy NER, read out of its pipeline and laid out for long matrix products."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import IS_SPACE, intify_attr

if TYPE_CHECKING:
    from spacy.language import Language
    from thinc.model import Model

__all__ = ["Actions", "Floats", "HashTable", "Maxout", "Moves", "Norm", "NotApplicable", "Weights", "read_weights"]

Floats = NDArray[np.float32]

_FEATURES = 3
"""Tokens a NER state is judged by: the next one, the first of the open entity, the last of the open entity."""


class NotApplicable(Exception):  # noqa: N818 - says what it is: no error, spaCy's own NER does the work
    """This pipeline's NER is of another kind than the one handled here; the message says in what."""

    def __str__(self) -> str:
        return f"NotApplicable: {super().__str__()}"


@dataclass(frozen=True, slots=True)
class HashTable:
    """The hash embedding of one token attribute (https://spacy.io/api/architectures#MultiHashEmbed)."""

    seed: int
    rows: Floats
    """(number of rows, width)"""


@dataclass(frozen=True, slots=True)
class Maxout:
    """An affine layer whose outputs are maxima over pieces.

    The pieces are slabs: columns 0 to width - 1 are the first piece of all outputs, the next `width` the second.
    """

    weight: Floats
    """(inputs, pieces * width)"""
    bias: Floats
    """(pieces * width,)"""


@dataclass(frozen=True, slots=True)
class Norm:
    """A layer normalization over `width` values."""

    gain: Floats
    """(width,)"""
    bias: Floats
    """(width,)"""


@dataclass(frozen=True, slots=True)
class Moves:
    """What scores the moves of a parser state, which has `hidden` values.

    Closed moves are those with no entity open: O, and B and U of each label. With one open they are I and L of its
    label, whose weights stand at the place of the B that opened it; at other places stand zeros.
    """

    out: int
    """Which closed move is O."""
    begins: NDArray[np.bool_]
    """(closed moves,): whether it is a B."""
    labels: tuple[str, ...]
    """(closed moves,): empty for O."""
    closed_weight: Floats
    """(hidden, closed moves), in the order of the moves, which decides ties."""
    closed_bias: Floats
    """(closed moves,)"""
    inside_weight: Floats
    """(closed moves, hidden), of I"""
    inside_bias: Floats
    """(closed moves,)"""
    final_weight: Floats
    """(closed moves, hidden), of L"""
    final_bias: Floats
    """(closed moves,)"""


@dataclass(frozen=True, slots=True)
class Actions:
    """The parser: what makes a state of up to three tokens, by a maxout layer, and what scores its moves.

    With no entity open the next token alone counts, with one open all three.
    """

    next_token: Floats
    """(width, pieces * hidden)"""
    first_token: Floats
    """(width, pieces * hidden), for the first token of the open entity"""
    last_token: Floats
    """(width, pieces * hidden), for the last token of the open entity so far"""
    closed_bias: Floats
    """(pieces * hidden,)"""
    open_bias: Floats
    """(pieces * hidden,)"""
    moves: Moves


@dataclass(frozen=True, slots=True)
class Weights:
    """A NER over a HashEmbedCNN: embed each token, mix it with its neighbours layer by layer, move over the tokens."""

    columns: tuple[int, ...]
    """Ids of the attributes that are embedded, and IS_SPACE last."""
    tables: tuple[HashTable, ...]
    mix: Maxout
    """(number of tables * width) to width"""
    mix_norm: Norm
    window: int
    """Neighbours on either side that a layer looks at."""
    layers: tuple[tuple[Maxout, Norm], ...]
    """Each ((2 * window + 1) * width) to width, from a token's neighbourhood in reading order."""
    actions: Actions

    @property
    def width(self) -> int:
        """Values that a token has between layers."""
        return len(self.mix_norm.gain)

    @property
    def reach(self) -> int:
        """How far away a token can be that a token's vector still depends on."""
        return self.window * len(self.layers)


def read_weights(nlp: "Language", name: str) -> tuple[Weights, "Model[Any, Any]"]:
    """The weights of the pipe `name`, and the tok2vec model it reads or listens to.

    Raises:
        NotApplicable: it is no transition-based NER over a HashEmbedCNN.
    """
    _need(name in nlp.component_names, f"there is no pipe {name!r}")
    try:
        return _read(nlp, name)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise NotApplicable(f"a model of unexpected structure: {error!r}") from error


def _need(condition: object, why_not: str) -> None:
    if not condition:
        raise NotApplicable(why_not)


def _read(nlp: "Language", name: str) -> tuple[Weights, "Model[Any, Any]"]:
    pipe: Any = nlp.get_pipe(name)
    _need(type(getattr(pipe, "moves", None)).__name__ == "BiluoPushDown", "no transition-based NER")
    _need(pipe.cfg.get("beam_width", 1) == 1, "a beam search")
    _need(pipe.model.attrs.get("has_upper"), "a parser model without an upper layer")
    _need(not pipe.model.attrs.get("unseen_classes"), "labels it was not trained on")
    body = pipe.model.get_ref("tok2vec")
    linear = body.layers[-1]
    _need([layer.name for layer in body.layers[1:]] == ["list2array", "linear"], "other layers after its tok2vec")
    tok2vec = _listened_to(nlp, name, body.layers[0])
    embed, encode = tok2vec.get_ref("embed"), tok2vec.get_ref("encode")
    _need(not _nodes(embed, "static_vectors"), "static vectors")
    columns, tables = _hash_tables(embed)
    window, layers = _layers(encode)
    weights = Weights(
        columns=columns,
        tables=tables,
        mix=_maxout(_only(embed, "maxout")),
        mix_norm=_norm(_only(embed, "layernorm")),
        window=window,
        layers=layers,
        actions=_actions(pipe, linear),
    )
    _need(encode.attrs.get("pad", 0) >= weights.reach, "documents that are not kept apart by padding")
    return weights, tok2vec


def _listened_to(nlp: "Language", name: str, layer: "Model[Any, Any]") -> "Model[Any, Any]":
    """The tok2vec itself where the NER has its own, else the one it listens to."""
    if not hasattr(layer, "upstream_name"):
        return layer
    heard = []
    for pipe in (cast(Any, each) for _, each in nlp.components if hasattr(each, "find_listeners")):
        if name not in pipe.listening_components:  # as in a pipeline that was loaded with this pipe disabled
            pipe.find_listeners(nlp.get_pipe(name))
        heard += [pipe] if name in pipe.listening_components else []
    _need(len(heard) == 1, "not one tok2vec it listens to")
    model: Model[Any, Any] = heard[0].model
    return model


def _nodes(model: "Model[Any, Any]", name: str) -> list["Model[Any, Any]"]:
    return [node for node in model.walk() if node.name == name]


def _only(model: "Model[Any, Any]", name: str) -> "Model[Any, Any]":
    nodes = _nodes(model, name)
    _need(len(nodes) == 1, f"{len(nodes)} {name} layers where one was expected")
    return nodes[0]


def _param(node: "Model[Any, Any]", name: str) -> Floats:
    return np.asarray(node.get_param(name), np.float32)


def _maxout(node: "Model[Any, Any]") -> Maxout:
    """From thinc's (outputs, pieces, inputs) to slabs."""
    weight, bias = _param(node, "W"), _param(node, "b")
    slabs = weight.transpose(1, 0, 2).reshape(-1, weight.shape[2]).T
    return Maxout(np.ascontiguousarray(slabs), np.ascontiguousarray(bias.T.reshape(-1)))


def _norm(node: "Model[Any, Any]") -> Norm:
    return Norm(_param(node, "G"), _param(node, "b"))


def _hash_tables(embed: "Model[Any, Any]") -> tuple[tuple[int, ...], tuple[HashTable, ...]]:
    columns = tuple(intify_attr(column) for column in _only(embed, "extract_features").attrs["columns"])
    tables = tuple(HashTable(node.attrs["seed"], _param(node, "E")) for node in _nodes(embed, "hashembed"))
    _need(len(tables) == len(columns), "not one hash table for each attribute")
    return (*columns, IS_SPACE), tables


def _layers(encode: "Model[Any, Any]") -> tuple[int, tuple[tuple[Maxout, Norm], ...]]:
    maxouts, norms = _nodes(encode, "maxout"), _nodes(encode, "layernorm")
    windows = {node.attrs["window_size"] for node in _nodes(encode, "expand_window")}
    kinds = {node.name for node in encode.walk() if not node.layers}
    _need(kinds == {"expand_window", "maxout", "layernorm", "dropout"}, f"an encoder of {sorted(kinds)}")
    _need(len(maxouts) == len(norms) == len(_nodes(encode, "expand_window")), "no MaxoutWindowEncoder")
    _need(len(windows) == 1, "windows of different sizes")
    return windows.pop(), tuple((_maxout(one), _norm(two)) for one, two in zip(maxouts, norms, strict=True))


def _actions(pipe: Any, linear: "Model[Any, Any]") -> Actions:  # noqa: ANN401 - a spaCy pipe has no common type
    """The linear layer behind the tok2vec is folded into the features, in double precision."""
    lower, upper = pipe.model.get_ref("lower"), pipe.model.get_ref("upper")
    features = np.asarray(lower.get_param("W"), np.float64)  # (features, hidden, pieces, inputs)
    _need(len(features) == _FEATURES, f"{len(features)} parser features")
    slabs = [feature.transpose(1, 0, 2).reshape(-1, feature.shape[2]).T for feature in features]
    missing = np.asarray(lower.get_param("pad")[0], np.float64).transpose(0, 2, 1).reshape(_FEATURES, -1)
    bias = np.asarray(lower.get_param("b"), np.float64).T.reshape(-1)
    linear_weight, linear_bias = (np.asarray(linear.get_param(each), np.float64) for each in "Wb")
    next_token, first_token, last_token = (
        np.ascontiguousarray((linear_weight.T @ slab).astype(np.float32)) for slab in slabs
    )
    return Actions(
        next_token=next_token,
        first_token=first_token,
        last_token=last_token,
        closed_bias=(linear_bias @ slabs[0] + missing[1] + missing[2] + bias).astype(np.float32),
        open_bias=(sum(linear_bias @ slab for slab in slabs) + bias).astype(np.float32),
        moves=_moves(pipe.moves, _param(upper, "W"), _param(upper, "b")),
    )


def _moves(moves: Any, weight: Floats, bias: Floats) -> Moves:  # noqa: ANN401 - of Cython, without types
    names = [moves.get_class_name(move) for move in range(moves.n_moves)]
    # A U without a label is for tokens on which annotation before the NER forbids names: none here.
    closed = [move for move, name in enumerate(names) if name == "O" or (name[:2] in ("B-", "U-") and name[2:])]
    begins = [names[move].startswith("B-") for move in closed]
    labels = tuple(names[move][2:] for move in closed)
    inside, final = (
        [names.index(f"{kind}-{label}") if begin else -1 for label, begin in zip(labels, begins, strict=True)]
        for kind in "IL"
    )
    # Ties go to the lower move: the decoder lets I win them.
    _need(all(one <= other for one, other in zip(inside, final, strict=True)), "moves in another order")
    return Moves(
        out=[names[move] for move in closed].index("O"),
        begins=np.array(begins),
        labels=labels,
        closed_weight=np.ascontiguousarray(weight[closed].T),
        closed_bias=bias[closed],
        inside_weight=_rows(weight, inside),
        inside_bias=_rows(bias, inside),
        final_weight=_rows(weight, final),
        final_bias=_rows(bias, final),
    )


def _rows(values: Floats, indices: list[int]) -> Floats:
    """The rows at these indices; zeros for -1."""
    rows = values[np.maximum(indices, 0)]
    rows[np.array(indices) < 0] = 0
    return rows
