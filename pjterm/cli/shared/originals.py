"""What commands about an earlier transaction read of it before they send anything."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from pjterm.cli.context import Context
from pjterm.errors import ApiRejected

if TYPE_CHECKING:
    from pjterm.cli.shared.options import Sending
    from pjterm.core.entry import Entry
    from pjterm.core.model import Kind, Terminal, Transaction

READ_PATIENCE = timedelta(seconds=20)


def begin(context: Context, kind: Kind, sending: Sending) -> None:
    """What an early failure can tell of the request."""
    context.timeout = sending.timeout
    context.asked = {"kind": kind, "key": sending.key}


def read_original(context: Context, transaction_id: int) -> Transaction:
    """The transaction as it stands; nothing is started before it was read."""
    context.asked["transaction_id"] = transaction_id
    try:
        return context.api.patiently(lambda: context.api.transaction(transaction_id), _patience(context))
    except ApiRejected as refused:
        if refused.hint is None:
            refused.hint = "another login may see it (-p); what this one can see: pjterm transactions list"
        raise


def earlier_refunds(context: Context, original: Transaction) -> tuple[Transaction, ...]:
    """The refunds of a charge that pjterm made before, on any till."""
    from pjterm.core import refunds

    if original.action not in ("CHARGE", "") or original.is_void:
        return ()
    number = original.transaction_id
    found = context.api.patiently(lambda: list(context.api.refunds_of(number)), _patience(context))
    return refunds.earlier_refunds(found, context.journal.about(context.scope, number))


def account_of(original: Transaction, account: int | None = None) -> Terminal:
    """Where it is booked: the account of the original, unless another is given."""
    from pjterm.core.model import Terminal

    return Terminal(None, None, original.terminal_id if account is None else account)


def _patience(context: Context) -> timedelta:
    return min(READ_PATIENCE, timedelta(seconds=context.timeout))


def went_back(context: Context, entry: Entry) -> str | None:
    """What linked refunds have given back of an approved sale, as far as this journal knows."""
    from pjterm.core.model import Kind, Outcome
    from pjterm.core.money import dollars

    if entry.kind is not Kind.PAYMENT or entry.outcome is not Outcome.APPROVED or entry.transaction_id is None:
        return None
    about = context.journal.about(entry.scope, entry.transaction_id)
    back = [e.amount if e.total is None else e.total for e in about if e.outcome is Outcome.REFUNDED]
    found = sum((amount for amount in back if amount is not None), Decimal(0))
    return dollars(found) if found else None
