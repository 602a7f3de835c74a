import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.attrs import IS_SPACE, NORM, PREFIX, SHAPE, SPACY, SUFFIX
from spacy.language import Language
from spacy.tokenizer import Tokenizer

from streams.nlp.fast_ner.lexicon import Lexicon
from streams.nlp.fast_ner.runs import has_runs, runs_of
from tests.nlp.fast_ner.pipelines import stock
from tests.nlp.fast_ner.written import ODD, SPACES, TRICKY, texts

COLUMNS = (NORM, PREFIX, SUFFIX, SHAPE, SPACY, IS_SPACE)
GLUED = st.lists(st.sampled_from([*TRICKY, *SPACES, *ODD, "a", "London", ".", "(", ")", "'", "-", ":"]), max_size=12)


def seen(nlp: Language, text: str) -> list[tuple[object, ...]]:
    """All that matters of each token, by the tokenizer itself."""
    doc = nlp.tokenizer(text)
    rows = doc.to_array(list(COLUMNS)).reshape(len(doc), len(COLUMNS)).tolist()
    return [(token.idx, token.idx + len(token), *row) for token, row in zip(doc, rows, strict=True)]


def read(lexicon: Lexicon, some: list[str]) -> list[list[tuple[object, ...]]]:
    tokens = lexicon.read(some)
    return [
        [
            (start, end, *lexicon.attributes(each.types[number : number + 1])[0].tolist())
            for number, (start, end) in enumerate(zip(each.starts.tolist(), each.ends.tolist(), strict=True))
        ]
        for each in tokens
    ]


@given(GLUED.map("".join))
def test_the_runs_of_a_text_are_the_text(text: str) -> None:
    assert "".join(runs_of(text)) == text


@given(st.lists(GLUED.map("".join), max_size=3))
@settings(max_examples=400)
def test_tokens_are_those_of_the_tokenizer_however_things_are_glued(some: list[str]) -> None:
    lexicon = _LEXICON
    assert read(lexicon, some) == [seen(stock(), text) for text in some]


_LEXICON = Lexicon(stock(), COLUMNS, 1 << 16)  # one for all examples: what it remembers must not change what it reads


def test_tokens_are_those_of_the_tokenizer_in_ordinary_texts() -> None:
    some = list(texts(300, seed=5))
    assert read(Lexicon(stock(), COLUMNS, 1 << 16), some) == [seen(stock(), text) for text in some]


def test_a_special_case_that_a_longer_match_hides_is_not_applied() -> None:
    """ "( (" is part of no rule, and yet it keeps the ":(" before it from becoming one token."""
    nlp = stock()
    alone, together = seen(nlp, "x:( "), seen(nlp, "x:( ( ")
    assert together[: len(alone)] != alone, "the tokenizer has changed: fragile runs may not be needed any more"
    assert read(Lexicon(nlp, COLUMNS, 1 << 16), ["x:( ", "x:( ( "]) == [alone, together]


def test_a_rule_with_a_space_is_left_to_the_tokenizer() -> None:
    nlp = spacy.blank("en")
    assert has_runs(nlp.tokenizer)
    nlp.tokenizer.add_special_case("New York", [{"ORTH": "New York"}])
    assert not has_runs(nlp.tokenizer)
    text = "In New York today."
    assert read(Lexicon(nlp, COLUMNS, 1 << 16), [text]) == [seen(nlp, text)]


def test_another_tokenizer_is_used_as_it_is() -> None:
    nlp = spacy.blank("en")

    class ByComma(Tokenizer):
        def __call__(self, string: str):  # type: ignore[no-untyped-def]  # noqa: ANN204
            return super().__call__(string.replace(",", " "))

    nlp.tokenizer = ByComma(nlp.vocab)
    assert read(Lexicon(nlp, COLUMNS, 1 << 16), ["one,two three"]) == [seen(nlp, "one,two three")]


def test_a_full_lexicon_begins_anew_and_only_when_asked() -> None:
    lexicon = Lexicon(stock(), COLUMNS, 50)
    some = list(texts(40, seed=6))
    assert read(lexicon, some) == [seen(stock(), text) for text in some]
    assert lexicon.size > 50
    assert lexicon.forget_if_full()
    assert (lexicon.size, lexicon.forget_if_full()) == (0, False)
    assert read(lexicon, some[:3]) == [seen(stock(), text) for text in some[:3]]


def test_the_vocabulary_does_not_grow() -> None:
    lexicon, nlp = Lexicon(stock(), COLUMNS, 1 << 16), stock()
    before = len(nlp.vocab), len(nlp.vocab.strings)
    lexicon.read([f"Neverseenword{number} and otherword{number}." for number in range(500)])
    assert (len(nlp.vocab), len(nlp.vocab.strings)) == before
    assert len(lexicon._vocab) < 2_000
