"""How the API's answers are read, in both directions from one list, and that no answer breaks the parser."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import astuple
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pjterm.core import wire
from pjterm.core.evidence.chain import say_transaction
from pjterm.core.model import Kind, Result, Transaction
from pjterm.core.money import dollars
from pjterm.errors import Detail

STATUSES: list[tuple[dict[str, Any], Kind, tuple[str, Result] | None]] = [
    ({"status": "CONNECTING"}, Kind.PAYMENT, ("CONNECTING", Result())),
    ({"status": "IN_PROGRESS", "transactionId": 123}, Kind.PAYMENT, ("IN_PROGRESS", Result(123))),
    ({"status": "COMPLETE", "transactionId": "124"}, Kind.PAYMENT, ("COMPLETE", Result(124))),
    ({"status": "COMPLETE", "transactionId": None}, Kind.PAYMENT, ("COMPLETE", Result())),
    ({"status": "COMPLETE", "signatureId": "60d2"}, Kind.SIGNATURE, ("COMPLETE", Result(signature_id="60d2"))),
    ({"status": "COMPLETE", "promptButton": "No"}, Kind.PROMPT, ("COMPLETE", Result(prompt_button="No"))),
    ({"status": "COMPLETE", "inputValue": "80"}, Kind.INPUT, ("COMPLETE", Result(input_value="80"))),
    ({"status": "COMPLETE", "inputValue": "1\x0034"}, Kind.INPUT, ("COMPLETE", Result(input_value="1?34"))),
    ({"status": "COMPLETE", "track": ";7?"}, Kind.READ, ("COMPLETE", Result(read_data=";7?"))),
    ({"status": "COMPLETE", "track": ";7?"}, Kind.PAYMENT, ("COMPLETE", Result())),
    ({"status": "COMPLETE", "paymentId": "x", "new": [1]}, Kind.READ, ("COMPLETE", Result())),
    ({"status": "REBOOTING"}, Kind.PAYMENT, ("REBOOTING", Result())),
    ({"status": 5}, Kind.PAYMENT, None),
    ({"status": ""}, Kind.PAYMENT, None),
    ({}, Kind.PAYMENT, None),
]  # fmt: skip


@pytest.mark.parametrize(("body", "kind", "seen"), STATUSES)
def test_a_poll_and_a_webhook_read_alike(body: dict[str, Any], kind: Kind, seen: tuple[str, Result] | None) -> None:
    assert wire.status(json.loads(json.dumps(body)), kind) == seen


@pytest.mark.parametrize("unreadable", ["tx_7", 7.5, [7], {"id": 7}, 10**30, "9" * 30, -7, True])
def test_an_unreadable_id_is_never_an_end_without_a_result(unreadable: Any) -> None:
    assert wire.status({"status": "COMPLETE", "transactionId": unreadable}, Kind.PAYMENT) is None


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"requestPaymentId": "a-1"}, "a-1"),
        ({"requestId": "a-1"}, "a-1"),
        ({"requestId": "../../transactions/1"}, None),
        ({"requestId": "a?b"}, None),
        ({"requestId": "a\n"}, None),
        ({"requestId": ""}, None),
        ({"requestId": 7}, None),
        ({"requestId": "x" * 65}, None),
        ([], None),
        (None, None),
    ],
)
def test_a_request_id_is_accepted_only_if_it_fits_into_a_path(body: Any, found: str | None) -> None:
    assert wire.request_id(body) == found


BOOKED = {
    "transactionId": 10082, "action": "CHARGE", "amountBase": "12.50", "amountTotal": "15.00",
    "terminalId": 10001, "invoiceNumber": "123", "status": "CAPTURE",
    "response": {"approved": True, "code": "00", "message": "Approved"},
}  # fmt: skip


@pytest.mark.parametrize("change", [
    {}, {"transactionId": "10082"}, {"amountBase": 12.5}, {"amountBase": "12.5"}, {"terminalId": "10001"},
    {"invoiceNumber": 123}, {"action": "charge"}, {"status": "Capture"}, {"unknown": {"x": 1}},
])  # fmt: skip
def test_one_transaction_in_every_spelling_of_the_samples(change: dict[str, Any]) -> None:
    read = wire.transaction({**BOOKED, **change})

    assert read == Transaction(
        10082, "CHARGE", Decimal("12.50"), 10001, "123", "CAPTURE", True, "00", "Approved"
    )  # fmt: skip


@pytest.mark.parametrize("approved", ["true", 1, "yes", None, [], {}])
def test_only_true_is_approved(approved: Any) -> None:
    read = wire.transaction({**BOOKED, "response": {"approved": approved, "code": "00"}})

    assert read is not None
    assert read.approved is None


@pytest.mark.parametrize("body", [None, [], "x", 5, {}, {"transactionId": "x"}, {"transactionId": True}])
def test_anything_else_is_no_transaction(body: Any) -> None:
    assert wire.transaction(body) is None


def test_error_bodies_keep_every_message_and_parameter() -> None:
    body = {"errors": [{"message": "This field is required.", "parameter": "terms", "type": "required"},
                       {"message": "404 Not Found"}, "odd", {"message": 5}], "help": "…"}  # fmt: skip

    assert wire.details(body) == (
        Detail("This field is required.", "terms", "required"), Detail("404 Not Found"), Detail(""))  # fmt: skip
    assert wire.details("<html>") == wire.details({"errors": "x"}) == wire.details(None) == ()


@pytest.mark.parametrize(
    ("message", "limit"),
    [
        ("Rate limit exceeded.", True),
        ("Too many requests", True),
        ("You have reached the limit of requests.", True),
        ("Rate-limit exceeded: slow down.", True),
        ("Max vault limit for customer has been reached.", False),
        ("Your access is limited; this request is not permitted.", False),
        ("Too many smart terminals on this account.", False),
        ("You do not have permission.", False),
    ],
)
def test_a_403_about_a_rate_is_a_limit_and_one_about_a_resource_is_not(message: str, limit: bool) -> None:
    assert wire.speaks_of_a_limit((Detail(message),)) is limit


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    | st.sampled_from(["\ud800", "1E+999999999", "-1", "12.50", "COMPLETE"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from([*BOOKED, "status", "errors", "approved", "message", "promptButton", "inputValue"]),
        inner, max_size=5),
    max_leaves=8,
)  # fmt: skip


@given(JSON)
def test_no_answer_raises_and_what_is_read_fits_into_the_journal(body: Any) -> None:
    db = sqlite3.connect(":memory:")
    results = ("promptButton", "signatureId", "inputValue", "trackData")
    for whole in (body, {**BOOKED, "response": body}, {"status": body}, *({"status": "X", n: body} for n in results)):
        seen, read = wire.status(whole, Kind.READ), wire.transaction(whole)
        wire.request_id(whole)
        wire.details(whole)
        for detail in wire.details({"errors": [whole]}):
            db.execute("SELECT ?, ?, ?", (detail.message, detail.parameter, detail.type))
        if seen is not None:
            db.execute("SELECT ?, ?, ?, ?, ?, ?", (seen[0], *astuple(seen[1])))
        if read is not None:
            db.execute("SELECT ?, ?", (say_transaction(read), read.transaction_id))
    db.close()


@given(st.decimals(min_value=0, max_value=1_000_000, places=2))
def test_amounts_survive_the_round_trip(amount: Decimal) -> None:
    assert wire.money(dollars(amount)) == wire.money(float(dollars(amount))) == amount


@pytest.mark.parametrize(
    ("said", "meant"),
    [(10.1 + 10.2, "20.30"), (0.1 + 0.2 - 0.3, "0.00"), (-1e-12, "0.00"), (-0.0, "0.00"), ("20.305", "20.305"),
     (12, "12.00")],
)  # fmt: skip
def test_a_sum_of_binary_fractions_is_read_in_cents(said: Any, meant: str) -> None:
    assert str(wire.money(said)) == meant


@pytest.mark.parametrize("odd", ["NaN", "Infinity", "1E+999999999", "1E-999999999", "12,50", "", None, True, []])
def test_an_invalid_amount_is_none(odd: Any) -> None:
    assert wire.money(odd) is None


@pytest.mark.parametrize("odd", [None, 7, "", "soon", "2026-11-22T12:00:00", "0001-01-01T00:00:00Z"])
def test_an_invalid_time_or_zone_is_ignored(odd: Any) -> None:
    assert wire.moment(odd) is None
