import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.desk.routing import ALL, Routing, Wire, load_routing, parse_routing, route, wire_topics
from streams.desk.summary import ArticleSummary, summarise
from streams.errors import SettingsError
from tests.articles import enriched_article, entity, subject

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "routes.example.toml"


def summary(**fields: object) -> ArticleSummary:
    return summarise(enriched_article(**fields))


def complaints(text: str) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        parse_routing(text, "routes.toml")
    return str(raised.value).split("\n")


# Who belongs on a wire


def test_every_article_is_on_all_first() -> None:
    routing = route([Wire("sport", subjects=frozenset({"medtop:15000000"})), Wire("ap", sources=frozenset({"ap"}))])
    assert routing.match(summary()) == (ALL, "ap")
    assert routing.match(summary(source="afp", subjects=())) == (ALL,)


def test_a_killed_article_is_carried_like_any_other() -> None:
    routing = route([Wire("ap", sources=frozenset({"ap"}))])
    assert routing.match(summary(pub_status="canceled")) == (ALL, "ap")


@pytest.mark.parametrize("code", ["medtop:20000346", "medtop:04000000"], ids=["its own code", "a parent's"])
def test_a_subject_is_taken_with_all_below_it(code: str) -> None:
    article = summary(subjects=(subject("medtop:20000346", parents=("medtop:04000000",)),))
    assert Wire("x", subjects=frozenset({code, "medtop:15000000"})).takes(article)
    assert not Wire("x", subjects=frozenset({"medtop:20000347"})).takes(article)


@pytest.mark.parametrize("label", ["wd:Q8901", "WD:q8901", "European Central Bank", "EUROPEAN CENTRAL BANK"])
def test_an_entity_is_taken_by_id_or_name_in_any_case(label: str) -> None:
    assert Wire("x", entities=frozenset({label})).takes(summary())


def test_case_is_folded_as_unicode_does() -> None:
    assert Wire("x", entities=frozenset({"GROSSE STRASSE"})).takes(summary(entities=(entity("Große Straße"),)))


def test_part_of_a_name_is_not_the_name() -> None:
    assert not Wire("x", entities=frozenset({"Central Bank"})).takes(summary())


def test_the_language_read_counts_and_not_the_one_declared() -> None:
    article = summary(language={"code": None, "confidence": 0.2, "declared": "de"})
    assert not Wire("x", languages=frozenset({"de"})).takes(article)


@pytest.mark.parametrize(("urgency", "taken"), [(1, True), (3, True), (4, False), (None, False)])
def test_urgency_counts_down_and_must_be_known(urgency: int | None, *, taken: bool) -> None:
    assert Wire("x", urgency_at_most=3).takes(summary(urgency=urgency)) is taken


def test_filters_narrow_and_items_widen() -> None:
    wire = Wire("x", sources=frozenset({"ap", "afp"}), languages=frozenset({"de"}))
    german = {"code": "de", "confidence": 0.9, "declared": None}
    assert wire.takes(summary(source="ap", language=german))
    assert wire.takes(summary(source="afp", language=german))
    assert not wire.takes(summary(source="ap"))
    assert not wire.takes(summary(source="dpa", language=german))


# The digest


@given(st.permutations(["a", "b", "c"]), st.permutations(["wd:Q1", "Bonn"]))
def test_the_order_within_a_filter_does_not_change_the_rules(sources: list[str], entities: list[str]) -> None:
    text = f'[[wire]]\nname = "x"\nentities = {entities}\nsources = {sources}\n'
    plain = route([Wire("x", sources=frozenset("abc"), entities=frozenset({"WD:Q1", "bonn"}))])
    assert parse_routing(text, "routes.toml").rules == plain.rules


def test_whatever_can_route_otherwise_changes_the_rules() -> None:
    ap, afp = Wire("x", sources=frozenset({"ap"})), Wire("y", sources=frozenset({"afp"}))
    others = [
        route([]),
        route([ap]),
        route([ap, afp]),
        route([afp, ap]),
        route([Wire("y", sources=frozenset({"ap"}))]),
        route([Wire("x", entities=frozenset({"ap"}))]),
        route([Wire("x", sources=frozenset({"ap"}), urgency_at_most=3)]),
        route([Wire("x", sources=frozenset({"a", "p"}))]),
        route([Wire("x", sources=frozenset({"a', 'p"}))]),
    ]
    assert len({routing.rules for routing in others}) == len(others)


def test_the_rules_are_the_same_in_every_process() -> None:
    # A set's order changes with the hash seed; dispositions of two workers must name the same rules.
    script = f"from streams.desk.routing import *; print(load_routing(Path({str(EXAMPLE)!r})).rules)"
    rules = {
        subprocess.run(
            [sys.executable, "-c", f"from pathlib import Path; {script}"],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        ).stdout.strip()
        for seed in ("1", "2", "3")
    }
    assert rules == {load_routing(EXAMPLE).rules}


# The file


def test_without_a_file_there_is_wire_all_alone() -> None:
    routing = load_routing(None)
    assert [wire.name for wire in routing.wires] == [ALL]
    assert routing == parse_routing("", "routes.toml")


def test_the_example_loads() -> None:
    routing = load_routing(EXAMPLE)
    assert [wire.name for wire in routing.wires] == ["all", "world", "business", "sport", "ecb", "urgent"]
    assert routing.match(summary(urgency=3)) == ("all", "business", "ecb", "urgent")


