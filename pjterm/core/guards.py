"""What is refused before anything is sent: pure rules over journal entries.

Each rule returns findings. A finding is overridden by the option it names, by a "yes" if the user
can be asked, or not at all. The journal applies the rules and writes the new entry
in one transaction, so of two commands started together the second sees the first.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from pjterm.core import wire
from pjterm.core.card import moved_at
from pjterm.core.entry import MOVED, Entry, NewEntry, Scope
from pjterm.core.hints import PASS_YES, command_about, command_line, option
from pjterm.core.model import Outcome, Sale
from pjterm.core.money import Money, dollars
from pjterm.core.times import span
from pjterm.errors import GuardRefused
from pjterm.values import dataclass, replace

SAME_TERMINAL = timedelta(seconds=120)
ANY_TERMINAL = timedelta(minutes=15)


class Pass(StrEnum):
    """What overrides a finding."""

    NOTHING = "nothing"
    FORCE = "--force"
    YES = "--yes"
    OVER = "--over"


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a command is stopped, what overrides that, and the question if one may be asked."""

    code: str
    says: str
    hint: str
    passed_by: Pass = Pass.NOTHING
    question: str | None = None
    entry: Entry | None = None

    @property
    def name(self) -> tuple[str, str | None]:
        """Its identity, without the words that change as time passes."""
        return self.code, None if self.entry is None else self.entry.key

    def answered_no(self) -> Finding:
        """The finding after the user answered no: refused, rather than requiring confirmation."""
        if self.passed_by is not Pass.YES:
            return self
        says = f"not confirmed: {self.says.replace(' requires confirmation', '')}"
        return replace(self, says=says, hint=PASS_YES)


def refusal(finding: Finding) -> GuardRefused:
    """A finding as the error that ends the command."""
    return GuardRefused(finding.says, hint=finding.hint, code=finding.code)


def no_decline(entry: Entry | None, key: str) -> Finding | None:
    """`--another-card` where no card was declined, or where the gateway declined a duplicate of a paid sale (DT)."""
    declined = entry is not None and entry.outcome is Outcome.DECLINED
    booked = None if entry is None else wire.transaction(entry.transaction)
    if declined and booked is not None and booked.code == "DT":
        says = f"key {key} was declined as a duplicate of a sale that is paid (code DT), not for its card"
        return Finding("no-decline", f"{says}. Nothing was sent.", f"see: {command_line('why', key)}", entry=entry)
    if declined:
        return None
    says = f"no card was declined under key {key}" + ("" if entry is None else f": it is {entry.outcome}")
    return Finding("no-decline", f"{says}. Nothing was sent.", "run the same line without --another-card", entry=entry)


def key_differs(entry: Entry, differs: str) -> Finding:
    """The same key for something else."""
    return Finding(
        "key-differs",
        f"key {entry.key} belongs to another request: {describe(entry)}, {entry.outcome or 'open'}; {differs}",
        f"for another sale use another --key; look first: {command_line('why', entry.key)}",
        entry=entry,
    )


def key_elsewhere(entry: Entry) -> Finding:
    """The same key under another login of this environment: it may be the same sale."""
    word = entry.outcome or "open"
    resolve = f"resolve it: {command_about('resume', entry, None)}\n" if entry.is_unresolved else ""
    return Finding(
        "key-elsewhere",
        f"key {entry.key} was sent with profile {entry.profile}, login {entry.scope.login}: {describe(entry)}, {word}",
        f"{resolve}for another sale use another --key; look first: {command_about('why', entry, None)}",
        entry=entry,
    )


def blocking(entries: Iterable[Entry], scope: Scope, key: str) -> list[Entry]:
    """Entries of a reader that a new charge there must not overtake: open ones, and unknown money.

    A prompt (or signature, input, read) whose answer was lost moves no money and blocks nothing.
    """
    return [
        e
        for e in entries
        if e.is_unresolved and (e.scope, e.key) != (scope, key) and (e.kind.is_money or _runs_on(e))
    ]  # fmt: skip


def holds_idle(e: Entry, key: str) -> bool:
    """Whether an entry makes its reader count as busy; a prompt whose answer was lost does not."""
    return e.key != key and (e.kind.is_money or e.outcome is not Outcome.UNKNOWN)


