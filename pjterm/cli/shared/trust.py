"""Before anything is sent: limits that are not in force, a host that is not the profile's, a simulator unasked for."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from pjterm.errors import AuthFailed, PjtermError, UsageFault

if TYPE_CHECKING:
    from pjterm.cli.context import Context

SIMULATOR = "pjterm-simulator"


def check_settings(context: Context) -> None:
    """Name what of the configuration is unknown; a limit that is misspelled is not in force, and sends nothing."""
    from pjterm.settings.profile import meant_guard

    unknown = unknown_settings(context)
    for name, place in unknown:
        guard = meant_guard(name.rpartition(".")[2])
        if guard is not None:
            raise UsageFault(
                f"{name} in {place} is not a setting, so {guard} is not in force; nothing was sent",
                hint=f"write {guard}, or remove {name}, in {context.config.path}",
            )
    if unknown:
        named = ", ".join(f"{name} in {place}" for name, place in unknown)
        context.notice(f"unknown settings, not in force: {named} ({context.config.path})")


def unknown_settings(context: Context) -> list[tuple[str, str]]:
    """Keys of the configuration that this version does not know, and the table each is in."""
    profile = context.profile
    inside = [(name, f"[profiles.{profile.name}]") for name in profile.unknown]
    return [*inside, *((name, "config.toml") for name in context.config.unknown)]


def check_simulator(context: Context) -> None:
    """A bare number in a pipe must not be taken for a sale: who is quiet has to name the simulator."""
    if not context.profile.builtin or not context.quiet:
        return
    if not context.names_profile() and context.format == "text" and not context.stdout_is_terminal:
        raise AuthFailed(
            f"no profile is configured (looked for {context.config.path}), and -q would hide that this is the "
            "simulator; nothing was sent",
            hint="to rehearse, leave out -q, or name the simulator: -p simulator; else: pjterm profiles add",
        )
    context.warn("[simulator: no card is charged]")


def check_host(context: Context) -> None:
    """Before real money moves at a host that is not PayJunction's: is there a simulator behind it?"""
    profile = context.profile
    if profile.environment.value != "production" or profile.foreign_url is None:
        return
    with suppress(PjtermError):  # a host that does not answer, or refuses, is found out by the request itself
        context.api.accounts()
    if (context.api.server or "").startswith(SIMULATOR):
        raise UsageFault(
            f"profile {context.profile.name} is production, but {context.base_url} is a simulator; nothing was sent",
            hint="remove its base_url, or make it a profile of the simulator's environment",
        )
