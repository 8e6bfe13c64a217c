"""`log`: where the log file is, and its last lines."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path
from typing import Annotated

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared import options as o
from pjterm.core.wire import moment
from pjterm.errors import UsageFault

LINES = 20


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    command(app, "log")(log)


def log(
    context: Context,
    lines: Annotated[
        int | None, o.option("--lines", "N", "How many of the last ones; default: 20.", min=1, max=o.LARGEST_NUMBER)
    ] = None,
    path: Annotated[bool, o.flag("--path", "Only where the file is.")] = False,
) -> None:
    """Show the last lines of the log.

    And where it is. It has each HTTP exchange in one line, without bodies, secrets or personal data, and the
    trace of any bug. At 1 MiB it is moved to pjterm.log.1, which replaces the one before. Its times
    are UTC, at a terminal those of the profile's zone.

    Examples:

      pjterm log

      pjterm log --lines 100

      less "$(pjterm log --path)"
    """
    from pjterm.cli.shared.printing import print_item

    file = context.log.path
    if path and lines is not None:
        raise UsageFault("--path: leave out --lines")
    if path:
        print_item(context, "log", {"path": str(file), "lines": None}, [str(file)])
        return
    found = last_lines(file, lines or LINES)
    shown, where = found, str(file) + ("" if found else " (nothing was written yet)")
    if context.for_person:
        from pjterm.ui.moments import zone_name

        shown = [_local(line, context.zone) for line in found]
        where += f", times in {zone_name(context.clock.now(), context.zone)}"
    context.notice(where)
    print_item(context, "log", {"path": str(file), "lines": found}, shown)


def _local(line: str, zone: tzinfo | None) -> str:
    """A line with its time in the zone of the reader; what has none, as the trace of a bug, stays as it is."""
    word, blank, rest = line.partition(" ")
    at = moment(word)
    return line if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}{blank}{rest}"


def last_lines(file: Path, count: int) -> list[str]:
    """The last lines of a log and of the one it replaced."""
    found: list[str] = []
    for part in (file, file.with_suffix(".log.1")):
        if len(found) < count:
            found = _read(part)[-(count - len(found)) :] + found
    return found


def _read(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UsageFault(f"the log {file} cannot be read: {error.strerror}") from error
