import random

import numpy as np
import pytest
from spacy.language import Language

from streams.nlp.fast_ner import FastNer
from tests.hostile import HOSTILE
from tests.nlp.fast_ner.pipelines import Entities, drawn, stock, stock_entities
from tests.nlp.fast_ner.written import texts

# spaCy's tokenizer takes seconds over what is hostile and long.
TEXTS = [*texts(2_000), *(text[:400] for text in HOSTILE.values()), "Kofi Annan and  the " * 5_000]


def found(ner: FastNer, some: list[str], batch: int = 64) -> list[Entities]:
    batches = (some[start : start + batch] for start in range(0, len(some), batch))
    return [[entity[:3] for entity in entities] for each in batches for entities in ner.entities(each)]


def readable(some: list[str]) -> list[str]:
    return [text.encode("utf-8", "replace").decode() for text in some]


@pytest.fixture(scope="module")
def expected() -> list[Entities]:
    return stock_entities(stock(), readable(TEXTS))


def test_it_finds_what_spacy_finds_in_thousands_of_odd_texts(expected: list[Entities]) -> None:
    assert sum(map(len, expected)) > 5_000, "nothing to compare"
    actual = found(FastNer(stock()), readable(TEXTS))
    differing = [text for text, one, other in zip(TEXTS, actual, expected, strict=True) if one != other]
    assert not differing, differing[:3]


@pytest.mark.parametrize("batch", [1, 7, 64])
def test_a_text_has_the_same_names_whatever_it_is_read_with(expected: list[Entities], batch: int) -> None:
    order = random.Random(batch).sample(range(len(TEXTS)), 600)
    actual = found(FastNer(stock()), readable([TEXTS[number] for number in order]), batch)
    assert actual == [expected[number] for number in order]


def test_confidence_is_a_probability_that_does_not_depend_on_what_a_text_is_read_with() -> None:
    some = readable(TEXTS[:300])
    together, alone = FastNer(stock()), FastNer(stock())
    confidences = [entity.confidence for entities in together.entities(some) for entity in entities]
    one_by_one = [entity.confidence for text in some for entity in alone.entities([text])[0]]
    assert confidences == pytest.approx(one_by_one, abs=1.1e-4)
    assert 0 < min(confidences) < 0.5
    assert 0.95 < max(confidences) <= 1


@pytest.mark.parametrize("cache_rows", [1, 300])
def test_a_cache_that_overflows_all_the_time_changes_nothing(expected: list[Entities], cache_rows: int) -> None:
    ner = FastNer(stock(), cache_rows=cache_rows)
    assert found(ner, readable(TEXTS[:300])) == expected[:300]


def test_the_bits_of_a_vector_do_not_depend_on_the_batch() -> None:
    ner = FastNer(stock())
    some = [text for text in readable(TEXTS[:400]) if text]
    together = [vectors for start in range(0, 400, 50) for vectors in _vectors(ner, some[start : start + 50])]
    alone = [vectors for text in some for vectors in _vectors(ner, [text])]
    assert all(np.array_equal(one, other) for one, other in zip(together, alone, strict=True))


def _vectors(ner: FastNer, some: list[str]) -> list[np.ndarray]:
    types = [tokens.types for tokens in ner._lexicon.read(some)]
    lengths = np.array([len(each) for each in types])
    sizes = -(-(lengths + ner._reach) // 24) * 24
    firsts = np.cumsum(sizes) - sizes + ner._reach
    rows, _ = ner._laid_out(types, firsts)
    encoded = ner._encoder.encode(rows)
    return [encoded[first : first + length].copy() for first, length in zip(firsts, lengths, strict=True)]


@pytest.mark.parametrize("long_tokens", [64, 200])
def test_a_long_text_read_in_parts_has_the_names_it_has_whole(long_tokens: int) -> None:
    ner, text = FastNer(stock()), " ".join(readable(TEXTS[:200]))
    whole = found(ner, [text])
    assert len(text) > 20_000
    ner._long_tokens = long_tokens
    assert found(ner, [text]) == whole == stock_entities(stock(), [text])


def test_a_megabyte_has_the_names_that_its_paragraphs_have() -> None:
    line = "Angela Merkel met Barack Obama in New York.\n\n" + "Nothing else of any interest happened today.\n\n" * 20
    text = line * (1_000_000 // len(line))
    [names] = found(FastNer(stock()), [text])
    assert [text[start:end] for start, end, label in names if label in ("PERSON", "GPE")] == [
        *("Angela Merkel", "Barack Obama", "New York")
    ] * text.count("Angela")


@pytest.mark.parametrize(
    "nlp",
    [
        drawn(),
        drawn(listening=True, depth=4, width=48),
        drawn(window_size=2, seed=2),
        drawn(maxout_pieces=2, depth=1, hidden=16, seed=3),
        drawn(depth=3, width=40, maxout_pieces=4, seed=4),
    ],
    ids=["own tok2vec", "listening", "window of two", "shallow", "odd depth"],
)
def test_other_shapes_give_what_spacy_gives(nlp: Language) -> None:
    some = readable(TEXTS[:250])
    expected = stock_entities(nlp, some)
    assert sum(map(len, expected)) > 500, "nothing to compare"
    assert found(FastNer(nlp), some) == expected


def test_an_entity_without_an_end_is_followed_to_the_end_of_the_text() -> None:
    nlp = drawn()
    upper = nlp.get_pipe("ner").model.get_ref("upper")  # type: ignore[attr-defined]
    names = [nlp.get_pipe("ner").moves.get_class_name(move) for move in range(len(upper.get_param("b")))]  # type: ignore[attr-defined]
    bias = upper.get_param("b").copy()
    bias[[name == "B-ORG" for name in names]] = 50
    bias[[name[:2] == "I-" for name in names]] = 50
    upper.set_param("b", bias)
    some = ["word " * 3_000 + "end", "one two", "x"]
    ner = FastNer(nlp)
    assert found(ner, some) == stock_entities(nlp, some)
    ner._long_tokens = 100
    assert found(ner, some) == stock_entities(nlp, some)


def test_no_texts_and_empty_texts_have_no_names() -> None:
    ner = FastNer(stock())
    assert ner.entities([]) == []
    assert ner.entities(["", "   ", ""]) == [[], [], []]
