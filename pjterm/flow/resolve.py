"""Settle entries of the journal: report what is proven, find out what is not, write down what was found.

Used by the same key again, by `resume`, `follow` and `status`, and by the guards, which ask once about
whatever holds the terminal. While the process that works on an entry lives, the journal is watched
instead of asking the API twice; when it dies, we go on where it stopped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pjterm.core import guards
from pjterm.core.entry import UNSETTLED, Entry, NewEntry, Scope, recorded
from pjterm.core.evidence import is_news, say_transaction
from pjterm.core.facts import RESET_ELSEWHERE, Fact, LookedUp, Lost, OperatorSaid, Purged, Searched, TerminalReset
from pjterm.core.model import Kind, Outcome, Verdict
from pjterm.core.partition import speaks_for
from pjterm.core.plan import Plan
from pjterm.core.states import AFTER_RESET, Progress, replay
from pjterm.core.verdict import decide_by, judge, undecided_id
from pjterm.errors import GuardRefused, JournalUnusable, PjtermError, Unavailable
from pjterm.flow.inbox import Interrupted, Leave
from pjterm.flow.runtime import FollowResult, Runtime

GLANCE = 5.0  # seconds; contract, section 5: one poll or search of what holds the terminal
JOURNAL_LOOK = 0.1  # seconds between looks at an entry that another process works on


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a sale stands at a command's end: its entry, what decided it, by which facts."""

    entry: Entry
    verdict: Verdict
    facts: list[Fact]
    error: PjtermError | None = None
    interrupted: bool = False
    signum: int | None = None
    accepted_only: bool = False

    @property
    def known(self) -> Progress:
        """All that the facts say together."""
        return replay(self.facts)


