"""False evidence: whatever the facts say, the verdict is true or unknown, never false."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pjterm.core.evidence.facts import Accepted, Answered, Fact, LookedUp, NotTaken, OperatorSaid, Sent, TerminalReset
from pjterm.core.evidence.states import replay
from pjterm.core.model import Kind, Outcome, Sale, Transaction, Verdict
from pjterm.core.verdicts.partition import speaks_for
from pjterm.core.verdicts.verdict import judge, undecided_id
from tests.core.make import (
    NUMBER,
    REQUEST,
    SALE,
    TILL,
    at,
    booked,
    hooked,
    looked_around,
    looked_up,
    nothing_found,
    polled,
    searched,
)

ENDED: tuple[Fact, ...] = (polled("IN_PROGRESS", 1), polled("COMPLETE", 2), polled("COMPLETE", 3))


def verdict(*facts: Fact, sale: Sale = SALE, kind: Kind | None = None) -> Verdict | None:
    known = replay([Sent(at(0)), Accepted(at(0.1), REQUEST), *facts])
    return judge(sale, known, kind or sale.kind)


def outcome(*facts: Fact, sale: Sale = SALE) -> Outcome | None:
    found = verdict(*facts, sale=sale)
    return None if found is None else found.outcome


def test_webhooks_never_hide_a_transaction_named_by_a_poll() -> None:
    """It is booked late, so it cannot be read yet; those that the webhooks name can be, and belong to other sales."""
    others = [f for i in range(20, 32) for f in (hooked("X", 1.5, i), looked_up(1.6, booked(i, invoice_number="999")))]
    facts = (polled("IN_PROGRESS", 1, 7), *others, *ENDED, *nothing_found(4))

    assert outcome(*facts) not in (Outcome.CANCELLED, Outcome.DECLINED)


ANOTHER_SALE: list[dict[str, Any]] = [
    {"amount_base": Decimal("12.51")},
    {"terminal_id": 10002},
    {"action": "REFUND"},
    {"invoice_number": "999"},
]
TRIMMED: list[dict[str, Any]] = [{"amount_base": None}, {"terminal_id": None}, {"action": ""}, {"approved": None}]


@pytest.mark.parametrize("changes", TRIMMED, ids=str)
def test_an_incomplete_transaction_decides_nothing_and_is_read_in_full(changes: dict[str, Any]) -> None:
    """Search items may be trimmed: they are no approval, no contradiction, and no proof of an end."""
    trimmed = booked(7, **changes)
    for facts in ([polled("COMPLETE", 2, 7), looked_up(3, trimmed)], [*ENDED, searched(4, trimmed)]):
        known = replay([Sent(at(0)), Accepted(at(0.1), REQUEST), *facts])

        assert judge(SALE, known, SALE.kind) is None
        assert undecided_id(SALE, known) == 7


@pytest.mark.parametrize("changes", ANOTHER_SALE, ids=str)
def test_another_sale_s_transaction_behind_our_request_id_is_unknown_and_named(changes: dict[str, Any]) -> None:
    found = verdict(polled("COMPLETE", 2, 7), looked_up(3, booked(7, **changes)))

    assert found is not None
    assert (found.outcome, found.transaction_ids) == (Outcome.UNKNOWN, (7,))


@pytest.mark.parametrize("changes", ANOTHER_SALE, ids=str)
def test_a_search_with_a_broken_filter_is_compared_locally(changes: dict[str, Any]) -> None:
    """Another sale's approval in the list does not approve this sale."""
    assert outcome(*ENDED, searched(4, booked(9, **changes)), looked_around(5)) in (Outcome.CANCELLED, Outcome.UNKNOWN)


def test_a_search_result_without_an_invoice_number_is_ignored() -> None:
    assert outcome(*ENDED, searched(4, booked(9, invoice_number=None)), looked_around(5)) is Outcome.CANCELLED


