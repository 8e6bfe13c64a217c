"""What `doctor` finds about the defaults of options in a profile."""

from __future__ import annotations

from typing import Any

import typer

from pjterm.cli.app import tree
from pjterm.cli.command_defaults import read_all
from pjterm.cli.frame import COMMON
from pjterm.errors import UsageFault
from pjterm.settings.profile import Profile


def first_wrong(profile: Profile) -> UsageFault | None:
    """What is wrong with a profile's defaults, of whichever command."""
    for name, kept in profile.commands.items():
        found: Any = typer.main.get_command(tree([name]))
        command = found.commands[name]
        ctx = typer.Context(command, info_name=f"pjterm {name}")
        _, fault = read_all(ctx, profile.name, kept, {p.name for p in command.params} - set(COMMON))
        if fault is not None:
            return fault
    return None