def held(e: Entry, by: Entry) -> bool:
    """Whether a reader that was busy when `e` was sent was so with `by`: open then, or with its reader still finishing.

    No customer stands there for longer than the near-duplicate guard looks back.
    """
    at = e.sent_at or e.started_at
    if by.id == e.id or by.outcome is Outcome.BUSY or by.sent_at is None or by.sent_at > at:
        return False
    if by.is_unresolved or by.finished_at is None or by.finished_at > at:
        return at - by.sent_at <= ANY_TERMINAL
    return by.status in ("CONNECTING", "IN_PROGRESS") and at - by.finished_at <= SAME_TERMINAL


def _runs_on(e: Entry) -> bool:
    return e.request_id is not None and e.outcome is not Outcome.UNKNOWN


def terminal_taken(entry: Entry, scope: Scope) -> Finding:
    """An entry on the terminal, of this login or another, stays open or unknown."""
    return _still_open(entry, scope, "terminal-taken")


def transaction_taken(entry: Entry) -> Finding:
    """An entry about the transaction stays open or unknown."""
    return _still_open(entry, entry.scope, "transaction-taken")


def _still_open(entry: Entry, scope: Scope, code: str) -> Finding:
    word = "unknown" if entry.outcome is Outcome.UNKNOWN else "open"
    return Finding(
        code,
        f"an earlier {describe(entry)} is still {word} (key {entry.key})",
        f"override it with {option('--over', entry.key)}, "
        f"or find out what became of it: {command_about('resume', entry, scope)}",
        Pass.OVER,
        entry=entry,
    )


def near_duplicates(entries: Iterable[Entry], sale: Sale, now: datetime) -> list[Finding]:
    """A near duplicate without a key of its own: same login (the caller's filter), kind and amount."""
    found = []
    for e in entries:
        if e.kind is not sale.kind or e.amount != sale.amount or e.key == sale.key:
            continue
        if e.original_id != sale.original_id:
            continue
        why = _near(e, sale, now)
        if why is not None:
            found.append(_near_duplicate(e, why))
    return found


def _near(e: Entry, sale: Sale, now: datetime) -> str | None:
    if e.outcome in MOVED:
        known_at = e.result_at or e.finished_at or e.started_at
        here = e.terminal.smart_terminal_id == sale.terminal.smart_terminal_id
        moved = moved_at(e.transaction, e.sent_at, known_at, now) or known_at
        was = f"was {'approved' if e.outcome is Outcome.APPROVED else 'made'} {span(now - moved)} ago"
        if here and now - known_at <= SAME_TERMINAL:
            return was
        if e.shown_at is None:
            return f"{was}, and no command has shown that yet"
    if e.is_unresolved and now - (e.finished_at or e.started_at) <= ANY_TERMINAL:
        return f"was started {span(now - e.started_at)} ago and is still {e.outcome or 'open'}"
    return None


def _near_duplicate(e: Entry, why: str) -> Finding:
    return Finding(
        "near-duplicate",
        f"a {describe(e)} {why} (key {e.key})",
        "for a second one on purpose add --force, or give each sale its --key; look first: "
        f"{command_line('why', e.key)}",
        Pass.FORCE,
        f"A {describe(e)} {why} (key {e.key}). Send another one?",
        e,
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """What the profile allows without confirmation, and at all."""

    max_amount: Money | None = None
    confirm_above: Money | None = None


def over_limits(total: Money | None, limits: Limits, new: NewEntry) -> Finding | None:
    """The profile's limits apply to base, tax, shipping and surcharge together, and not to a void."""
    if total is None:
        return None
    if limits.max_amount is not None and total > limits.max_amount:
        return Finding(
            "max-amount",
            f"${dollars(total)} is above the profile's max_amount, ${dollars(limits.max_amount)}",
            "no option overrides it; only a change of the profile does: pjterm profiles show",
        )
    if limits.confirm_above is not None and total > limits.confirm_above:
        merchant = f"{new.scope.login} (account {new.terminal.terminal_id})"
        what = f"{new.kind} of ${dollars(total)} on {new.where} for {merchant}, {new.scope.environment.upper()}"
        return Finding(
            "confirm-above",
            f"{what} requires confirmation (the profile's confirm_above is ${dollars(limits.confirm_above)})",
            PASS_YES,
            Pass.YES,
            f"Send {what}?",
        )
    return None


def describe(e: Entry) -> str:
    """An entry in a few words, with all that it asked for: `payment of $13.50 on T1`."""
    amount = "" if e.in_all is None else f" of ${dollars(e.in_all)}"
    where = e.terminal.label
    if e.original_id is not None:
        return f"{e.kind}{amount} of transaction {e.original_id}"
    return f"{e.kind}{amount}" + (f" on {where}" if where else "")