def test_an_invoice_number_used_before_does_not_make_this_sale_paid() -> None:
    """The approved transaction carried the invoice number before the POST."""
    sale = replace(SALE, prior_ids=frozenset({5}))

    assert outcome(*ENDED, searched(4, booked(5)), looked_around(5), sale=sale) is Outcome.CANCELLED
    assert outcome(polled("COMPLETE", 2, 5), looked_up(3, booked(5)), sale=sale) is Outcome.UNKNOWN


def test_a_transaction_that_another_entry_owns_is_not_this_sale() -> None:
    sale = replace(SALE, owned_elsewhere=frozenset({5}))

    assert outcome(*ENDED, searched(4, booked(5)), looked_around(5), sale=sale) is Outcome.CANCELLED
    assert outcome(polled("COMPLETE", 2, 5), looked_up(3, booked(5)), sale=sale) is Outcome.UNKNOWN


def test_two_approved_transactions_for_one_sale_contradict_each_other() -> None:
    found = verdict(polled("COMPLETE", 2, 7), looked_up(3, booked(7)), searched(4, booked(7), booked(8)))

    assert found is not None
    assert (found.outcome, set(found.transaction_ids)) == (Outcome.UNKNOWN, {7, 8})


def test_one_approved_beats_declined_ones() -> None:
    assert outcome(*ENDED, searched(4, booked(6, False), booked(7), booked(8, False))) is Outcome.APPROVED


def test_an_approval_of_another_amount_under_our_number_is_unknown_even_beside_our_approval() -> None:
    odd = booked(9, amount_base=Decimal("125.00"))
    found = verdict(polled("COMPLETE", 2, 7), looked_up(3, booked(7)), searched(4, odd))

    assert found is not None
    assert (found.outcome, set(found.transaction_ids)) == (Outcome.UNKNOWN, {7, 9})


def test_two_results_for_one_request_are_two_cards_and_two_approvals_contradict() -> None:
    cards = (polled("IN_PROGRESS", 2, 7), hooked("COMPLETE", 3, 8))

    assert outcome(*cards, looked_up(4, booked(7, False)), looked_up(4.5, booked(8))) is Outcome.APPROVED
    assert outcome(*cards, looked_up(4, booked(7)), looked_up(4.5, booked(8, False))) is Outcome.APPROVED
    assert outcome(*cards, looked_up(4, booked(7)), looked_up(4.5, booked(8))) is Outcome.UNKNOWN


def test_a_tip_or_surcharge_does_not_make_it_another_sale() -> None:
    paid = booked(7, raw={"amountBase": "12.50", "amountTotal": "15.63"})

    assert outcome(polled("COMPLETE", 2, 7), looked_up(3, paid)) is Outcome.APPROVED


def test_the_invoice_number_is_optional_for_our_request_but_not_in_a_search() -> None:
    nameless = booked(7, invoice_number=None)

    assert outcome(polled("COMPLETE", 2, 7), looked_up(3, nameless)) is Outcome.APPROVED
    assert not speaks_for(nameless, SALE, reported=False)


def test_complete_with_an_unread_id_proves_nothing() -> None:
    assert outcome(polled("COMPLETE", 2, 7), polled("COMPLETE", 3, 7), searched(4)) is None


@pytest.mark.parametrize("approved", [None, False])
def test_only_response_approved_makes_a_sale_approved(approved: bool | None) -> None:
    nearly = booked(7, approved, status="CAPTURE", code="00", message="Approved")

    assert outcome(polled("COMPLETE", 2, 7), looked_up(3, nearly), searched(4, nearly)) is not Outcome.APPROVED


def test_a_trimmed_search_item_under_our_number_prevents_cancelled() -> None:
    trimmed = booked(7, None, amount_base=None, action="", terminal_id=None, code=None)

    assert outcome(*ENDED, searched(4, trimmed)) is None


def test_a_trimmed_search_item_does_not_revoke_an_approval() -> None:
    facts = (polled("COMPLETE", 2, 7), looked_up(3, booked(7)), searched(4, booked(7, None, code=None)))

    assert outcome(*facts) is Outcome.APPROVED


def test_an_approval_that_was_voided_later_is_not_success() -> None:
    assert outcome(polled("COMPLETE", 2, 7), looked_up(3, booked(7, status="VOID"))) is Outcome.VOIDED


