"""Checks every answer that a test gets from the simulator against its OpenAPI document; the drivers call it."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from pjterm.simulator.api.document import document
from pjterm.simulator.api.replies import Call, Reply
from tests.printed import closed, shape

DOCUMENT = document("0")
_PLAIN_FIRST = sorted(DOCUMENT["paths"], key=lambda path: path.count("{"))
_PATHS = [(re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), path) for path in _PLAIN_FIRST]
_OLD = re.compile(r"/receipt/")  # older spelling of the same path, which is no longer documented
_seen: set[tuple[str, str, int, Any]] = set()


def check(call: Call, reply: Reply) -> None:
    """Compare an answer with the document, unless a fault changed it."""
    if reply.spoiled or reply.foreign or reply.fault is not None:
        return
    path = path_of(call.path)
    if path is None or call.method.lower() not in DOCUMENT["paths"][path]:
        assert reply.status >= 400, f"{call.method} {call.path} is not documented"
        return
    _check(path, call.method.lower(), reply)


def path_of(path: str) -> str | None:
    """The documented path that matches; those without placeholders come first."""
    plain = _OLD.sub("/receipts/", path.rstrip("/") or "/") if path != "/-/" else path
    return next((name for pattern, name in _PATHS if pattern.fullmatch(plain)), None)


def _check(path: str, method: str, reply: Reply) -> None:
    responses = DOCUMENT["paths"][path][method]["responses"]
    found = responses.get(str(reply.status)) or responses.get(f"{reply.status // 100}XX")

    assert found is not None, f"{method} {path}: {reply.status} is not documented"
    content = found.get("content", {})
    if not content:
        assert reply.body == b""
        return
    assert reply.content_type.partition(";")[0] in {kind.partition(";")[0] for kind in content}, reply.content_type
    if reply.content_type == "application/json":
        said = json.loads(reply.body)
        key = (path, method, reply.status, shape(said))
        if key not in _seen:
            fault = fault_of(path, method, reply.status, said)
            assert fault is None, f"not in pjterm/simulator/api/shapes.py: {method} {path} {reply.status}: {fault}"
            _seen.add(key)


def fault_of(path: str, method: str, status: int, said: Any) -> str | None:
    """What is not as documented."""
    from jsonschema.exceptions import best_match  # type: ignore[import-untyped]

    fault = best_match(_validator(path, method, status).iter_errors(said))
    return None if fault is None else f"{fault.json_path}: {fault.message[:300]}"


@cache
def _validator(path: str, method: str, status: int) -> Any:
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

    responses = DOCUMENT["paths"][path][method]["responses"]
    found = responses.get(str(status)) or responses[f"{status // 100}XX"]
    schema = found["content"]["application/json"]["schema"]
    return Draft202012Validator(closed({"components": DOCUMENT["components"], **schema}))
