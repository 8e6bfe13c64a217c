"""What a command line says of its request, for an error that comes before there is one.

A program matches the error with its sale by this, so it is read although a value of the line may be wrong.
"""

from __future__ import annotations

from typing import Any

from pjterm.api import terminals
from pjterm.cli.catalog import ROWS, typed_command
from pjterm.cli.context import Context
from pjterm.cli.shared.options import terminal_named
from pjterm.core.ids import is_uuid
from pjterm.core.model import Kind
from pjterm.core.money import dollars, parse_money
from pjterm.errors import PjtermError, UsageFault
from pjterm.settings.profile import Profile


def as_typed(context: Context, argv: list[str], error: PjtermError) -> dict[str, Any]:
    """Fields of the result object: of a line that sends something, whatever of them was typed."""
    row = ROWS.get(typed_command(argv) or "")
    if row is None or not row.kind:
        return {}
    kind, given, profile = Kind(row.kind), context.given, _profile(context, error)
    found = {"kind": kind, "key": _text(given.get("key")), "amount": _amount(kind, given), **about(profile)}
    if "terminal" in given and given.get("transaction") is None:
        found |= _terminal(context, given["terminal"], profile) | {"terminal_id": given.get("account")}
    return found


def _text(typed: str | None) -> str | None:
    """A word as JSON may hold it: what is not UTF-8 is replaced."""
    return None if typed is None else typed.encode(errors="replace").decode()


def about(profile: Profile | None) -> dict[str, Any]:
    """The fields that a profile fills."""
    if profile is None:
        return {}
    return {"profile": profile.name, "environment": profile.environment.value, "base_url": profile.foreign_url}


def _profile(context: Context, error: PjtermError) -> Profile | None:
    """The profile of the line: of one that is wrong also where the command had not come to choose it."""
    chosen: Profile | None = context.__dict__.get("profile")
    try:
        return context.profile if isinstance(error, UsageFault) else chosen
    except PjtermError:
        return None


def _amount(kind: Kind, given: dict[str, Any]) -> str | None:
    try:
        return dollars(parse_money(given.get("amount") or "", "AMOUNT", zero=kind is Kind.TIP))
    except UsageFault:
        return None


def _terminal(context: Context, option: str | None, profile: Profile | None) -> dict[str, Any]:
    """The reader by its name; by its id, too, where the name is an alias."""
    if option is None and profile is None and "PJTERM_TERMINAL" not in context.environ:
        return {}  # no profile is read for this
    try:
        wanted, _ = terminal_named(context, option)
    except PjtermError:  # an empty name
        return {}
    aliases = {} if profile is None else profile.aliases
    if wanted is None or not (wanted in aliases or is_uuid(wanted)):
        return {"terminal_name": _text(wanted)}
    place = terminals.device(wanted, aliases, list)
    return {"terminal_name": place.name, "smart_terminal_id": place.smart_terminal_id}
