"""Markdown topics on a terminal, laid out by rich, and shown in the user's pager if they are long."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from io import StringIO
from shlex import split
from typing import ClassVar, TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Markdown, MarkdownElement, TableElement
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from pjterm.ui.fitting import cells, encodable, fold, fold_commands, has_color, is_dumb, usable, window

WIDEST = 100
_THEME = Theme({
    "markdown.code": "bold", "markdown.h1": "bold underline", "markdown.h2": "bold", "markdown.h3": "bold",
    "markdown.list": "none", "markdown.item.bullet": "bold", "markdown.item.number": "bold", "markdown.hr": "none",
    "markdown.block_quote": "none", "markdown.table.border": "none", "markdown.table.header": "bold",
    "markdown.link": "underline", "markdown.link_url": "underline",
})  # fmt: skip
"""No colors: none is readable on every terminal, and nothing here needs one."""
_REMARK = "  # "
_REMARKED = ("sh", "bash", "toml")
"""Languages whose comments may be moved above their line; programs stay as they are."""
_SHELL = frozenset("|&;<>$`\"'\\")
"""Characters of more than a plain command; a line with them is not wrapped."""
_NARROW = 60
"""Columns below which most rows of a table wrap, so that a rule between rows tells them apart."""


class _Code(CodeBlock):
    """Lines to copy, indented by two columns, and never wrapped where a shell would read them differently."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = str(self.text).rstrip("\n").split("\n")
        for line in code_rows(lines, options.max_width - 2) if self.lexer_name in _REMARKED else lines:
            yield Text(f"  {line}", no_wrap=True, overflow="ignore")


class _Table(TableElement):
    """A table without empty rows around it, but with rules between its rows in a narrow window."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for part in super().__rich_console__(console, options):
            if isinstance(part, Table):
                part.show_edge, part.leading = False, int(options.max_width < _NARROW)
            yield part


class _Topic(Markdown):
    """Markdown with our code blocks and tables."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements, "fence": _Code, "code_block": _Code, "table_open": _Table,
    }  # fmt: skip


def code_rows(lines: list[str], width: int) -> Iterator[str]:
    """Lines of a shell or of settings; if one is too wide, all comments are moved above their lines.

    A plain command is then continued as in the shell; anything else that is too wide stays whole.
    """
    above = any(cells(line) > width for line in lines)
    for before, line in zip(["", *lines], lines, strict=False):
        if before.endswith("\\"):
            yield line
            continue
        code, _, remark = line.partition(_REMARK) if above else (line, "", "")
        if code.startswith("# "):
            code, remark = "", code[2:]
        yield from (f"# {row}" for row in fold(remark, width - 2) if remark)
        if code.rstrip() or not remark:
            plain = code.startswith("pjterm ") and not _SHELL & set(code)
            yield from fold_commands(code.rstrip(), width, cut=False) if plain else [code.rstrip()]


def laid_out(text: str, stream: TextIO, environ: Mapping[str, str]) -> str:
    """A topic as wide as the window, in characters that the stream can show."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    plain = not has_color(environ)
    width = min(WIDEST, usable(window(stream, environ)[0]))
    written = StringIO()
    console = Console(
        file=written, width=width, force_terminal=not plain, no_color=plain, legacy_windows=False, emoji=False,
        theme=_THEME, _environ=dict(environ),
    )  # fmt: skip
    console.print(_Topic(text, hyperlinks=False), crop=False)
    lines = (line.rstrip() for line in written.getvalue().splitlines())
    return encodable("\n".join(lines) + "\n", encoding)


def paged(text: str, stream: TextIO, environ: Mapping[str, str], *, ask: bool) -> bool:
    """Show a text in the pager if it is longer than the window; return whether it was shown."""
    try:
        pager = split(environ.get("PAGER") or ("less" if os.name == "posix" else ""))
    except ValueError:  # an open quote
        return False
    if not ask or not pager or is_dumb(environ) or text.count("\n") < window(stream, environ)[1]:
        return False
    env = {"LESS": "FRX", "LESSCHARSET": "utf-8", **environ}
    # Ctrl-C is the pager's, which must give back the terminal; what is ignored here, it would ignore, too
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.run(pager, input=text.encode(errors="replace"), env=env, check=False).returncode == 0
    except OSError:  # there is no pager
        return False
    finally:
        signal.signal(signal.SIGINT, before)
