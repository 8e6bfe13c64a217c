"""`tip`: the tip of a transaction, added or changed before it settles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared import options as o

if TYPE_CHECKING:
    from pjterm.core.model import Terminal
    from pjterm.core.request import RequestSpec


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    command(app, "tip")(tip)


def tip(
    context: Context,
    name: Annotated[str, o.argument("ID", o.ANY_ID)],
    amount: Annotated[str, o.argument("AMOUNT", "The whole tip, in dollars; 0 removes it.")],
    key: o.KeyOption = None,
    timeout: o.TimeoutOption = 300.0,
    force: Annotated[bool, o.flag("--force", "Add it although it is above 20 %.")] = False,
    over: o.OverOption = None,
    yes: o.YesOption = False,
    by: o.ByOption = None,
    dry_run: o.DryRunOption = False,
) -> None:
    """Add a tip to a charge, or change it.

    This works until it settles. Nothing happens at any reader; the customer's card is charged the new total. AMOUNT
    is the whole tip, so the same command twice changes nothing. A tip above 20 % of the other amounts needs
    --force. After the batch has settled, and on a void, declined or refunded charge, there is no changing it.

    Examples:

      pjterm tip 10001 2.00

      pjterm tip order-1042 0
    """
    from pjterm.cli.shared.originals import account_of, earlier_refunds, read_original
    from pjterm.cli.shared.sending import send
    from pjterm.cli.shared.typed_names import transaction_named
    from pjterm.core import tips
    from pjterm.core.model import Kind
    from pjterm.core.money import parse_money
    from pjterm.core.typed import Typed

    sending = o.Sending(key=key, timeout=timeout, force=force, over=over, yes=yes, by=by, dry_run=dry_run, via="poll")
    wanted = parse_money(amount, "AMOUNT", zero=True)
    context.timeout = timeout
    transaction = transaction_named(context, name, "ID", "change")

    def prepare() -> tuple[RequestSpec, Terminal]:
        original = read_original(context, transaction)
        return tips.tip(original, wanted, earlier_refunds(context, original)), account_of(original)

    send(context, Typed(Kind.TIP, None, wanted, wanted, transaction), prepare, sending)
