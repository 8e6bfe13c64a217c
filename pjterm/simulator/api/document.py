"""The OpenAPI 3.1 document of the simulated API and its control routes; written by hand, checked by the tests."""

from __future__ import annotations

from pjterm.simulator.api import shapes
from pjterm.simulator.api.operations import CONTROL, OPERATIONS, PATH, Operation
from pjterm.simulator.api.shapes import TEXT, Schema, shape


def document(version: str) -> Schema:
    """The whole document; `version` is the program's."""
    paths: dict[str, Schema] = {}
    for operation in (*OPERATIONS, *CONTROL):
        method, path = operation.call.split(" ")
        paths.setdefault(path, {"parameters": _in_path(path)})[method.lower()] = _operation(operation)
    says = "What pjterm's simulator answers: its reading of PayJunction's pages, and its own control routes under /-/."
    return {
        "openapi": "3.1.0",
        "info": {"title": "PayJunction, simulated by pjterm", "version": version, "description": says},
        "servers": [{"url": "http://127.0.0.1:8700"}],
        "security": [{"login": [], "key": []}],
        "paths": {path: {k: v for k, v in item.items() if v} for path, item in paths.items()},
        "components": {
            "schemas": {"Error": shapes.ERROR},
            "securitySchemes": {
                "login": {"type": "http", "scheme": "basic"},
                "key": {"type": "apiKey", "in": "header", "name": "X-PJ-Application-Key"},
            },
        },
    }


def _in_path(path: str) -> list[Schema]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [{"name": n, "in": "path", "required": True, "schema": PATH.get(n, TEXT)} for n in names]


def _operation(operation: Operation) -> Schema:
    method, path = operation.call.split(" ")
    control = path.startswith("/-/")
    made: Schema = {"summary": operation.says, "responses": _responses(operation.gives, operation.or_empty)}
    if control:
        made["security"] = []
    if operation.takes and method == "GET":
        made["parameters"] = [{"name": n, "in": "query", "schema": s} for n, s in operation.takes.items()]
    elif operation.takes:
        fields = shape({n: operation.takes[n] for n in operation.needs}, operation.takes)
        kind = "application/json" if control else "application/x-www-form-urlencoded"
        made["requestBody"] = {"required": bool(operation.needs), "content": {kind: {"schema": fields}}}
    return made


def _responses(gives: Schema | str | None, or_empty: bool) -> Schema:
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    refused = {"description": "Refused", "content": error}
    done: Schema
    if gives is None:
        done = {"204": {"description": "Done"}}
    elif isinstance(gives, str):
        done = {"200": {"description": "Done", "content": {gives: {}}}}
    else:
        done = {"200": {"description": "Done", "content": {"application/json": {"schema": gives}}}}
    if or_empty:
        done["204"] = {"description": "Done"}
    return {
        **done,
        "4XX": refused,
        "501": {"description": "Documented by PayJunction, not simulated", "content": error},
    }
