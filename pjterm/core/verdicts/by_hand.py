"""What an operator may decide about an unknown sale, and what a reset reader proves about it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from pjterm.core import guards
from pjterm.core.entry import WITHOUT_RESULT, Entry
from pjterm.core.evidence.chain import say_transaction
from pjterm.core.evidence.facts import Fact, LookedUp, Observed, Searched
from pjterm.core.evidence.states import Progress, replay
from pjterm.core.guards import Finding, Pass
from pjterm.core.hints import command_line
from pjterm.core.model import Kind, Outcome, Sale, Transaction, Verdict
from pjterm.core.parts import say_taken
from pjterm.core.times import span
from pjterm.core.verdicts.partition import is_a_strangers, may_be_named, partition, speaks_for, unreadable
from pjterm.core.verdicts.verdict import decide_by, judge


def may_clear(
    entry: Entry, others: Iterable[Entry], now: datetime, *, owner_lives: bool, settle_given: bool
) -> Finding | None:
    """Whether `resume KEY --clear-terminal` may POST /main without a request id."""
    blocked = [e for e in guards.blocking(others, entry.scope, entry.key) if e.outcome is not Outcome.UNKNOWN]
    if blocked:
        return guards.terminal_taken(blocked[0], entry.scope)
    if owner_lives:
        return still_owned(entry, "--clear-terminal")
    sent = entry.sent_at or entry.started_at
    if now - sent < timedelta(seconds=60) and not settle_given:
        return Finding(
            "too-soon",
            f"only {span(now - sent)} passed since {entry.key} was sent: the customer may be paying",
            f"wait a minute, or: {command_line('resume', entry.key, '--clear-terminal --settle 60')}",
            entry=entry,
        )
    return None


def still_owned(entry: Entry, option: str) -> Finding:
    """Its process still runs and may be about to send, so it cannot be resolved by hand yet."""
    return Finding(
        "owner-lives",
        f"another pjterm is still working on {entry.key}. Nothing was written down.",
        f"wait for it, or end it, then: {command_line('resume', entry.key, option)}",
        entry=entry,
    )


def named(entry: Entry, looked: LookedUp, sale: Sale) -> Verdict | Finding:
    """The operator names the transaction; it must still be this sale's by the usual rule."""
    t = looked.transaction
    if entry.original_id == t.transaction_id:  # only its present state counts
        return judge(sale, replay([looked]), entry.kind) or _foreign(entry, t)
    if not entry.kind.is_change and t.approved and may_be_named(t, sale):
        if t.amount_base != sale.amount:
            return _other_amount(entry, t)
    elif entry.kind.is_change or not speaks_for(t, sale, reported=True):
        return _foreign(entry, t)
    if t.approved is None:
        return Finding(
            "undecided",
            f"transaction {t.transaction_id} does not say whether it was approved; nothing was written down",
            f"look again later: {_by_hand(entry, t)}",
        )
    return decide_by(t, entry.kind)


def _foreign(entry: Entry, t: Transaction) -> Finding:
    return Finding(
        "foreign-transaction",
        f"transaction {t.transaction_id} is not this sale's: {say_transaction(t)}",
        f"it must have the action, amount, account and invoice number of {entry.key}; "
        f"see: {command_line('requests show', entry.key)}",
    )


def _other_amount(entry: Entry, t: Transaction) -> Finding:
    """Approved, and this sale's except for the amount: the operator decides."""
    took = say_taken(t)
    return Finding(
        "other-amount",
        f"transaction {t.transaction_id} was approved for {took}, not for what {entry.key} asked; not confirmed",
        f"to take it as it is: {_by_hand(entry, t, '--yes')}",
        Pass.YES,
        f"Transaction {t.transaction_id} was approved for {took}, not for what {entry.key} asked. Take it?",
        entry,
    )


