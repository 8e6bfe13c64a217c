"""All JSON that a test prints matches `pjterm schema`: the runners of commands pass in the output.

A schema allows keys that later versions add; here each printed key must be documented.
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from typing import Any

from pjterm.schemas import catalog
from pjterm.schemas.parts import Schema

_LINES = {
    "result": ["result"], "request": ["request"], "status": ["status"], "ready": ["ready", "tail"],
    "reconnecting": ["tail"], "event": ["tail"], "gap": ["tail"],
}  # fmt: skip
_NAMED = ("kind", "outcome", "status")
_WORDS = frozenset(_NAMED)
_PARTS = (dict, list)
_seen: set[object] = set()


def check(stdout: str) -> None:
    """Check every line that is an object of pjterm."""
    for line in stdout.splitlines():
        if line.startswith("{"):
            _check(line)


def _check(line: str) -> None:
    try:
        said = read(line)
    except ValueError:
        return  # a line of an indented object, or a text that only begins like one
    seen = shape(said)
    if seen not in _seen and (names := names_for(said)):
        faults = {name: fault_of(name, said) for name in names}

        assert None in faults.values(), f"new on stdout? Its schema goes into pjterm/schemas: {faults}\n{line[:300]}"
        _seen.add(seen)


@lru_cache(2)
def read(line: str) -> Any:
    """A line of JSON, parsed once for all callers."""
    return json.loads(line)


def names_for(said: dict[str, Any]) -> list[str]:
    """The schemas of which one must fit; the object names its own, as a reader would look it up."""
    envelope, line = said.get("schema"), said.get("type")
    if envelope is not None:
        named = re.fullmatch(r"pjterm\.([a-z]+)/1", envelope)
        return [named[1] if named and named[1] in catalog.names() else "item"]
    if line in _LINES:
        return _LINES[line]
    return ["event"] if "cursor" in said and "event" in said else []


def fault_of(name: str, said: Any) -> str | None:
    """What is wrong according to a schema; None if nothing is."""
    from jsonschema.exceptions import best_match  # type: ignore[import-untyped]

    fault = best_match(_validator(name).iter_errors(said))
    return None if fault is None else f"{fault.json_path}: {fault.message[:300]}"


@cache
def _validator(name: str) -> Any:
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

    return Draft202012Validator(closed(_schema(name)))


def _schema(name: str) -> Schema:
    found = catalog.schema(name)
    assert found is not None
    return found


def closed(schema: Any) -> Any:
    """The same schema without permission for additional keys."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    is_record = schema.get("type") == "object" or "object" in schema.get("type", ())
    return {"additionalProperties": False, **inner} if is_record and isinstance(schema.get("required"), list) else inner


def shape(value: Any) -> Any:
    """The kinds of values by position; text values from a small set count individually."""
    kind = type(value)
    if kind is list:
        return frozenset(map(shape, value))
    if kind is not dict:
        return kind
    kinds = tuple(map(type, value.values()))
    said = () if _WORDS.isdisjoint(value) else [w if type(w := value.get(name)) is str else "" for name in _NAMED]
    inner = [shape(part) for part in value.values() if type(part) in _PARTS] if dict in kinds or list in kinds else ()
    return (*value, *kinds, *said, *inner)
