"""Checks before anything is sent: misspelled limits, a host that is not PayJunction's, an unintended simulator."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from pjterm.errors import AuthFailed, PjtermError, UsageFault

if TYPE_CHECKING:
    from pjterm.cli.context import Context

SIMULATOR = "pjterm-simulator"


def check_settings(context: Context) -> None:
    """Report unknown settings; a misspelled limit would have no effect, so nothing is sent."""
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
    """With `--quiet` in a pipe, require `-p simulator`: its output must not pass for that of a real sale."""
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
    """Before real money moves at a host that is not PayJunction's, check that it is not a simulator."""
    profile = context.profile
    if profile.environment.value != "production" or profile.foreign_url is None:
        return
    with suppress(PjtermError):  # if the host does not answer, or refuses, the request itself will show it
        context.api.accounts()
    check_answered(context)


def check_answered(context: Context) -> None:
    """After an answer: none to a production profile comes from a simulator."""
    profile = context.profile
    if profile.environment.value == "production" and (context.api.server or "").startswith(SIMULATOR):
        raise UsageFault(
            f"profile {profile.name} is production, but {context.base_url} is a simulator; nothing was sent",
            hint="remove its base_url, or make it a profile of the simulator's environment",
        )
