"""Three records of one day compared: this journal, the API's transactions, the relay's webhooks.

Each difference is reported once:

- money without an entry: approved and not taken back, but no entry of the journal owns it, or its entry
  says that nothing was charged;
- an entry without its money: it says approved or refunded, the API says void, declined, another amount,
  another tip, or nothing at all;
- probably charged twice: one invoice number paid twice, or one card over one amount within ten minutes
  (the gateway's own window, DT), unless the later one has a key that the user gave knowing of the earlier one;
- still open: it is unresolved; money under its number is reported with it;
- heard but not booked: a verified webhook names a transaction that the API does not show;
- a settlement that is not the sum of its transactions (`settlement`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from pjterm.core import wire
from pjterm.core.entry import MOVED, Entry
from pjterm.core.evidence.chain import say_transaction
from pjterm.core.guards import describe
from pjterm.core.hints import command_line
from pjterm.core.model import Kind, Outcome
from pjterm.core.money import dollars
from pjterm.core.parts import say_taken
from pjterm.core.probe import MARK
from pjterm.core.request import refund_of
from pjterm.core.tips import tip_of
from pjterm.core.verdicts.contradiction import returned
from pjterm.reports.difference import Difference, Kinds
from pjterm.reports.double_charges import TWICE_WITHIN, double_charges
from pjterm.reports.transaction_line import Line, ids_of, lines_by_number
from pjterm.values import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class BothSides:
    """The journal's entries of a day or batch, and the API's transactions (`lines`), which may reach beyond the day.

    `heard` are the transactions of verified webhooks.
    """

    begin: datetime
    end: datetime
    entries: tuple[Entry, ...]
    lines: Mapping[int, Line]
    heard: frozenset[int] = frozenset()
    owners: Mapping[int, Entry] = field(default_factory=dict)
    """Entries of any day that own a transaction of this one."""
    unread: frozenset[int] = frozenset()
    """Transactions that exist but could not be read: nothing is reported about them."""
    last_tips: frozenset[int] = frozenset()
    """Entries that gave their transaction its present tip."""
    close: str | None = None
    """The line that closes the business day; None for a settlement."""

    def of_day(self) -> list[Line]:
        """The lines created on this day, oldest first."""
        found = [x for x in self.lines.values() if x.created is not None and self.begin <= x.created < self.end]
        return sorted(found, key=lambda x: (x.created, x.transaction.transaction_id))


def compare(sides: BothSides) -> list[Difference]:
    """Every difference, in the order of the list above, except what a probe booked and gave back itself."""
    sides = _without_probes(sides)
    owned = {**sides.owners, **_owned(sides.entries)}
    open_numbers = {e.invoice_number for e in sides.entries if e.is_unresolved and e.invoice_number}
    money = [x for x in sides.of_day() if x.moved and x.transaction.action in ("CHARGE", "REFUND")]
    numbered = {e.invoice_number: e for e in reversed(sides.entries) if e.invoice_number is not None}
    found = [
        _unowned(x, numbered.get(x.transaction.invoice_number or "")) for x in money
        if x.transaction.transaction_id not in owned and x.transaction.invoice_number not in open_numbers
    ]  # fmt: skip
    void = {e.original_id for e in sides.entries if e.kind is Kind.VOID and e.outcome is Outcome.VOIDED}
    apart = [e for e in sides.entries if e.kind.is_money and not (_is_voided(e) and e.transaction_id in void)]
    judged = [d for e in apart for d in [_judge(e, sides)] if d is not None]
    found += [d for d in judged if d.kind is Kinds.MONEY_WITHOUT_ENTRY]
    found += [d for d in judged if d.kind is Kinds.ENTRY_WITHOUT_MONEY]
    found += double_charges(_charges(sides), owned, sides.close, sides.begin)
    carried = lines_by_number(money)
    found += [_open(e, carried.get(e.invoice_number or "", [])) for e in sides.entries if e.is_unresolved]
    return found + [_unbooked(i) for i in sorted(sides.heard - sides.lines.keys() - sides.unread)]


def _charges(sides: BothSides) -> list[Line]:
    """The standing charges of the day and of the ten minutes before it, oldest first."""
    back = returned([x.transaction for x in sides.lines.values()])
    found = [
        x
        for i, x in sides.lines.items()
        if x.moved
        and x.transaction.action == "CHARGE"
        and i not in back
        and x.created is not None
        and sides.begin - TWICE_WITHIN <= x.created < sides.end
    ]
    return sorted(found, key=lambda x: (x.created, x.transaction.transaction_id))


def needed(entries: Iterable[Entry], heard: Iterable[int]) -> set[int]:
    """The transactions that must be looked up before anything is reported about them."""
    ids = {e.transaction_id for e in entries if e.kind.is_money and e.transaction_id is not None}
    return ids | {e.original_id for e in entries if e.original_id is not None} | set(heard)


def _without_probes(sides: BothSides) -> BothSides:
    """Leave out what probes booked and gave back; what still stands is judged like everything else."""
    back = returned([x.transaction for x in sides.lines.values()])
    marked = {
        i for i, x in sides.lines.items()
        if wire.purchase_order(x.transaction) == MARK and (not x.moved or i in back)
    }  # fmt: skip
    if not marked:
        return sides
    refunds = {refund_of(i) for i in marked}
    left = {
        i: x for i, x in sides.lines.items()
        if i not in marked and wire.purchase_order(x.transaction) not in refunds
    }  # fmt: skip
    entries = tuple(e for e in sides.entries if not {e.transaction_id, e.original_id} & marked)
    return replace(sides, lines=left, entries=entries)


def _owned(entries: Iterable[Entry]) -> dict[int, Entry]:
    """Which entry a transaction belongs to; a void owns nothing, nor a refund that was one."""
    return {
        e.transaction_id: e for e in entries
        if e.transaction_id is not None and e.transaction_id != e.original_id
    }  # fmt: skip


def _is_voided(e: Entry) -> bool:
    """Whether it is a sale that was taken back; if its void is an entry, too, that one is judged."""
    return e.original_id is None and e.outcome is Outcome.VOIDED


def _unowned(x: Line, entry: Entry | None) -> Difference:
    """Money that no entry owns; `entry` has the same invoice number."""
    t = x.transaction
    if entry is None:
        says = f"no entry of this journal owns {say_transaction(t)}"
        hint = f"another till or program may have sent it: pjterm transactions show {t.transaction_id}"
    else:
        says = f"{describe(entry)} is {entry.outcome}, but {say_transaction(t)} carries its number"
        hint = command_line("why", entry.key)
    return _about(Kinds.MONEY_WITHOUT_ENTRY, says, hint, x, entry)


def _about(kind: Kinds, says: str, hint: str, x: Line | None, entry: Entry | None) -> Difference:
    total = None if x is None or x.total is None else dollars(x.total)
    if total is None and entry is not None and entry.in_all is not None:
        total = dollars(entry.in_all)
    return Difference(
        kind, says, hint, total,
        None if entry is None else entry.key,
        None if entry is None else entry.terminal.label,
        x.transaction.invoice_number if x is not None else entry.invoice_number if entry is not None else None,
        () if x is None else (x.transaction.transaction_id,),
    )  # fmt: skip


def _judge(e: Entry, sides: BothSides) -> Difference | None:
    """A resolved entry whose transaction reads differently at the API."""
    id_ = e.transaction_id if e.transaction_id is not None else e.original_id
    if e.is_unresolved or id_ in sides.unread:
        return None
    x = None if id_ is None else sides.lines.get(id_)
    if e.kind is Kind.TIP:
        return _judge_tip(e, x) if e.id in sides.last_tips else None
    voids = e.kind is Kind.VOID or (e.transaction_id is not None and e.transaction_id == e.original_id)
    if voids:
        return _judge_void(e, x)
    if e.outcome in MOVED:
        return _judge_money(e, x)
    if x is None or not x.moved or e.transaction_id is None:
        return None
    says = f"{describe(e)} is {e.outcome}, but {say_transaction(x.transaction)}"
    return _about(Kinds.MONEY_WITHOUT_ENTRY, says, command_line("why", e.key), x, e)


def _judge_void(e: Entry, x: Line | None) -> Difference | None:
    if e.outcome not in (Outcome.VOIDED, Outcome.REFUNDED) or (x is not None and x.transaction.is_void):
        return None
    what = "the API does not show it" if x is None else f"the API says {say_transaction(x.transaction)}"
    kind = Kinds.ENTRY_WITHOUT_MONEY if x is None else Kinds.MONEY_WITHOUT_ENTRY
    return _about(kind, f"{describe(e)} is {e.outcome}, but {what}", command_line("why", e.key), x, e)


def _judge_tip(e: Entry, x: Line | None) -> Difference | None:
    """A tip other than the last one given; the charge itself is judged by its own entry."""
    if e.outcome is not Outcome.ADJUSTED or x is None or not x.moved or tip_of(x.transaction) in (None, e.amount):
        return None
    says = f"{describe(e)} is {e.outcome}, but the API says {x.transaction.transaction_id} {say_taken(x.transaction)}"
    return _about(Kinds.ENTRY_WITHOUT_MONEY, says, f"pjterm transactions show {x.transaction.transaction_id}", x, e)


def _judge_money(e: Entry, x: Line | None) -> Difference | None:
    if x is None:
        says = f"{describe(e)} is {e.outcome}, but the API does not show transaction {e.transaction_id}"
        return _about(Kinds.ENTRY_WITHOUT_MONEY, says, command_line("why", e.key), None, e)
    t, known = x.transaction, wire.transaction(e.transaction)
    if x.moved and t.amount_base in (e.amount, known and known.amount_base):  # a part that was taken as it is
        return None
    says = f"{describe(e)} is {e.outcome}, but the API says {say_transaction(t)}"
    return _about(Kinds.ENTRY_WITHOUT_MONEY, says, f"pjterm transactions show {t.transaction_id}", x, e)


def _open(e: Entry, theirs: list[Line]) -> Difference:
    """An unresolved entry; `theirs` is the money under its number."""
    says = f"{describe(e)} is still {e.outcome or 'open'}"
    if theirs:
        says += f", and its number carries {'; '.join(say_transaction(x.transaction) for x in theirs)}"
    return Difference(
        Kinds.STILL_OPEN, says, command_line("resume", e.key),
        None if e.in_all is None else dollars(e.in_all), e.key,
        e.terminal.label, e.invoice_number,
        ids_of(theirs),
    )  # fmt: skip


def _unbooked(transaction_id: int) -> Difference:
    return Difference(
        Kinds.EVENT_WITHOUT_TRANSACTION,
        f"a webhook named transaction {transaction_id}, but the API does not show it to this login",
        f"a restricted API user sees only its own; to look: pjterm transactions show {transaction_id}",
        transaction_ids=(transaction_id,),
    )
