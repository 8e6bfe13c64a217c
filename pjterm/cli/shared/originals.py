"""What commands about an earlier transaction read before they send anything."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from pjterm.cli.context import Context
from pjterm.core.entry import CHANGED
from pjterm.core.model import Kind, Outcome
from pjterm.core.money import dollars
from pjterm.errors import ApiRejected, JournalUnusable
from pjterm.values import replace

if TYPE_CHECKING:
    from pjterm.core.entry import Entry
    from pjterm.core.model import Terminal, Transaction
    from pjterm.ui.report import Report

NO_TIME = timedelta()


def read_original(context: Context, transaction_id: int) -> Transaction:
    """The transaction as it is now; nothing is sent before it was read."""
    context.asked["transaction_id"] = transaction_id
    try:
        return context.api.read_transaction(transaction_id, _patience(context))
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
    """Where it is booked: in the original's account, unless another one is given."""
    from pjterm.core.model import Terminal

    return Terminal(None, None, original.terminal_id if account is None else account)


def _patience(context: Context) -> timedelta:
    from pjterm.api.reads import PATIENCE

    return min(PATIENCE, timedelta(seconds=context.timeout))


def with_what_came_later(context: Context, report: Report, entry: Entry, *, ahead: timedelta = NO_TIME) -> Report:
    """The report of an entry, with what voids, tips and linked refunds of this journal made of its transaction."""
    back = refunds_of(context, entry)
    gone = sum((e.in_all for e in back if e.in_all is not None), Decimal(0))
    return replace(
        report, went_back=dollars(gone) if gone else None, went_back_under=tuple(e.key for e in back),
        changed_at=report.changed_at or _changed_at(context, entry, report.outcome, ahead),
        changed_since=_changed_since(context, entry, report.outcome),
    )  # fmt: skip


def with_holder(context: Context, report: Report, entry: Entry) -> Report:
    """The report of a request that found its reader busy, with what of this journal had it."""
    from pjterm.core.hints import command_about

    if report.outcome is not Outcome.BUSY:
        return report
    try:
        holder = context.journal.holder_of(entry)
    except JournalUnusable:
        return report
    if holder is None:
        return report
    ends = None
    if holder.is_unresolved:  # one whose answer was lost has no request to cancel
        verb = "resume" if holder.request_id is None else "cancel"
        ends = command_about(verb, holder, entry.scope)
    return replace(report, held_by=holder.key, holder_ends=ends)


def _changed_since(context: Context, entry: Entry, outcome: Outcome) -> str | None:
    """What happened to a charge after this tip: another tip, or its void."""
    if entry.kind is not Kind.TIP or outcome is not Outcome.ADJUSTED or entry.original_id is None:
        return None
    about = context.journal.about(entry.scope, entry.original_id)
    later = [e for e in about if e.outcome in CHANGED and e.id > entry.id and e.sent_at is not None]
    if not later:
        return None
    last = later[-1]
    tip = last.amount if last.outcome is Outcome.ADJUSTED else None
    return f"{'it is void' if tip is None else f'the tip is ${dollars(tip)}'} (key {last.key})"


def refunds_of(context: Context, entry: Entry) -> list[Entry]:
    """The linked refunds of an approved sale, as far as this journal knows."""
    if entry.kind is not Kind.PAYMENT or entry.outcome is not Outcome.APPROVED or entry.transaction_id is None:
        return []
    return [e for e in context.journal.about(entry.scope, entry.transaction_id) if e.outcome is Outcome.REFUNDED]


def _changed_at(context: Context, entry: Entry, outcome: Outcome, ahead: timedelta) -> datetime | None:
    """When another entry voided the transaction of this one, or changed its tip."""
    from pjterm.ui.report import changed_at

    number = entry.original_id if entry.kind.is_change else entry.transaction_id
    about = [] if number is None or outcome not in CHANGED else context.journal.about(entry.scope, number)
    times = [at for e in about if e.outcome is outcome and (at := changed_at(e, outcome)) is not None]
    return times[-1] + ahead if times else None
