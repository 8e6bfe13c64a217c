"""What counts as an event: JSON that every reader reads alike."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pjterm.events.event import Event
from pjterm.events.webhook import DEEPEST, NotAnEvent, read_event

SAMPLES = json.loads((Path(__file__).parents[1] / "data" / "webhooks.json").read_text())


def test_the_documented_samples_are_events() -> None:
    for text in SAMPLES["valid"]:
        event = json.loads(text)
        found = read_event("labs", True, 1, text.encode(), b"")

        assert (found.event_id, found.request_id, found.status) == (
            event["id"], event["data"]["requestId"], event["data"]["status"],
        )  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"null", b"[]", b'"text"', b"1", b"{", b"{}", SAMPLES["malformed"].encode(),
        b'{"id": "1", "type": "T"}',
        b'{"id": "1", "data": {}}',
        b'{"type": "T", "data": {}}',
        b'{"id": "", "type": "T", "data": {}}',
        b'{"id": null, "type": "T", "data": {}}',
        b'{"id": true, "type": "T", "data": {}}',
        b'{"id": 1.5, "type": "T", "data": {}}',
        b'{"id": "1", "type": 7, "data": {}}',
        b'{"id": "1", "type": "T", "data": []}',
        b'{"id": "1", "type": "T", "data": null}',
        b'{"id": "1", "type": "T", "data": {}} trailing',
        b'{"id": "1", "type": "T", "data": {}}{}',
        b'{"id": "1", "id": "1", "type": "T", "data": {}}',
        b'{"id": "1", "type": "T", "data": {"status": "BUSY", "status": "COMPLETE"}}',
        b'{"id": "1", "type": "T", "data": {"x": NaN}}',
        b'{"id": "1", "type": "T", "data": {"x": -Infinity}}',
        b'{"id": "1", "type": "T", "data": {"x": 1e999}}',
        b'{"id": "1", "type": "T", "data": {"x": [-1.5e400]}}',
        b'{"id": "1", "type": "T", "data": {"x": "\xff"}}',
        b'{"id": "1", "type": "T", "data": {"x": "\xed\xa0\x80"}}',
        b'\xef\xbb\xbf{"id": "1", "type": "T", "data": {}}',
        '{"id": "1", "type": "T", "data": {}}'.encode("utf-16"),
        b'{"id": "\\ud800", "type": "T", "data": {}}',
        b'{"id": "a\\u0000", "type": "T", "data": {}}',
        b'{"id": "1", "type": "T\\n", "data": {}}',
        b'{"id": "1", "type": "T", "data": {"x": "a\x00b"}}',
        b'{"id": "1", "type": "T", "data": {"x": 1' + b"0" * 5000 + b"}}",
        b'{"id": "1", "type": "T", "data": {"x": ' + b"[" * 100 + b"]" * 100 + b"}}",
        b"[" * 60_000,
        b'{"id": "1", "type": "T", "data": ' + b'{"a": ' * 9_000 + b"1" + b"}" * 9_000 + b"}",
        b"\x1f\x8b\x08\x00",
    ],
)  # fmt: skip
def test_anything_else_is_not_an_event(body: bytes) -> None:
    with pytest.raises(NotAnEvent):
        read_event("labs", True, 1, body, b"")


def test_nesting_is_allowed_up_to_a_limit_that_ignores_brackets_in_strings() -> None:
    deep = DEEPEST - 2
    body = b'{"id": "1", "type": "T", "data": {"s": "' + b'[{\\"' * 99 + b'", "x": ' + b"[" * deep + b"]" * deep
    read_event("labs", True, 1, body + b"}}", b"")

    with pytest.raises(NotAnEvent):
        read_event("labs", True, 1, body.replace(b'"x": ', b'"x": [') + b"]}}", b"")


@pytest.mark.parametrize("end", [b"", b"\\"])
def test_an_invalid_body_is_refused_quickly_whatever_its_quotes(end: bytes) -> None:
    body = b'{"id":[' + b"[]," * 70 + b'"' + b'\\"' * 32_000 + end
    began = time.process_time()
    with pytest.raises(NotAnEvent):
        read_event("labs", True, 0, body, b"")

    assert time.process_time() - began < 2


def test_ids_may_be_numbers_and_invalid_statuses_are_ignored() -> None:
    body = b'{"id": 17, "type": "T", "data": {"requestId": 5, "status": ["COMPLETE"], "transactionId": "9"}}'
    found = read_event("labs", True, 1, body, b"")

    assert (found.event_id, found.request_id, found.status) == ("17", "5", None)


@pytest.mark.parametrize("given", [10**18, 12345678901234567890, -(10**30), 10**300, "x" * 256, "é" * 60_000])
def test_no_event_is_refused_for_the_length_of_its_id(given: int | str) -> None:
    def known_as(value: int | str) -> str:
        text = json.dumps({"id": value, "type": "T", "data": {}})
        return read_event("labs", True, 1, text.encode(), b"").event_id

    found = known_as(given)

    assert len(found) <= 255
    assert found == known_as(str(given)) != known_as(f"{given}1")


@pytest.mark.parametrize(
    ("kind", "data", "private"),
    [
        ("SMARTTERMINAL_REQUEST", {"requestId": "r", "status": "COMPLETE", "transactionId": 7}, False),
        ("SMARTTERMINAL_REQUEST", {"requestId": "r", "status": "COMPLETE", "promptButton": "No"}, False),
        ("SMARTTERMINAL_REQUEST", {"requestId": "r", "status": "COMPLETE", "inputValue": "8006010230"}, True),
        ("SMARTTERMINAL_REQUEST", {"requestId": "r", "status": "COMPLETE", "track2": ";7090112233654321?"}, True),
        ("DEPOSIT", {"depositId": "d"}, False),
    ],
)
def test_an_event_is_private_if_a_customer_may_have_typed_or_swiped(
    kind: str, data: dict[str, object], private: bool
) -> None:
    content = json.dumps({"id": "1", "type": kind, "data": data}).encode()

    assert read_event("labs", True, 1, content, b"").private is private


SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False)


@settings(deadline=None, max_examples=60)
@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_any_json_data_is_unchanged_in_the_item(value: object) -> None:
    """Embedding the received text loses nothing, whatever whitespace it has."""
    event = {"id": "1", "type": "T", "data": {"x": value}}
    body = json.dumps(event, indent=1, ensure_ascii=False).replace("\n", "\r\n")
    try:
        found = read_event("labs", True, 1, body.encode("utf-8", "surrogatepass"), b"")
    except NotAnEvent:
        assert any("\ud800" <= c <= "\udfff" for c in body)
        return

    assert Event(1, None, 1, found).item()["event"] == event


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300))
def test_any_bytes_are_an_event_or_refused(body: bytes) -> None:
    with suppress(NotAnEvent):
        read_event("labs", True, 1, body, b"")
