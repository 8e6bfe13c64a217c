"""No input makes the simulator stumble: any form, any header, any path, any bytes."""

from __future__ import annotations

import json
import socket
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pjterm.simulator.api import control
from pjterm.simulator.api.replies import Call
from pjterm.simulator.server.embedded import Embedded
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
    st.sampled_from(
        ["accept", "pj-version", "authorization", "content-type", "x-pj-application-key", "host"]
    ),
    header_values,
    max_size=2,
)


def form_bytes(fields: list[tuple[str, str]]) -> bytes:
    """A form as a careless client writes it: hardly anything is escaped."""
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


ROUTES = [
    *(("POST", f"/smartterminals/{T1}/request-{kind}") for kind in ("payment", "prompt", "input", "read")),
    ("POST", "/transactions"),
    ("PUT", "/transactions/10001"),
    ("GET", "/transactions"),
    ("POST", "/webhooks"),
    ("POST", "/transactions/10001/receipts/latest/email"),
    ("POST", "/transactions/10001/level3"),
    ("POST", "/customers"),
    ("POST", "/customers/1/vaults"),
    ("POST", "/invoices"),
    ("POST", "/schedules"),
    ("GET", "/settlements"),
    ("GET", "/terminals"),
]


@settings(max_examples=200, deadline=None)
@given(route=st.sampled_from(ROUTES), fields=pairs)
def test_known_routes_survive_strange_values(
    shop: Driver, route: tuple[str, str], fields: list[tuple[str, str]]
) -> None:
    method, path = route
    shop.now += 100.0
    query = form_bytes(fields).decode("utf-8", "replace") if method == "GET" else ""
    reply = shop.world.call(Call(method, path, query, HEADERS, b"" if query else form_bytes(fields)))

    assert reply.status in KNOWN


_GZIPPED = (
    b"POST /webhooks HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
)


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
        with suppress(ConnectionResetError):  # what came before a refusal is thrown away with it
            while chunk := connection.recv(65536):
                answer += chunk

    assert b" 500 " not in answer.split(b"\r\n", 1)[0]
    assert "Traceback" not in caplog.text


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> object:
    with Embedded(tmp_path_factory.mktemp("bytes")) as made:
        yield made


keys = st.sampled_from(["tap", "decline", "second-card", "press", "digits", "swipe", "sign", "cancel", "leave", "plug"])
controls = st.one_of(keys.map(lambda k: f"/-/readers/T1/{k}"), st.sampled_from(
    ["/-/readers/wait", "/-/readers/act", "/-/settle", "/-/clock", "/-/scenario"]
))  # fmt: skip
values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8), st.lists, max_leaves=4
)
bodies = st.dictionaries(
    st.sampled_from(["value", "code", "tip", "brand", "within", "seconds", "forward", "name", "toml", "acts", "x"]),
    values,
    max_size=3,
)


@settings(max_examples=200, deadline=None)
@given(path=controls, body=bodies)
def test_control_routes_survive_any_body(shop: Driver, path: str, body: dict[str, object]) -> None:
    shop.now += 10.0
    call = Call("POST", path, "", {"content-type": "application/json"}, json.dumps(body).encode())

    assert control.handle(shop.world, call).status in {200, 204, 400, 409}
