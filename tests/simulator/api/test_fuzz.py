"""No input breaks the simulator: any form, any header, any path, any bytes."""

from __future__ import annotations

import json
import re
import socket
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pjterm.simulator.api import control
from pjterm.simulator.api import routes as api
from pjterm.simulator.api.replies import Call
from pjterm.simulator.server.embedded import Embedded
from tests.simulator import documented
from tests.simulator.driver import HEADERS, T1, Driver

KNOWN = {200, 204, 400, 401, 403, 404, 405, 406, 413, 429, 501}
PARTS = [
    "smartterminals", "requests", "signatures", "image", "main", "request-payment", "request-prompt", "-",
    "request-input", "request-signature", "request-read", "transactions", "terminals", "merchants", "healthz",
    "webhooks", "receipts", "receipt", "latest", "unsigned", "thermal", "fullpage", "signature", "capture",
    "email", "10001", "0", T1, "..", "%2e%2e", "", "settlements", "deposits", "customers", "vaults", "addresses",
    "invoices", "void", "send-reminder", "schedules", "activate", "level3", "notes", "publishablekeys",
]  # fmt: skip
NAMES = ["amountBase", "terminalId", "action", "amountTax", "amountTip", "allowTips", "keyed",
         "invoiceNumber", "note", "terms", "text", "buttons[]", "buttons", "type", "status", "transactionId",
         "cardNumber", "cardExpMonth", "cardExpYear", "event", "url", "secret", "to", "replyTo", "requestSignature",
         "startDate", "endDate", "limit", "offset", "lastFour", "settlementId", "amountTotal",
         "metadata[externalId]", "billingFirstName", "interruptBusyTerminal", "signature", "avs", "cvv",
         "cardCvv", "billingZip", "vaultId",
         "cardTrack", "achAccountNumber", "achRoutingNumber", "items[]", "scheduleType", "specificDate1",
         "notificationType", "customerPhone", "email"]  # fmt: skip
VALUES = ["", "1", "12.50", "-1", "0", "true", "PHONE", "REFUND", "VOID", "10001", "2026-01-01T00:00:00Z",
          "https://example.com/", "http://127.0.0.1:1/", "SMARTTERMINAL_REQUEST", "a@b.c", "9" * 30, "1e9",
          "٣", "\x00", "\ud800", "%", "999999999999.99", "<script>", "0001-01-01T00:00:00Z"]  # fmt: skip
anything = st.one_of(st.sampled_from(VALUES), st.text(max_size=30))
paths = st.lists(st.one_of(st.sampled_from(PARTS), st.text(max_size=6)), max_size=6).map(
    lambda parts: "/" + "/".join(parts)
)
pairs = st.lists(st.tuples(st.one_of(st.sampled_from(NAMES), st.text(max_size=8)), anything), max_size=6)
methods = st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "X"])
header_values = st.one_of(
    st.sampled_from(["*/*", "text/html", "2018-01-01", "2023-05-16", "Basic ====", "multipart/form-data"]),
    st.text(max_size=20),
)
headers = st.dictionaries(
    st.sampled_from(["accept", "pj-version", "authorization", "content-type", "x-pj-application-key", "host"]),
    header_values,
    max_size=2,
)


def form_bytes(fields: list[tuple[str, str]]) -> bytes:
    """A form as a careless client writes it, with hardly any escaping."""
    return "&".join(f"{n}={v}" for n, v in fields).encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Driver:
    made = Driver(tmp_path_factory.mktemp("fuzz"))
    made.paid()
    made.post("/customers")
    return made


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(method=methods, path=paths, query=pairs, fields=pairs, given_headers=headers)
def test_every_route_answers_every_form_with_a_documented_status(
    shop: Driver,
    method: str,
    path: str,
    query: list[tuple[str, str]],
    fields: list[tuple[str, str]],
    given_headers: dict[str, str],
) -> None:
    shop.now += 1.0
    text = form_bytes(query).decode("utf-8", "replace")
    reply = shop.world.call(Call(method, path, text, HEADERS | given_headers, form_bytes(fields)))

    assert reply.status in KNOWN
    if reply.status >= 400:
        assert json.loads(reply.body)["errors"]


PLACES = {"id": ["1", "10001", "501", T1, "0", "x"], "which": ["latest", "unsigned", "10001", "x"], "vault": ["1", "2"]}


