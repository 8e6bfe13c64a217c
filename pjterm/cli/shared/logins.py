"""Which login may ask for an entry."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from pjterm.cli.context import Context
from pjterm.errors import GuardRefused

if TYPE_CHECKING:
    from pjterm.core.entry import Entry


def check_login(context: Context, entry: Entry) -> None:
    """Only an entry's own login can find its transactions, so no other asks for them."""
    if entry.scope != context.scope:
        raise GuardRefused(
            f"key {entry.key} was sent with profile {entry.profile} ({entry.scope.environment}, login "
            f"{entry.scope.login}); nothing was asked or sent",
            hint=f"name that profile: -p {quote(entry.profile)}",
            code="other-profile",
        )
