"""Which login may ask for an entry, and what to type where it is another one."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from pjterm.cli.context import Context
from pjterm.core.hints import command_line
from pjterm.errors import GuardRefused

if TYPE_CHECKING:
    from pjterm.core.entry import Entry


def check_login(context: Context, entry: Entry) -> None:
    """Only an entry's own login can find its transactions, so no other asks for them."""
    if entry.scope != context.scope:
        raise GuardRefused(
            f"key {entry.key} was sent with profile {entry.profile} ({entry.scope.environment}, login "
            f"{entry.scope.login}); nothing was asked or sent",
            hint=no_login(context, entry) or f"name that profile: -p {quote(entry.profile)}",
            code="other-profile",
        )


def no_login(context: Context, entry: Entry) -> str | None:
    """What is left to do about an entry whose profile was removed, or has another login by now; None if it is there."""
    from pjterm.settings.profile import BUILTIN

    profile = context.config.profiles.get(entry.profile, BUILTIN if entry.profile == BUILTIN.name else None)
    if profile is not None and (profile.environment, profile.login) == (entry.scope.environment, entry.scope.login):
        return None
    return (
        f"no profile {entry.profile} has that login anymore; where it is still valid, add one: pjterm profiles add\n"
        f"else, if you made sure that nothing was charged: {command_line('resume', entry.key, '--not-charged')}"
    )
