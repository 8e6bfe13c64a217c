"""Each planted difference is found, and nothing else, rule by rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from pjterm.core.entry import Entry, Scope
from pjterm.core.model import Kind, Outcome, Terminal
from pjterm.reports.difference import Difference, Kinds
from pjterm.reports.reconcile import BothSides, compare
from pjterm.reports.transaction_line import Line, line

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BEGIN = NOON - timedelta(hours=12)
LABS = Scope("labs", "shop")


def booked(
    id_: int,
    amount: str = "12.50",
    *,
    at: datetime = NOON,
    action: str = "CHARGE",
    status: str = "CAPTURE",
    approved: bool = True,
    invoice: str | None = None,
    card: str = "1111",
    settled: bool = False,
) -> Line:
    """A transaction as a search returns it."""
    item: dict[str, Any] = {
        "transactionId": id_, "terminalId": 1, "action": action, "amountBase": amount, "amountTotal": amount,
        "status": status, "created": f"{at:%Y-%m-%dT%H:%M:%SZ}", "invoiceNumber": invoice or f"n{id_}",
        "response": {"approved": approved, "code": "00" if approved else "05"},
        "vault": {"accountType": "VISA", "lastFour": card}, "service": "SMART_TERMINAL",
        "settlement": {"settled": settled},
    }  # fmt: skip
    found = line(item)
    assert found is not None
    return found


def entry(id_: int | None = None, outcome: Outcome | None = Outcome.APPROVED, **more: Any) -> Entry:
    """An entry at noon of that day."""
    values: dict[str, Any] = {
        "id": id_ or 0, "scope": LABS, "key": f"k{id_}", "kind": Kind.PAYMENT, "profile": "p",
        "terminal": Terminal("T1", "u", 1), "fingerprint": "f", "started_at": NOON,
        "amount": Decimal("12.50"), "invoice_number": f"n{id_}", "outcome": outcome, "transaction_id": id_,
    }  # fmt: skip
    return Entry(**(values | more))


def differences(entries: list[Entry], lines: list[Line], **more: Any) -> list[Difference]:
    """The differences of that day."""
    by_id = {x.transaction.transaction_id: x for x in lines}
    return compare(BothSides(BEGIN, BEGIN + timedelta(days=1), tuple(entries), by_id, **more))


def kinds(entries: list[Entry], lines: list[Line], **more: Any) -> list[str]:
    """The kinds of those differences."""
    return [d.kind.value for d in differences(entries, lines, **more)]


def test_a_consistent_day_has_no_difference() -> None:
    void = entry(9, Outcome.VOIDED, kind=Kind.VOID, transaction_id=3, original_id=3, amount=Decimal("3.00"))
    instead = entry(8, Outcome.REFUNDED, kind=Kind.REFUND, transaction_id=4, original_id=4)
    entries = [
        entry(1), entry(2, Outcome.DECLINED), entry(3, Outcome.VOIDED), entry(4, Outcome.VOIDED), void, instead,
        entry(5, Outcome.REFUNDED, kind=Kind.REFUND, original_id=1),
        entry(None, Outcome.CANCELLED, key="c", transaction_id=None),
    ]  # fmt: skip
    lines = [
        booked(1), booked(2, approved=False, status="DECLINED"), booked(3, status="VOID"),
        booked(4, status="VOID"), booked(5, action="REFUND"), booked(6, "0.00", action="VERIFY"),
    ]  # fmt: skip

    assert kinds(entries, lines, heard=frozenset({1, 2, 3})) == []


def test_money_without_an_entry_is_reported() -> None:
    found = differences([entry(1)], [booked(1), booked(2, "5.00")])

    assert [(d.kind, d.transaction_ids, d.amount) for d in found] == [
        (Kinds.MONEY_WITHOUT_ENTRY, (2,), "5.00"),
    ]  # fmt: skip


def test_money_of_another_day_or_an_older_entry_is_not_reported() -> None:
    yesterday = booked(1, at=NOON - timedelta(days=1))

    assert kinds([], [yesterday]) == []
    assert kinds([], [booked(2)], owners={2: entry(2)}) == []


def test_a_cancelled_entry_whose_number_has_money_is_named() -> None:
    found = differences([entry(None, Outcome.CANCELLED, key="c", invoice_number="x")], [booked(7, invoice="x")])

    assert [(d.kind, d.key, d.transaction_ids) for d in found] == [(Kinds.MONEY_WITHOUT_ENTRY, "c", (7,))]


def test_entries_without_their_money_are_reported_whatever_their_outcome() -> None:
    for lines in (
        [],
        [booked(1, status="VOID")],
        [booked(1, approved=False, status="DECLINED")],
        [booked(1, "9.99")],
    ):
        assert kinds([entry(1)], lines) == ["entry-without-money"]


def test_a_void_that_did_not_succeed_is_money_without_an_entry() -> None:
    void = entry(9, Outcome.VOIDED, kind=Kind.VOID, transaction_id=1, original_id=1)

    both = differences([entry(1, Outcome.VOIDED), void], [booked(1)])
    alone = differences([entry(1, Outcome.VOIDED)], [booked(1)])

    assert [(d.kind, d.key) for d in both] == [(Kinds.MONEY_WITHOUT_ENTRY, "k9")]
    assert [(d.kind, d.key) for d in alone] == [(Kinds.MONEY_WITHOUT_ENTRY, "k1")]


def test_one_card_with_one_amount_twice_in_ten_minutes_is_probably_double() -> None:
    later, much_later = NOON + timedelta(minutes=9), NOON + timedelta(minutes=30)
    entries = [entry(1), entry(2), entry(3), entry(4)]

    found = differences(entries, [booked(1), booked(2, at=later), booked(3, at=much_later), booked(4, card="2")])

    assert [(d.kind, d.transaction_ids) for d in found] == [(Kinds.DOUBLE_CHARGE, (1, 2))]
    assert "pjterm void tx:2" in found[0].hint


def test_sales_with_their_own_keys_are_intentional() -> None:
    """Six coffees on one card are six sales; one without a key of its own may be one too many."""
    lines = [booked(n, at=NOON + timedelta(minutes=n)) for n in range(1, 7)]
    meant = [entry(n, named=True) for n in range(1, 7)]

    assert kinds(meant, lines) == []
    assert kinds([*meant[:5], entry(6)], lines) == ["double-charge"]
    assert kinds(meant[:2], [booked(n, invoice="n1") for n in (1, 2)]) == ["double-charge"]


@pytest.mark.parametrize(
    ("shown", "named", "found"),
    [(0.5, True, []), (2, True, ["double-charge"]), (None, True, ["double-charge"]), (0.5, False, ["double-charge"])],
)
def test_a_key_typed_after_the_earlier_sale_was_shown_is_another_sale(
    shown: float | None, named: bool, found: list[str]
) -> None:
    """In minutes after noon: the first is charged at 0 and shown at the given minute, the second is typed at 1."""
    at = None if shown is None else NOON + timedelta(minutes=shown)
    later = NOON + timedelta(minutes=1)
    entries = [entry(1, shown_at=at), entry(2, named=named, started_at=later)]

    assert kinds(entries, [booked(1), booked(2, at=later)]) == found


def test_a_double_names_the_keys_and_how_to_mark_it_as_intended() -> None:
    lines = [booked(1), booked(2, at=NOON + timedelta(minutes=1))]
    (found,) = differences([entry(1), entry(2)], lines, close="pjterm close --day 2026-11-23")

    assert ("(key k1)" in found.says, "(key k2)" in found.says, found.key) == (True, True, "k2")
    assert found.hint == "if these are two sales: pjterm close --day 2026-11-23 --over k2\nelse: pjterm void tx:2"


def test_a_settled_double_suggests_a_refund_instead_of_a_void() -> None:
    lines = [booked(n, settled=True) for n in (1, 2)]
    (found,) = differences([entry(1), entry(2)], lines)

    assert found.hint == "if it is one sale: pjterm refund --transaction tx:2"


def test_one_number_paid_twice_is_reported_once_even_with_one_card() -> None:
    lines = [booked(1, invoice="x"), booked(2, invoice="x", at=NOON + timedelta(minutes=1))]

    assert kinds([entry(1), entry(2)], lines) == ["double-charge"]
    assert kinds([entry(1), entry(2)], [lines[0], booked(2, invoice="x", status="VOID")]) == ["entry-without-money"]


def test_an_open_entry_is_reported_once_with_the_money_under_its_number() -> None:
    found = differences([entry(None, Outcome.UNKNOWN, key="u", invoice_number="x")], [booked(1, invoice="x")])

    assert [(d.kind, d.key, d.transaction_ids) for d in found] == [(Kinds.STILL_OPEN, "u", (1,))]
    assert found[0].hint == "pjterm resume u"


def test_a_transaction_known_only_from_a_webhook_is_reported() -> None:
    assert kinds([], [], heard=frozenset({5})) == ["event-without-transaction"]
