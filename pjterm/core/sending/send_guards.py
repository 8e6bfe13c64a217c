"""What stops a request before it is sent: conflicting entries of the journal, and limits."""

from __future__ import annotations

from datetime import datetime

from pjterm.core import guards, refunds, tips
from pjterm.core.entry import Entry
from pjterm.core.guards import Finding, Pass
from pjterm.core.model import Kind
from pjterm.core.money import Money
from pjterm.core.sending.send_state import SendState
from pjterm.core.verdicts import provisional
from pjterm.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class Others:
    """Entries of the journal that may conflict."""

    on_reader: tuple[Entry, ...] = ()
    same_invoice: tuple[Entry, ...] = ()
    """Sales under the invoice that the user named; a search cannot show those in progress."""
    about: tuple[Entry, ...] = ()
    """Voids, refunds and tips of the original."""


def holding(state: SendState, others: Others) -> list[Entry]:
    """The entries that hold the reader or the invoice, unless they are overridden."""
    new = state.new
    by_invoice = [e for e in guards.blocking(others.same_invoice, new.scope, new.key) if e.kind is new.kind]
    found = {e.id: e for e in (*guards.blocking(others.on_reader, new.scope, new.key), *by_invoice)}
    return [e for e in found.values() if e.key not in state.options.over]


def to_be_asked(state: SendState, others: Others) -> list[Entry]:
    """The entries that are looked at once before they stop a command."""
    about = [e for e in others.about if e.is_unresolved and e.key not in (*state.options.over, state.new.key)]
    return [e for e in (*about, *holding(state, others)) if e.scope == state.new.scope]


def first_stop(state: SendState, others: Others, alike: list[Entry], now: datetime) -> Finding | None:
    """The first guard that is not overridden yet. `alike` are the login's entries over this amount."""
    if state.spec.idle_only:
        return next(
            (
                guards.terminal_taken(e, state.new.scope)
                for e in others.on_reader
                if guards.holds_idle(e, state.new.key)
            ),
            None,
        )
    if not state.spec.kind.is_money:
        return None
    findings = [guards.terminal_taken(e, state.new.scope) for e in holding(state, others)]
    late = None if state.late is None else provisional.late_approval(state.late, state.new.sale())
    findings += [late] if late is not None else []
    limit = _limit(state)
    findings += [limit] if limit is not None else []
    if state.spec.original is not None:
        can_ask = limit is None and state.can_ask
        if state.spec.kind is Kind.TIP:
            about = tips.findings(state.spec, others.about, state.new.key)
        else:
            about = refunds.findings(state.spec, others.about, state.new.key, can_ask=can_ask)
        findings += [f for f in about if f.entry is None or f.entry.key not in state.options.over]
    if compared_amount(state) is not None:
        said = None if late is None else state.late
        findings += guards.near_duplicates([e for e in alike if said is None or e.id != said.id], state.new.sale(), now)
    left = [f for f in findings if f.name not in state.passed]
    return min(left, key=lambda f: f.passed_by is not Pass.NOTHING, default=None)


def _limit(state: SendState) -> Finding | None:
    """The profile's limits; the question about money back also says what is known of the original."""
    limit = guards.over_limits(state.spec.total, state.limits, state.new)
    if limit is None or limit.question is None or state.spec.original is None or state.spec.kind is Kind.TIP:
        return limit
    return replace(limit, question=refunds.ask_after(refunds.say_before(state.spec), limit.question))


def compared_amount(state: SendState) -> Money | None:
    """The amount that the near-duplicate guard compares; none for a change or a full refund: neither moves it twice."""
    once = state.spec.kind.is_change or state.spec.whole
    return None if state.new.named or once or not state.spec.kind.is_money else state.new.amount