def test_two_bare_completes_and_a_search_before_the_end_prove_nothing() -> None:
    assert outcome(searched(1), *ENDED) is None


def test_a_card_in_the_reader_when_main_arrives() -> None:
    """Answers within 8 s of the reset cannot rule it out; if it is booked then, it is approved."""
    early = (polled("IN_PROGRESS", 1), TerminalReset(at(2)), polled("COMPLETE", 3), polled("COMPLETE", 4))

    assert outcome(*early, searched(5)) is None
    assert outcome(*early, searched(9.9), polled("COMPLETE", 9.9)) is None
    assert outcome(*early, polled("COMPLETE", 11), *nothing_found(11)) is Outcome.CANCELLED
    assert outcome(*early, polled("COMPLETE", 11), searched(11, booked())) is Outcome.APPROVED


def test_a_later_reset_by_another_process_revokes_the_proof() -> None:
    proven = (*ENDED, *nothing_found(4))

    assert outcome(*proven) is Outcome.CANCELLED
    assert outcome(*proven, TerminalReset(at(5))) is None


def test_a_clock_that_was_two_minutes_fast_causes_a_wait_and_no_false_outcome() -> None:
    """Facts from before the correction carry times in the future, so new answers look older."""
    ahead = [replace(f, at=f.at + timedelta(minutes=2)) for f in (polled("COMPLETE", 2), polled("COMPLETE", 3))]

    assert outcome(*ahead, polled("COMPLETE", 5), searched(6)) is None


def test_no_connection_after_in_progress_is_never_unreachable() -> None:
    facts = (polled("IN_PROGRESS", 1), polled("NO_CONNECTION", 2), polled("NO_CONNECTION", 3), searched(4))

    assert outcome(*facts) is None


def test_in_progress_after_no_connection_revokes_it() -> None:
    facts = (polled("NO_CONNECTION", 1), polled("NO_CONNECTION", 2), hooked("IN_PROGRESS", 3), searched(4))

    assert outcome(*facts) is None


def test_busy_after_in_progress_is_ignored() -> None:
    assert outcome(polled("IN_PROGRESS", 1), polled("BUSY", 2)) is None


def test_a_duplicate_decline_waits_for_the_search_and_never_counts_as_paid() -> None:
    again = booked(7, False, code="DT")

    assert outcome(polled("COMPLETE", 2, 7), looked_up(3, again)) is None
    assert outcome(polled("COMPLETE", 2, 7), looked_up(3, again), searched(4, again)) is None


def test_a_late_approval_outranks_the_operator_s_decision() -> None:
    decision = OperatorSaid(at(5), "the operator says that nothing was charged", not_charged=True)

    assert outcome(polled("IN_PROGRESS", 1), decision) is Outcome.CANCELLED
    assert outcome(polled("IN_PROGRESS", 1), decision, polled("COMPLETE", 6, 7)) is Outcome.CANCELLED
    facts = (polled("IN_PROGRESS", 1), decision, polled("COMPLETE", 6, 7), looked_up(7, booked()))
    assert outcome(*facts) is Outcome.APPROVED


def test_a_refused_post_proves_only_the_refusal() -> None:
    refused = NotTaken(at(0.1), Outcome.REJECTED, "This field is required.")

    assert judge(SALE, replay([Sent(at(0)), refused]), Kind.PAYMENT) == Verdict(Outcome.REJECTED, refused.why)


def test_silence_is_no_verdict() -> None:
    assert outcome() is None
    assert judge(SALE, replay([Sent(at(0))]), Kind.PAYMENT) is None
    assert outcome(searched(1), searched(400)) is None


