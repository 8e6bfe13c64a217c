"""Which login may ask for an entry, and what to type where it is another one."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from pjterm.cli.context import Context
from pjterm.core.hints import command_line
from pjterm.errors import GuardRefused

if TYPE_CHECKING:
    from pjterm.core.entry import Entry, Scope


def may_ask(context: Context, entry: Entry) -> bool:
    """Whether this command's login may ask for an entry.

    Its own login finds its transactions. Where its profile has another login by now, that one may, and where no profile
    is left, any of its environment: what they find is proven, and what they do not find is not.
    """
    if entry.scope == context.scope:
        return True
    here = entry.scope.environment == context.scope.environment
    return here and profile_of(context, entry.scope, entry.profile) in (None, context.profile.name)


def check_login(context: Context, entry: Entry) -> None:
    """Refuse to ask for an entry with a login that may not."""
    if not may_ask(context, entry):
        profile = profile_of(context, entry.scope, entry.profile)
        raise GuardRefused(
            f"key {entry.key} was sent with profile {entry.profile} ({entry.scope.environment}, login "
            f"{entry.scope.login}); nothing was asked or sent",
            hint=no_login(context, entry) or f"name that profile: -p {quote(profile or entry.profile)}",
            code="other-profile",
        )


def no_login(context: Context, entry: Entry) -> str | None:
    """What is left to do about an entry that no profile may ask for; None if one may."""
    if profile_of(context, entry.scope, entry.profile) is not None:
        return None
    add = f"no profile {entry.profile} has that login anymore; where it is still valid, add one: pjterm profiles add"
    if not entry.is_unresolved:
        return add
    by_hand = command_line("resume", entry.key, "--not-charged")
    return f"{add}\nelse, if you made sure that nothing was charged: {by_hand}"


def profile_of(context: Context, scope: Scope, recorded: str | None) -> str | None:
    """The profile that may ask for what this login sent: one that has it, else the recorded one with another by now."""
    found = profile_with(context, scope, recorded)
    own = context.config.profiles.get(recorded or "")
    if found is None and own is not None and own.environment.value == scope.environment:
        return own.name
    return found


def profile_with(context: Context, scope: Scope, recorded: str | None) -> str | None:
    """A profile that has this login, the recorded one if it does."""
    from pjterm.settings.credentials import login_of
    from pjterm.settings.profile import BUILTIN

    profiles = {BUILTIN.name: BUILTIN} | dict(context.config.profiles)
    names = [
        name
        for name, p in profiles.items()
        if (p.environment.value, login_of(p, context.environ)) == (scope.environment, scope.login)
    ]
    return recorded if recorded in names else next(iter(names), None)
