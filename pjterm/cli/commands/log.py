"""`log`: where the log file is, and its last lines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared import options as o
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
    trace of any bug. At 1 MiB it is moved to pjterm.log.1, which replaces the one before.

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
    context.notice(str(file) + ("" if found else " (nothing was written yet)"))
    print_item(context, "log", {"path": str(file), "lines": found}, found)


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
