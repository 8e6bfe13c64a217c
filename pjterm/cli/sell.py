"""`charge` and the device side of `refund`."""

from __future__ import annotations

from typing import Annotated

import typer

from pjterm.cli import options as o
from pjterm.cli.context import Context
from pjterm.cli.frame import command

TaxOption = Annotated[str | None, typer.Option("--tax", metavar="AMOUNT", help="Tax, on top of AMOUNT.")]
ShippingOption = Annotated[str | None, typer.Option("--shipping", metavar="AMOUNT", help="Shipping, on top.")]
SurchargeOption = Annotated[
    str | None,
    typer.Option("--surcharge", metavar="AMOUNT", help="Surcharge, on top (0 turns the account's own off)."),
]
InvoiceOption = Annotated[
    str | None, typer.Option("--invoice", help="Invoice number, 1-32 characters; default: made from the key.")
]
PoOption = Annotated[str | None, typer.Option("--po", help="Purchase order number, 1-32 characters.")]
NoteOption = Annotated[str | None, typer.Option("--note", help="A note, at most 2048 characters.")]
AskTipOption = Annotated[bool, typer.Option("--ask-tip", help="Ask for a tip at the reader.")]
KeyedOption = Annotated[bool, typer.Option("--keyed", help="Allow the card to be keyed in at the reader.")]
ReceiptPromptOption = Annotated[
    bool | None,
    typer.Option("--receipt-prompt/--no-receipt-prompt", help="Ask at the reader how to give the receipt."),
]
SignaturePromptOption = Annotated[
    bool | None,
    typer.Option("--signature-prompt/--no-signature-prompt", help="Ask for a signature at the reader."),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    command(app, "charge")(charge)


def charge(
    context: Context,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="Dollars: 12, 12.5 or 12.50.")],
    terminal: o.TerminalOption = None,
    account: o.AccountOption = None,
    key: o.KeyOption = None,
    tax: TaxOption = None,
    shipping: ShippingOption = None,
    surcharge: SurchargeOption = None,
    invoice: InvoiceOption = None,
    po: PoOption = None,
    note: NoteOption = None,
    ask_tip: AskTipOption = False,
    keyed: KeyedOption = False,
    receipt_prompt: ReceiptPromptOption = None,
    signature_prompt: SignaturePromptOption = None,
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
    """Take a payment on a Smart Terminal.

    The reader shows the amount; the customer taps, inserts or swipes a card, or presses the red X. You see
    each step, and the verdict as soon as the transaction itself says approved or declined. Give each sale
    a --key (an order number, say): the same line typed twice then charges once, whatever happened between.

    Examples:

      pjterm charge 12.50 --terminal T1

      pjterm charge 49.99 --key order-1042 --tax 4.12 --json

      id=$(pjterm charge 12.50 -t T1 -k order-1043) && echo "paid: $id"
    """
    from pjterm.core import request

    o.check_waiting({"timeout": timeout, "wait_busy": wait_busy, "until": until, "via": via,
                     "key": key, "over": over})  # fmt: skip
    ask = request.payment(
        request.amount(amount, "AMOUNT"),
        tax=request.extra(tax, "--tax"),
        shipping=request.extra(shipping, "--shipping"),
        surcharge=request.extra(surcharge, "--surcharge"),
        invoice=invoice,
        po=po,
        note=note,
        ask_tip=ask_tip,
        keyed=keyed,
        receipt_prompt=receipt_prompt,
        signature_prompt=signature_prompt,
    )
    o.submit(
        context, ask, terminal=terminal, account=account, key=key, timeout=timeout, no_wait=no_wait,
        until=until, via=via, wait_busy=wait_busy, force=force, over=over,
        cancel_on_timeout=cancel_on_timeout, yes=yes, dry_run=dry_run,
    )  # fmt: skip