class Resolver:
    """Works on entries of one login with one watch."""

    def __init__(self, watch: Runtime, scope: Scope) -> None:
        self._watch = watch
        self._journal = watch.journal
        self._scope = scope

    # -- what is proven already -------------------------------------------------------------------------

    def report(self, entry: Entry) -> Resolution:
        """A settled entry, as it is; an approved one is asked about once, for it may be void by now."""
        facts = self._facts(entry)
        may_be_void = entry.transaction_id not in (None, entry.original_id)
        if entry.outcome in (Outcome.APPROVED, Outcome.REFUNDED) and may_be_void:
            assert entry.transaction_id is not None
            with self._watch.api.hurried(GLANCE):
                seen = self._watch.api.look_up(entry.transaction_id)
            if isinstance(seen, LookedUp) and seen.transaction.is_void:
                self._watch.note(entry, seen)
                facts.append(seen)
                entry = self._write(entry, Verdict(Outcome.VOIDED, "voided since", seen.transaction))
        return Resolution(entry, recorded(entry), facts)

    # -- finding out --------------------------------------------------------------------------------------

    def settle(
        self, entry: Entry, plan: Plan, *, cancel_at: datetime | None = None, force_follow: bool = False
    ) -> Resolution:
        """Bring an entry to its verdict, or to the plan's deadline."""
        self._watch.signals.arm()
        left = self._wait_for_owner(entry, plan.deadline)
        if left is not None:
            return left
        entry = self._journal.reload(entry)
        if not entry.is_unsettled and not force_follow:
            return self.report(entry)
        self._watch.keep(lambda: self._journal.owners.claim(entry.id))
        facts = self._resumed(entry)
        plan = replace(plan, sale=entry.sale(plan.sale.owned_elsewhere))
        from pjterm.flow.loop import follow

        return self.conclude(entry, follow(self._watch, plan, entry, facts, cancel_at=cancel_at))

    def _facts(self, entry: Entry) -> list[Fact]:
        """What was seen of the latest try; a /main whose sender is gone or elsewhere stands only in the entry."""
        facts: list[Fact] = [
            f for f in self._journal.facts(entry) if not isinstance(f, Purged)  # asked again, it may be known
        ]
        known_at = replay(facts).reset_at
        if entry.reset_at is not None and (known_at is None or known_at < entry.reset_at):
            facts.append(TerminalReset(entry.reset_at, RESET_ELSEWHERE))
        return facts

    def glance(self, entry: Entry) -> Resolution:
        """One poll or search of an entry, at most 5 s; only what is proven is written down."""
        facts = self._facts(entry)
        api = self._watch.api
        with api.hurried(GLANCE):
            seen = self._look_once(entry, replay(facts))
        sale = entry.sale(self._owned_elsewhere(entry, [*facts, *seen]))
        for fact in seen:
            if is_news(replay(facts), fact):
                self._watch.note(entry, fact)
            facts.append(fact)
        verdict = judge(sale, replay(facts), entry.kind)
        if verdict is not None and verdict.outcome not in UNSETTLED:
            return Resolution(self._write(entry, verdict), verdict, facts)
        return Resolution(entry, Verdict(Outcome.OPEN, "still open"), facts)

    def ask_once_more(self, smart_terminal_id: str | None, scope: Scope) -> None:
        """Payments that a /main of ours ended lately: a card already in may have been charged after all."""
        now = self._watch.clock.now()
        since = now - guards.LATE_APPROVAL
        for entry in guards.may_answer_late(self._journal.reset_since(smart_terminal_id, since), now):
            if entry.scope == scope:
                self._ask_again(entry)

    def _ask_again(self, entry: Entry) -> None:
        facts = self._facts(entry)
        api = self._watch.api
        with api.hurried(GLANCE):
            seen = self._look_once(entry, replay(facts))
        facts += seen
        sale = entry.sale(self._owned_elsewhere(entry, facts))
        verdict = judge(sale, replay(facts), entry.kind)
        if verdict is None and (undecided := undecided_id(sale, replay(facts))) is not None:
            self._watch.reporter.on_notice(
                f"ATTENTION: {guards.describe(entry)} (key {entry.key}) was thought cancelled, but its invoice number "
                f"is on transaction {undecided}, undecided yet. See: pjterm transactions show {undecided}"
            )
        if verdict is None or verdict.outcome is Outcome.CANCELLED:
            return
        for fact in seen:
            self._watch.note(entry, fact)
        self._write(entry, verdict)
        self._watch.reporter.on_notice(
            f"ATTENTION: {guards.describe(entry)} (key {entry.key}) was thought cancelled, but is now "
            f"{verdict.outcome}: {verdict.says}. See: pjterm why {entry.key}"
        )

    def _look_once(self, entry: Entry, known: Progress) -> list[Fact]:
        """A poll where there is an id, the transaction it names, and a search where there is a number."""
        api, seen = self._watch.api, list[Fact]()
        if entry.request_id is not None:
            seen.append(api.poll(entry.request_id, entry.kind))
        known = replay(seen, known)
        for result in known.results:
            if result.transaction_id is not None and result.transaction_id not in known.transactions:
                seen.append(api.look_up(result.transaction_id))
        if entry.original_id is not None:
            seen.append(api.look_up(entry.original_id))
        if entry.invoice_number is not None and (entry.request_id is None or known.end is not None):
            seen.append(api.search(entry.sale()))
            undecided = undecided_id(entry.sale(), replay(seen, known))
            if undecided is not None:  # items of a search come trimmed (TXLIST)
                seen.append(api.look_up(undecided))
        return seen

    def _owned_elsewhere(self, entry: Entry, facts: list[Fact]) -> frozenset[int]:
        return self._journal.owners_of(
            replay(facts).transactions.keys(), entry.id, entry.scope.environment
        )

    # -- ending what runs, and settling by hand ---------------------------------------------------------

    def cancel(self, entry: Entry, plan: Plan) -> Resolution:
        """Cancel what runs, though another process may be following it: compare, act, see it proven."""
        if not entry.is_unsettled:
            return self.report(entry)
        self._watch.signals.arm()
        facts = self._facts(entry)
        from pjterm.flow.loop import follow

        ending = follow(self._watch, plan, entry, facts, cancel_at=self._watch.clock.now())
        return self.conclude(entry, ending)

    def clear_terminal(self, entry: Entry, plan: Plan, settle: float | None) -> Resolution:
        """`resume KEY --clear-terminal`: end what may run without an id we know, then search until sure."""
        if entry.request_id is not None:
            return self.cancel(entry, plan)
        if entry.terminal.smart_terminal_id is None:
            raise GuardRefused(
                f"{guards.describe(entry)} runs on no terminal",
                hint=f"settle it: pjterm resume {entry.key}",
                code="no-terminal",
            )
        others = self._journal.unsettled_on(entry.terminal.smart_terminal_id)
        stop = guards.may_clear(
            entry,
            others,
            self._watch.clock.now(),
            owner_lives=self._journal.owners.lives_elsewhere(entry.id),
            settle_given=settle is not None,
        )
        if stop is not None:
            raise GuardRefused(stop.says, hint=stop.hint, code=stop.code)
        facts = self._resumed(entry)
        assert entry.terminal.smart_terminal_id is not None
        done = self._watch.reset(entry.terminal.smart_terminal_id)
        if not isinstance(done, TerminalReset):
            raise Unavailable(f"the reader was not reset: {done.why}", hint="run the same command again")
        self._keep_fact(entry, facts, done)
        seconds = 60.0 if settle is None else settle
        until = self._watch.clock.now() + timedelta(seconds=seconds)
        from pjterm.flow.loop import follow

        ending = follow(self._watch, replace(plan, deadline=until), entry, facts)
        if ending.verdict.outcome is Outcome.UNKNOWN and not ending.verdict.transaction_ids:
            ending = self._controlled(entry, ending)
        return self.conclude(entry, ending)

    def _controlled(self, entry: Entry, ending: FollowResult) -> FollowResult:
        """Nothing found proves something only if the same search finds a sale that certainly exists.

        A restricted API user sees no transactions of others, or none at all.
        """
        newest = self._journal.newest_approved(self._scope, entry.id)
        searched = ending.known.searched_at
        if newest is None or not entry.kind.is_money or searched is None:
            return ending
        if ending.known.reset_at is None or searched < ending.known.reset_at + AFTER_RESET:
            return ending  # a card that was in may still be charged
        control = self._watch.api.search(newest.sale())
        found = isinstance(control, Searched) and any(
            t.transaction_id == newest.transaction_id for t in control.found
        )
        if not found:
            return ending
        says = f"nothing was booked; the same search does find transaction {newest.transaction_id}"
        fact = OperatorSaid(self._watch.clock.now(), f"terminal cleared; control: {says}", not_charged=True)
        self._watch.note(entry, fact)
        return FollowResult(Verdict(Outcome.CANCELLED, says), ending.known, [*ending.facts, fact])

    def settle_by_hand(self, entry: Entry, transaction_id: int) -> Resolution:
        """The operator names the transaction; it must be this sale's by the same rule as ever."""
        if not entry.is_unsettled:
            raise GuardRefused(
                f"{entry.key} is settled already: {entry.outcome}",
                hint=f"see: pjterm why {entry.key}",
                code="settled",
            )
        until = self._watch.clock.now() + timedelta(seconds=15)
        t = self._watch.api.retrying(lambda: self._watch.api.transaction(transaction_id), until)
        owned = self._journal.owners_of([transaction_id], entry.id, entry.scope.environment)
        if entry.original_id == transaction_id:  # only its being void says anything
            verdict = judge(entry.sale(owned), replay([LookedUp(self._watch.clock.now(), t)]), entry.kind)
        else:
            fits = entry.kind is not Kind.VOID and speaks_for(t, entry.sale(owned), reported=True)
            if fits and t.approved is None:
                raise GuardRefused(
                    f"transaction {transaction_id} does not say whether it was approved; nothing was written down",
                    hint=f"look again later: pjterm resume {entry.key} --transaction {transaction_id}",
                    code="undecided",
                )
            verdict = decide_by(t, entry.kind) if fits else None
        if verdict is None:
            raise GuardRefused(
                f"transaction {transaction_id} is not this sale's: {say_transaction(t)}",
                hint=f"it must have the action, amount, account and invoice number of {entry.key}; "
                f"see: pjterm requests show {entry.key}",
                code="foreign-transaction",
            )
        facts = self._facts(entry)
        now = self._watch.clock.now()
        self._keep_fact(entry, facts, OperatorSaid(now, f"this sale is transaction {transaction_id}"))
        self._keep_fact(entry, facts, LookedUp(now, t))
        return self.conclude(entry, FollowResult(verdict, replay(facts), facts))

    def not_charged(self, entry: Entry) -> Resolution:
        """The operator takes the responsibility that nothing was charged."""
        if not entry.is_unsettled:
            return self.report(entry)
        facts = self._facts(entry)
        says = "the operator says that nothing was charged"
        self._keep_fact(entry, facts, OperatorSaid(self._watch.clock.now(), says, not_charged=True))
        return self.conclude(entry, FollowResult(Verdict(Outcome.CANCELLED, says), replay(facts), facts))

    def _keep_fact(self, entry: Entry, facts: list[Fact], fact: Fact) -> None:
        self._watch.note(entry, fact)
        facts.append(fact)
        self._watch.reporter.on_fact(fact, replay(facts))

    # -- writing it down --------------------------------------------------------------------------------

    def conclude(self, entry: Entry, ending: FollowResult) -> Resolution:
        """Write how following ended, and say how the entry stands then: another process may know more."""
        verdict, attempt = ending.verdict, entry.attempt
        entry = self._write(entry, verdict, ending.known, ending.proven_at)
        self._watch.keep(lambda: self._journal.owners.release(entry.id))
        if entry.attempt != attempt:
            says = "this try is over, and another command has sent the same key again meanwhile"
            verdict = recorded(entry) if entry.outcome is not None else Verdict(Outcome.OPEN, says)
            return Resolution(entry, verdict, ending.facts, None, ending.interrupted, ending.signum)
        self._tell_original(entry, verdict)
        if entry.outcome not in UNSETTLED and entry.outcome is not verdict.outcome:
            verdict = recorded(entry)
        return Resolution(entry, verdict, ending.facts, None, ending.interrupted, ending.signum)

    def _tell_original(self, entry: Entry, verdict: Verdict) -> None:
        """A charge that was voided counts no more: not as a near duplicate, not as a paid key."""
        t = verdict.transaction
        if t is None or not t.is_void or t.transaction_id != entry.original_id:
            return
        now = self._watch.clock.now()

        def write() -> None:
            for charge in self._journal.owners_by_id(t.transaction_id, entry.scope.environment):
                if charge.outcome in (Outcome.APPROVED, Outcome.REFUNDED):
                    self._journal.note(charge, LookedUp(now, t))
                    self._write(charge, Verdict(Outcome.VOIDED, f"voided since (key {entry.key})", t))

        self._watch.keep(write)

    def answered_before(
        self, new_entry: NewEntry, entry: Entry | None, fact: Searched | LookedUp, says: str
    ) -> Resolution:
        """It was done before: by another till with this key, by a try of ours that came late, by hand."""
        now = self._watch.clock.now()
        if entry is None:
            entry = self._journal.adopt(new_entry, now, [fact])
        else:
            self._watch.note(entry, fact)
        verdict = judge(entry.sale(), replay([fact]), entry.kind)
        assert verdict is not None, "only a fact that proves it by itself answers"
        self._watch.reporter.on_fact(fact, replay([fact]))
        self._watch.reporter.on_notice(says)
        self._tell_original(entry, verdict)
        return Resolution(self._write(entry, verdict), verdict, [fact])

    def current(self, entry: Entry) -> Entry:
        """The entry as it stands now, or as last seen where the journal fails."""
        try:
            return self._journal.reload(entry)
        except JournalUnusable:
            return entry

    def _write(
        self,
        entry: Entry,
        verdict: Verdict,
        known: Progress | None = None,
        proven_at: datetime | None = None,
    ) -> Entry:
        """Keep a verdict. Where the journal fails, the entry in memory still carries it."""
        now = self._watch.clock.now()
        transaction = verdict.transaction
        settled: list[Entry] = []

        def write() -> None:
            settled.append(
                self._journal.settle(
                    entry,
                    verdict.outcome,
                    verdict.says,
                    now,
                    proven_at=proven_at,
                    transaction_id=None if transaction is None else transaction.transaction_id,
                    transaction=None if transaction is None else transaction.raw,
                )
            )

        self._watch.keep(write)
        return settled[0] if settled else _in_memory(entry, verdict, known, now)

    # -- other processes ----------------------------------------------------------------------------------

    def _wait_for_owner(self, entry: Entry, deadline: datetime) -> Resolution | None:
        """While another live process works on it, look at the journal; `None` when it is ours to settle."""
        shown = len(self._journal.facts(entry))
        while self._journal.owners.lives_elsewhere(entry.id) and self._watch.clock.now() < deadline:
            entry = self._journal.reload(entry)
            facts = self._journal.facts(entry)
            for n in range(shown, len(facts)):
                self._watch.reporter.on_fact(facts[n], replay(facts[: n + 1]))
            shown = len(facts)
            arrival = self._watch.inbox.get(JOURNAL_LOOK)
            if isinstance(arrival, Leave | Interrupted):
                return self._left(entry, facts, arrival)
        return None

    def _left(self, entry: Entry, facts: list[Fact], arrival: Leave | Interrupted) -> Resolution:
        """Ctrl-C here ends only our looking on: the other process has its own."""
        signum = arrival.signum if isinstance(arrival, Leave) else None
        verdict = Verdict(Outcome.OPEN, "another pjterm works on it; looking on was ended")
        return Resolution(entry, verdict, facts, None, signum is None, signum)

    def _resumed(self, entry: Entry) -> list[Fact]:
        """The facts to go on from. A POST without an answer or a loss was cut off with its process."""
        facts = self._facts(entry)
        known = replay(facts)
        unanswered = known.request_id is None and known.answered is None
        ended = not self._journal.owners.lives_elsewhere(entry.id)
        if ended and known.sent_at is not None and unanswered and known.lost is None:
            lost = Lost(self._watch.clock.now(), "the process that sent it ended before its answer")
            self._watch.note(entry, lost)
            facts.append(lost)
        return facts


def _in_memory(entry: Entry, verdict: Verdict, known: Progress | None, now: datetime) -> Entry:
    """What the journal would say, had it taken the write."""
    result = known.result if known is not None else None
    changes: dict[str, Any] = {"outcome": verdict.outcome, "says": verdict.says, "finished_at": now}
    if known is not None and result is not None:
        changes |= {
            "request_id": known.request_id, "status": known.status, "transaction_id": result.transaction_id,
            "signature_id": result.signature_id, "prompt_button": result.prompt_button,
            "input_value": result.input_value, "read_data": result.read_data, "result_at": now,
        }  # fmt: skip
    if verdict.transaction is not None:
        changes |= {
            "transaction_id": verdict.transaction.transaction_id,
            "transaction": verdict.transaction.raw,
        }
    return replace(entry, **changes)
