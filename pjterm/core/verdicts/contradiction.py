"""Facts that contradict each other, and which to take back: money that moved twice, or not as requested.

Two tills may send one key, or a void and a refund of one transaction, within a second, and a search may lag: no client
of this API can prevent that. So each command that sends searches again afterwards, and reports what moved twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pjterm.core import wire
from pjterm.core.entry import Entry
from pjterm.core.evidence.chain import say_transaction
from pjterm.core.hints import command_line
from pjterm.core.model import Kind, Outcome, Sale, Transaction, Verdict
from pjterm.core.money import dollars
from pjterm.core.parts import ZERO, say_taken
from pjterm.core.request import refund_of
from pjterm.core.verdicts.found import spells
from pjterm.core.verdicts.partition import Partition, is_a_strangers, is_over_another_amount, may_be_named

CHARGED_TWICE = "charged-twice"
"""The code of a verdict that names two approved transactions of one sale."""
GIVEN_BACK_TWICE = "given-back-twice"
"""The code of a verdict that names a void transaction and a refund of it."""
PARTLY_APPROVED = "partly-approved"
"""The code of a verdict that names a charge of this sale over less than was requested."""
TWICE = (CHARGED_TWICE, GIVEN_BACK_TWICE)
"""Codes of verdicts that contradict an approval that still stands."""


def unknown(why: str, ids: Iterable[int]) -> Verdict:
    """The verdict of facts that contradict each other: a guess would be wrong half of the time."""
    named = tuple(dict.fromkeys(ids))
    says = f"the facts contradict each other: {why}"
    if named:
        says += f" (transactions {', '.join(map(str, named))})"
    return Verdict(Outcome.UNKNOWN, says, transaction_ids=named)


# -- charged twice, or otherwise than was asked ----------------------------------------------------------------------


def within(sale: Sale, found: Partition, returned: frozenset[int]) -> Verdict | None:
    """Two approvals, one that is not the sale's, or a linked refund that was booked for another amount."""
    approved = [t for t in found.approved if counts(t, returned)]
    contradicting = [t for t in found.contradicting if counts(t, returned)]
    named = (*contradicting, *approved)
    twice = [*approved, *(t for t in found.alike if approved and counts(t, returned))]
    if len(twice) > 1:
        return charged_twice(sale, twice, found.reported)
    if len(named) == 1 and is_over_another_amount(named[0], sale, reported=named[0].transaction_id in found.reported):
        return _other_amount(sale, named[0])
    if contradicting and approved:  # over another amount: two tills used one key for two sales
        return charged_twice(sale, named, found.reported)
    if len(contradicting) == 1 and is_less(contradicting[0], sale) and not is_a_strangers(contradicting[0], sale):
        own = contradicting[0].transaction_id in found.reported or not sale.repeatable
        return _less(sale, contradicting[0], own=own)
    if not contradicting and not found.approved:  # it was refunded, not voided: there may be more to it
        contradicting = [t for t in found.contradicting if not (t.is_void and t.approved)]
    if contradicting:
        ids = tuple(t.transaction_id for t in (*contradicting, *approved))
        says = _not_as_requested(sale, contradicting)
        return Verdict(Outcome.UNKNOWN, says, transaction_ids=ids, hint=_whose(sale, contradicting[0]))
    return None


def _not_as_requested(sale: Sale, contradicting: Iterable[Transaction]) -> str:
    """What is wrong with them: what our own request names may have another number, or be another sale's."""
    owners, said = dict(sale.owner_keys), []
    for t in contradicting:
        key = owners.get(t.transaction_id)
        said.append(say_transaction(t) + ("" if key is None else f", which is the sale of key {key}"))
    under = all(t.invoice_number == sale.invoice_number for t in contradicting)
    where = "is booked under this sale's number" if under else "PayJunction named for this sale"
    return f"what {where} is not what was requested: {'; '.join(said)}"


