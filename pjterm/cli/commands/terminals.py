"""`terminals` and `accounts`: what there is, and names for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command, group
from pjterm.cli.shared import options as o
from pjterm.cli.shared.printing import Shown, print_list
from pjterm.errors import CheckFailed, UsageFault
from pjterm.ui.tones import Tone
from pjterm.values import replace

if TYPE_CHECKING:
    from pjterm.cli.shared.ping import Ping
    from pjterm.core.model import Terminal

_TONES = {"ready": Tone.DONE, "busy": Tone.RUNNING, "unreachable": Tone.NOTHING}


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    terminals = group("The account's readers, and names for them.", default=list_terminals)
    command(terminals, "list")(list_terminals)
    command(terminals, "ping")(ping)
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
    items = context.api.patiently(context.api.smart_terminals)
    aliases = context.profile.aliases.items()
    rows = [
        (", ".join(name for name, uuid in aliases if uuid.lower() == str(i.get("smartTerminalId")).lower()),
         i.get("nickName"), i.get("smartTerminalId"), i.get("serialNumber"))
        for i in items
    ]  # fmt: skip
    columns = ("ALIAS", "NAME", "UUID", "SERIAL")
    shown = Shown(columns, rows) if aliases else Shown(columns[1:], [row[1:] for row in rows])
    print_list(context, "terminals", items, columns, rows, shown=shown, empty="this account has no readers")


def ping(
    context: Context,
    names: Annotated[
        list[str] | None, o.argument("[NAME]...", "Alias, UUID or nickName; default: the profile's.")
    ] = None,
    all_: Annotated[bool, o.flag("--all", "Every reader of the account.")] = False,
    account: o.AccountOption = None,
) -> None:
    """Find out whether a reader can be reached.

    The reader shows a short prompt, which is taken back as soon as it shows. Only that prompt is ever ended. Where
    this journal has something open on a reader, it is busy, and nothing is sent. Exit 13 unless all are ready.

    Examples:

      pjterm terminals ping T1

      pjterm terminals ping --all --json
    """
    from pjterm.cli.shared.ping import ping as ping_one

    if all_ and names:
        raise UsageFault("--all: leave out the names")
    if context.format != "text" or not context.draws:
        context.quiet = True  # line by line, a cancelled prompt looks like a fault
    found: list[Ping] = []
    for place in _places(context, names, all_, account):
        found.append(ping_one(context, place))
        if found[-1].stopped is not None:
            break
    items = [
        {"name": p.name, "smartTerminalId": p.smart_terminal_id, "status": p.status, "seconds": p.seconds,
         "says": p.says}
        for p in found
    ]  # fmt: skip
    rows = [(p.name, p.status, None if p.seconds is None else f"{p.seconds:.1f}", p.says) for p in found]
    columns = ("NAME", "STATUS", "SECONDS", "WHY")
    shown = Shown(columns, rows, ("SECONDS",), [_TONES.get(p.status) for p in found], painted="STATUS")
    print_list(context, "ping", items, columns, rows, shown=shown, changed=True)
    stopped = next((p.stopped for p in found if p.stopped is not None), None)
    if stopped is not None:
        raise typer.Exit(stopped)
    if any(p.status != "ready" for p in found):
        raise typer.Exit(CheckFailed.exit_code)


def _places(context: Context, names: list[str] | None, all_: bool, account: int | None) -> list[Terminal]:
    """The readers that are meant."""
    from pjterm.api.terminals import nickname
    from pjterm.cli.shared.options import where
    from pjterm.core.text import harmless

    if not all_:
        return [where(context, name, account, "NAME") for name in names or (None,)]
    items = context.api.patiently(context.api.smart_terminals)
    found = [(where(context, str(i.get("smartTerminalId")), account), nickname(i)) for i in items]
    return [replace(place, name=place.name or harmless(name or "") or None) for place, name in found]


def alias(
    context: Context,
    name: Annotated[str, o.argument("NAME", "What you want to call it.")],
    uuid: Annotated[str, o.argument("UUID", "The terminal's smartTerminalId.")],
) -> None:
    """Give a reader a name in this profile, which saves a lookup.

    Example:

      pjterm terminals alias T1 88888888-4444-4444-4444-cccccccccccc -p till-1
    """
    from pjterm.cli.profiles.item import print_changed
    from pjterm.settings import profiles

    profile = _own_profile(context)
    profiles.set_alias(context.config_dir, profile, name, uuid)
    context.notice(f"{name} now means {uuid} in profile {profile}")
    print_changed(context, profile)


def unalias(context: Context, name: Annotated[str, o.argument("NAME", "The alias to forget.")]) -> None:
    """Forget an alias of this profile.

    Example:

      pjterm terminals unalias T1 -p till-1
    """
    from pjterm.cli.profiles.item import print_changed
    from pjterm.settings import profiles

    profile = _own_profile(context)
    profiles.unset_alias(context.config_dir, profile, name)
    context.notice(f"alias {name} removed from profile {profile}")
    print_changed(context, profile)


def accounts(context: Context) -> None:
    """List the merchant accounts of the login.

    Each sale is booked to one of them (its terminalId). Nothing happens at any reader.

    Example:

      pjterm accounts --json
    """
    items = context.api.patiently(context.api.accounts)
    rows = [
        (i.get("terminalId"), i.get("nickName"), i.get("type"),
         "enabled" if i.get("enabled") is True else "disabled", i.get("companyDba"))
        for i in items
    ]  # fmt: skip
    columns = ("ACCOUNT", "NAME", "TYPE", "STATE", "COMPANY")
    print_list(context, "accounts", items, columns, rows, empty="this login has no accounts")


def _own_profile(context: Context) -> str:
    profile = context.profile
    if profile.builtin:
        raise UsageFault(
            "the built-in simulator profile keeps no aliases",
            hint="add a profile first: pjterm profiles add demo --environment simulator",
        )
    return profile.name
