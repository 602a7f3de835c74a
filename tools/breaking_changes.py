"""What a change of a JSON Schema breaks for the programs written against it. Pure.

Two questions, by who writes the record:

- Others write it (RawArticle): is all they may send today still accepted, and still understood?
- We write it (`readOnly` in the schema): that too, since records of months past lie on the topics and new code
  reads them; and do readers of today still get everything promised, and nothing they never heard of?
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

__all__ = ["breaking_changes"]

Schema = dict[str, Any]

LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
COMPARED = {
    *LOWER,
    *UPPER,
    "type",
    "enum",
    "const",
    "properties",
    "required",
    "items",
    "additionalProperties",
    "default",
}
ANNOTATIONS = {"$id", "$schema", "$defs", "title", "description", "examples", "readOnly", "deprecated"}
ANYTHING = "anything"


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """One line for each change that breaks somebody, `path: what`; empty when nobody is hurt."""
    written = bool(old.get("readOnly"))
    comparison = _Comparison(old, new, written=written)
    changes = list(comparison.schemas("", old, new))
    if written != bool(new.get("readOnly")):
        changes.append(f": is {'no longer' if written else 'now'} written by us alone")
    return changes


@dataclass(frozen=True)
class _Comparison:
    """Both documents, because a `$ref` is resolved in its own."""

    old: Schema
    new: Schema
    written: bool
    seen: set[tuple[str, str]] = field(default_factory=set)
    """Pairs of `$ref` already followed, so that a recursive schema ends."""

    def schemas(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        pair = (old.get("$ref", ""), new.get("$ref", ""))
        if all(pair) and pair in self.seen:
            return
        self.seen.add(pair)
        before, after = _alternatives(self.old, old), _alternatives(self.new, new)
        for kind in before:
            match = _covering(kind, after)
            if match is None:
                yield f"{path}: type narrowed, {kind} no longer accepted"
            else:
                yield from self.same_kind(path, before[kind], after[match])
        if self.written:
            yield from (f"{path}: type widened, may now be {kind}" for kind in after if _covering(kind, before) is None)

    def same_kind(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        yield from self.limits(path, old, new)
        yield from self.values(path, old, new)
        yield from self.keywords(path, old, new)
        yield from self.fields(path, old, new)
        for keyword, name in (("items", "[]"), ("additionalProperties", "{}")):
            if keyword in old or keyword in new:
                yield from self.schemas(path + name, _nested(old, keyword), _nested(new, keyword))

    def limits(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        for keyword, sign in [(name, 1) for name in LOWER] + [(name, -1) for name in UPPER]:
            before, after = old.get(keyword), new.get(keyword)
            if before == after:
                continue
            tightened = before is None or (after is not None and (after - before) * sign > 0)
            if tightened or self.written:
                yield f"{path}: {keyword} {'tightened' if tightened else 'loosened'}, {before} to {after}"

    def values(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        before, after = _enumerated(old), _enumerated(new)
        if before is None and after is not None:
            yield f"{path}: type narrowed to {', '.join(sorted(after))}"
        elif before is not None and after is not None:
            yield from (f"{path}: value {value} removed" for value in sorted(before - after))
            yield from (f"{path}: value {value} added" for value in sorted(after - before) if self.written)
        elif before is not None and self.written:
            yield f"{path}: type widened, no longer only {', '.join(sorted(before))}"

    def keywords(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        """Patterns, formats and whatever else: nobody can say which of two regular expressions takes more."""
        for keyword in sorted((old.keys() | new.keys()) - COMPARED - ANNOTATIONS):
            loosened = keyword not in new
            if old.get(keyword) != new.get(keyword) and (self.written or not loosened):
                yield f"{path}: {keyword} {'removed' if loosened else 'tightened or changed'}"

    def fields(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before:
            here = f"{path}.{name}" if path else name
            if name not in after:
                yield f"{here}: field removed"
                continue
            if "default" in before[name] and before[name]["default"] != after[name].get("default"):
                yield f"{here}: default changed"
            yield from self.schemas(here, before[name], after[name])
        for name in sorted(self.demanded(new) - self.demanded(old)):
            yield f"{path}.{name}".lstrip(".") + ": newly required"
        if self.written:
            lost = set(old.get("required", ())) - set(new.get("required", ()))
            yield from (f"{path}.{name}".lstrip(".") + ": no longer always there" for name in sorted(lost & set(after)))

    def demanded(self, schema: Schema) -> set[str]:
        """Fields a record must have to be read: what we always write may have a default for records older than it."""
        properties = schema.get("properties", {})
        spared = properties if self.written else {}
        return {name for name in schema.get("required", ()) if "default" not in spared.get(name, {})}


def _alternatives(root: Schema, schema: Schema) -> dict[str, Schema]:
    """A schema by JSON type, with `$ref` and `anyOf` taken apart."""
    schema = _resolved(root, schema)
    options = schema.get("anyOf") or schema.get("oneOf")
    if options is not None:
        found = [item for option in options for item in _alternatives(root, option).items()]
        kinds = [kind for kind, _ in found]
        return {kind if kinds.count(kind) == 1 else f"{kind} {_canonical(part)}": part for kind, part in found}
    kinds = schema.get("type", ANYTHING)
    return dict.fromkeys(kinds if isinstance(kinds, list) else [kinds], schema)


def _resolved(root: Schema, schema: Schema) -> Schema:
    while "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        schema = {**root["$defs"][name], **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema


def _covering(kind: str, kinds: dict[str, Schema]) -> str | None:
    wider = {"integer": (kind, "number", ANYTHING)}.get(kind, (kind, ANYTHING))
    return next((name for name in wider if name in kinds), None)


def _nested(schema: Schema, keyword: str) -> Schema:
    """The schema of items or of other properties; none given takes anything, `false` takes nothing."""
    nested = schema.get(keyword, {})
    if isinstance(nested, bool):
        return {} if nested else {"type": "nothing"}
    return dict(nested)


def _enumerated(schema: Schema) -> set[str] | None:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return None if values is None else set(map(_canonical, values))


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True)