def test_each_wire_has_its_topic() -> None:
    names = [topic.name for topic in wire_topics(load_routing(EXAMPLE))]
    assert names == ["wire-all", "wire-world", "wire-business", "wire-sport", "wire-ecb", "wire-urgent"]


BAD_WIRES = [
    ('subject = ["medtop:11000000"]', 'unknown key "subject" (did you mean "subjects"?)'),
    ("colour = 5", 'unknown key "colour"'),
    ('subjects = ["medtop:1"]', "'medtop:1' is no subject code; one reads \"medtop:\" and 8 digits"),
    ('subjects = "medtop:11000000"', "subjects must be a valid list"),
    ("sources = []", "sources is empty; leave it out to filter by nothing"),
    ("sources = [5]", "sources must be a valid string"),
    ('languages = ["en-GB"]', "'en-GB' is no language code; one reads \"en\""),
    ("urgency_at_most = 10", "urgency_at_most must be less than or equal to 9"),
    ("urgency_at_most = true", "urgency_at_most must be a valid integer"),
    ("urgency_at_most = 3.0", "urgency_at_most must be a valid integer"),
]


@pytest.mark.parametrize(("line", "complaint"), BAD_WIRES, ids=[line for line, _ in BAD_WIRES])
def test_a_bad_filter_is_told_with_its_line(line: str, complaint: str) -> None:
    assert complaints(f'# wires\n\n[[wire]]\nname = "x"\n{line}\n') == [f"routes.toml:5: {complaint}"]


def test_only_ascii_digits_make_a_code() -> None:
    (complaint,) = complaints('[[wire]]\nname = "x"\nsubjects = ["medtop:1100000\u0661"]\n')
    assert "is no subject code" in complaint


@pytest.mark.parametrize("name", ["World", "the world", "a.b", "a_b", "-a", "a--b", "ä", "a/../b"])
def test_a_name_must_make_a_topic_name(name: str) -> None:
    (complaint,) = complaints(f'[[wire]]\nname = "{name}"\nsources = ["ap"]\n')
    assert complaint == f"routes.toml:2: a wire's name is lower-case words joined by hyphens, not {name!r}"


def test_a_topic_name_stays_within_kafkas_limit() -> None:
    (complaint,) = complaints(f'[[wire]]\nname = "{"x" * 64}"\nsources = ["ap"]\n')
    assert complaint.startswith("routes.toml:2: name ")


@pytest.mark.parametrize("name", ["all", "acks", "flash"])
def test_a_reserved_name_is_refused(name: str) -> None:
    (complaint,) = complaints(f'[[wire]]\nname = "{name}"\nsources = ["ap"]\n')
    assert complaint.startswith(f'routes.toml:2: "{name}" is reserved')


def test_every_problem_is_told_in_the_order_of_the_file() -> None:
    text = """
        [[wire]]
        name = "one"
        sources = [
            "ap",
            '''
        [[wire]]
        name = "not a table"
        ''',
            5,
        ]
        [[wire]]
        urgency_at_most = 0
        [[wires]]
        name = "x"
    """
    assert complaints(text) == [
        "routes.toml:4: sources must be a valid string",
        "routes.toml:12: a wire needs a name",
        "routes.toml:13: urgency_at_most must be greater than or equal to 1",
        'routes.toml:14: unknown key "wires" (did you mean "wire"?)',
    ]


def test_a_second_wire_of_a_name_and_one_without_a_filter_are_refused() -> None:
    text = '[[wire]]\nname = "x"\nsources = ["ap"]\n[[wire]]\nname = "x"\nsources = ["afp"]\n[[wire]]\nname = "y"\n'
    assert complaints(text) == [
        'routes.toml:5: a second wire named "x"',
        'routes.toml:7: wire "y" has no filter and would repeat wire-all',
    ]


@pytest.mark.parametrize(
    ("text", "line"), [("[[wire]]\nname =\n", 2), ("[[wire]]\n\nname = 'x", 3), ("x = 1\nx = 2\n", 2)]
)
def test_what_is_not_toml_is_told_with_its_line(text: str, line: int) -> None:
    (complaint,) = complaints(text)
    assert complaint.startswith(f"routes.toml:{line}: not TOML: ")


@pytest.mark.parametrize("text", ["wire = 5", "[wire]\nname = 'x'", "wire = [5]", "[[wire]]\n[wire.x]\ny = 1"])
def test_another_shape_is_told(text: str) -> None:
    assert all(complaint.startswith("routes.toml:") for complaint in complaints(text))


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file or directory"):
        load_routing(tmp_path / "routes.toml")
    (tmp_path / "latin.toml").write_bytes(b"# \xe9")
    with pytest.raises(SettingsError, match="not UTF-8 text"):
        load_routing(tmp_path / "latin.toml")
    with pytest.raises(SettingsError, match="Is a directory"):
        load_routing(tmp_path)


@given(st.text("[]wire=nams\"'\n \t#.{}123,", max_size=60))
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        assert isinstance(parse_routing(text, "routes.toml"), Routing)
    except SettingsError as error:
        assert all(line.startswith("routes.toml:") for line in str(error).split("\n"))  # noqa: PT017 -- either is fine
