"""Linked refunds and voids: what they state, what counts, and what stops them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from pjterm.core import refunds
from pjterm.core.entry import Entry, Scope
from pjterm.core.guards import Finding
from pjterm.core.model import Kind, Outcome, Transaction
from pjterm.core.request import RequestSpec
from pjterm.errors import UsageFault
from tests.core.make import TILL, at, booked

AMOUNTS = {"amountBase": "10.00", "amountTip": "1.00", "amountTax": "0.80", "amountTotal": "11.80"}
SOLD = booked(7, amount_base=Decimal("10.00"), invoice_number="1", raw=AMOUNTS)

UNRESOLVED = {"settlement": {"settled": False}}
SURCHARGED = replace(SOLD, raw={**AMOUNTS, "amountSurcharge": "0.35", "amountTotal": "12.15", **UNRESOLVED})


def back(number: int, base: str, **changes: Any) -> Transaction:
    raw = {"transactionId": number, "action": "REFUND", "amountBase": base, "amountTotal": base}
    return booked(number, action="REFUND", amount_base=Decimal(base), invoice_number=f"n{number}", raw=raw, **changes)


def entry(key: str, **changes: Any) -> Entry:
    values: dict[str, Any] = {
        "id": 1, "scope": Scope("labs", "shop"), "key": key, "kind": Kind.REFUND, "profile": "till-1",
        "terminal": TILL, "fingerprint": "f", "started_at": at(0), "original_id": 7,
        "amount": Decimal("5.00"), "total": Decimal("5.00"), "outcome": Outcome.REFUNDED,
    }  # fmt: skip
    return Entry(**{**values, **changes})


def form(spec: RequestSpec) -> dict[str, str]:
    return dict(spec.form(10001, "9"))


def stops(spec: RequestSpec, *entries: Entry) -> list[Finding]:
    return refunds.findings(spec, entries, "new", can_ask=False)


# -- what is stated ---------------------------------------------------------------------------------------


def test_a_partial_refund_states_every_other_amount_as_zero() -> None:
    spec = refunds.linked_refund(SOLD, Decimal("5.00"))

    sent = form(spec)
    assert {name: sent[name] for name in sent if name.startswith("amount")} == {
        "amountBase": "5.00", "amountTip": "0.00", "amountTax": "0.00", "amountShipping": "0.00",
        "amountSurcharge": "0.00",
    }  # fmt: skip
    assert (spec.amount, spec.total) == (Decimal("5.00"), Decimal("5.00"))


def test_an_unusual_amount_of_the_original_is_stated_as_zero() -> None:
    sold = replace(SOLD, raw={**AMOUNTS, "amountSurchargeTax": "0.05"})

    assert form(refunds.linked_refund(sold, Decimal("5.00")))["amountSurchargeTax"] == "0.00"


@pytest.mark.parametrize(
    ("asked", "stated"),
    [
        ((None, None), None),
        ((Decimal("2.00"), Decimal("0.35")), None),
        ((Decimal("2.00"), Decimal("0.10")), "0.10"),
        ((Decimal("2.00"), None), "0.00"),
    ],
)
def test_a_full_surcharge_added_by_payjunction_is_not_stated(
    asked: tuple[Decimal | None, Decimal | None], stated: str | None
) -> None:
    """PayJunction refuses any value but 0.00 there, and refunds what is not stated."""
    added = replace(SURCHARGED, raw={**SURCHARGED.raw, "surcharge": {"percentage": 3.0, "status": "APPLIED"}})
    amount, surcharge = asked
    refund = refunds.linked_refund(added, amount, surcharge=surcharge)

    assert form(refund).get("amountSurcharge") == stated
    assert refund.total == (Decimal("12.15") if amount is None else amount + (surcharge or 0))


def test_a_surcharge_stated_by_the_till_is_stated_in_the_refund() -> None:
    assert form(refunds.linked_refund(SURCHARGED, None))["amountSurcharge"] == "0.35"


def test_a_full_refund_states_what_is_left_of_each_amount() -> None:
    spec = refunds.linked_refund(SOLD, None, earlier=(back(8, "5.00"),))

    sent = form(spec)
    assert (sent["amountBase"], sent["amountTip"], sent["amountTax"]) == ("5.00", "1.00", "0.80")
    assert (spec.amount, spec.total) == (Decimal("5.00"), Decimal("6.80"))


@pytest.mark.parametrize("gone", [{"approved": False}, {"status": "VOID"}], ids=["declined", "void"])
def test_a_refund_that_gave_nothing_back_does_not_count(gone: dict[str, Any]) -> None:
    earlier = (back(8, "5.00", **gone),)

    assert refunds.linked_refund(SOLD, None, earlier=earlier).total == Decimal("11.80")
    assert stops(refunds.linked_refund(SOLD, Decimal("11.80"), earlier=earlier)) == []


def test_the_note_is_sent_with_the_refund() -> None:
    assert form(refunds.linked_refund(SOLD, Decimal("5.00"), note="wrong size"))["note"] == "wrong size"


def test_a_refund_carries_the_purchase_order_number_that_names_its_original() -> None:
    assert form(refunds.linked_refund(SOLD, None))["purchaseOrderNumber"] == "refund-of-7"


def test_a_full_refund_has_one_fingerprint_whatever_is_left() -> None:
    before = refunds.linked_refund(SOLD, None)
    after = refunds.linked_refund(SOLD, None, earlier=(back(8, "5.00"),))
    part = refunds.linked_refund(SOLD, Decimal("10.00"), tip=Decimal("1.00"), tax=Decimal("0.80"))

    assert form(before) == form(part)
    assert before.fingerprint(None, 10001, "9") == after.fingerprint(None, 10001, "9")
    assert before.fingerprint(None, 10001, "9") != part.fingerprint(None, 10001, "9")
    other = refunds.linked_refund(replace(SOLD, transaction_id=70), None)
    assert before.fingerprint(None, 10001, "9") != other.fingerprint(None, 10001, "9")


def test_an_earlier_refund_under_the_same_number_counts_but_leaves_its_own_total() -> None:
    spec = refunds.linked_refund(SOLD, None, earlier=(back(8, "11.80"),), own_number="n8")

    assert spec.total == Decimal("11.80")
    assert [f.code for f in stops(spec)] == ["more-than-taken"]


def test_a_transaction_without_amounts_needs_an_amount() -> None:
    with pytest.raises(UsageFault, match="AMOUNT: transaction 7"):
        refunds.linked_refund(booked(7, amount_base=None), None)


# -- what counts ------------------------------------------------------------------------------------------


def test_the_api_and_the_journal_together_count_each_refund_once() -> None:
    shown = [back(8, "5.00"), back(9, "1.00", status="VOID")]
    entries = [
        entry("in-both", transaction_id=8),
        entry("voided-since", transaction_id=9),
        entry("not-shown-yet", transaction_id=10, transaction=back(10, "2.00").raw),
        entry("open", outcome=None, total=Decimal("0.30")),
        entry("declined", outcome=Outcome.DECLINED, transaction_id=11),
        entry("voided-since-and-not-shown", outcome=Outcome.VOIDED, transaction_id=12),
    ]

    assert refunds.given_back(SOLD, entries, shown) == Decimal("7.30")


def test_a_void_counts_once_however_often_it_was_sent() -> None:
    voids = [entry(key, kind=Kind.VOID, outcome=Outcome.VOIDED, transaction_id=7) for key in ("v", "w")]

    assert refunds.given_back(SOLD, voids) == Decimal("11.80")


def test_a_refund_that_no_search_shows_yet_counts_from_the_journal() -> None:
    raw = back(10, "2.00").raw | {"response": {"approved": True}, "status": "CAPTURE"}
    found = refunds.earlier_refunds([back(8, "5.00")], [entry("r", transaction=raw), entry("v", transaction=SOLD.raw)])

    assert {t.transaction_id for t in found if t.gave_back} == {8, 10}


# -- what stops it ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"approved": False, "status": "DECLINED"}, "not-charged"),
        ({"status": "VOID"}, "void-already"),
        ({"status": "HOLD"}, "held"),
        ({"action": "REFUND"}, "not-charged"),
        ({"action": "VERIFY"}, "not-charged"),
        ({"approved": None}, "undecided"),
    ],
    ids=["declined", "void", "held", "refund", "verify", "undecided"],
)
def test_a_transaction_that_took_no_money_is_not_refunded(changes: dict[str, Any], code: str) -> None:
    found = stops(refunds.linked_refund(replace(SOLD, **changes), Decimal("1.00")))

    assert [f.code for f in found] == [code]
    assert "pjterm transactions" in found[0].hint


@pytest.mark.parametrize(("amount", "stopped"), [("11.80", False), ("11.81", True)])
def test_one_refund_never_exceeds_the_charge(amount: str, stopped: bool) -> None:
    found = stops(refunds.linked_refund(SOLD, Decimal(amount)))

    assert [f.code for f in found] == ["more-than-taken"] * stopped


def test_an_open_change_of_the_same_sale_must_be_resolved_first() -> None:
    found = stops(refunds.linked_refund(SOLD, Decimal("1.00")), entry("r", outcome=None))

    assert [f.code for f in found] == ["transaction-taken"]


def test_one_cent_too_much_is_refused_with_the_refund_of_the_rest() -> None:
    earlier = (back(8, "5.00"),)

    assert stops(refunds.linked_refund(SOLD, Decimal("6.80"), earlier=earlier)) == []
    (found,) = stops(refunds.linked_refund(SOLD, Decimal("6.81"), earlier=earlier))
    assert found.code == "more-than-taken"
    assert "$5.00 went back already (transaction 8)" in found.says
    assert found.hint == "give back what is left ($6.80): pjterm refund --transaction 7"


def test_a_fully_refunded_sale_has_nothing_left_to_refund() -> None:
    (found,) = stops(refunds.linked_refund(SOLD, None, earlier=(back(8, "11.80"),)))

    assert found.code == "nothing-left"
    assert found.hint == "see: pjterm transactions show 7"


def test_a_void_after_another_till_s_refund_is_refused_with_the_refund_of_the_rest() -> None:
    found = refunds.findings(refunds.void(SOLD, (back(8, "5.00"),)), [], "new", can_ask=False)

    assert [f.code for f in found] == ["more-than-taken", "confirm"]
    assert "pjterm refund --transaction 7" in found[0].hint


# -- the questions and refusals ---------------------------------------------------------------------------


def test_the_question_of_a_refund_says_what_was_refunded_and_what_is_not_counted() -> None:
    spec = refunds.linked_refund(SOLD, None, earlier=(back(8, "5.00"),))
    (found,) = refunds.findings(spec, [], "new", can_ask=True)

    assert found.question == (
        "Transaction 7 took $11.80 ($10.00 + $1.00 tip + $0.80 tax); $5.00 of it went back before. Refunds made "
        "elsewhere (such as in the Virtual Terminal) are not counted. Refund $6.80 of it?"
    )


def test_the_question_of_a_void_names_the_total() -> None:
    (found,) = refunds.findings(refunds.void(SOLD), [], "new", can_ask=True)

    assert found.question == "Void transaction 7 of $11.80 ($10.00 + $1.00 tip + $0.80 tax)?"


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        (refunds.void(SOLD), "give the money back instead: pjterm refund --transaction 7"),
        (refunds.void(back(8, "1.00")), "see: pjterm transactions show 8"),
        (refunds.void(replace(SOLD, approved=False)), "see: pjterm transactions show 7"),
        (refunds.linked_refund(SOLD, None), "see: pjterm transactions show 7"),
        (
            refunds.linked_refund(SURCHARGED, None),
            "give back all but the surcharge: pjterm refund 10.00 --tip 1.00 --tax 0.80 --transaction 7"
            "\nor all of it, before it settles: pjterm void 7",
        ),
        (
            refunds.linked_refund(SURCHARGED, Decimal("2.00"), surcharge=Decimal("0.10"), earlier=(back(8, "1.00"),)),
            "give back all but the surcharge: pjterm refund 2.00 --transaction 7",
        ),
    ],
)
def test_a_refusal_names_the_next_command(spec: RequestSpec, hint: str) -> None:
    assert refunds.hint_when_refused(spec) == hint