def further(entry: Entry, known: Progress, *, cleared: bool) -> str:
    """What to suggest when another look found nothing new; the operator's own statement, the strongest, comes last.

    If the request has ended there is nothing to clear, and another till may be using its reader by now. A refund of a
    transaction has none.
    """
    found = partition(entry.sale(), known)
    may_be = {t.transaction_id: t for t in (*found.alike, *(known.transactions[i] for i in found.unsure))}
    lines = [f"if it is transaction {i}: {_by_hand(entry, t)}" for i, t in may_be.items()]
    if not cleared and not known.has_ended and entry.is_at_reader:
        reset = command_line("resume", entry.key, "--clear-terminal")
        lines.append(f"to end what may still run on the reader, and search: {reset}")
    moved = "refunded" if entry.kind is Kind.REFUND else "charged"
    sure = command_line("resume", entry.key, "--not-charged")
    return "\n".join([*lines, f"if you made sure that nothing was {moved}: {sure}"])


def may_be_denied(entry: Entry) -> bool:
    """Whether the operator's word that nothing was charged changes anything.

    It does while the sale is unresolved, and after an end at the reader, where a further try needs a proof that no
    search may give.
    """
    ended = entry.outcome in (*WITHOUT_RESULT, Outcome.DECLINED)
    return entry.is_unresolved or (ended and entry.is_at_reader and entry.may_have_been_taken)


def _by_hand(entry: Entry, t: Transaction, *more: str) -> str:
    return command_line("resume", entry.key, f"--transaction {t.transaction_id}", *more)


def runs(facts: Iterable[Fact]) -> bool:
    """Whether the latest poll among these facts says that the reader still works on it."""
    polls = [f for f in facts if isinstance(f, Observed) and f.source == "poll"]
    return bool(polls) and polls[-1].says_it_runs


def still_runs(entry: Entry) -> Finding:
    """The reader still works on it, so something may yet be charged."""
    return Finding(
        "still-runs",
        f"the reader still works on {entry.key}, and the customer may yet pay. Nothing was written down.",
        f"end it first: {command_line('cancel', entry.key)}",
        entry=entry,
    )


def named_approved(entry: Entry, sale: Sale, known: Progress) -> Finding | None:
    """The reader itself named an approved transaction, though not as requested: something was charged."""
    named = [known.transactions.get(r.transaction_id or 0) for r in known.polled_results]
    paid = [t for t in named if t is not None and t.approved and not t.is_void]
    t = next((t for t in paid if not is_a_strangers(t, sale)), None)
    if t is None:
        return None
    take = f"take it as it is: {_by_hand(entry, t)}\nor " if t.action == sale.action else ""
    return Finding(
        "was-charged",
        f"{say_taken(t)} {'went back' if t.action == 'REFUND' else 'was charged'} under {entry.key}: transaction "
        f"{t.transaction_id}. Nothing was written down.",
        f"{take}take it back: pjterm void {t.transaction_id}",
        entry=entry,
    )


def needs_control(entry: Entry, sale: Sale, verdict: Verdict, known: Progress, least: timedelta) -> bool:
    """Whether a search, `least` after the reader was reset, showed everything, and nothing that may be this sale's."""
    late_enough = (
        known.searched_at is not None
        and known.reset_at is not None
        and known.searched_at >= known.reset_at + least  # a card that was in may still be charged
    )
    found = partition(sale, known)
    shows_none = not (verdict.transaction_ids or found.undecided or found.unsure)
    shows_all = (known.gap or unreadable(known)) is None
    return entry.kind.is_money and late_enough and shows_none and shows_all


def cleared(control: Entry, seen: Fact) -> str | None:
    """Nothing found proves something only if the same search finds a sale that certainly exists.

    A restricted API user sees no transactions of others, or none at all.
    """
    if not isinstance(seen, Searched) or control.transaction_id not in [t.transaction_id for t in seen.found]:
        return None
    return f"nothing was booked; the same search does find transaction {control.transaction_id}"
