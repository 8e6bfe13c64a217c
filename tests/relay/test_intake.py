"""What is let in: signatures on raw bytes, and JSON that every reader reads alike."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pjterm.events.model import Event
from pjterm.relay.intake import DEEPEST, Keys, Refused, read_event, sign

B1 = (
    b'{\n  "id" : "3df99340-5f86-4a60-9976-b0a7ce3a77a3",\n  "created" : "2023-06-30T21:51:08.131Z",\n'
    b'  "type" : "TRANSACTION",\n  "data" : {\n    "transactionId" : 313875\n  }\n}'
)
B2 = (
    b'{\n  "id" : "870e9f82-4840-4da5-a109-a390df7eb6ab",\n  "created" : "2023-10-03T16:54:21.435Z",\n'
    b'  "type" : "SMARTTERMINAL_REQUEST",\n  "data" : {\n'
    b'    "requestId" : "37fa5c74-6315-4838-a07c-4b73a600e729",\n    "promptButton" : "No",\n'
    b'    "status" : "COMPLETE"\n  }\n}'
)
SAMPLES = json.loads((Path(__file__).parents[1] / "data" / "webhooks.json").read_text())


@pytest.mark.parametrize(
    ("body", "secret", "signature"),
    [
        (B1, "pjterm-test-secret", "1a63128abf107bb3c0565f5a0a5c8c25de933873c59907206630fb54fc3b23dc"),
        (B1, "clé-✓", "bd8c4ad9d997b3ae81d6f30f1e4348cfd2816314ba382e257a9fe4f0272ac480"),
        (B2, "pjterm-test-secret", "634d072488a1f0c4e4094fbdf52e33af5689919b731a01b079713bf1c0970726"),
        ('{"a":"é"}'.encode(), "pjterm-test-secret",
         "8caec03d88b0fa934901902623d4ed013c3513acf6d3c37328c848aa7249566f"),
    ],
)  # fmt: skip
def test_signatures_equal_the_fact_sheets_vectors(body: bytes, secret: str, signature: str) -> None:
    assert sign(secret.encode(), body) == signature.encode()


KEYS = Keys({"labs": (b"new", b"old"), "bare": ()})


def refusal(keys: Keys, profile: str, body: bytes, signature: bytes | None) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        keys.verify(profile, body, signature)
    return caught.value.status, caught.value.why


def test_each_of_two_secrets_is_valid_while_one_is_rotated() -> None:
    assert KEYS.verify("labs", B1, sign(b"new", B1))
    assert KEYS.verify("labs", B1, sign(b"old", B1))


@pytest.mark.parametrize(
    "signature",
    [b"", b"0" * 64, sign(b"third", B1), sign(b"new", B2), sign(b"new", B1).upper(), sign(b"new", B1) + b"0",
     sign(b"new", B1)[:63], b" " + sign(b"new", B1), sign(b"new", B1)[:32] + b" " + sign(b"new", B1)[32:],
     b"sha256=" + sign(b"new", B1), b"\xff" * 64],
)  # fmt: skip
def test_any_other_signature_is_wrong(signature: bytes) -> None:
    assert refusal(KEYS, "labs", B1, signature) == (401, "signature wrong")


def test_a_missing_signature_fails_closed() -> None:
    assert refusal(KEYS, "labs", B1, None) == (401, "signature missing")


def test_a_profile_without_any_secret_is_not_served() -> None:
    """Nothing that is signed for it could ever come in."""
    assert refusal(KEYS, "bare", B1, None) == (404, "unknown profile")
    assert refusal(KEYS, "bare", B1, sign(b"", B1)) == (404, "unknown profile")


def test_an_unknown_profile_is_404() -> None:
    assert refusal(KEYS, "other", B1, sign(b"new", B1))[0] == 404


def test_unsigned_events_come_in_unverified_where_allowed_and_never_in_production() -> None:
    lax = Keys({"labs": (b"s",), "bare": (), "real": (b"s",)}, True, frozenset({"real"}))

    assert lax.verify("labs", B1, None) is False
    assert lax.verify("bare", B1, b"whatever") is False
    assert lax.verify("labs", B1, sign(b"s", B1)) is True
    assert refusal(lax, "labs", B1, sign(b"t", B1)) == (401, "signature wrong")
    assert refusal(lax, "real", B1, None) == (401, "signature missing")


def test_secrets_do_not_show_in_the_repr() -> None:
    assert "old" not in repr(KEYS)


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
def test_what_is_no_event_is_400(body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        read_event("labs", True, 1, body, b"")

    assert caught.value.status == 400


def test_nesting_is_allowed_up_to_its_limit_and_brackets_in_strings_do_not_count() -> None:
    deep = DEEPEST - 2
    body = b'{"id": "1", "type": "T", "data": {"s": "' + b'[{\\"' * 99 + b'", "x": ' + b"[" * deep + b"]" * deep
    read_event("labs", True, 1, body + b"}}", b"")

    with pytest.raises(Refused):
        read_event("labs", True, 1, body.replace(b'"x": ', b'"x": [') + b"]}}", b"")


def test_ids_may_be_numbers_and_odd_statuses_are_no_status() -> None:
    body = b'{"id": 17, "type": "T", "data": {"requestId": 5, "status": ["COMPLETE"], "transactionId": "9"}}'
    found = read_event("labs", True, 1, body, b"")

    assert (found.event_id, found.request_id, found.status) == ("17", "5", None)


SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False)


@settings(deadline=None, max_examples=60)
@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_any_data_that_is_json_comes_back_unchanged_in_the_item(value: object) -> None:
    """Embedding the received text loses nothing, whatever whitespace stands between the values."""
    event = {"id": "1", "type": "T", "data": {"x": value}}
    body = json.dumps(event, indent=1, ensure_ascii=False).replace("\n", "\r\n")
    try:
        found = read_event("labs", True, 1, body.encode("utf-8", "surrogatepass"), b"")
    except Refused:
        assert any("\ud800" <= c <= "\udfff" for c in body)
        return

    assert Event(1, None, 1, found).item()["event"] == event


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300))
def test_any_bytes_are_an_event_or_refused(body: bytes) -> None:
    with suppress(Refused):
        read_event("labs", True, 1, body, b"")
