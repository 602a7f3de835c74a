from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel

from schemas.enriched_article import EnrichedArticle
from schemas.generate import MODELS, json_schema
from schemas.raw_article import RawArticle
from schemas.wire_change import WireChange
from tools.breaking_changes import breaking_changes

Schema = dict[str, Any]


def record(*, required: tuple[str, ...] = (), written: bool = False, **properties: Schema) -> Schema:
    marker = {"readOnly": True} if written else {}
    return {"type": "object", "properties": properties, "required": list(required), **marker}


TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
WHOLE: Schema = {"type": "integer"}
MAYBE: Schema = {"anyOf": [TEXT, {"type": "null"}]}
STATUS: Schema = {"type": "string", "enum": ["usable", "canceled"]}
MORE: Schema = {"type": "string", "enum": ["usable", "canceled", "withheld"]}

BREAKS_BOTH = [
    ("field removed", record(a=TEXT), record(), "a: field removed"),
    ("new field demanded", record(), record(required=("a",), a=TEXT), "a: newly required"),
    ("field demanded", record(a=TEXT), record(required=("a",), a=TEXT), "a: newly required"),
    ("type changed", record(a=TEXT), record(a=WHOLE), "a: type narrowed, string no longer accepted"),
    ("null refused", record(a=MAYBE), record(a=TEXT), "a: type narrowed, null no longer accepted"),
    ("number to integer", record(a=NUMBER), record(a=WHOLE), "a: type narrowed, number no longer accepted"),
    ("value removed", record(a=MORE), record(a=STATUS), 'a: value "withheld" removed'),
    ("enumerated", record(a=TEXT), record(a=STATUS), 'a: type narrowed to "canceled", "usable"'),
    ("constant", record(a=STATUS), record(a={"type": "string", "const": "usable"}), 'a: value "canceled" removed'),
    ("maximum", record(a=WHOLE | {"maximum": 9}), record(a=WHOLE | {"maximum": 5}), "a: maximum tightened, 9 to 5"),
    ("minimum", record(a=WHOLE | {"minimum": 0}), record(a=WHOLE | {"minimum": 1}), "a: minimum tightened, 0 to 1"),
    ("length", record(a=TEXT), record(a=TEXT | {"maxLength": 9}), "a: maxLength tightened, None to 9"),
    ("pattern new", record(a=TEXT), record(a=TEXT | {"pattern": "^a"}), "a: pattern tightened or changed"),
    ("format new", record(a=TEXT), record(a=TEXT | {"format": "uri"}), "a: format tightened or changed"),
    (
        "pattern changed",
        record(a=TEXT | {"pattern": "^a"}),
        record(a=TEXT | {"pattern": "^b"}),
        "a: pattern tightened or changed",
    ),
    (
        "default changed",
        record(a=TEXT | {"default": "usable"}),
        record(a=TEXT | {"default": "withheld"}),
        "a: default changed",
    ),
    (
        "items",
        record(a={"type": "array", "items": NUMBER}),
        record(a={"type": "array", "items": TEXT}),
        "a[]: type narrowed, number no longer accepted",
    ),
    (
        "values of a map",
        record(a={"type": "object", "additionalProperties": MAYBE}),
        record(a={"type": "object", "additionalProperties": TEXT}),
        "a{}: type narrowed, null no longer accepted",
    ),
    (
        "unknown fields refused",
        record(a=TEXT),
        record(a=TEXT) | {"additionalProperties": False},
        "{}: type narrowed, anything no longer accepted",
    ),
    ("nested", record(a=record(b=TEXT)), record(a=record()), "a.b: field removed"),
]

BREAKS_READERS = [
    ("value added", record(a=STATUS), record(a=MORE), 'a: value "withheld" added'),
    ("any value", record(a=STATUS), record(a=TEXT), 'a: type widened, no longer only "canceled", "usable"'),
    ("null possible", record(a=TEXT), record(a=MAYBE), "a: type widened, may now be null"),
    ("integer to number", record(a=WHOLE), record(a=NUMBER), "a: type widened, may now be number"),
    ("left out", record(required=("a",), a=TEXT), record(a=TEXT), "a: no longer always there"),
    ("maximum", record(a=WHOLE | {"maximum": 5}), record(a=WHOLE), "a: maximum loosened, 5 to None"),
    ("pattern gone", record(a=TEXT | {"pattern": "^a"}), record(a=TEXT), "a: pattern removed"),
]

