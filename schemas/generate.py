"""Writes `schemas/json/<model>.v1.schema.json`: the contract for readers who are not Python.

python -m schemas.generate             after a change to a model; a test fails until it is done
python -m schemas.generate --release   at a release: also the baseline that later changes must not break
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from schemas.dead_letter import DeadLetter
from schemas.disposition import Disposition
from schemas.enriched_article import EnrichedArticle
from schemas.model import Written
from schemas.raw_article import RawArticle
from schemas.redriven import Redriven
from schemas.replay_run import ReplayRun
from schemas.wire_change import WireChange

__all__ = ["FOLDER", "MODELS", "RELEASED", "file_name", "json_schema", "render", "write"]

FOLDER = Path(__file__).parent / "json"
RELEASED = FOLDER / "released"
"""The schemas of the last release. Only a release changes them."""

MODELS: tuple[type[BaseModel], ...] = (
    RawArticle,
    EnrichedArticle,
    WireChange,
    Disposition,
    DeadLetter,
    Redriven,
    ReplayRun,
)
"""Every public model: the record of a topic, or of its headers."""


class _Open(GenerateJsonSchema):
    """Unknown fields are allowed: we may add one, and whoever validates with last month's schema must not notice.

    That we write no undeclared field ourselves is the models' own business (`extra="forbid"`).
    """

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        described = super().model_schema(schema)
        described.pop("additionalProperties", None)
        return described


class _Complete(_Open):
    """For what we write: no field is ever left out, so a reader may rely on each, default or not."""

    def field_is_required(
        self,
        field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField,
        total: bool,  # noqa: FBT001 -- pydantic's signature
    ) -> bool:
        del field, total
        return True


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of one model; `readOnly` marks what copytaster alone writes.

    Always in validation mode: serialization mode forgets the limits of a number that is rounded when written.
    """
    written = issubclass(model, Written)
    schema = model.model_json_schema(mode="validation", schema_generator=_Complete if written else _Open)
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": f"urn:copytaster:schema:{file_name(model).removesuffix('.schema.json')}",
        **schema,
        **({"readOnly": True} if written else {}),
    }


def file_name(model: type[BaseModel]) -> str:
    """`RawArticle` is `raw_article.v1.schema.json`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__).lower() + ".v1.schema.json"


def render(model: type[BaseModel]) -> str:
    """The schema as the file holds it: sorted, so that a diff shows changes and nothing else."""
    return json.dumps(json_schema(model), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write(folder: Path) -> None:
    """Write every schema into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for model in MODELS:
        (folder / file_name(model)).write_text(render(model), encoding="utf-8")


if __name__ == "__main__":
    for folder in (FOLDER, RELEASED) if sys.argv[1:] == ["--release"] else (FOLDER,):
        write(folder)