def _whose(sale: Sale, t: Transaction) -> str:
    """How to resolve it; what another sale owns can only be another's."""
    none = f"if it is another sale's, and nothing was charged: {command_line('resume --not-charged', sale.key)}"
    look, same_number = f"look: pjterm transactions show {t.transaction_id}", t.invoice_number == sale.invoice_number
    if t.transaction_id in sale.owned_elsewhere:
        return f"{look}\n{none}"
    if may_be_named(t, sale):
        take = _look(sale, t, "if it is this sale's")
        return take if same_number else f"{take}\n{none}"
    if t.action != sale.action and same_number:  # no word makes it this sale's
        return f"{look}\ntake it back: pjterm void {t.transaction_id}"
    return f"{look}\n{none}"


def is_less(t: Transaction, sale: Sale) -> bool:
    """Whether a charge was approved for less than was requested."""
    asked = sale.amount if sale.kind is Kind.PAYMENT and t.action == sale.action else None
    return bool(t.approved) and t.amount_base is not None and asked is not None and t.amount_base < asked


def _less(sale: Sale, t: Transaction, *, own: bool) -> Verdict:
    """Less was charged than was requested: the customer has paid that much, and an operator decides.

    What only a search shows under a key or an invoice may be another till's (then it is not `own`).
    """
    number = t.transaction_id
    take = command_line("resume", sale.key, f"--transaction {number} --yes")
    part = _part(sale, t)
    says = f"the bank approved {part}" if own else f"{part} is approved under this sale's number"
    look = "" if own else f"look whether it is this sale's: pjterm transactions show {number}\nif so, "
    return Verdict(
        Outcome.UNKNOWN, f"{says}: transaction {number}", transaction_ids=(number,),
        hint=f"{look}to take it as it is: {take}\nor take it back: pjterm void {number} --yes",
        code=PARTLY_APPROVED if own else None,
    )  # fmt: skip


def _part(sale: Sale, t: Transaction) -> str:
    """How much was charged of what was requested in all; where a tip, or an old journal, hides that, of the base."""
    whole, asked = wire.stated_total(t), sale.total
    if whole is not None and asked is not None and whole < asked:
        return f"only {say_taken(t)} of ${dollars(asked)}"
    assert t.amount_base is not None
    assert sale.amount is not None
    return f"only ${dollars(t.amount_base)} of ${dollars(sale.amount)}"


def counts(t: Transaction, returned: frozenset[int]) -> bool:
    """Whether the customer pays it: it is approved, and neither void nor fully refunded."""
    return bool(t.approved) and not t.is_void and t.transaction_id not in returned


def returned(book: Collection[Transaction]) -> frozenset[int]:
    """The charges that were fully refunded: after settlement, a void is too late (REFUND)."""
    back = [t for t in book if t.gave_back]
    return frozenset(t.transaction_id for t in book if t.took_money and back and _all_went_back(t, back))


def _all_went_back(t: Transaction, refunds: list[Transaction]) -> bool:
    own = [r for r in refunds if spells(wire.purchase_order(r), refund_of(t.transaction_id))]
    took = wire.total(t)
    return bool(own) and took is not None and sum((wire.total(r) or ZERO for r in own), ZERO) >= took


def charged_twice(sale: Sale, approved: Iterable[Transaction], reported: Collection[int]) -> Verdict:
    """The later one is the one to take back: the customer has the receipt of the first.

    Under a shared invoice they may as well be several sales; then the operator says which one is this sale's.
    """
    found = sorted(approved, key=lambda t: t.transaction_id)
    named = [t.transaction_id for t in found]
    done = "refunded" if sale.kind is Kind.REFUND else "charged"
    often = "twice" if len(named) == 2 else f"{len(named)} times"
    perhaps = ", unless one of them is another sale under the same invoice" if sale.shared else ""
    back = "\nthen: ".join(f"pjterm {_take_back(t)}" for t in found[1:])
    own = next((i for i in named if i in reported), None)
    take = f"\nif they are several sales: {command_line(f'resume --transaction {own}', sale.key)}"
    none = f"\nif none is this sale's: {command_line('resume --not-charged', sale.key)}"
    return Verdict(
        Outcome.UNKNOWN,
        f"{done} {often}: transactions {' and '.join(map(str, named))} are approved under its number{perhaps}",
        transaction_ids=tuple(named),
        hint=f"one of them is too many: {back}" + ((none if own is None else take) if sale.shared else ""),
        code=CHARGED_TWICE,
    )


