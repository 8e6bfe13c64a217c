"""Compares the command line with the journal: a key that is used again means the same request, or is refused.

What counts is what was typed. Readers are renamed and replaced, logins are rotated and defaults change;
the same line still means the same sale.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations, product

from pjterm.core import parts, wire
from pjterm.core.entry import WITHOUT_RESULT, Entry
from pjterm.core.hints import option_words
from pjterm.core.model import Kind
from pjterm.core.money import Money, dollars
from pjterm.core.request import RequestSpec, derived_numbers, payment
from pjterm.core.text import a
from pjterm.errors import UsageFault
from pjterm.values import dataclass, replace

_EXTRAS = ("tax", "shipping", "surcharge")
_OPTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "allowTips": ("--ask-tip", ("true",)), "keyed": ("--keyed", ("ALLOW",)),
    "showReceiptPrompt": ("--receipt-prompt", ("true", "false")),
    "showSignaturePrompt": ("--signature-prompt", ("true", "false")),
    "note": ("--note", ()), "purchaseOrderNumber": ("--po", ()),
}  # fmt: skip
"""The option behind a field of the form, and the values that it can have, where these are few."""
_REST = {Kind.SIGNATURE: "its terms differ", Kind.PROMPT: "its text or its buttons differ"}


@dataclass(frozen=True, slots=True)
class Typed:
    """A command line that sends, as far as it is known without looking anything up."""

    kind: Kind
    spec: RequestSpec | None = None
    """The request; of a refund of all that is left without amounts, and `None` if its original has to be read first."""
    amount: Money | None = None
    total: Money | None = None
    original_id: int | None = None
    invoice: str | None = None
    terminal: str | None = None
    """As typed for this command, without defaults."""
    smart_terminal_id: str | None = None
    """The reader that `terminal` means, if it is an alias or a UUID."""
    account: int | None = None


def what_differs(typed: Typed, entry: Entry) -> str | None:
    """Describe what makes it a different request from the entry's; None if it is the same."""
    if typed.kind is not entry.kind:
        return f"it is {a(entry.kind)}"
    if typed.original_id != entry.original_id:
        return f"it is about transaction {entry.original_id}"
    if typed.amount is not None and entry.amount is not None and typed.amount != entry.amount:
        return f"its amount is ${dollars(entry.amount)}, not ${dollars(typed.amount)}"
    if typed.total is not None and entry.total is not None and typed.total != entry.total:
        return f"its total is ${dollars(entry.total)}, not ${dollars(typed.total)}"
    if typed.account is not None and typed.account != entry.terminal.terminal_id:
        return f"its account is {entry.terminal.terminal_id}"
    if not _same_number(typed, entry):
        return f"its invoice number is {entry.invoice_number}"
    if typed.spec is not None and typed.spec.whole and not same_form(typed.spec, entry):
        return "it does not give back all that is left, or --note differs"
    if typed.spec is not None and not same_form(typed.spec, entry):
        return _in_the_form(typed.spec, entry)
    return None


def _in_the_form(spec: RequestSpec, entry: Entry) -> str:
    """What of the fields differs: of those that were sent there is a digest, so what this line lacks is tried."""
    for name, (option, values) in _OPTIONS.items():
        rest = tuple(field for field in spec.fields if field[0] != name)
        tries = (rest, *((*rest, (name, value)) for value in values))
        if any(same_form(replace(spec, fields=fields), entry) for fields in tries):
            return f"{option} differs"
    return _REST.get(spec.kind, "something else that was sent differs (such as --tax, --note or --po)")


def differs_only_in_reader(typed: Typed, entry: Entry) -> bool:
    """Whether it is the same request except for the reader that was typed."""
    return what_differs(typed, entry) is None and not _same_reader(typed, entry)


def may_be_moved(entry: Entry) -> bool:
    """Whether the same key may go to another reader now: readers get replaced."""
    return entry.outcome in WITHOUT_RESULT


def _same_reader(typed: Typed, entry: Entry) -> bool:
    """The name as it was typed then, or the reader that it means now."""
    if typed.terminal is None:
        return True
    name, reader = entry.terminal.name, entry.terminal.smart_terminal_id
    same_name = name is not None and name.casefold() == typed.terminal.casefold()
    return same_name or (typed.smart_terminal_id is not None and typed.smart_terminal_id == reader)


def _same_number(typed: Typed, entry: Entry) -> bool:
    if typed.invoice is not None or entry.invoice_number is None:
        return typed.invoice in (None, entry.invoice_number)
    return entry.invoice_number in derived_numbers(entry.scope.login, entry.key)


def same_form(spec: RequestSpec, entry: Entry) -> bool:
    """The digest of what would be sent, to the entry's own reader and account, under its own number."""
    place = entry.terminal
    return spec.fingerprint(place.smart_terminal_id, place.terminal_id, entry.invoice_number) == entry.fingerprint


# -- the line itself ------------------------------------------------------------------------------------


def typed_again(entry: Entry) -> tuple[str, ...]:
    """The words that make an entry's request at a reader again, apart from key, reader and account; () if not known.

    The journal keeps no line, no note and no switch, and of tax, shipping and surcharge only what was booked, or the
    sum. So it is tried, and the digest of all that was sent says whether that is the request.
    """
    if entry.kind not in (Kind.PAYMENT, Kind.REFUND) or not entry.is_at_reader or entry.amount is None:
        return ()
    refund, number = entry.kind is Kind.REFUND, entry.invoice_number if entry.is_shared else None
    order = None if (booked := wire.transaction(entry.transaction)) is None else wire.purchase_order(booked)
    for extras, po in product(_extras(entry, entry.amount), {None: None, order: None}):
        tax, shipping, surcharge = extras
        try:
            spec = payment(
                entry.amount, refund=refund, tax=tax, shipping=shipping, surcharge=surcharge, invoice=number, po=po
            )
        except UsageFault:  # the command takes no such number
            continue
        if same_form(spec, entry):
            amounts = {name: dollars(value) for name, value in zip(_EXTRAS, extras, strict=True) if value is not None}
            said = {**amounts, "invoice": number, "po": po}
            options = [word for name, value in said.items() for word in option_words(f"--{name}", value)]
            return "refund" if refund else "charge", dollars(entry.amount), *options
    return ()


def _extras(entry: Entry, base: Money) -> Iterator[tuple[Money | None, ...]]:
    """Tax, shipping and surcharge as they may have been typed: those booked, else the rest as one of the three."""
    booked = wire.transaction(entry.transaction)
    if booked is not None:
        amounts = parts.of(booked)
        yield tuple(amounts[f"amount{name.capitalize()}"] or None for name in _EXTRAS)
    rest = (entry.in_all or base) - base or None
    yield from dict.fromkeys(permutations((rest, None, None)))
