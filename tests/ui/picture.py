"""Frames of the live view as pictures for documentation, in a dark and a light theme."""

from __future__ import annotations

import os
from collections.abc import Iterable

from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, DIMMED_MONOKAI, TerminalTheme

from pjterm.ui import frame as layout
from pjterm.ui.appearance import Appearance, StyledRow
from pjterm.ui.console import print_rows
from pjterm.ui.frame import Frame

THEMES: dict[str, TerminalTheme] = {"dark": DIMMED_MONOKAI, "light": DEFAULT_TERMINAL_THEME}
_PICTURE = """\
<svg class="terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: monospace; font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix" xml:space="preserve">
{matrix}
</g>
</g>
</svg>
"""


def picture(frames: Iterable[Frame], look: Appearance, width: int, theme: str, title: str) -> str:
    """The frames, one below the other, as an SVG: equal frames give equal pictures, and none loads a font."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(
            file=nowhere, width=width, height=100, record=True, force_terminal=True,
            color_system="truecolor", _environ={"TERM": "xterm"},
        )  # fmt: skip
        for n, frame in enumerate(frames):
            print_rows(console, [*([StyledRow()] * 2 if n else []), *layout.rows(frame, look, width, 24)])
    made = console.export_svg(title=title, code_format=_PICTURE, unique_id="pjterm", theme=THEMES[theme])
    return "\n".join(line.rstrip() for line in made.splitlines()) + "\n"
