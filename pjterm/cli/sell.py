"""`charge`, and the options that it shares with `refund`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from pjterm.cli import options as o
from pjterm.cli.context import Context
from pjterm.cli.frame import command

if TYPE_CHECKING:
    from pjterm.core.money import Money
    from pjterm.core.request import Ask


@dataclass(frozen=True)
class Extras:
    """What a payment may carry beside its amount."""

    tax: Annotated[str | None, typer.Option("--tax", metavar="AMOUNT", help="Tax, on top of AMOUNT.")] = None
    shipping: Annotated[str | None, typer.Option("--shipping", metavar="AMOUNT", help="Shipping, on top.")] = None
    surcharge: Annotated[
        str | None,
        typer.Option("--surcharge", metavar="AMOUNT", help="Surcharge, on top (0 turns the account's own off)."),
    ] = None
    invoice: Annotated[
        str | None, typer.Option("--invoice", help="Invoice number, 1-32 characters; default: made from the key.")
    ] = None
    po: Annotated[str | None, typer.Option("--po", help="Purchase order number, 1-32 characters.")] = None
    note: Annotated[str | None, typer.Option("--note", help="A note, at most 2048 characters.")] = None
    ask_tip: Annotated[bool, typer.Option("--ask-tip", help="Ask for a tip at the reader.")] = False
    keyed: Annotated[bool, typer.Option("--keyed", help="Allow the card to be keyed in at the reader.")] = False
    receipt_prompt: Annotated[
        bool | None,
        typer.Option("--receipt-prompt/--no-receipt-prompt", help="Ask at the reader how to give the receipt."),
    ] = None
    signature_prompt: Annotated[
        bool | None,
        typer.Option("--signature-prompt/--no-signature-prompt", help="Ask for a signature at the reader."),
    ] = None

    def money(self) -> dict[str, Money | None]:
        """Tax, shipping and surcharge, read and checked."""
        from pjterm.core import request

        return {
            "tax": request.extra(self.tax, "--tax"),
            "shipping": request.extra(self.shipping, "--shipping"),
            "surcharge": request.extra(self.surcharge, "--surcharge"),
        }

    def payment(self, amount: Money, *, refund: bool = False) -> Ask:
        """The request at the reader."""
        from pjterm.core import request

        return request.payment(
            amount,
            refund=refund,
            invoice=self.invoice,
            po=self.po,
            note=self.note,
            ask_tip=self.ask_tip,
            keyed=self.keyed,
            receipt_prompt=self.receipt_prompt,
            signature_prompt=self.signature_prompt,
            **self.money(),
        )


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    command(app, "charge")(charge)


def charge(
    context: Context,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="Dollars: 12, 12.5 or 12.50.")],
    sending: o.Sending,
    extras: Extras,
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

    sending.check()
    o.submit(context, extras.payment(request.amount(amount, "AMOUNT")), sending)
