"""Which invoice numbers are searched for a key before its sale is sent."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pjterm.core import request
from pjterm.core.entry import Entry, Scope
from pjterm.core.guards import Limits
from pjterm.core.model import Kind
from pjterm.core.sending import send_state
from pjterm.core.sending.send_state import Options, Sender
from pjterm.core.typed import Typed
from tests.core.make import TILL, at

LOGIN = Scope("labs", "Shop")
SPEC = request.payment(Decimal("12.50"))
NOW, IN_CAPITALS, LONG = request.derived_numbers("Shop", "order-2")


def searched(oldest: str | None, invoice: str | None = None) -> tuple[str, ...]:
    """The numbers searched for order-2 when the journal's oldest sale, order-1, has this number."""
    spec = request.payment(Decimal("12.50"), invoice=invoice)
    typed, sender = Typed(Kind.PAYMENT, spec, spec.amount, spec.total), Sender(LOGIN, "till", "order-2")
    state = send_state.begin(spec, typed, sender, TILL, Options(key="order-2"), Limits(), at(0), can_ask=False)
    entry = Entry(
        id=1, scope=LOGIN, key="order-1", kind=Kind.PAYMENT, profile="till", terminal=TILL, fingerprint="",
        started_at=at(0), invoice_number=oldest,
    )  # fmt: skip
    return send_state.numbers(state, None if oldest is None else entry)


FIRST_NOW, FIRST_IN_CAPITALS, FIRST_LONG = request.derived_numbers("Shop", "order-1")


@pytest.mark.parametrize("oldest", [None, FIRST_NOW, "1042"])
def test_a_journal_without_former_numbers_needs_one_number(oldest: str | None) -> None:
    assert searched(oldest) == (NOW,)


def test_a_journal_with_case_sensitive_logins_needs_that_number_too() -> None:
    assert searched(FIRST_IN_CAPITALS) == (NOW, IN_CAPITALS)


def test_a_journal_with_18_digit_numbers_needs_all_formats_since() -> None:
    assert searched(FIRST_LONG) == (NOW, IN_CAPITALS, LONG)


def test_the_user_s_own_invoice_is_the_only_number() -> None:
    assert searched(FIRST_LONG, invoice="1042") == ("1042",)
