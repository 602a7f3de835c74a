from typing import Any

import numpy as np
import pytest
import spacy
from spacy.language import Language

from streams.nlp.fast_ner import FastNer, NotApplicable
from streams.nlp.fast_ner.weights import read_weights
from tests.nlp.fast_ner.pipelines import drawn, stock


def test_the_stock_pipeline_is_of_the_right_kind() -> None:
    weights, _ = read_weights(stock(), "ner")
    assert (weights.width, weights.window, len(weights.layers), weights.reach) == (96, 1, 4, 4)
    assert {"PERSON", "ORG", "GPE"} <= set(weights.actions.moves.labels)
    assert weights.mix.weight.shape == (len(weights.tables) * 96, 3 * 96)


def component(nlp: Language) -> Any:  # noqa: ANN401 - spaCy's
    return nlp.get_pipe("ner")


def rules(nlp: Language) -> None:
    nlp.remove_pipe("ner")
    nlp.add_pipe("entity_ruler", name="ner")


def beam(nlp: Language) -> None:
    component(nlp).cfg["beam_width"] = 4


def no_upper(nlp: Language) -> None:
    component(nlp).model.attrs["has_upper"] = False


def new_label(nlp: Language) -> None:
    component(nlp).add_label("SHIP")


def gelu(nlp: Language) -> None:
    """Another activation, which a wrong reading would compute as if it were the old one."""
    encode = component(nlp).model.get_ref("tok2vec").layers[0].get_ref("encode")
    next(node for node in encode.walk() if node.name == "maxout").name = "mish"


def other_arithmetic(nlp: Language) -> None:
    """What no look at the structure can see."""
    body = component(nlp).model.get_ref("tok2vec").layers[0]
    forward = body._func
    body._func = lambda model, docs, is_train: ([2 * vectors for vectors in forward(model, docs, is_train)[0]], None)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (rules, "no transition-based NER"),
        (beam, "a beam search"),
        (no_upper, "a parser model without an upper layer"),
        (new_label, "labels it was not trained on"),
        (gelu, "an encoder of "),
        (other_arithmetic, "token vectors differ from spaCy's by "),
    ],
)
def test_what_it_cannot_do_it_says(change: Any, reason: str) -> None:  # noqa: ANN401 - a function
    nlp = drawn()
    FastNer(nlp)
    change(nlp)
    with pytest.raises(NotApplicable, match=f"^NotApplicable: {reason}"):
        FastNer(nlp)


def test_a_pipeline_without_weights_is_not_applicable() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("ner")
    with pytest.raises(NotApplicable, match=r"^NotApplicable: "):
        FastNer(nlp)


def test_weights_read_are_a_copy_of_what_was_there() -> None:
    nlp = drawn()
    before = FastNer(nlp).entities(["John Smith of Reuters went to New York"])
    ner = FastNer(nlp)
    upper = component(nlp).model.get_ref("upper")
    upper.set_param("W", np.zeros_like(upper.get_param("W")))
    assert ner.entities(["John Smith of Reuters went to New York"]) == before
