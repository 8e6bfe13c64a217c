"""`charge`."""

from typing import Annotated

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared import options as o
from pjterm.cli.shared.sending import submit
from pjterm.errors import UsageFault


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    command(app, "charge")(charge)


def charge(
    context: Context,
    amount: Annotated[str, o.argument("AMOUNT", "Dollars: 12, 12.5 or 12.50.")],
    sending: o.Sending,
    extras: o.Extras,
    another_card: Annotated[
        bool, o.flag("--another-card", "After a decline under this --key: one more try with another card.")
    ] = False,
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
    from pjterm.core.money import parse_money

    if another_card and sending.key is None:
        raise UsageFault(
            "--another-card needs the --key of the sale that was declined. Nothing was sent.",
            hint="see: pjterm requests list",
        )
    submit(context, extras.payment(parse_money(amount, "AMOUNT")), sending, another_card=another_card)
