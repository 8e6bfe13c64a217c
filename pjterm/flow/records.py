"""An entry's facts and verdict, as the journal stores them; if the journal fails, what is in memory counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pjterm.core.entry import MOVED, NEVER_TAKEN, UNRESOLVED, Entry, NewEntry, Scope, recorded
from pjterm.core.evidence.chain import is_news
from pjterm.core.evidence.facts import (
    RESET_ELSEWHERE,
    SENDER_ENDED,
    Fact,
    LookedUp,
    Lost,
    Purged,
    Searched,
    Sent,
    TerminalReset,
)
from pjterm.core.evidence.lag import lag
from pjterm.core.evidence.states import Progress, replay
from pjterm.core.model import Outcome, Sale, Transaction, Verdict
from pjterm.core.times import shifted
from pjterm.core.verdicts.contradiction import CHARGED_TWICE, TWICE
from pjterm.core.verdicts.owners import changed_since, is_contested, own_declines, owns, sale_of
from pjterm.core.verdicts.partition import denied
from pjterm.core.verdicts.verdict import judge
from pjterm.errors import JournalUnusable
from pjterm.flow.recorder import Recorder
from pjterm.flow.results import FollowResult, Resolution
from pjterm.journal.store import Journal
from pjterm.values import dataclass, replace

if TYPE_CHECKING:
    from pjterm.flow.protocols import Reporter

LAGS_OF = timedelta(days=1)
"""How far back a lag of a search is remembered."""


@dataclass(slots=True)
class Records:
    """Reads and writes what is known of entries."""

    journal: Journal
    recorder: Recorder
    reporter: Reporter
    now: Callable[[], datetime]

    # -- reading ----------------------------------------------------------------------------------------

    def facts(self, entry: Entry) -> list[Fact]:
        """The facts of the latest try, and a reset that is only in the entry: its process is another, or has died."""
        facts: list[Fact] = [
            f
            for f in self.journal.facts(entry)
            if not isinstance(f, Purged)  # it may be known when polled again
        ]
        ahead = max((f.at for f in facts), default=self.now()) - self.now()
        sent = self.journal.aged(entry, self.now()).sent_at  # the clock may have been set forward since
        facts = [replace(f, at=max(f.at, sent)) if sent is not None and isinstance(f, Sent) else f for f in facts]
        if ahead > timedelta():  # the clock was set back since: take the newest as just now
            facts = [shifted(f, -ahead) for f in facts]
        if entry.reset_at is not None:
            known_at = replay(facts).reset_at
            if known_at is None or known_at < entry.reset_at:
                facts.append(TerminalReset(min(entry.reset_at, self.now()), RESET_ELSEWHERE))
        return facts

    def resumed(self, entry: Entry) -> list[Fact]:
        """The facts to continue from. A POST with neither an answer nor a loss was cut off with its process."""
        ended = self.recorder.keep(lambda: self.journal.owners.lives_elsewhere(entry.id)) is False
        facts = self.facts(entry)  # after that: its process may have written an answer, and ended
        known = replay(facts)
        unanswered = known.request_id is None and known.answered is None
        if ended and known.sent_at is not None and unanswered and known.lost is None:
            lost = Lost(self.now(), SENDER_ENDED)
            self.recorder.note(entry, lost)
            facts.append(lost)
        return facts

    def current(self, entry: Entry) -> Entry:
        """The entry as it stands now, or as last seen if the journal fails."""
        try:
            return self.journal.reload(entry)
        except JournalUnusable:
            return entry

    def reopened(self, entry: Entry) -> Entry:
        """The entry, unresolved again."""
        self.recorder.keep(lambda: self.journal.reopen(entry))
        return self.current(entry)

    def sale_of(self, entry: Entry, known: Progress) -> Sale:
        """The sale of an entry: what earlier tries have come to, what others own, whether its invoice is contested."""
        sale, latest = self._sale_of(entry, known), known.not_taken
        if latest is None or latest.outcome not in NEVER_TAKEN or not entry.is_further_try:
            return sale
        from pjterm.core.verdicts import tries  # rarely needed

        facts = self.recorder.keep(lambda: self.journal.facts(entry, all_attempts=True)) or []
        before = tries.before_the_latest(entry, facts)
        return sale if before is None else replace(sale, before=tries.still_stands(before, latest.why))

    def _sale_of(self, entry: Entry, known: Progress) -> Sale:
        if not known.transactions or not entry.kind.is_money:
            return entry.sale()
        try:
            environment = entry.scope.environment
            claims = [e for i in known.transactions for e in self.journal.owners_by_id(i, environment)]
            contested = entry.is_shared and self._is_contested(entry, known)
            own = changed_since(entry.sale(), known.transactions)
            if own:
                every = self.journal.facts(entry, all_attempts=True)
                said = replace(replay(every), transactions=known.transactions)
                any_time = replace(entry.sale(), prior_ids=frozenset())
                own = own & own_declines(every) if entry.is_shared else own - denied(any_time, said)
        except JournalUnusable:
            return entry.sale()
        sale = sale_of(entry, known, claims, contested=contested)
        return replace(sale, prior_ids=sale.prior_ids - own)  # a decline of this key that is approved by now

    def _is_contested(self, entry: Entry, known: Progress) -> bool:
        now, others = self.now(), self.journal.under_invoice(entry.scope.environment, entry.invoice_number or "")
        mine, *theirs = (self.journal.aged(e, now) for e in (entry, *others))  # the clock may have been set in between
        return is_contested(mine, known, theirs)

    def verdict(self, entry: Entry, facts: list[Fact]) -> Verdict | None:
        """What an entry's facts prove so far."""
        known = replay(facts)
        return judge(self.sale_of(entry, known), known, entry.kind)

    def owned_by_others(self, found: Iterable[Transaction], entry: Entry | None, environment: str) -> frozenset[int]:
        """Those of these transactions that other entries own."""
        own = None if entry is None else entry.id
        claims = {t: self.journal.owners_by_id(t.transaction_id, environment) for t in found}
        return frozenset(t.transaction_id for t, who in claims.items() if any(e.id != own and owns(e, t) for e in who))

    def lag_of(self, scope: Scope) -> timedelta:
        """The longest recent lag of this login's searches."""
        sales = self.journal.approved_since(scope, self.now() - LAGS_OF)
        lags = (lag(e.transaction_id, self.journal.facts(e)) for e in sales if e.transaction_id is not None)
        return max(lags, default=timedelta())

    # -- writing ----------------------------------------------------------------------------------------

    def note(self, entry: Entry, facts: list[Fact], fact: Fact) -> None:
        """Store a fact of ours, and show it."""
        self.recorder.note(entry, fact)
        facts.append(fact)
        self.reporter.on_fact(fact, replay(facts))

    def learn(self, entry: Entry, facts: list[Fact], fact: Fact) -> None:
        """Add a fact to an entry's, and store it if it is news."""
        if is_news(replay(facts), fact):
            self.recorder.note(entry, fact)
        facts.append(fact)

    def conclude(self, entry: Entry, result: FollowResult) -> Resolution:
        """Record how following ended, and return the entry: another process may know more."""
        verdict, attempt = result.verdict, entry.attempt
        learned = verdict.outcome is not Outcome.OPEN or entry.outcome is not Outcome.UNKNOWN
        if learned:  # to stop watching an unknown sale teaches nothing about it
            entry = self.write(entry, verdict, result.known, result.proven_at)
        self.recorder.keep(lambda: self.journal.owners.release(entry.id))
        if entry.attempt != attempt and verdict.code == CHARGED_TWICE:  # true for the key, whichever try saw it
            for seen in (result.known.transactions[i] for i in verdict.transaction_ids):
                self.recorder.note(entry, LookedUp(self.now(), seen))
            entry = self.write(entry, verdict)
        elif entry.attempt != attempt:
            says = "this try is over, and another command has sent the same key again meanwhile"
            verdict = recorded(entry) if entry.outcome is not None else Verdict(Outcome.OPEN, says)
            return result.resolution(entry, verdict)
        self._record_on_original(entry, verdict)
        if entry.outcome not in UNRESOLVED and entry.outcome is not verdict.outcome:
            verdict = recorded(entry)
        return result.resolution(entry, verdict)

    def answered_before(self, new: NewEntry, entry: Entry | None, fact: Searched | LookedUp, says: str) -> Resolution:
        """Record that it was already done: by another till with this key, by a late try of ours, or by hand."""
        now = self.now()
        if entry is None:
            entry = self.journal.adopt(new, now, [fact])
        else:
            self.recorder.note(entry, fact)
        verdict = judge(entry.sale(), replay([fact]), entry.kind)
        assert verdict is not None, "only a fact that proves it by itself answers"
        self.reporter.on_fact(fact, replay([fact]))
        self.reporter.on_notice(says)
        self._record_on_original(entry, verdict)
        replayed = verdict.outcome not in UNRESOLVED
        return Resolution(self.write(entry, verdict), verdict, [fact], replayed=replayed)

    def write(
        self,
        entry: Entry,
        verdict: Verdict,
        known: Progress | None = None,
        proven_at: datetime | None = None,
        over: Outcome | None = None,
    ) -> Entry:
        """Store a verdict, also in place of the outcome `over`. If the journal fails, the entry in memory has it."""
        now, contradicts = self.now(), verdict.code in TWICE
        written = self.recorder.keep(
            lambda: self.journal.record(entry, verdict, now, proven_at=proven_at, contradicts=contradicts, over=over)
        )
        return _in_memory(entry, verdict, known, proven_at or now, now) if written is None else written

    def _record_on_original(self, entry: Entry, verdict: Verdict) -> None:
        """Record in the charge's own entry that it was voided (it is then no near duplicate or paid key) or tipped."""
        t = verdict.transaction
        if t is None or t.transaction_id != entry.original_id or not (t.is_void or verdict.outcome is Outcome.ADJUSTED):
            return
        now = self.now()

        def write() -> None:
            for charge in self.journal.owners_by_id(t.transaction_id, entry.scope.environment):
                if charge.outcome in MOVED:
                    changed = Verdict(charge.outcome, f"{charge.says}; tip changed since (key {entry.key})", t)
                    if t.is_void:
                        changed = Verdict(Outcome.VOIDED, f"voided since (key {entry.key})", t)
                    self.journal.note(charge, LookedUp(now, t))
                    self.write(charge, changed)
                elif charge.outcome is Outcome.UNKNOWN and t.is_void:  # it was approved for less, say
                    self.journal.note(charge, LookedUp(now, t))
                    found = self.verdict(charge, self.facts(charge))
                    if found is not None and found.outcome is Outcome.VOIDED:
                        self.write(charge, found)

        self.recorder.keep(write)


def _in_memory(entry: Entry, verdict: Verdict, known: Progress | None, proven_at: datetime, now: datetime) -> Entry:
    """The entry as the journal would have it, had the write succeeded."""
    result = known.result if known is not None else None
    changes: dict[str, Any] = {"outcome": verdict.outcome, "says": verdict.says, "finished_at": now}
    if known is not None and result is not None:
        changes |= {
            "request_id": known.request_id, "status": known.status, "transaction_id": result.transaction_id,
            "signature_id": result.signature_id, "prompt_button": result.prompt_button,
            "input_value": result.input_value, "read_data": result.read_data,
            "result_at": None if verdict.outcome in UNRESOLVED else proven_at,
        }  # fmt: skip
    if verdict.transaction is not None:
        changes |= {
            "transaction_id": verdict.transaction.transaction_id,
            "transaction": verdict.transaction.raw,
        }
    return replace(entry, **changes)
