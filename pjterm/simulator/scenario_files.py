"""Scenario names and scenario files."""

from __future__ import annotations

from pjterm.errors import UsageFault
from pjterm.simulator.scenarios import NAMED, PLAIN, Scenario, named


def load(name_or_file: str | None) -> Scenario:
    """The scenario of a name or a TOML file; None: everything goes well, each reader sees its one card."""
    if name_or_file is None:
        return PLAIN
    found = named(name_or_file)
    if found is None:
        known = ", ".join(s.name for s in NAMED)
        raise UsageFault(
            f"--scenario: {name_or_file!r} is neither a scenario nor a file", hint=f"named ones: {known}"
        )
    return found
