"""The vocabulary of the schemas. A schema says which keys are always there; others may be added later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "number"}
ANY_OBJECT: Schema = {"type": "object", "additionalProperties": True}
MONEY: Schema = {"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$"}
TIME: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
PRECISE: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"}
ZONED: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$"}
DAY: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}
EXIT_CODE: Schema = {"type": "integer", "minimum": 0, "maximum": 255}


def said(schema: Schema, description: str) -> Schema:
    """The schema with a description."""
    return schema | {"description": description}


def maybe(schema: Schema) -> Schema:
    """The schema, or `null`."""
    if "type" in schema and "enum" not in schema:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        return schema | {"type": [*kinds, "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def one_of(*words: object) -> Schema:
    """One of these values."""
    return {"enum": list(words)}


def just(word: str) -> Schema:
    """Exactly this word."""
    return {"const": word}


def listed(schema: Schema) -> Schema:
    """An array of these."""
    return {"type": "array", "items": schema}


def by_name(schema: Schema) -> Schema:
    """An object whose keys are names."""
    return {"type": "object", "additionalProperties": schema}


def record(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """An object: the keys that are always there, and those that may be missing."""
    return {"type": "object", "properties": {**required, **(optional or {})}, "required": list(required)}


def document(name: str, title: str, schema: Schema) -> Schema:
    """A complete schema document."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, "$id": f"urn:pjterm:{name}:1", "title": title, **schema}


def items(noun: str, item: Schema, more: Mapping[str, Schema] | None = None) -> Schema:
    """What a list prints."""
    return record({"schema": just(f"pjterm.{noun}/1"), **(more or {}), "items": listed(item)})


def item(noun: str, *shapes: Schema) -> Schema:
    """What a single thing prints; one of several shapes if there are several."""
    shape = shapes[0] if len(shapes) == 1 else {"anyOf": list(shapes)}
    return record({"schema": just(f"pjterm.{noun}/1"), "item": shape})