HARMLESS = [
    ("nothing", record(a=MORE), record(a=MORE)),
    ("optional field", record(a=TEXT), record(a=TEXT, b=MAYBE)),
    ("words", record(a=TEXT), record(a=TEXT | {"description": "better told", "title": "A"})),
    ("order", record(a=TEXT, b=MAYBE), record(b={"anyOf": [{"type": "null"}, TEXT]}, a=TEXT)),
]


@pytest.mark.parametrize(("name", "old", "new", "change"), BREAKS_BOTH, ids=[case[0] for case in BREAKS_BOTH])
@pytest.mark.parametrize("written", [False, True], ids=["read", "written"])
def test_what_refuses_records_that_exist_is_a_break(
    name: str, old: Schema, new: Schema, change: str, *, written: bool
) -> None:
    del name
    marker = {"readOnly": True} if written else {}
    assert change in breaking_changes(old | marker, new | marker)


@pytest.mark.parametrize(("name", "old", "new", "change"), BREAKS_READERS, ids=[case[0] for case in BREAKS_READERS])
def test_what_surprises_readers_is_a_break_only_where_we_write(
    name: str, old: Schema, new: Schema, change: str
) -> None:
    del name
    assert change in breaking_changes(old | {"readOnly": True}, new | {"readOnly": True})
    assert breaking_changes(old, new) == []


@pytest.mark.parametrize(("name", "old", "new"), HARMLESS, ids=[case[0] for case in HARMLESS])
@pytest.mark.parametrize("written", [False, True], ids=["read", "written"])
def test_growth_is_no_break(name: str, old: Schema, new: Schema, *, written: bool) -> None:
    del name
    marker = {"readOnly": True} if written else {}
    assert breaking_changes(old | marker, new | marker) == []


def test_we_may_start_to_write_a_field_if_old_records_have_a_default_and_others_may_not_be_made_to() -> None:
    old, new = record(), record(required=("a",), a=MAYBE | {"default": None})
    assert breaking_changes(old | {"readOnly": True}, new | {"readOnly": True}) == []
    assert breaking_changes(old, new) == ["a: newly required"]


def test_definitions_are_followed_and_recursion_ends() -> None:
    def tree(leaf: Schema) -> Schema:
        node = record(leaf=leaf, children={"type": "array", "items": {"$ref": "#/$defs/Node"}})
        return record(root={"$ref": "#/$defs/Node"}) | {"$defs": {"Node": node}}

    assert breaking_changes(tree(MAYBE), tree(TEXT)) == ["root.leaf: type narrowed, null no longer accepted"]
    assert breaking_changes(tree(TEXT), tree(TEXT)) == []


def test_a_definition_may_be_renamed_or_written_inline() -> None:
    named = record(a={"$ref": "#/$defs/Part"}) | {"$defs": {"Part": record(b=TEXT)}}
    assert breaking_changes(named, record(a=record(b=TEXT))) == []


def test_who_writes_a_record_is_part_of_the_contract() -> None:
    assert breaking_changes(record(), record(written=True)) == [": is now written by us alone"]
    assert breaking_changes(record(written=True), record()) == [": is no longer written by us alone"]


@pytest.mark.parametrize("model", MODELS)
def test_a_model_does_not_break_itself(model: type[BaseModel]) -> None:
    assert breaking_changes(json_schema(model), json_schema(model)) == []


def without(name: str, schema: Schema) -> None:
    schema["properties"].pop(name)


DEEP = [
    (RawArticle, lambda schema: without("slugline", schema), "slugline: field removed"),
    (
        RawArticle,
        lambda schema: schema["$defs"]["WireSubject"]["required"].append("name"),
        "subjects[].name: newly required",
    ),
    (
        RawArticle,
        lambda schema: schema["$defs"]["Original"]["properties"]["sha256"].update(pattern="x"),
        "original.sha256: pattern tightened or changed",
    ),
    (
        EnrichedArticle,
        lambda schema: schema["$defs"]["Entity"]["properties"]["type"]["enum"].append("animal"),
        'entities[].type: value "animal" added',
    ),
    (
        WireChange,
        lambda schema: without("end", schema["$defs"]["Mention"]),
        "article.entities[].mentions[].end: field removed",
    ),
]


@pytest.mark.parametrize(("model", "edit", "change"), DEEP, ids=[case[2] for case in DEEP])
def test_breaks_deep_in_the_real_models_are_found(
    model: type[BaseModel], edit: Callable[[Schema], None], change: str
) -> None:
    edited = json_schema(model)
    edit(edited)
    assert breaking_changes(json_schema(model), edited) == [change]
