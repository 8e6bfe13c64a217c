"""One command on its way to the POST, step by step: what is asked, what is refused, and in which order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from pjterm.core import refunds
from pjterm.core.entry import Entry
from pjterm.core.guards import Finding, Limits
from pjterm.core.model import Kind, Outcome
from pjterm.core.request import RequestSpec
from pjterm.core.sending import decide, send_guards, send_state
from pjterm.core.sending.decide import Refuse, Report
from pjterm.core.sending.send_guards import Others
from pjterm.core.sending.send_state import Options, Sender, SendState
from pjterm.core.typed import Typed
from tests.core.make import DEVICE, NUMBER, TILL, at, booked
from tests.core.test_guards import SHOP

NO_LIMITS = Limits()
SOLD = booked(7, invoice_number="1", raw={"amountBase": "12.50", "amountTotal": "12.50"})


def refund(note: str | None = None) -> RequestSpec:
    return refunds.linked_refund(SOLD, Decimal("5.00"), invoice=NUMBER, note=note)


def begun(spec: RequestSpec, limits: Limits = NO_LIMITS, **more: Any) -> SendState:
    """The sending of a refund whose form is made once its original has been read."""
    typed = Typed(Kind.REFUND, amount=spec.amount, original_id=7, invoice=NUMBER)
    sender, given = Sender(SHOP, "till-1", "back-1"), Options(key="back-1")
    return send_state.begin(spec, typed, sender, TILL, given, limits, at(0), can_ask=True, **more)


def ended(spec: RequestSpec) -> Entry:
    """An earlier try under the same key that ended without a result."""
    return Entry(
        id=1, scope=SHOP, key="back-1", kind=Kind.REFUND, profile="till-1", terminal=TILL, started_at=at(0),
        fingerprint=spec.fingerprint(DEVICE, 10001, NUMBER), amount=spec.amount, total=spec.total,
        invoice_number=NUMBER, original_id=7, outcome=Outcome.CANCELLED, finished_at=at(1),
    )  # fmt: skip


def next_step(state: SendState, entry: Entry) -> object:
    return decide.decide(state.key_was_read(entry, ()), at(60))


def test_an_entry_that_ended_meanwhile_is_reported_and_not_resent() -> None:
    """Nothing was prepared for a new try: when the command began, the key was still open."""
    entry = ended(refund())

    assert next_step(begun(refund(), prepared=False), entry) == Report(entry)


def test_a_refund_with_another_note_is_another_request() -> None:
    step = next_step(begun(refund(note="wrong size")), ended(refund()))

    assert isinstance(step, Refuse)
    assert (step.finding.code, "--note" in step.finding.says) == ("key-differs", True)


def test_the_question_above_a_limit_says_what_is_known_of_the_refunded_sale() -> None:
    found = send_guards.first_stop(begun(refund(), Limits(None, Decimal("1.00"))), Others(), [], at(0))

    assert found is not None
    assert (found.question or "").startswith("Transaction 7 took $12.50. Refunds made elsewhere")
    assert replace(found, question=None).passed_by == "--yes"


def test_a_repeated_search_still_grows_stale_while_a_question_is_asked() -> None:
    """Checking others took 3 s, so the search was repeated; then the user took a minute to answer."""
    slow = begun(refund()).searched(at(0), at(1))
    anew = slow.anew().searched(at(4), at(5))
    answered = anew.answered_yes(Finding("confirm-above", "", "", question="Charge it?"))

    assert [s.is_stale(now) for s, now in ((slow, at(4)), (anew, at(8)), (answered, at(65)))] == [True, False, True]
