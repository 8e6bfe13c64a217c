"""`profiles`: one per till and environment; secrets never on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command, group
from pjterm.cli.shared import options as o
from pjterm.core.text import counted
from pjterm.errors import JournalUnusable, UsageFault

if TYPE_CHECKING:
    from pjterm.settings.profiles import Config

COLUMNS = ("", "NAME", "ENVIRONMENT", "LOGIN", "TERMINAL", "ACCOUNT")
EMPTY = "no profiles yet, so the built-in simulator is used; add one: pjterm profiles add"
NameArgument = Annotated[str, o.argument("NAME", "The profile's name.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    profiles = group("One per till: environment, login, limits.", default=list_profiles)
    command(profiles, "list")(list_profiles)
    command(profiles, "show")(show)
    command(profiles, "add")(add)
    command(profiles, "use")(use)
    command(profiles, "remove")(remove)
    command(profiles, "set-secret")(set_secret)
    app.add_typer(profiles, name="profiles")


def list_profiles(context: Context) -> None:
    """List the profiles; the default one is marked.

    Example:

      pjterm profiles list
    """
    from pjterm.cli.profiles.item import profile_item
    from pjterm.cli.shared.printing import Shown, print_list

    config = context.config
    items = [profile_item(profile, config) for profile in config.profiles.values()]
    rows = [
        ("*" if i["default"] else "", i["name"], i["environment"], i["login"], i["terminal"], i["account"])
        for i in items
    ]
    shown = Shown((*COLUMNS[1:], "DEFAULT"), [(*row[1:], "yes" if row[0] else "") for row in rows])
    print_list(context, "profiles", items, COLUMNS, rows, shown=shown, empty=EMPTY)


def show(
    context: Context,
    name: Annotated[str | None, o.argument("[NAME]", "Default: the one in use.")] = None,
) -> None:
    """Show one profile, without its secrets.

    Example:

      pjterm profiles show till-1
    """
    from pjterm.cli.profiles.item import profile_item
    from pjterm.cli.shared.printing import print_item
    from pjterm.settings import profiles

    profile = context.profile if name is None else profiles.find(context.config, name)
    item = profile_item(profile, context.config)
    print_item(context, "profiles", item, _lines(item, profile.commands))


def _lines(item: dict[str, Any], defaults: Mapping[str, Mapping[str, object]]) -> list[str]:
    """What is set, under the names that `config.toml` has for it."""
    from pjterm.cli.shared.item_lines import aligned, flattened

    typed = {_as_typed(name): ", ".join(v) if isinstance(v, list) else v for name, v in item.items()}
    return aligned(flattened({**typed, **defaults}))


def _as_typed(name: str) -> str:
    """A setting's name in JSON as the file has it: `dayStarts` is `day_starts`."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def add(
    context: Context,
    name: Annotated[str | None, o.argument("[NAME]", "The profile's name, such as till-1.")] = None,
    environment: Annotated[
        str | None, o.option("--environment", "labs|production|simulator", "Whose money moves.")
    ] = None,
    login: Annotated[str | None, o.option("--login", "LOGIN", "The API login.")] = None,
    terminal: Annotated[str | None, o.option("-t, --terminal", "NAME", "The usual reader.")] = None,
    account: Annotated[
        int | None, o.option("--account", "N", "The merchant account (terminalId).", min=1, max=o.LARGEST_NUMBER)
    ] = None,
    base_url: Annotated[str | None, o.option("--base-url", "URL", "Default: by environment.")] = None,
    relay: Annotated[list[str] | None, o.option("--relay", "URL", "The relay that gets its webhooks.")] = None,
    secrets_stdin: Annotated[
        bool, o.flag("--secrets-stdin", "Read the secrets as one JSON object from stdin.")
    ] = False,
) -> None:
    """Add a profile; the first one becomes the default.

    On a terminal it asks for what is missing, tries the login, and offers the account's readers. In a pipe it names
    what is missing. Password and application key are typed without echo, or read from stdin. They go to the system's
    keyring where one answers within 3 s, else to a private file, whose path is said.

    Examples:

      pjterm profiles add

      pjterm profiles add ci --environment labs --login x --secrets-stdin < s.json
    """
    from pjterm.cli.profiles import new_profile

    table: dict[str, object] = {}
    given = {"environment": environment, "login": login, "terminal": terminal, "account": account, "base_url": base_url}
    table |= {key: value for key, value in given.items() if value is not None}
    if relay:
        table["relay"] = relay[0] if len(relay) == 1 else relay
    new_profile.add(context, name, table, from_stdin=secrets_stdin)


