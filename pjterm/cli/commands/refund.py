"""`refund` and `void`: money back, with the reader or without it."""

from typing import TYPE_CHECKING, Annotated

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared import options as o
from pjterm.cli.shared.originals import account_of, earlier_refunds, read_original
from pjterm.cli.shared.sending import send, submit
from pjterm.cli.shared.typed_names import transaction_named
from pjterm.errors import UsageFault

if TYPE_CHECKING:
    from pjterm.core.model import Terminal
    from pjterm.core.money import Money
    from pjterm.core.request import RequestSpec


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    command(app, "refund")(refund)
    command(app, "void")(void)


def refund(
    context: Context,
    amount: Annotated[
        str | None, o.argument("[AMOUNT]", "Dollars; may be left out with --transaction: all of it.")
    ] = None,
    transaction: Annotated[
        str | None,
        o.option("--transaction", "ID", "Refund this without the reader; a sale key, transaction or request id."),
    ] = None,
    tip: Annotated[str | None, o.option("--tip", "AMOUNT", "Tip to give back, on top; with --transaction.")] = None,
    *,
    sending: o.Sending,
    extras: o.Extras,
) -> None:
    """Give money back to a card.

    Without --transaction the reader shows the amount, and the customer presents the card that gets it; the
    API does not compare it with any charge, so check the amount. With --transaction nothing happens at a
    reader: the card of that charge gets exactly AMOUNT, or all that is left of the charge: tip, tax, shipping
    and surcharge included. Refunds that pjterm made before, on any till, are counted; refunds made elsewhere
    (such as in the Virtual Terminal) are not. A charge of today is better voided (no second fee): pjterm void.

    Examples:

      pjterm refund 12.50 --terminal T1

      pjterm refund 5.00 --transaction 10001 --yes

      pjterm refund 5.00 --tax 0.40 --transaction order-1042 --yes

      pjterm refund --transaction 10001 --key return-1042 --yes
    """
    from pjterm.core import request
    from pjterm.core.money import parse_money

    if amount is None and transaction is None:
        raise UsageFault("AMOUNT is missing; only with --transaction may it be left out")
    base = None if amount is None else parse_money(amount, "AMOUNT")
    if transaction is not None:
        others = {"tip": request.extra(tip, "--tip"), **extras.money()}
        if base is None:  # all of it goes back, whatever parts the profile states
            others = {name: value for name, value in others.items() if name not in context.defaulted}
        _check_linked(context, base is None, others, extras, sending)
        _refund_linked(context, transaction, base, others, extras, sending)
        return
    if tip is not None and "tip" not in context.defaulted:
        raise UsageFault("--tip: only with --transaction; at the reader a refund has no tip, so add it to AMOUNT")
    assert base is not None
    submit(context, extras.payment(base, refund=True), sending)


def _check_linked(
    context: Context, whole: bool, others: "dict[str, Money | None]", extras: o.Extras, sending: o.Sending
) -> None:
    """What makes no sense without a reader, or without an amount, if it was typed: a default is for the others."""
    typed = {name: value for name, value in (vars(sending) | vars(extras)).items() if name not in context.defaulted}
    if typed.get("terminal") is not None:
        raise UsageFault("--terminal: a refund with --transaction needs no reader; leave one of them out")
    for name in ("ask_tip", "keyed", "receipt_prompt", "signature_prompt"):
        if typed.get(name) not in (None, False):
            option = "--" + name.replace("_", "-")
            raise UsageFault(f"{option}: nothing happens at a reader with --transaction")
    if typed.get("po") is not None:
        raise UsageFault(
            "--po: with --transaction the purchase order number says what is refunded, so that every till can find it",
            hint="leave out --po; --invoice and --note are free",
        )
    for name, value in others.items():
        if whole and value is not None:
            raise UsageFault(f"--{name}: give AMOUNT too; without it all of the transaction goes back")


def _refund_linked(
    context: Context,
    name: str,
    base: "Money | None",
    others: "dict[str, Money | None]",
    extras: o.Extras,
    sending: o.Sending,
) -> None:
    from pjterm.core import parts, refunds
    from pjterm.core.model import Kind
    from pjterm.core.request import invoice_number_for
    from pjterm.core.typed import Typed

    context.timeout = sending.timeout
    transaction = transaction_named(context, name, "--transaction", "refund")
    total = None if base is None else parts.total(parts.stated(base, **others))
    shape = refunds.all_left(transaction, invoice=extras.invoice, note=extras.note) if base is None else None
    typed = Typed(Kind.REFUND, shape, base, total, transaction, extras.invoice, account=sending.account)

    def prepare() -> "tuple[RequestSpec, Terminal]":
        original = read_original(context, transaction)
        own = None if sending.key is None else invoice_number_for(context.scope.login, sending.key)
        spec = refunds.linked_refund(
            original, base, earlier=earlier_refunds(context, original), own_number=own, invoice=extras.invoice,
            note=extras.note, **others,
        )  # fmt: skip
        asked = context.can_ask() and not sending.yes  # the question says it then
        if refunds.not_refundable(original) is None and not asked:
            context.notice(refunds.say_before(spec))
        if refunds.voids_as_well(spec):
            context.notice(
                f"transaction {transaction} is not settled yet; a void costs no second fee: pjterm void {transaction}"
            )
        return spec, account_of(original, sending.account)

    send(context, typed, prepare, sending)


def void(
    context: Context,
    name: Annotated[str, o.argument("ID", o.ANY_ID)],
    key: o.KeyOption = None,
    timeout: o.TimeoutOption = 300.0,
    over: o.OverOption = None,
    yes: o.YesOption = False,
    by: o.ByOption = None,
    dry_run: o.DryRunOption = False,
) -> None:
    """Void a transaction before it settles.

    Nothing happens at any reader; the customer's bank drops the hold within days. It is preferred to a
    refund: there is no second fee. After the batch has settled, and for PIN debit, only a refund works.
    You are asked first; in a script pass --yes.

    Examples:

      pjterm void 10001 --yes

      pjterm void order-1042
    """
    from pjterm.core import refunds
    from pjterm.core.model import Kind
    from pjterm.core.typed import Typed

    sending = o.Sending(key=key, timeout=timeout, over=over, yes=yes, by=by, dry_run=dry_run, via="poll")
    context.timeout = timeout
    transaction = transaction_named(context, name, "ID", "void")

    def prepare() -> "tuple[RequestSpec, Terminal]":
        original = read_original(context, transaction)
        return refunds.void(original, earlier_refunds(context, original)), account_of(original)

    send(context, Typed(Kind.VOID, original_id=transaction), prepare, sending)
