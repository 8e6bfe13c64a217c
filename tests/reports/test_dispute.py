"""The pages of a dispute file, even if PayJunction or the journal lacks something."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pjterm.core import wire
from pjterm.core.entry import Entry, Scope
from pjterm.core.evidence.facts import Lost, Sent, TerminalReset
from pjterm.core.model import Kind, Outcome, Terminal
from pjterm.reports.dispute.case import Dispute, JournalState, ReceiptSignature, Signed
from pjterm.reports.dispute.moments import day, local
from pjterm.reports.dispute.pages import dispute_file
from pjterm.reports.document import Document, texts
from pjterm.ui.pdf import draw
from pjterm.values import replace

AT = datetime(2026, 11, 1, 5, 59, 59, 123456, tzinfo=UTC)  # a second before New York's clocks are set back
RAW: dict[str, Any] = {
    "transactionId": 10001, "terminalId": 10001, "action": "CHARGE", "amountBase": "30.00", "amountTotal": "30.00",
    "status": "CAPTURE", "created": "2026-11-01T05:59:59Z", "method": "CHIP", "invoiceNumber": "7",
    "response": {"approved": True, "code": "00", "message": "Approved", "processor": {
        "approvalCode": "PJ20AP", "avs": {"status": "REQUESTED", "match": {"ZIP": True, "ADDRESS": False}}}},
    "settlement": {"settled": True, "settlementId": 99},
    "vault": {"type": "CARD", "accountType": "VISA", "lastFour": "1111"},
    "billing": {"firstName": "Ana", "phone": "5551234567", "address": {"city": "Springfield", "zip": "62701"}},
}  # fmt: skip
RECEIPT: dict[str, Any] = {
    "terms": "4.20", "signatureUpToDate": False,
    "signature": {"dateSigned": "2026-11-01T06:00:01Z", "signedBy": {"ipAddress": "10.0.0.1"}, "device": "L5200"},
}  # fmt: skip


def entry(key: str, kind: Kind, **more: Any) -> Entry:
    terminal = Terminal("T1", "b58cb128-1234-4bbb-8ccc-123456789012", 10001)
    return Entry(len(key), Scope("labs", "shop"), key, kind, "till", terminal, "f" * 64, AT, **more)


SIGN = entry("terms", Kind.SIGNATURE, outcome=Outcome.SIGNED, signature_id="60d2e500711b4bf2b42f8efe7a8c5cc4")


def disputed(raw: dict[str, Any] | None = None, **more: Any) -> Dispute:
    t = wire.transaction(RAW if raw is None else raw)
    assert t is not None
    return Dispute(t, AT, "0", "production", ZoneInfo("America/New_York"), **more)


def said(made: Document, title: str) -> list[str]:
    return [text for page in made.pages if page.title == title for text in texts(page)]


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
    | st.sampled_from(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-01T00:00:00", "1e999"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from([*RAW, "zip"]), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


def places(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [(*path, name) for name in value] if isinstance(value, dict) else []
    return [p for name in found for p in [name, *places(value[name[-1]], name)]]


def changed(value: Any, path: tuple[str, ...], to: Any) -> Any:
    return to if not path else {**value, path[0]: changed(value[path[0]], path[1:], to)}


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(places(RAW)), JSON)
def test_any_transaction_gets_its_pages(path: tuple[str, ...], value: Any) -> None:
    t = wire.transaction(changed(RAW, path, value))

    if t is not None:
        assert dispute_file(replace(disputed(), transaction=t)).pages[1].title == "The transaction"


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(places(RECEIPT)), JSON)
def test_any_receipt_gets_its_pages(path: tuple[str, ...], value: Any) -> None:
    made = dispute_file(disputed(signature=ReceiptSignature(None, changed(RECEIPT, path, value))))

    assert "The signature" in [page.title for page in made.pages]


@pytest.mark.parametrize("zone", [UTC, None, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Etc/GMT+12")])
@pytest.mark.parametrize("created", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_time_at_the_edge_of_the_calendar_is_none(zone: tzinfo | None, created: str) -> None:
    made = dispute_file(replace(disputed(RAW | {"created": created}), zone=zone))

    assert "Booked" not in said(made, "The transaction")


def test_the_repeated_hour_is_unambiguous() -> None:
    zone, later = ZoneInfo("America/New_York"), AT + timedelta(hours=1)

    assert (local(AT, zone), local(later, zone)) == ("Nov 1, 2026, 01:59:59 EDT", "Nov 1, 2026, 01:59:59 EST")
    assert day(AT, zone) != day(later, zone)


def test_a_zone_without_a_name_is_shown_as_its_offset() -> None:
    assert local(AT, ZoneInfo("America/Sao_Paulo")).endswith("UTC-03:00")


def test_a_night_with_a_clock_change_has_two_headings_in_order() -> None:
    facts = (Sent(AT), Lost(AT + timedelta(seconds=2), "reset"), TerminalReset(AT + timedelta(hours=2)))
    sale = entry("order-20", Kind.PAYMENT, outcome=Outcome.APPROVED)
    page = said(dispute_file(disputed(sale=sale, facts=facts)), "The evidence, in order")

    assert [text for text in page if text.startswith("Nov 1")] == ["Nov 1, 2026, EDT", "Nov 1, 2026, EST"]


def test_a_signature_comes_before_the_sale_that_followed_it() -> None:
    sale = replace(entry("order-20", Kind.PAYMENT, outcome=Outcome.APPROVED), started_at=AT + timedelta(minutes=1))
    signed = Signed(SIGN, (Sent(AT, "I agree."),), "I agree.", None)

    keys = [e.key for e, _ in disputed(sale=sale, signed=(signed,)).entries()]

    assert keys == ["terms", "order-20"]


def test_terms_sent_by_an_older_pjterm_are_shown_by_their_digest() -> None:
    page = said(dispute_file(disputed(signed=(Signed(SIGN, (Sent(AT),), None, None),))), "The terms that were signed")

    assert "The words of these terms are not in the journal." in page
    assert "f" * 64 in page


def test_an_accepted_journal_says_so() -> None:
    state = JournalState(1, 2, 3, "abc", "2026-11-01T05:59:59.000000Z", ("2026-11-01T07:00:00.000000Z", "x"))
    page = said(dispute_file(disputed(journal=state)), "About this record")

    assert "Nov 1, 2026, 01:59:59 EDT" in page
    assert "Nov 1, 2026, 02:00:00 EST: what was found then is not proven" in page
    assert "x: what was found then is not proven" in page


@pytest.mark.parametrize(("environment", "words"), [
    ("production", "Transaction 10001"), ("labs", "TEST ENVIRONMENT: no real payment"),
    ("simulator", "SIMULATED: no card was charged"),
])  # fmt: skip
def test_a_test_payment_says_so_on_every_sheet(environment: str, words: str) -> None:
    assert dispute_file(replace(disputed(), environment=environment)).head.endswith(words)


def test_a_hold_and_a_bank_account_are_labeled_as_such() -> None:
    held = disputed(RAW | {"status": "HOLD", "vault": {"type": "ACH", "accountType": "CHECKING", "lastFour": "6789"}})
    first = " ".join(said(dispute_file(held), "Evidence for a disputed card payment"))

    assert "$30.00 was held on a bank account" in first
    assert "It is held, and not captured. PayJunction voids it by itself on Nov 7, 2026" in first
    assert "charged" not in first


@pytest.mark.parametrize(("change", "says"), [
    ({"response": {}}, "$30.00 was to be charged to the card"),
    ({"response": {}}, "Whether PayJunction approved it is not known. Its status at PayJunction is CAPTURE."),
    ({"status": "DECLINED"}, "Its status at PayJunction is DECLINED."),
    ({"status": ""}, "Its status at PayJunction is not known."),
    ({"status": "Hold"}, "It is held, and not captured."),
])  # fmt: skip
def test_only_payjunction_s_statements_are_called_approved_or_captured(change: dict[str, Any], says: str) -> None:
    first = " ".join(said(dispute_file(disputed(RAW | change)), "Evidence for a disputed card payment"))

    assert says in first
    assert "It was captured" not in first


def test_only_pages_that_need_the_note_have_it() -> None:
    made = dispute_file(disputed(receipt=("Tel 555-123-4567", "\u5f20")))
    notes = ("Phone numbers", "Characters that")
    noted = {page.title for page in made.pages for text in texts(page) if text.startswith(notes)}

    assert noted == {"The receipt"}


def test_a_header_in_another_script_is_complete() -> None:
    d = replace(disputed(case="\u5f20" * 32), environment="simulator")

    assert draw(dispute_file(d), AT, "a test")[1] == 4
