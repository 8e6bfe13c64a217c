"""Submit one request under its key: what the key already means, the guards, the entry, the POST.

The order is the whole point. (1) The key: a result is reported, an open entry is settled, and neither
sends anything. (2) A search where the invoice number may have been used elsewhere. (3) The guards, and
the new entry, in one transaction of the journal. (4) The POST, once. (5) Following until it is proven.
Of two processes with one key the second finds the first one's entry at (3) and goes back to (1).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from pjterm.api.client import Api, Sending
from pjterm.core import guards, refunds, request, wire
from pjterm.core.entry import Entry, NewEntry, Scope
from pjterm.core.facts import Accepted, Fact, LookedUp, Lost, NotTaken, Searched, Sent
from pjterm.core.guards import Finding, KeyUse, Pass
from pjterm.core.model import Kind, Outcome, Sale, Terminal, Transaction, Verdict
from pjterm.core.plan import Plan, Until
from pjterm.core.request import RequestSpec
from pjterm.core.states import replay
from pjterm.errors import ApiRejected, GuardRefused, LeaveNow
from pjterm.flow.resolve import Resolution, Resolver
from pjterm.flow.runtime import FollowResult, Runtime
from pjterm.journal.store import Journal

LOOKUP_PATIENCE = timedelta(seconds=10)  # reads before the POST: nothing is started, so do not wait for ever
BUSY_PAUSE = 2.0  # seconds between tries of --wait-busy
VOID_TRIES = 3  # of one void whose answers were lost


Passed = set[tuple[str, str | None]]


class Asker(Protocol):
    """Whoever can be asked a question; `False` where nobody is there."""

    def can_ask(self) -> bool:
        """Whether a person sits at this terminal."""

    def confirm(self, question: str) -> bool:
        """Put a question; only a clear yes is one."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the profile says of amounts, and how it names itself in a question."""

    profile: str
    environment: str
    max_amount: Decimal | None
    confirm_above: Decimal | None


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says beside the request itself."""

    key: str | None = None
    timeout: float = 300.0
    wait: bool = True
    until: Until = Until.COMPLETE
    wait_busy: float = 0.0
    force: bool = False
    over: str | None = None
    yes: bool = False
    cancel_on_timeout: bool = False


@dataclass(slots=True)
class Submission:
    """Everything one submission works with."""

    api: Api
    journal: Journal
    watch: Runtime
    resolver: Resolver
    scope: Scope
    limits: Limits
    asker: Asker
    options: Options
    key: str
    """The options' key, or the new one made for this sale."""
    entered: Callable[[], None]
    """Told once the entry is written: from then on the POST may have left."""

    def run(self, ask: RequestSpec, terminal: Terminal) -> Resolution:
        """Do what is asked, once, and come back with what is proven."""
        now = self.watch.clock.now()
        deadline = now + timedelta(seconds=self.options.timeout)
        new_entry = self._new_entry(ask, terminal)
        passed: Passed = set()
        self.journal.check_writable()
        self.resolver.ask_once_more(terminal.smart_terminal_id, self.scope)
        while True:
            entry = self.journal.by_key(self.scope, new_entry.key)
            prior: frozenset[int] = frozenset()
            if entry is not None:
                standing = self._known_key(entry, new_entry, deadline)
                if standing is not None:
                    return standing
            if ask.kind is Kind.VOID and ask.original is not None and ask.original.is_void:
                return self._void_already(new_entry, entry, ask.original)
            if self._must_search(entry, new_entry):
                before = self._search_before(new_entry, entry, deadline)
                if isinstance(before, Resolution):
                    return before
                prior = before
            self._settle_blockers(ask, new_entry)
            entry = self._enter(ask, new_entry, entry, prior, passed)
            if entry is not None:
                return self._send(ask, entry, deadline, passed)

    # -- (1) the key ------------------------------------------------------------------------------------

    def _new_entry(self, ask: RequestSpec, terminal: Terminal) -> NewEntry:
        key = self.key
        number = None
        if ask.kind.is_money and ask.kind is not Kind.VOID:
            number = ask.invoice_number or request.invoice_number_for(self.scope.login, key)
        return NewEntry(
            scope=self.scope,
            key=key,
            kind=ask.kind,
            profile=self.limits.profile,
            terminal=terminal,
            fingerprint=ask.fingerprint(terminal.smart_terminal_id, terminal.terminal_id, number),
            amount=ask.amount,
            total=ask.total,
            invoice_number=number,
            named=self.options.key is not None or ask.invoice_number is not None,
            original_id=None if ask.original is None else ask.original.transaction_id,
            expect=ask.expect,
        )

    def _known_key(self, entry: Entry, new_entry: NewEntry, deadline: datetime) -> Resolution | None:
        """What the same key again means; nothing where a new try is allowed."""
        use = guards.use_of_key(entry, new_entry.fingerprint)
        if use is KeyUse.DIFFERS:
            raise refusal(guards.key_differs(entry))
        if use is KeyUse.RETRY:
            return None
        if use is KeyUse.SETTLE:
            self.watch.reporter.on_notice(f"key {entry.key} was sent before; settling it, nothing is sent again")
            return self.resolver.settle(entry, self._plan(entry, deadline))
        return self.resolver.report(entry)

    # -- (2) the search before ----------------------------------------------------------------------------

    def _must_search(self, entry: Entry | None, new_entry: NewEntry) -> bool:
        """A number that somebody else may have used, or that a try of ours may have booked late.

        Another till may have taken a named sale over after our try was never taken. A try whose answer was lost
        may have been taken as well, whatever the operator said of it.
        """
        if new_entry.invoice_number is None or not new_entry.kind.is_money:
            return False
        if entry is None or new_entry.named:
            return new_entry.named
        never_taken = entry.outcome in (Outcome.UNAVAILABLE, Outcome.REJECTED, Outcome.AUTH)
        return not never_taken or entry.attempt > 1 or entry.original_id is not None

    def _search_before(
        self, new_entry: NewEntry, entry: Entry | None, deadline: datetime
    ) -> Resolution | frozenset[int]:  # fmt: skip
        now = self.watch.clock.now()
        sale = _sale(new_entry) if entry is None else entry.sale()
        patience = min(deadline, now + LOOKUP_PATIENCE)
        found = self.api.retrying(lambda: tuple(map(self._read_whole, self.api.by_invoice(sale))), patience)
        owned = self.journal.owners_of(
            [t.transaction_id for t in found], entry.id if entry else None, self.scope.environment
        )
        derived = new_entry.invoice_number == request.invoice_number_for(self.scope.login, new_entry.key)
        by_invoice = not derived and entry is None  # somebody else's sale may have this invoice, too
        sale = replace(sale, owned_elsewhere=owned)
        before = guards.search_before(sale, found, by_invoice=by_invoice, forced=self.options.force)
        if before.finding is not None:
            raise refusal(before.finding)
        if before.answer is None:
            return before.prior_ids
        fact = Searched(self.watch.clock.now(), (before.answer,), now)
        says = f"key {new_entry.key} was done already: transaction {before.answer.transaction_id}; nothing was sent"
        return self.resolver.answered_before(new_entry, entry, fact, says)

    def _read_whole(self, t: Transaction) -> Transaction:
        """Items of a search come trimmed (TXLIST): what does not say all is read by its id."""
        return t if t.is_whole and wire.stated_total(t) is not None else self.api.transaction(t.transaction_id)

    def _void_already(self, new_entry: NewEntry, entry: Entry | None, original: Transaction) -> Resolution:
        fact = LookedUp(self.watch.clock.now(), original)
        says = f"transaction {original.transaction_id} is void already; nothing was sent"
        return self.resolver.answered_before(new_entry, entry, fact, says)

    # -- (3) the guards and the entry ------------------------------------------------------------------------

    def _settle_blockers(self, ask: RequestSpec, new_entry: NewEntry) -> None:
        """What holds the terminal, or the same transaction, is asked once before it stops anybody."""
        if not new_entry.kind.is_money:
            return
        for entry in self._about(ask):
            if entry.is_unsettled and entry.key not in (self.options.over, new_entry.key):
                self.resolver.glance(entry)
        for entry in [*self._blockers(new_entry), *self._same_invoice(ask, new_entry)]:
            if entry.key != self.options.over and entry.scope == self.scope:
                self.resolver.glance(entry)

    def _about(self, ask: RequestSpec) -> list[Entry]:
        """The journal's voids and refunds of the transaction this is about."""
        if ask.original is None:
            return []
        return self.journal.about(self.scope, ask.original.transaction_id)

    def _same_invoice(self, ask: RequestSpec, new_entry: NewEntry) -> list[Entry]:
        """Sales under way elsewhere with the invoice that the user named; a search cannot see them yet."""
        if ask.invoice_number is None:
            return []
        found = self.journal.same_invoice(self.scope, ask.invoice_number)
        return [e for e in guards.blocking(found, new_entry.key) if e.kind is new_entry.kind]

    def _blockers(self, new_entry: NewEntry) -> list[Entry]:
        return guards.blocking(self.journal.unsettled_on(new_entry.terminal.smart_terminal_id), new_entry.key)

    def _enter(
        self, ask: RequestSpec, new_entry: NewEntry, entry: Entry | None, prior: frozenset[int], passed: Passed
    ) -> Entry | None:
        """Guards and entry in one transaction; questions are put outside of it, then all is checked again."""
        while True:
            with self.journal.transaction(self.watch.clock.now()):
                now = self.watch.clock.now()
                current = self.journal.by_key(self.scope, new_entry.key)
                if _state(current) != _state(entry):
                    return None  # another process took the key meanwhile, or learnt of a late result
                stop = next((f for f in self._findings(ask, new_entry, now) if f.name not in passed), None)
                if stop is None:
                    self.watch.signals.arm()
                    if entry is None:
                        entry = self.journal.add(new_entry, now, prior)
                    else:
                        entry = self.journal.try_again(
                            entry, now, prior, fresh=True, amount=new_entry.amount, total=new_entry.total
                        )
                    self.entered()
                    return entry
            self._pass_or_refuse(stop)
            passed.add(stop.name)

    def _findings(self, ask: RequestSpec, new_entry: NewEntry, now: datetime) -> list[Finding]:
        if not new_entry.kind.is_money:
            return []
        taken = {e.id: e for e in (*self._blockers(new_entry), *self._same_invoice(ask, new_entry))}
        findings = [guards.terminal_taken(e) for e in taken.values() if e.key != self.options.over]
        limit = self._limit(ask, new_entry)
        if limit is not None:
            findings.append(limit)
        if ask.original is not None:
            can_ask = limit is None and self.asker.can_ask()
            about = refunds.findings(ask, self._about(ask), new_entry.key, can_ask=can_ask)
            findings += [f for f in about if f.entry is None or f.entry.key != self.options.over]
        once = ask.kind is Kind.VOID or ask.whole  # done twice they have nothing left to move
        if not new_entry.named and new_entry.amount is not None and not once:
            findings += guards.near_duplicates(
                self.journal.same_amount(self.scope, new_entry.amount), _sale(new_entry), now
            )
        return sorted(findings, key=lambda f: f.passed_by is not Pass.NOTHING)

    def _limit(self, ask: RequestSpec, new_entry: NewEntry) -> Finding | None:
        """The profile's limits; a void only takes back what passed them."""
        if ask.total is None:
            return None
        limit = guards.over_limits(
            ask.total, self.limits.max_amount, self.limits.confirm_above,
            environment=self.limits.environment, merchant=self._merchant(new_entry.terminal),
            terminal=_where(new_entry), kind=new_entry.kind,
        )  # fmt: skip
        if limit is None or limit.question is None or ask.original is None:
            return limit
        return replace(limit, question=refunds.ask_after(refunds.say_before(ask), limit.question))

    def _pass_or_refuse(self, stop: Finding) -> None:
        allowed = {Pass.FORCE: self.options.force, Pass.YES: self.options.yes}.get(stop.passed_by, False)
        if allowed:
            return
        if stop.question is not None and self.asker.can_ask() and self.asker.confirm(stop.question):
            return
        raise refusal(stop)

    def _merchant(self, terminal: Terminal) -> str:
        return f"{self.scope.login} (account {terminal.terminal_id})"

    # -- (4) and (5) the POST, and following it ----------------------------------------------------------

    def _send(self, ask: RequestSpec, entry: Entry, deadline: datetime, passed: Passed) -> Resolution:
        busy_until = self.watch.clock.now() + timedelta(seconds=self.options.wait_busy)
        tries, facts = 1, list[Fact]()
        while True:
            standing = self._send_once(ask, entry, deadline, facts)
            now = self.watch.clock.now()
            left = min(busy_until, deadline) - now
            if self._void_again(standing, tries, deadline):
                tries, facts, entry = tries + 1, standing.facts, self._taken_up(standing.entry)
                continue
            busy = standing.verdict.outcome is Outcome.BUSY
            again = busy and left > timedelta(seconds=BUSY_PAUSE)
            if busy:
                self._say_who_holds(standing.entry)
            if not again or standing.interrupted or standing.signum is not None:
                return standing
            seconds = int(left.total_seconds())
            self.watch.reporter.on_notice(f"the terminal is busy; trying again for {seconds} s")
            self.watch.inbox.pause(BUSY_PAUSE)
            new_entry = self._new_entry(ask, entry.terminal)
            new_entry = replace(new_entry, key=entry.key, named=entry.named, invoice_number=entry.invoice_number)
            self._settle_blockers(ask, new_entry)
            try:
                next_try = self._enter(ask, new_entry, standing.entry, frozenset(), passed)
            except GuardRefused as stop:  # this try was sent, and how it ended is known
                self.watch.reporter.on_notice(f"not tried again: {stop.message}")
                return standing
            if next_try is None:
                return self.resolver.report(self.journal.reload(entry))
            entry = next_try

    def _say_who_holds(self, entry: Entry) -> None:
        """What the journal knows of whoever keeps the terminal busy."""
        others = self.journal.unsettled_on(entry.terminal.smart_terminal_id)
        ours = [e for e in others if e.key != entry.key]
        if ours:
            said = "; ".join(f"{guards.describe(e)} (key {e.key})" for e in ours)
            self.watch.reporter.on_notice(f"busy with: {said}")
        else:
            self.watch.reporter.on_notice("busy with something this journal does not know: another till or program")

    def _taken_up(self, entry: Entry) -> Entry:
        """The entry as ours again, after its verdict was written and it was let go."""
        self.watch.keep(lambda: self.journal.owners.claim(entry.id))
        return entry

    def _void_again(self, standing: Resolution, tries: int, deadline: datetime) -> bool:
        """A void whose answer was lost and that is not to be seen may safely be sent again (guess, 7.4)."""
        return (
            standing.entry.kind is Kind.VOID
            and standing.verdict.outcome is Outcome.UNKNOWN
            and tries < VOID_TRIES
            and not standing.interrupted
            and standing.signum is None
            and self.watch.clock.now() < deadline
        )

    def _send_once(self, ask: RequestSpec, entry: Entry, deadline: datetime, before: list[Fact]) -> Resolution:
        terminal = entry.terminal
        path = ask.path(terminal.smart_terminal_id)
        form = ask.form(terminal.terminal_id, entry.invoice_number)
        sent: Fact = Sent(entry.sent_at or entry.started_at)
        if before:
            sent = Sent(self.watch.clock.now())
            self.watch.note(entry, sent)
        self.watch.reporter.on_fact(sent, replay([*before, sent]))
        if self.watch.signals.wanted:  # it came between the entry and the POST: nothing needs to leave
            return self._not_sent(entry, sent)
        try:
            with self.watch.signals.may_leave(post=True):
                sending = self.api.send(path, form, deadline, ask.method)
        except LeaveNow as leave:
            verdict = Verdict(Outcome.OPEN, "detached before the answer to the POST came")
            return Resolution(self.resolver.current(entry), verdict, [sent], signum=leave.signum)
        if before and isinstance(sending.fact, NotTaken):  # an earlier try of this void may have been
            why = f"the first try's; this one was not taken: {sending.fact.why}"
            sending = Sending(Lost(sending.fact.at, why), sending.error)
        facts = [*before, sent, sending.fact]
        self.watch.note(entry, sending.fact)
        self.watch.reporter.on_fact(sending.fact, replay(facts))
        if isinstance(sending.fact, NotTaken):
            if isinstance(sending.error, ApiRejected) and sending.error.hint is None:
                sending.error.hint = refunds.hint_when_refused(ask)
            return self._not_taken(entry, sending, sending.fact, facts)
        if not self.options.wait and isinstance(sending.fact, Accepted) and not self.watch.signals.wanted:
            return self._leave(entry, facts)
        from pjterm.flow.loop import follow

        ending = follow(self.watch, self._plan(entry, deadline), entry, facts)
        return self.resolver.conclude(entry, ending)

    def _not_sent(self, entry: Entry, sent: Fact) -> Resolution:
        fact = NotTaken(self.watch.clock.now(), Outcome.CANCELLED, "interrupted before it was sent")
        self.watch.note(entry, fact)
        ending = FollowResult(Verdict(fact.outcome, fact.why), replay([sent, fact]), [sent, fact], interrupted=True)
        return self.resolver.conclude(entry, ending)

    def _not_taken(self, entry: Entry, sending: Sending, fact: NotTaken, facts: list[Fact]) -> Resolution:
        ending = FollowResult(Verdict(fact.outcome, fact.why), replay(facts), facts)
        return replace(self.resolver.conclude(entry, ending), error=sending.error)

    def _leave(self, entry: Entry, facts: list[Fact]) -> Resolution:
        """`--no-wait`: accepted is all that was wanted; the entry stays open for others to follow."""
        verdict = Verdict(Outcome.OPEN, "accepted")
        self.watch.keep(lambda: self.journal.owners.release(entry.id))
        return Resolution(self.resolver.current(entry), verdict, facts, accepted_only=True)

    def _plan(self, entry: Entry, deadline: datetime) -> Plan:
        return Plan(
            sale=entry.sale(),
            kind=entry.kind,
            deadline=deadline,
            until=self.options.until,
            cancel_on_timeout=self.options.cancel_on_timeout,
        )


def new_key() -> str:
    """A key for a sale that the user gave none: 20 characters of 100 random bits."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    return "".join(secrets.choice(alphabet) for _ in range(20))


def refusal(finding: Finding) -> GuardRefused:
    """A finding as the error that ends the command."""
    return GuardRefused(finding.says, hint=finding.hint, code=finding.code)


def _state(entry: Entry | None) -> tuple[int, Outcome | None] | None:
    return None if entry is None else (entry.attempt, entry.outcome)


def _sale(new_entry: NewEntry) -> Sale:
    return Sale(
        new_entry.key, new_entry.kind, new_entry.terminal, new_entry.amount, new_entry.invoice_number,
        original_id=new_entry.original_id, total=new_entry.total,
    )  # fmt: skip


def _where(new_entry: NewEntry) -> str:
    if new_entry.original_id is not None:
        return f"transaction {new_entry.original_id}"
    return new_entry.terminal.name or new_entry.terminal.smart_terminal_id or "?"