# -- linked refunds and voids ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "way_out"),
    [
        ({"amount_base": Decimal("99.00")}, "resume --transaction 7"),
        ({"amount_base": Decimal("99.00"), "invoice_number": "999"}, "resume --not-charged"),
        ({"terminal_id": 10002}, "resume --not-charged"),
        ({"action": "REFUND"}, "void 7"),
    ],
)
def test_only_a_transaction_that_differs_in_amount_alone_may_be_named(change: dict[str, Any], way_out: str) -> None:
    facts = (polled("IN_PROGRESS", 1, 7), looked_up(1.5, booked(7, **change)), polled("COMPLETE", 2, 7))
    found = verdict(*facts)

    assert found is not None
    assert (found.outcome, found.hint is not None and way_out in found.hint) == (Outcome.UNKNOWN, True)
    assert ("resume --transaction" in str(found.hint)) == (way_out == "resume --transaction 7")


LINKED = Sale("back-1", Kind.REFUND, TILL, Decimal("12.50"), NUMBER, original_id=3)
CHARGE = booked(3, invoice_number="1", raw={"amountTotal": "12.50"})


def linked(*facts: Fact, sale: Sale = LINKED) -> Outcome | None:
    found = judge(sale, replay([Sent(at(0)), *facts]), sale.kind)
    return None if found is None else found.outcome


def test_a_linked_refund_is_proven_by_its_own_refund_or_by_the_voided_charge() -> None:
    refund = booked(4, action="REFUND")

    assert linked(Answered(at(1), refund)) is Outcome.REFUNDED
    assert linked(searched(1, refund)) is Outcome.REFUNDED
    assert linked(Answered(at(1), replace(CHARGE, status="VOID"))) is Outcome.REFUNDED
    assert linked(LookedUp(at(1), CHARGE)) is None, "the unchanged charge proves nothing"


def refunded(base: str, total: str | None) -> Transaction:
    raw = {} if total is None else {"amountTotal": total}
    return booked(4, action="REFUND", amount_base=Decimal(base), raw=raw)


ASKED = replace(LINKED, amount=Decimal("5.00"), total=Decimal("5.00"))


@pytest.mark.parametrize("fact", [lambda t: Answered(at(1), t), lambda t: searched(1, t)], ids=["answer", "search"])
@pytest.mark.parametrize(("base", "total"), [("5.00", "6.80"), ("10.00", "10.00"), ("5.00", "4.99")])
def test_a_linked_refund_booked_for_another_amount_is_unknown_and_names_both_amounts(
    fact: Callable[[Transaction], Fact], base: str, total: str
) -> None:
    found = judge(ASKED, replay([Sent(at(0)), fact(refunded(base, total))]), Kind.REFUND)

    assert found is not None
    assert (found.outcome, found.code, found.transaction_ids) == (Outcome.UNKNOWN, "other-amount", (4,))
    assert "$5.00" in found.says
    assert f"${total}" in found.says
    assert found.hint is not None
    assert "pjterm resume --transaction 4 back-1" in found.hint


def test_a_linked_refund_of_exactly_the_requested_amount_is_proven() -> None:
    assert linked(Answered(at(1), refunded("5.00", "5.00")), sale=ASKED) is Outcome.REFUNDED


def test_a_linked_refund_without_its_total_is_read_by_id_first() -> None:
    trimmed = refunded("5.00", None)

    assert linked(searched(1, trimmed), sale=ASKED) is None
    assert undecided_id(ASKED, replay([Sent(at(0)), searched(1, trimmed)])) == 4
    whole = LookedUp(at(2), refunded("5.00", "5.00"))
    assert linked(searched(1, trimmed), whole, searched(3, trimmed), sale=ASKED) is Outcome.REFUNDED


def test_a_full_void_does_not_prove_a_refund_of_the_rest() -> None:
    void = LookedUp(at(1), replace(CHARGE, status="VOID"))

    assert linked(void, searched(2), sale=ASKED) is Outcome.VOIDED


def test_a_refund_under_another_number_is_not_this_one() -> None:
    assert linked(searched(1, booked(4, action="REFUND", invoice_number="2"))) is None


def test_a_void_is_proven_only_by_the_voided_transaction() -> None:
    void = Sale("void-1", Kind.VOID, TILL, Decimal("12.50"), None, original_id=3)

    assert linked(Answered(at(1), CHARGE), sale=void) is None
    assert linked(Answered(at(1), replace(CHARGE, status="VOID")), sale=void) is Outcome.VOIDED
