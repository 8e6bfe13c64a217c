"""Checks before anything is sent: misspelled limits, an unintended simulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pjterm.errors import AuthFailed, UsageFault

if TYPE_CHECKING:
    from pjterm.cli.context import Context


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
    context.say_simulator()
