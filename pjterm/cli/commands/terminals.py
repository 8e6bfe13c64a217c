"""`terminals` and `accounts`: what there is, and names for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command, group
from pjterm.cli.shared.printing import print_list
from pjterm.errors import UsageFault

READ_PATIENCE = timedelta(seconds=20)  # reads of a command that nothing waits for


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    terminals = group("The account's Smart Terminals, and aliases for them.", default=list_terminals)
    command(terminals, "list")(list_terminals)
    command(terminals, "alias")(alias)
    command(terminals, "unalias")(unalias)
    app.add_typer(terminals, name="terminals")
    command(app, "accounts")(accounts)


def list_terminals(context: Context) -> None:
    """List the Smart Terminals of the account, with this profile's aliases.

    Nothing happens at any reader.

    Example:

      pjterm terminals list
    """
    api = context.api
    items = api.retrying(api.smart_terminals, context.clock.now() + READ_PATIENCE)
    aliases = {uuid.lower(): name for name, uuid in context.profile.aliases.items()}
    rows = [
        (aliases.get(str(i.get("smartTerminalId")).lower(), ""), i.get("nickName"), i.get("smartTerminalId"),
         i.get("serialNumber"))
        for i in items
    ]  # fmt: skip
    print_list(context, "terminals", items, ("ALIAS", "NAME", "UUID", "SERIAL"), rows)


def alias(
    context: Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What you want to call it.")],
    uuid: Annotated[str, typer.Argument(metavar="UUID", help="The terminal's smartTerminalId.")],
) -> None:
    """Give a terminal a name in this profile, which then costs no look-up.

    Example:

      pjterm terminals alias T1 88888888-4444-4444-4444-cccccccccccc -p till-1
    """
    from pjterm.settings import profiles

    profile = _own_profile(context)
    profiles.set_alias(context.config_dir, profile, name, uuid)
    context.notice(f"{name} now means {uuid} in profile {profile}")


def unalias(
    context: Context, name: Annotated[str, typer.Argument(metavar="NAME", help="The alias to forget.")]
) -> None:
    """Forget an alias of this profile.

    Example:

      pjterm terminals unalias T1 -p till-1
    """
    from pjterm.settings import profiles

    profile = _own_profile(context)
    profiles.unset_alias(context.config_dir, profile, name)
    context.notice(f"{name} is no alias of profile {profile} any more")


def accounts(context: Context) -> None:
    """List the merchant accounts (terminalId) that work can be booked to.

    Nothing happens at any reader.

    Example:

      pjterm accounts --json
    """
    api = context.api
    items = api.retrying(api.accounts, context.clock.now() + READ_PATIENCE)
    rows = [
        (i.get("terminalId"), i.get("nickName"), i.get("type"),
         "enabled" if i.get("enabled") is True else "disabled", i.get("companyDba"))
        for i in items
    ]  # fmt: skip
    print_list(context, "accounts", items, ("ACCOUNT", "NAME", "TYPE", "STATE", "COMPANY"), rows)


def _own_profile(context: Context) -> str:
    profile = context.profile
    if profile.builtin:
        raise UsageFault(
            "the built-in simulator profile keeps no aliases",
            hint="add a profile first: pjterm profiles add NAME --environment simulator",
        )
    return profile.name