def use(context: Context, name: NameArgument) -> None:
    """Make a profile the default.

    Example:

      pjterm profiles use till-1
    """
    from pjterm.cli.profiles.item import print_changed
    from pjterm.settings import profiles

    profiles.use_profile(context.config_dir, name)
    context.notice(f"{name} is the default profile now")
    print_changed(context, name)


def _check_stored(context: Context, name: str, why_not: str) -> None:
    """Refuse a name that no profile has, and the built-in one, which is in no file."""
    from pjterm.settings import profiles

    if profiles.find(context.config, name).builtin:
        raise UsageFault(f"the built-in simulator profile {why_not}")


def _say_what_is_open(context: Context, name: str) -> None:
    """Requests that only this profile's login can look up; a journal that cannot be read keeps no profile."""
    try:
        left = sum(entry.profile == name for entry in context.journal.unresolved())
    except JournalUnusable as error:
        context.notice(error.message)
        return
    if left:
        says = f"{counted(left, 'request')} of {name} {'is' if left == 1 else 'are'} still open or unknown"
        context.notice(f"{says}, and another login may not find that; resolve it first: pjterm resume -p {quote(name)}")


def _say_default(context: Context, left: Config) -> None:
    """Which profile is the default after the one that was has gone."""
    if left.default_profile is not None:
        context.notice(f"{left.default_profile} is the default profile now")
    elif left.profiles:
        context.notice("no profile is the default now; to see them: pjterm profiles list")


def remove(
    context: Context,
    name: NameArgument,
    yes: Annotated[bool, o.flag("-y, --yes", "Do not ask.")] = False,
) -> None:
    """Remove a profile and its secrets. The journal keeps what was sent under it.

    Example:

      pjterm profiles remove till-1 --yes
    """
    from pjterm.cli.shared.printing import print_item
    from pjterm.settings import credentials, profiles

    _check_stored(context, name, "cannot be removed")
    _say_what_is_open(context, name)
    context.confirm_or_refuse(f"Remove profile {name} and its secrets?", f"profile {name} was not removed", yes=yes)
    left = credentials.remove_profile(name, context.config_dir)
    if left is not None:
        context.notice(left)
    context.notice(f"profile {name} removed")
    if context.config.default_profile == name:
        _say_default(context, profiles.load(context.config_dir))
    print_item(context, "profiles", {"name": name, "removed": True}, [], changed=True)


def set_secret(
    context: Context,
    name: NameArgument,
    which: Annotated[str | None, o.argument("[password|app_key|webhook_secret|relay_token]", "Which secret.")] = None,
    secrets_stdin: Annotated[bool, o.flag("--secrets-stdin", "Read secrets as one JSON object from stdin.")] = False,
) -> None:
    """Store or replace a secret of a profile, typed without echo or read from stdin.

    Examples:

      pjterm profiles set-secret till-1 password

      pjterm profiles set-secret till-1 --secrets-stdin < secrets.json
    """
    from pjterm.cli.profiles.item import print_changed
    from pjterm.cli.profiles.new_profile import announce
    from pjterm.core.hints import for_profile
    from pjterm.settings import credentials

    _check_stored(context, name, "has fixed secrets")
    if secrets_stdin and which is not None:
        raise UsageFault("--secrets-stdin: leave out which secret; the JSON object on stdin names them")
    if secrets_stdin:
        values = credentials.parse_secrets(context.read_text())
    elif which not in credentials.SECRETS:
        raise UsageFault(f"which secret? One of: {', '.join(credentials.SECRETS)}")
    else:
        values = {which: context.read_secret(f"{which} of {name}: ")}
    stored = credentials.store(name, values, context.config_dir, context.environ)
    announce(context, stored)
    context.notice(f"stored: {', '.join(values)}")
    if stored.rotates:
        rotate = for_profile("pjterm webhooks rotate", name)
        context.notice(f"the old webhook secret stays valid, too, until PayJunction has the new one: {rotate}")
    print_changed(context, name)