@st.composite
def documented_calls(draw: st.DrawFn, control: bool) -> tuple[str, str, list[tuple[str, Any]]]:
    """A documented call: mostly with allowed values, some not."""
    path = draw(st.sampled_from([p for p in documented.DOCUMENT["paths"] if p.startswith("/-/") is control]))
    item = documented.DOCUMENT["paths"][path]
    method = draw(st.sampled_from([m for m in item if m != "parameters"]))
    for place in item.get("parameters", []):
        words = PLACES.get(place["name"]) or place["schema"]["enum"]
        path = path.replace(f"{{{place['name']}}}", draw(st.sampled_from(words)))
    known = fields_of(item[method])
    names = draw(st.lists(st.sampled_from(sorted(known)), unique=True, max_size=12)) if known else []
    needed = item[method].get("requestBody", {}).get("content", {})
    wanted = [name for kind in needed.values() for name in kind["schema"]["required"]]
    names += [name for name in wanted if name not in names and draw(st.integers(0, 9))]
    return method.upper(), path, [(n, draw(allowed(known[n]) if draw(st.integers(0, 5)) else anything)) for n in names]


def fields_of(operation: dict[str, Any]) -> dict[str, Any]:
    query = {p["name"]: p["schema"] for p in operation.get("parameters", [])}
    bodies = operation.get("requestBody", {}).get("content", {}).values()
    return query | {n: s for body in bodies for n, s in body["schema"]["properties"].items()}


def allowed(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values of a schema in the document."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "pattern" in schema:
        return st.from_regex(re.compile(schema["pattern"], re.ASCII), fullmatch=True)
    match schema["type"]:
        case "integer":
            return st.sampled_from([1, 10, 10001])
        case "number":
            return st.integers(0, 5)
        case "boolean":
            return st.booleans()
        case "array":
            return allowed(schema["items"])
        case _:
            return st.sampled_from(
                ["10001", "1", "Yes", "4444333322221111", "2030", "12", "a@b.c", "https://a.example/"]
            )


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(called=documented_calls(control=False))
def test_an_allowed_call_is_answered_as_documented(
    shop: Driver, called: tuple[str, str, list[tuple[str, Any]]]
) -> None:
    method, path, fields = called
    shop.now += 100.0
    text = form_bytes([(name, str(value)) for name, value in fields])
    query = text.decode("utf-8", "replace") if method == "GET" else ""
    call = Call(method, path, query, HEADERS, b"" if query else text)
    reply = shop.world.call(call)

    documented.check(call, reply)


def test_the_document_has_every_route_and_no_other() -> None:
    paths = documented.DOCUMENT["paths"]
    kinds = {path: path.replace("{paper}", "thermal").replace("{", "").replace("}", "") for path in paths}
    listed = {(m.upper(), path) for path, item in paths.items() for m in item if m != "parameters"}
    listed = {(method, path) for method, path in listed if not path.startswith("/-/")}
    known = {(m, path) for path in kinds for r in api.ROUTES if r.pattern.fullmatch(kinds[path]) for m in r.handlers}
    undocumented = [r.pattern.pattern for r in api.ROUTES if not any(map(r.pattern.fullmatch, kinds.values()))]

    assert (undocumented, known) == ([], listed)


_GZIPPED = b"POST /webhooks HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.one_of(
        st.binary(max_size=200),
        st.binary(max_size=60).map(lambda b: b"GET /" + b + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
        st.binary(max_size=60).map(lambda b: b"POST /transactions HTTP/1.1\r\nX: " + b + b"\r\n\r\n"),
        st.binary(max_size=60).map(lambda b: _GZIPPED % len(b) + b),
    )
)  # fmt: skip
def test_any_bytes_on_the_socket_leave_it_alive(
    simulator: Embedded, caplog: pytest.LogCaptureFixture, data: bytes
) -> None:
    port = int(simulator.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        with suppress(ConnectionResetError):  # data before a refusal is discarded with it
            while chunk := connection.recv(65536):
                answer += chunk

    assert b" 500 " not in answer.split(b"\r\n", 1)[0]
    assert "Traceback" not in caplog.text


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> object:
    with Embedded(tmp_path_factory.mktemp("bytes")) as made:
        yield made


values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8), st.lists, max_leaves=4
)


@settings(max_examples=200, deadline=None)
@given(called=documented_calls(control=True), strange=st.dictionaries(st.text(max_size=6), values, max_size=1))
def test_control_routes_survive_any_body(
    shop: Driver, called: tuple[str, str, list[tuple[str, Any]]], strange: dict[str, object]
) -> None:
    shop.now += 10.0
    method, path, fields = called
    body = json.dumps(dict(fields) | strange).encode()
    call = Call(method, path, "", {"content-type": "application/json"}, body)
    reply = control.handle(shop.world, call)

    assert reply.status in {200, 204, 400, 404, 409}
    documented.check(call, reply)
