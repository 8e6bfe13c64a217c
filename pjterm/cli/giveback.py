"""`refund` and `void`: money back, with the reader or without it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pjterm.cli import options as o
from pjterm.cli import sell
from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.errors import GuardRefused, UsageFault

if TYPE_CHECKING:
    from pjterm.core.entry import Entry
    from pjterm.core.model import Terminal, Transaction

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
    terminal: o.TerminalOption = None,
    account: o.AccountOption = None,
    key: o.KeyOption = None,
    tax: sell.TaxOption = None,
    shipping: sell.ShippingOption = None,
    surcharge: sell.SurchargeOption = None,
    invoice: sell.InvoiceOption = None,
    po: sell.PoOption = None,
    note: sell.NoteOption = None,
    ask_tip: sell.AskTipOption = False,
    keyed: sell.KeyedOption = False,
    receipt_prompt: sell.ReceiptPromptOption = None,
    signature_prompt: sell.SignaturePromptOption = None,
    timeout: o.TimeoutOption = 300.0,
    no_wait: o.NoWaitOption = False,
    until: o.UntilOption = "complete",
    via: o.ViaOption = "auto",
    wait_busy: o.WaitBusyOption = 0.0,
    force: o.ForceOption = False,
    over: o.OverOption = None,
    cancel_on_timeout: o.CancelOnTimeoutOption = False,
    yes: o.YesOption = False,
    dry_run: o.DryRunOption = False,
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

    o.check_waiting({"timeout": timeout, "wait_busy": wait_busy, "until": until, "via": via,
                     "key": key, "over": over})  # fmt: skip
    if amount is None and transaction is None:
        raise UsageFault("AMOUNT: how much? It may be left out with --transaction only")
    base = None if amount is None else request.amount(amount, "AMOUNT")
    extras: dict[str, Any] = {
        "tax": request.extra(tax, "--tax"),
        "shipping": request.extra(shipping, "--shipping"),
        "surcharge": request.extra(surcharge, "--surcharge"),
        "invoice": invoice,
        "po": po,
        "note": note,
    }
    at_reader: dict[str, Any] = {"ask_tip": ask_tip, "keyed": keyed, "receipt_prompt": receipt_prompt,
                                 "signature_prompt": signature_prompt}  # fmt: skip
    given: dict[str, Any] = {"key": key, "timeout": timeout, "until": until, "wait_busy": wait_busy,
                             "force": force, "over": over, "yes": yes, "dry_run": dry_run,
                             "cancel_on_timeout": cancel_on_timeout}  # fmt: skip
    if transaction is not None:
        _check_linked(transaction, base is None, extras, terminal, at_reader)
        _refund_linked(context, transaction, base, extras, account, given)
        return
    assert base is not None
    ask = request.payment(base, refund=True, **extras, **at_reader)
    o.submit(context, ask, terminal=terminal, account=account, no_wait=no_wait, via=via, **given)


def _check_linked(
    transaction: int, whole: bool, extras: dict[str, Any], terminal: str | None, at_reader: dict[str, Any]
) -> None:
    """What makes no sense without a reader, or without an amount."""
    _check_id(transaction, "--transaction")
    if terminal is not None:
        raise UsageFault("--terminal: a refund with --transaction needs no reader; leave one of them out")
    for name, value in at_reader.items():
        if value not in (None, False):
            option = "--" + name.replace("_", "-")
            raise UsageFault(f"{option}: nothing happens at a reader with --transaction")
    for name in ("tax", "shipping", "surcharge") if whole else ():
        if extras[name] is not None:
            raise UsageFault(f"--{name}: give AMOUNT too; without it all of the transaction goes back")


def _check_id(number: int, what: str) -> None:
    if not 0 < number < 10**MOST_DIGITS:
        raise UsageFault(f"{what}: {number} is no transaction id")


def _refund_linked(
    context: Context,
    transaction: int,
    base: Any,
    extras: dict[str, Any],
    account: int | None,
    given: dict[str, Any],
) -> None:
    from pjterm.core import giveback
    from pjterm.core.model import Kind

    _begin(context, Kind.REFUND, given)
    original = _read(context, transaction)
    ask = giveback.linked_refund(original, base, **extras)
    if giveback.is_unsettled_charge(original) and ask.amount == ask.total == _took(original):
        context.notice(
            f"transaction {transaction} is not settled yet: a void costs no second fee "
            f"(pjterm void {transaction})"
        )
    o.submit(context, ask, terminal=None, account=None, place=_account_of(original, account), **given)


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
    from pjterm.core import giveback
    from pjterm.core.model import Kind

    o.check_waiting({"timeout": timeout, "key": key, "over": over})
    given: dict[str, Any] = {"key": key, "timeout": timeout, "until": "complete", "wait_busy": 0.0,
                             "force": False, "over": over, "yes": yes, "dry_run": dry_run,
                             "cancel_on_timeout": False}  # fmt: skip
    _begin(context, Kind.VOID, given)
    transaction = _meant(context, name)
    context.asked["transaction_id"] = transaction
    original = _read(context, transaction)
    o.submit(
        context, giveback.void(original), terminal=None, account=None, place=_account_of(original, None),
        **given,
    )  # fmt: skip


def _begin(context: Context, kind: Any, given: dict[str, Any]) -> None:
    context.timeout = given["timeout"]
    context.asked = {"kind": kind, "key": given["key"]}


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
