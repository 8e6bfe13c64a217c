"""Markdown topics on a terminal, laid out by rich, and shown in the user's pager where they are long."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from io import StringIO
from shlex import split
from typing import TextIO

from rich.console import Console
from rich.markdown import Markdown

from pjterm.ui.table import encodable, is_dumb, usable, window

WIDEST = 100
CODE_THEME = "bw"
"""No colours of its own, for no theme of code is readable on every terminal."""


def laid_out(text: str, stream: TextIO, environ: Mapping[str, str]) -> str:
    """A topic as wide as the window, in what the stream can show."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    plain = bool(environ.get("NO_COLOR")) or is_dumb(environ)
    width = min(WIDEST, usable(window(stream, environ)[0]))
    written = StringIO()
    console = Console(
        file=written, width=width, force_terminal=not plain, no_color=plain, legacy_windows=False, emoji=False,
        _environ=dict(environ),
    )  # fmt: skip
    console.print(Markdown(text, code_theme=CODE_THEME, hyperlinks=False))
    lines = (line.rstrip() for line in written.getvalue().splitlines())
    return encodable("\n".join(lines) + "\n", encoding)


def paged(text: str, stream: TextIO, environ: Mapping[str, str], *, ask: bool) -> bool:
    """Show a text in the pager where it is longer than the window; `False` where it was not shown."""
    pager = split(environ.get("PAGER") or ("less" if os.name == "posix" else ""))
    if not ask or not pager or is_dumb(environ) or text.count("\n") < window(stream, environ)[1]:
        return False
    env = {"LESS": "FRX", "LESSCHARSET": "utf-8", **environ}
    try:
        done = subprocess.run(pager, input=text.encode(errors="replace"), env=env, check=False)
    except OSError:  # there is none
        return False
    return done.returncode == 0
