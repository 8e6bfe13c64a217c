"""The page with the readers: what it may load, and who may frame or watch it; in a browser: `test_browser`."""

from __future__ import annotations

import base64
import http.client
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from urllib.parse import urlsplit

import pytest

from pjterm.simulator.api import control, page
from pjterm.simulator.api.replies import Call
from pjterm.testing.simulator import Simulator
from tests.simulator.driver import Driver

FORM = {"terminalId": "10001", "terms": "Please sign."}
HTML = page.page().decode()


def test_the_page_is_one_file_without_external_resources() -> None:
    addresses = set(re.findall(r"(?:https?:)?//[\w.-]+[^\s\"']*", HTML))

    assert addresses == {"http://www.w3.org/2000/svg"}, "a name, not an address"
    assert re.findall(r"<(?:link|img|iframe|object)\b|\bsrc=|@import|url\(|\son\w+=|\sstyle=", HTML) == []


def test_its_content_policy_allows_only_its_own_script_and_style() -> None:
    policy = dict(part.split(" ", 1) for part in page.headers()["Content-Security-Policy"].split("; "))
    (script,), (style,) = (re.findall(rf"<{name}>(.*?)</{name}>", HTML, re.DOTALL) for name in ("script", "style"))

    assert policy == {
        "default-src": "'none'", "script-src": source(script), "style-src": source(style), "connect-src": "'self'",
        "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'",
    }  # fmt: skip


def source(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "127.0.0.1:1"}, 200), ({"host": "rebound.example"}, 421),
        ({"host": "127.0.0.1:1", "sec-fetch-site": "cross-site"}, 403),
        ({"host": "127.0.0.1:1", "origin": "https://example.com"}, 403),
    ],
)  # fmt: skip
def test_no_other_page_can_load_it(headers: dict[str, str], status: int, shop: Driver) -> None:
    assert control.handle(shop.world, Call("GET", "/-/", "", headers)).status == status


def test_a_drawn_signature_becomes_the_image(shop: Driver) -> None:
    signed = [sign(shop, value) for value in ("10,20 300,20", "10,20 300,20", "10,80 300,80", "")]

    assert signed[0] == signed[1]
    assert len({*signed}) == 3


def sign(shop: Driver, value: str) -> bytes:
    """The image of a signature drawn like this."""
    press(shop, "sign", value)
    asked = shop.post("/smartterminals/11111111-1111-4111-8111-111111111111/request-signature", FORM)
    signature = shop.poll(asked["requestId"], 3.0)["signatureId"]
    return shop.call("GET", f"/smartterminals/signatures/{signature}/image").body


def press(shop: Driver, key: str, value: str) -> None:
    body = json.dumps({"value": value, "next": True}).encode()
    headers = {"content-type": "application/json"}
    assert control.handle(shop.world, Call("POST", f"/-/readers/T1/{key}", "", headers, body)).status == 200


# -- the stream -----------------------------------------------------------------------------------


@contextmanager
def watch(simulator: Simulator, **headers: str) -> Iterator[http.client.HTTPResponse]:
    parts = urlsplit(simulator.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    connection.request("GET", "/-/readers", headers={"Accept": "text/event-stream", **headers})
    with connection.getresponse() as response:
        yield response
    connection.close()


def next_event(response: http.client.HTTPResponse) -> dict[str, object]:
    """The next event."""
    assert response.readline() == b"event: readers\n"
    data = response.readline()
    assert response.readline() == b"\n"
    first: dict[str, object] = json.loads(data.removeprefix(b"data: "))["items"][0]
    return first


def test_the_stream_sends_changes_as_they_happen(pjterm_simulator: Simulator) -> None:
    with watch(pjterm_simulator) as stream:
        before = next_event(stream)
        pjterm_simulator.reader("T1").unplug()
        while (after := next_event(stream)) == before:
            """A second has passed without any change."""

        assert (before["plugged"], after["plugged"]) == (True, False)


def test_a_watcher_does_not_prevent_the_simulator_from_stopping() -> None:
    with Simulator() as simulator, watch(simulator) as stream:
        next_event(stream)
        simulator._embedded.close()

        assert simulator._embedded._thread is not None
        assert not simulator._embedded._thread.is_alive()
        stream.read()


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Host": "rebound.example"}, 421), ({"Origin": "https://example.com"}, 403), ({"Sec-Fetch-Site": "none"}, 200)],
)
def test_no_other_page_may_watch(pjterm_simulator: Simulator, headers: dict[str, str], status: int) -> None:
    with watch(pjterm_simulator, **headers) as stream:
        assert stream.status == status
