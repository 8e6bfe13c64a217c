"""Everything known about a disputed payment, from PayJunction and from the journal, and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from pjterm.cli.context import Context
from pjterm.cli.shared.logins import check_login, may_ask
from pjterm.cli.shared.typed_names import name
from pjterm.core.hints import command_about, command_line
from pjterm.core.text import a
from pjterm.errors import PjtermError, UsageFault
from pjterm.values import dataclass, field

if TYPE_CHECKING:
    from pjterm.core.entry import Entry
    from pjterm.core.evidence.facts import Fact
    from pjterm.core.model import Transaction
    from pjterm.reports.dispute.case import Dispute, JournalState, ReceiptSignature, Signed

T = TypeVar("T")

NEARBY = timedelta(minutes=30)
"""Terms signed on the same reader within this time before or after may be the sale's."""


def collect(context: Context, t: Transaction, signed: Iterable[str], case: str | None) -> Dispute:
    """Everything for the file; what could not be read is reported in it."""
    from pjterm import __version__
    from pjterm.reports.dispute.case import Dispute

    reading = _Reading(context)
    state = reading.journal()
    sale = reading.sale(t)
    terms = {s.entry.id: s for s in map(reading.signed, signed)}  # named twice, it is included once
    changes = reading.changes(t) if state is not None else []
    return Dispute(
        transaction=t, made_at=context.clock.wall(), version=__version__,
        environment=context.scope.environment, zone=context.zone, case=case, sale=sale,
        facts=() if sale is None else _facts(context, sale), changes=tuple((e, _facts(context, e)) for e in changes),
        refunds=reading.refunds(t),
        signed=tuple(terms.values()), receipt=reading.receipt(t), signature=reading.signature(t), journal=state,
        missing=(*_unsaid(t), *reading.missing),
    )  # fmt: skip


def nearby(context: Context, d: Dispute) -> list[Entry]:
    """Terms that were signed on the sale's reader about then, and are not in the file."""
    if d.sale is None or d.sale.terminal.smart_terminal_id is None:
        return []
    reader, at = d.sale.terminal.smart_terminal_id, d.sale.started_at
    named = {s.entry.id for s in d.signed}
    signed = context.journal.signed_on(reader, at - NEARBY, at + NEARBY)
    return [e for e in signed if e.id not in named and may_ask(context, e)]


def _facts(context: Context, entry: Entry) -> tuple[Fact, ...]:
    return tuple(context.journal.facts(entry, all_attempts=True))


def _unsaid(t: Transaction) -> tuple[str, ...]:
    from pjterm.reports.whole import unsaid

    names = ", ".join(unsaid(t.raw))
    return (f"transaction {t.transaction_id} does not say {names}",) if names else ()


@dataclass
class _Reading:
    """Reads one thing after another, and remembers what could not be read."""

    context: Context
    missing: list[str] = field(default_factory=list)

    def journal(self) -> JournalState | None:
        """Whether the journal is whole; None if there is none."""
        from pjterm.journal.repair import examine
        from pjterm.reports.dispute.case import JournalState

        journal = self.context.journal
        if not journal.was_begun():
            return None
        audit, damage = examine(journal.file)
        self.missing += [f"the journal was changed: {says}" for says in damage]
        if audit is None:
            return None
        began = next((str(m["began"]) for m in audit.marks if "began" in m), None)
        accepted = tuple(str(m["accepted"]) for m in audit.marks if "accepted" in m)
        return JournalState(audit.entries, audit.facts, audit.links, audit.hash, began, accepted, damage)

    def sale(self, t: Transaction) -> Entry | None:
        """The entry that booked the transaction."""
        found = self.context.journal.owners_by_id(t.transaction_id, self.context.scope.environment)
        if found and found[0].is_unresolved:
            says = f"it is not proven that key {found[0].key} booked it"
            resume = command_about("resume", found[0], self.context.scope)
            self.missing.append(f"{says}; resolve that first: {resume}")
        return found[0] if found else None

    def changes(self, t: Transaction) -> list[Entry]:
        """Its refunds, voids and tips in the journal."""
        found = self.context.journal.about(self.context.scope, t.transaction_id)
        for e in found:
            if e.is_unresolved:
                says = f"what became of the {e.kind.value} under key {e.key} is not known"
                self.missing.append(f"{says}; resolve that first: {command_line('resume', e.key)}")
        return found

    def refunds(self, t: Transaction) -> tuple[Transaction, ...] | None:
        """The refunds at PayJunction, of any till, that say what they are of."""
        api, number = self.context.api, t.invoice_number

        def read() -> tuple[Transaction, ...]:
            found = [*api.refunds_of(t.transaction_id), *(() if number is None else api.refunds_under(number))]
            return tuple({r.transaction_id: r for r in found if r.gave_back}.values())

        return self._try("its refunds", lambda: api.patiently(read))

    def receipt(self, t: Transaction) -> tuple[str, ...] | None:
        """The words of the receipt for letter paper."""
        from pjterm.reports.receipt_text import decoded, receipt_lines

        reply = self._document("the receipt", f"/transactions/{t.transaction_id}/receipts/latest/fullpage", "text/html")
        if reply is None:
            return None
        lines = tuple(receipt_lines(decoded(reply.body, reply.headers.get("content-type", ""))))
        if not lines:
            self.missing.append("the receipt has no words")
        return lines or None

    def signature(self, t: Transaction) -> ReceiptSignature | None:
        """The receipt's signature, if it has one."""
        from pjterm.reports.dispute.case import ReceiptSignature

        path = f"/transactions/{t.transaction_id}/receipts/latest"
        reply = self._document("what PayJunction says of the signature", path, "application/json")
        said = None if reply is None else reply.json()
        said = said if isinstance(said, dict) else {}
        if "SIGNED" not in (said.get("signatureStatus"), t.raw.get("signatureStatus")):
            return None
        return ReceiptSignature(self._image("the signature of the receipt", f"{path}/signature"), said)

    def signed(self, typed: str) -> Signed:
        """Terms that a customer signed on a reader, by any id of that request."""
        from pjterm.core.model import Outcome
        from pjterm.reports.dispute.case import Signed

        entry = name(self.context, typed, "--signed").entry
        if entry is None or entry.outcome is not Outcome.SIGNED:
            says = "is not in the journal" if entry is None else f"is {a(entry.kind)}: {entry.outcome or 'open'}"
            hint = "name the key of a pjterm sign that was signed; see: pjterm requests list"
            raise UsageFault(f"--signed: {typed!r} {says}; no file was written", hint=hint)
        check_login(self.context, entry)
        facts = _facts(self.context, entry)
        path = f"/smartterminals/signatures/{entry.signature_id}/image"
        return Signed(entry, facts, _terms(facts), self._image(f"the signature under key {entry.key}", path))

    def _image(self, what: str, path: str) -> bytes | None:
        from pjterm.ui.signature_image import read_picture

        reply = self._document(what, path, "image/png")
        if reply is not None and read_picture(reply.body) is None:
            self.missing.append(f"{what} is not a readable image")
            return None
        return None if reply is None else bytes(reply.body)

    def _document(self, what: str, path: str, accept: str) -> Any:
        return self._try(what, lambda: self.context.api.read_document(path, accept))

    def _try(self, what: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except PjtermError as error:
            self.missing.append(f"{what} could not be read: {error.message}")
            return None


def _terms(facts: Iterable[Fact]) -> str | None:
    """The words that were sent to be signed."""
    from pjterm.core.evidence.facts import Sent

    return next((f.terms for f in facts if isinstance(f, Sent) and f.terms is not None), None)
