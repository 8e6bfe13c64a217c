"""`refund` and `void`: money back, with the reader or without it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared import options
from pjterm.cli.shared import options as o
from pjterm.cli.shared.sending import submit
from pjterm.errors import GuardRefused, UsageFault

if TYPE_CHECKING:
    from pjterm.core.entry import Entry
    from pjterm.core.model import Kind, Terminal, Transaction
    from pjterm.core.money import Money

SENDING = o.Sending()
EXTRAS = options.Extras()
READ_PATIENCE = timedelta(seconds=20)
MOST_DIGITS = 18  # of a transaction id, as `wire.number` reads one


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    command(app, "refund")(refund)
    command(app, "void")(void)


def refund(
    context: Context,
    amount: Annotated[
        str | None,
        typer.Argument(metavar="[AMOUNT]", help="Dollars; may be left out with --transaction: all of it."),
    ] = None,
    transaction: Annotated[
        int | None,
        typer.Option("--transaction", metavar="ID", help="Refund this transaction, without the reader."),
    ] = None,
    sending: o.Sending = SENDING,
    extras: options.Extras = EXTRAS,
) -> None:
    """Give money back to a card.

    Without --transaction the reader shows the amount, and the customer presents the card that gets it; the
    API does not compare it with any charge, so check the amount. With --transaction nothing happens at a
    reader: the card of that charge gets AMOUNT, or all that the charge took, tip and surcharge included.
    A charge of today is better voided (no second fee): pjterm void.

    Examples:

      pjterm refund 12.50 --terminal T1

      pjterm refund 5.00 --transaction 10001 --yes

      pjterm refund --transaction 10001 --key return-1042 --yes
    """
    from pjterm.core import request

    sending.check()
    if amount is None and transaction is None:
        raise UsageFault("AMOUNT: how much? It may be left out with --transaction only")
    base = None if amount is None else request.amount(amount, "AMOUNT")
    if transaction is not None:
        _check_linked(transaction, base is None, extras, sending)
        _refund_linked(context, transaction, base, extras, sending)
        return
    assert base is not None
    submit(context, extras.payment(base, refund=True), sending)


def _check_linked(transaction: int, whole: bool, extras: options.Extras, sending: o.Sending) -> None:
    """What makes no sense without a reader, or without an amount."""
    _check_id(transaction, "--transaction")
    if sending.terminal is not None:
        raise UsageFault("--terminal: a refund with --transaction needs no reader; leave one of them out")
    for name in ("ask_tip", "keyed", "receipt_prompt", "signature_prompt"):
        if getattr(extras, name) not in (None, False):
            option = "--" + name.replace("_", "-")
            raise UsageFault(f"{option}: nothing happens at a reader with --transaction")
    for name, value in extras.money().items():
        if whole and value is not None:
            raise UsageFault(f"--{name}: give AMOUNT too; without it all of the transaction goes back")


def _check_id(number: int, what: str) -> None:
    if not 0 < number < 10**MOST_DIGITS:
        raise UsageFault(f"{what}: {number} is no transaction id")


def _refund_linked(
    context: Context, transaction: int, base: Money | None, extras: options.Extras, sending: o.Sending
) -> None:
    from pjterm.core import refunds
    from pjterm.core.model import Kind

    _begin(context, Kind.REFUND, sending)
    original = _read(context, transaction)
    ask = refunds.linked_refund(
        original, base, invoice=extras.invoice, po=extras.po, note=extras.note, **extras.money()
    )
    if refunds.is_unsettled_charge(original) and ask.amount == ask.total == _took(original):
        context.notice(
            f"transaction {transaction} is not settled yet: a void costs no second fee "
            f"(pjterm void {transaction})"
        )
    submit(context, ask, sending, place=_account_of(original, sending.account))


def void(
    context: Context,
    name: Annotated[
        str,
        typer.Argument(metavar="TRANSACTION_ID_OR_KEY", help="The transaction, or the key of its sale."),
    ],
    key: o.KeyOption = None,
    timeout: o.TimeoutOption = 300.0,
    over: o.OverOption = None,
    yes: o.YesOption = False,
    dry_run: o.DryRunOption = False,
) -> None:
    """Take a transaction back before it settles, as if it had never been.

    Nothing happens at any reader; the customer's bank drops the hold within days. It is preferred to a
    refund: there is no second fee. After the batch has settled, and for PIN debit, only a refund works.
    You are asked first; where nobody can be asked, say --yes.

    Examples:

      pjterm void 10001 --yes

      pjterm void order-1042
    """
    from pjterm.core import refunds
    from pjterm.core.model import Kind

    sending = o.Sending(key=key, timeout=timeout, over=over, yes=yes, dry_run=dry_run, via="poll")
    sending.check()
    _begin(context, Kind.VOID, sending)
    transaction = _meant(context, name)
    context.asked["transaction_id"] = transaction
    original = _read(context, transaction)
    submit(context, refunds.void(original), sending, place=_account_of(original, None))


def _begin(context: Context, kind: Kind, sending: o.Sending) -> None:
    context.timeout = sending.timeout
    context.asked = {"kind": kind, "key": sending.key}


def _read(context: Context, transaction: int) -> Transaction:
    """The transaction as it stands; nothing is started before it was read."""
    until = context.clock.now() + min(READ_PATIENCE, timedelta(seconds=context.timeout))
    return context.api.retrying(lambda: context.api.transaction(transaction), until)


def _took(original: Transaction) -> Any:
    from pjterm.core import wire

    return wire.total(original)


def _account_of(original: Transaction, account: int | None) -> Terminal:
    """Where it is booked: the account of the original, unless another is given."""
    from pjterm.core.model import Terminal

    return Terminal(None, None, original.terminal_id if account is None else account)


def _meant(context: Context, name: str) -> int:
    """The transaction that a person means by its id, or by the key (or request id) of its sale."""
    digits = name.isascii() and name.isdigit() and len(name) <= MOST_DIGITS
    found = [e for e in context.journal.find(name) if e.scope == context.scope]
    by_key = _transaction_of(found[0]) if found else None
    if digits and by_key not in (None, int(name)):
        raise UsageFault(
            f"TRANSACTION_ID_OR_KEY: {name} is the key of a sale whose transaction is {by_key}, and may be a "
            "transaction's id too",
            hint=f"if you mean that sale: pjterm void {by_key}",
        )
    if by_key is not None:
        return by_key
    if digits and not found:
        _check_id(int(name), "TRANSACTION_ID_OR_KEY")
        return int(name)
    if not found:
        raise UsageFault(
            f"TRANSACTION_ID_OR_KEY: {name!r} is no transaction id, and the journal knows no such key",
            hint="see: pjterm transactions list, or: pjterm requests list",
        )
    raise _nothing_to_void(found[0])


def _transaction_of(entry: Entry) -> int | None:
    return entry.original_id if entry.kind.value == "void" else entry.transaction_id


def _nothing_to_void(entry: Entry) -> GuardRefused:
    hint = f"see: pjterm why {entry.key}"
    if entry.is_unsettled and entry.kind.is_money:
        hint = f"settle it first: pjterm resume {entry.key}"
    return GuardRefused(
        f"{entry.key} has no transaction to void: it is {entry.outcome or 'open'}", hint=hint, code="no-transaction"
    )
