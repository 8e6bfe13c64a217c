"""Ways out of an unknown: reset its reader and search, name its transaction, or accept the operator's statement."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from pjterm.core import guards
from pjterm.core.entry import UNRESOLVED, WITHOUT_RESULT, Entry
from pjterm.core.evidence.facts import NAMED, NOT_CHARGED, Controlled, Fact, LookedUp, OperatorSaid, TerminalReset
from pjterm.core.evidence.states import advance, replay
from pjterm.core.guards import Finding, refusal
from pjterm.core.hints import command_line
from pjterm.core.model import Outcome, Verdict
from pjterm.core.parts import say_taken
from pjterm.core.plan import Plan
from pjterm.core.sending.absence import least_wait
from pjterm.core.verdicts import by_hand
from pjterm.core.verdicts.contradiction import TWICE
from pjterm.core.verdicts.found import READ_MOST
from pjterm.core.verdicts.partition import partition
from pjterm.core.verdicts.verdict import are_others, decide_by
from pjterm.errors import ApiRejected, AuthFailed, GuardRefused, Unavailable
from pjterm.flow.ask import ask_earlier_tries
from pjterm.flow.looks import LOOK_TIME, Looks
from pjterm.flow.recorder import Recorder
from pjterm.flow.records import Records
from pjterm.flow.resets import Resets
from pjterm.flow.resolve import Resolver
from pjterm.flow.results import FollowResult, Resolution
from pjterm.journal.store import Journal
from pjterm.values import dataclass, replace

if TYPE_CHECKING:
    from pjterm.flow.protocols import Lookups, Reporter, Transactions

NAMED_TIME = timedelta(seconds=15)
"""How long to try to read a transaction that an operator named."""
SETTLE_TIME = 60.0
"""Seconds to search after a reset, unless the command line says otherwise."""


@dataclass(slots=True)
class ByHand:
    """What `resume` does besides following: each resolves an unknown of this login, or raises `JournalUnusable`."""

    transactions: Transactions
    lookups: Lookups
    journal: Journal
    records: Records
    recorder: Recorder
    resolver: Resolver
    resets: Resets
    looks: Looks
    reporter: Reporter
    now: Callable[[], datetime]

    def clear_terminal(self, entry: Entry, plan: Plan, settle: float | None) -> Resolution:
        """`resume KEY --clear-terminal`: end what may run under an unknown id, then search until sure."""
        if entry.request_id is None:
            lives = self.journal.owners.lives_elsewhere(entry.id)
            entry = self.journal.reload(entry)  # after that: its process may have written an answer, and ended
        if entry.request_id is not None:
            return self.resolver.cancel(entry, plan)
        reader = entry.terminal.smart_terminal_id
        if reader is None:
            raise GuardRefused(
                f"{guards.describe(entry)} runs on no terminal",
                hint=f"find out what became of it: {command_line('resume', entry.key)}",
                code="no-terminal",
            )
        now = self.now()
        stop = by_hand.may_clear(
            self.journal.aged(entry, now),
            self.journal.unresolved_on(reader),
            now,
            owner_lives=lives,
            settle_given=settle is not None,
        )
        if stop is not None:
            raise refusal(stop)
        facts = self.records.resumed(entry)
        done = self.resets.reset_any(reader)
        if not isinstance(done, TerminalReset):
            again = f"once it can be: {command_line('resume', entry.key, '--clear-terminal')}"
            return Resolution(
                entry, Verdict(Outcome.UNKNOWN, f"the reader was not reset: {done.why}", hint=again), facts
            )
        self.records.note(entry, facts, done)
        asked, lag = timedelta(seconds=SETTLE_TIME if settle is None else settle), self.records.lag_of(entry.scope)
        if lag > asked:
            seconds = math.ceil(lag.total_seconds())
            self.reporter.on_notice(f"searches lagged by up to {seconds} s lately; searching for {seconds} s")
        result = self.resolver.followed(replace(plan, deadline=done.at + max(asked, lag)), entry, facts)
        return self.records.conclude(entry, self._controlled(entry, result, least_wait(lag)))

    def _controlled(self, entry: Entry, result: FollowResult, least: timedelta) -> FollowResult:
        """When nothing was found, search for a sale that certainly exists."""
        unknown = result.verdict.outcome is Outcome.UNKNOWN
        control = self.journal.newest_approved(entry.scope, entry.id)
        sale = self.records.sale_of(entry, result.known)
        if (
            control is None
            or not unknown
            or not by_hand.needs_control(entry, sale, result.verdict, result.known, least)
        ):
            return result
        result = self._looked_around(entry, result)
        if (seen := self.records.verdict(entry, result.facts)) is not None:
            return replace(result, verdict=seen)
        sale, known = self.records.sale_of(entry, result.known), result.known
        if known.looked_around_at is None or not by_hand.needs_control(entry, sale, result.verdict, known, least):
            return result
        says = by_hand.cleared(control, self.lookups.search(control.sale()))
        if says is None:
            return result
        shown = Controlled(self.now(), True, says)
        self.recorder.note(entry, shown)
        return FollowResult(Verdict(Outcome.CANCELLED, says), result.known, [*result.facts, shown])

    def _looked_around(self, entry: Entry, result: FollowResult) -> FollowResult:
        """The result after a search by account and time: the service may keep our number in another spelling.

        Earlier tries have requests that may name what they booked since.
        """
        facts = list(result.facts)
        before = len(facts)
        ask_earlier_tries(self.lookups, self.journal, self.records, entry, facts, self.now(), LOOK_TIME)
        shown = self.lookups.look_around(self.journal.begun(entry).sale())
        self.records.learn(entry, facts, shown)
        known = result.known
        for fact in facts[before:]:
            known = advance(known, fact)
        for transaction_id in partition(self.records.sale_of(entry, known), known).undecided[:READ_MOST]:
            read = self.lookups.look_up(transaction_id)
            self.records.learn(entry, facts, read)
            known = advance(known, read)
        return replace(result, known=known, facts=facts)

    def name_transaction(self, entry: Entry, transaction_id: int, accept: Callable[[str], bool]) -> Resolution:
        """`resume KEY --transaction ID`: the operator says which transaction it is.

        One that was approved for another amount requires confirmation (`accept`). A declined one is the sale's only
        if a look shows no approval of it, and naming one of two approved ones takes back neither.
        """
        if by_hand.may_be_denied(entry) and not entry.is_unresolved:
            entry = self.resolver.report(entry).entry  # a look may show one that may be this sale's
        if not entry.is_unresolved:
            raise GuardRefused(
                f"{entry.key} is resolved already: {entry.outcome}",
                hint=f"see: {command_line('why', entry.key)}",
                code="settled",
            )
        if self.journal.owners.lives_elsewhere(entry.id):
            raise refusal(by_hand.still_owned(entry, f"--transaction {transaction_id}"))
        until = self.now() + NAMED_TIME
        try:
            t = self.transactions.retrying(lambda: self.transactions.transaction(transaction_id), until)
        except (Unavailable, AuthFailed, ApiRejected) as error:
            says = f"transaction {transaction_id} could not be read: {error.message}"
            again = f"once it can be: {command_line('resume', entry.key, '--transaction', str(transaction_id))}"
            if isinstance(error, ApiRejected):  # it does not exist
                says, again = error.message, "find its id: pjterm transactions list"
            return Resolution(entry, Verdict(Outcome.UNKNOWN, says, hint=again), self.records.facts(entry))
        looked = LookedUp(self.now(), t)
        verdict = by_hand.named(entry, looked, self.records.sale_of(entry, replay([looked])))
        if isinstance(verdict, Finding):
            if verdict.question is None or not accept(verdict.question):
                raise refusal(verdict)
            verdict = decide_by(t, entry.kind)
        facts = self.records.facts(entry)
        self.records.note(entry, facts, looked)
        facts = self.resolver.read_anew(entry, facts)  # the other one of two may be void by now
        if verdict.outcome is Outcome.DECLINED:
            shown = self.looks.look(entry, facts)
            seen = self.records.verdict(entry, facts)
            if seen is not None and seen.transaction is not None and seen.transaction.approved:
                return self.records.conclude(entry, FollowResult(seen, replay(facts), facts))
            if by_hand.runs(shown):
                raise refusal(by_hand.still_runs(entry))
        self._write_word(entry, facts, OperatorSaid(self.now(), f"{NAMED}{transaction_id}"))
        done = self.records.conclude(entry, FollowResult(verdict, replay(facts), facts))
        twice = self.resolver.counts.count(done.entry, facts)
        return done if twice is None else Resolution(self.records.current(done.entry), twice, facts)

    def not_charged(self, entry: Entry, *, can_look: bool) -> Resolution:
        """`resume KEY --not-charged`: the operator takes responsibility that nothing was charged.

        One look comes first, if this login `can_look`: an approval that it shows is the verdict, and a reader
        that still works on it may yet charge.
        """
        if not by_hand.may_be_denied(entry):
            return self.resolver.report(entry)
        if not entry.is_unresolved:
            done = self.resolver.report(entry)
            if not by_hand.may_be_denied(done.entry):
                return done
            entry = done.entry
        if self.journal.owners.lives_elsewhere(entry.id):
            raise refusal(by_hand.still_owned(entry, "--not-charged"))
        facts, shown, seen = self.records.facts(entry), list[Fact](), None
        if can_look:
            facts = self.resolver.read_anew(entry, facts)  # what contradicted it may be void by now
            shown = self.looks.look(entry, facts)
            if (unread := self._unread(entry, facts)) is not None:
                return Resolution(entry, unread, facts)
            seen = self.records.verdict(entry, facts)
        if seen is not None and seen.outcome not in (*UNRESOLVED, *WITHOUT_RESULT, Outcome.DECLINED):
            return self.records.conclude(entry, FollowResult(seen, replay(facts), facts))
        if by_hand.runs(shown):
            raise refusal(by_hand.still_runs(entry))
        if can_look and (charged := self._named_approved(entry, facts)) is not None:
            raise refusal(charged)
        if seen is not None and seen.code in TWICE and not self._are_others(entry, facts, seen):
            return self.records.conclude(entry, FollowResult(seen, replay(facts), facts))
        self._warn_of_alike(entry, facts)
        self._write_word(entry, facts, OperatorSaid(self.now(), NOT_CHARGED, not_charged=True))
        verdict = self.records.verdict(entry, facts) or Verdict(Outcome.CANCELLED, NOT_CHARGED)
        return self.records.conclude(entry, FollowResult(verdict, replay(facts), facts))

    def _write_word(self, entry: Entry, facts: list[Fact], word: OperatorSaid) -> None:
        """Store what the operator says. Raises `JournalUnusable`: it can be looked up nowhere else."""
        self.journal.note(entry, word)
        facts.append(word)
        self.reporter.on_fact(word, replay(facts))

    def _unread(self, entry: Entry, facts: list[Fact]) -> Verdict | None:
        """The verdict while a transaction that may be this sale's cannot be read: it may be approved.

        One that the API refuses to show is left to the operator.
        """
        known, until = replay(facts), self.now() + NAMED_TIME
        undecided = partition(self.records.sale_of(entry, known), known).undecided
        for transaction_id in sorted({*undecided, *(known.polled - known.transactions.keys())}):
            try:
                t = self.transactions.retrying(partial(self.transactions.transaction, transaction_id), until)
            except (AuthFailed, ApiRejected):
                continue
            except Unavailable as error:
                says = f"transaction {transaction_id} may be this sale's, and could not be read: {error.message}"
                again = f"once it can be: {command_line('resume', entry.key, '--not-charged')}"
                return Verdict(Outcome.UNKNOWN, says, hint=again, transaction_ids=(transaction_id,))
            self.records.learn(entry, facts, LookedUp(self.now(), t))
        return None

    def _named_approved(self, entry: Entry, facts: list[Fact]) -> Finding | None:
        known = replay(facts)
        return by_hand.named_approved(entry, self.records.sale_of(entry, known), known)

    def _are_others(self, entry: Entry, facts: list[Fact], twice: Verdict) -> bool:
        known = replay(facts)
        return are_others(self.records.sale_of(entry, known), known, twice)

    def _warn_of_alike(self, entry: Entry, facts: list[Fact]) -> None:
        """The operator's statement outranks transactions that may be this sale's or another's, but name them."""
        known = replay(facts)
        found = partition(self.records.sale_of(entry, known), known)
        unsure = (known.transactions[i] for i in found.unsure)
        perhaps = (*found.alike, *found.contradicting, *unsure)
        for t in {t.transaction_id: t for t in perhaps if t.approved and not t.is_void}.values():
            of = "" if (taken := say_taken(t)) is None else f" of {taken}"
            self.reporter.on_notice(
                f"ATTENTION: transaction {t.transaction_id}{of} is approved and may be this sale's. "
                f"See: pjterm transactions show {t.transaction_id}"
            )