def beside_named(sale: Sale, named: Transaction, found: Partition, returned: frozenset[int]) -> Verdict | None:
    """The operator named a transaction without the sale's number, and another one is approved under that number."""
    approved = [t for t in found.approved if counts(t, returned)]
    if not approved or named in found.approved or not named.approved or not counts(named, returned):
        return None
    done = "refunded" if sale.kind is Kind.REFUND else "charged"
    own, other = approved[0].transaction_id, named.transaction_id
    take = command_line(f"resume --transaction {own}", sale.key)
    return Verdict(
        Outcome.UNKNOWN,
        f"{done} twice: transaction {other} was named by hand, and {own} is approved under its number",
        transaction_ids=(other, own),
        hint=f"if {other} is another sale's: {take}\nelse one of them is too many: pjterm {_take_back(named)}",
        code=CHARGED_TWICE,
    )


def _take_back(t: Transaction) -> str:
    """A void is free and works until the batch settles (REFUND)."""
    refund = t.action == "CHARGE" and wire.settled(t)
    return f"refund --transaction {t.transaction_id}" if refund else f"void {t.transaction_id}"


def _other_amount(sale: Sale, t: Transaction) -> Verdict:
    """It moved another amount than requested, so it stays unknown until an operator has looked at it."""
    whole = wire.total(t)
    assert whole is not None
    assert sale.total is not None
    return Verdict(
        Outcome.UNKNOWN,
        f"a refund of ${dollars(sale.total)} was requested, but transaction {t.transaction_id} was booked for "
        f"${dollars(whole)}",
        t,
        (t.transaction_id,),
        hint=_look(sale, t, "to accept it as it is"),
        code="other-amount",
    )


def _look(sale: Sale, t: Transaction, when: str) -> str:
    """How to look at it, and how to accept it as this sale's."""
    take = command_line(f"resume --transaction {t.transaction_id}", sale.key)
    return f"look: pjterm transactions show {t.transaction_id}\n{when}: {take}"


# -- given back twice ------------------------------------------------------------------------------------------------


def given_back_twice(original: Transaction | None, refunds: Iterable[Transaction]) -> Verdict | None:
    """If a void and a refund both went through, the void is final, so the refund is the one to take back."""
    back = [t for t in refunds if t.gave_back]
    if original is None or not original.is_void or not back:
        return None
    named = " and ".join(f"{t.transaction_id} of {say_taken(t)}" for t in back)
    void = "\nthen: ".join(f"pjterm void {t.transaction_id}" for t in back)
    return Verdict(
        Outcome.UNKNOWN,
        f"given back twice: transaction {original.transaction_id} is void, and its refund {named} is approved, too",
        transaction_ids=(original.transaction_id, *(t.transaction_id for t in back)),
        hint=f"the refund is too much: {void}",
        code=GIVEN_BACK_TWICE,
    )


def given_back_too_much(
    original: Transaction | None, own: Iterable[Transaction], book: Iterable[Transaction]
) -> Verdict | None:
    """If this refund and others, which other tills made meanwhile, gave back more than the charge took."""
    mine = [t for t in own if t.gave_back]
    took = None if original is None else wire.total(original)
    if original is None or took is None or not mine:
        return None
    refunds = [t for t in book if t.gave_back and spells(wire.purchase_order(t), refund_of(original.transaction_id))]
    if len(refunds) < 2 or sum((wire.total(t) or ZERO for t in refunds), ZERO) <= took:
        return None
    ids = sorted(t.transaction_id for t in refunds)
    return Verdict(
        Outcome.UNKNOWN,
        f"given back too much: transaction {original.transaction_id} took {say_taken(original)}, and its refunds "
        f"{' and '.join(map(str, ids))} together gave back more",
        transaction_ids=(original.transaction_id, *ids),
        hint=f"one of them is too many: pjterm void {mine[-1].transaction_id}",
        code=GIVEN_BACK_TWICE,
    )


def may_be_given_back_twice(entry: Entry) -> bool:
    """Whether it gave money back that another command may also have given back."""
    if entry.original_id is None:
        return False
    if entry.kind is Kind.VOID:
        return entry.outcome is Outcome.VOIDED
    return entry.outcome is Outcome.REFUNDED and entry.transaction_id not in (None, entry.original_id)
