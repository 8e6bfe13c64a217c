"""JSON on a terminal: laid out, in color if it has any."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import StringIO
from typing import Any

from rich.console import Console
from rich.json import JSON

from pjterm.ui.fitting import has_color


def pretty_json(value: Any, environ: Mapping[str, str]) -> str:
    """A JSON object over several lines. Non-ASCII is escaped, so no code page and no terminal can misread it."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False)
    written = StringIO()
    plain = not has_color(environ)
    console = Console(
        file=written, force_terminal=not plain, no_color=plain, width=10**6, soft_wrap=True, markup=False,
        _environ=dict(environ),
    )  # fmt: skip
    console.print(JSON(text, indent=2, ensure_ascii=True), soft_wrap=True)
    return written.getvalue()
