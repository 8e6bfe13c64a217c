"""The console that rich draws on, with everything a real one does: other code pages, resizing, hanging up.

Text is put into `Text` objects, which rich never reads as markup.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TextIO, cast

from rich.console import Console
from rich.text import Text

from pjterm.ui.appearance import StyledRow
from pjterm.ui.fitting import encodable, is_dumb, window


def rich_text(row: StyledRow) -> Text:
    """A row as rich's `Text`."""
    return Text.assemble(*row.spans, no_wrap=True, overflow="crop")


class Shield:
    """A stream that never fails the command: what it cannot encode is replaced, and once the terminal is
    gone (hung up, closed) what is written to it is dropped. The exit code still reports the verdict.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._gone = False
        self.encoding: str = getattr(stream, "encoding", None) or "ascii"

    def write(self, text: str) -> int:
        self._try(lambda: self._stream.write(encodable(text, self.encoding)))
        return len(text)

    def flush(self) -> None:
        self._try(self._stream.flush)

    def isatty(self) -> bool:
        try:
            return self._stream.isatty()
        except ValueError:  # closed
            return False

    def fileno(self) -> int:
        return self._stream.fileno()

    def size(self, environ: Mapping[str, str]) -> tuple[int, int]:
        """Columns and lines of its window."""
        return window(self._stream, environ)

    def _try(self, act: Callable[[], object]) -> None:
        if self._gone:
            return
        try:
            act()
        except (OSError, ValueError):
            self._gone = True


def console_on(shield: Shield, environ: Mapping[str, str], *, moves: bool) -> Console:
    """A rich console on the stream; `moves`: the cursor may be moved.

    It always uses 256 colors: the 16 that rich uses for a plain `xterm` or `screen` are the theme's own, and
    white on its green may be unreadable.
    """
    width, height = shield.size(environ)
    known = shield.isatty() and os.name == "posix" and not is_dumb(environ)
    return Console(
        file=cast(TextIO, shield), width=width, height=height, force_terminal=shield.isatty(),
        color_system="256" if known else "auto",
        force_interactive=moves, no_color=bool(environ.get("NO_COLOR")), _environ=environ,
        markup=False, emoji=False, highlight=False,
    )  # fmt: skip


def print_rows(console: Console, found: list[StyledRow]) -> None:
    """Write these rows, one line each."""
    for row in found:
        console.print(rich_text(row))
