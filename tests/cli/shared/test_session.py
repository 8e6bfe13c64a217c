"""Where notices go during a live view and after it."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pjterm.cli.context import Context
from pjterm.cli.shared.session import session
from pjterm.ui.progress import Header
from tests.terminal import Tty


class Unconnected(Context):
    """A context whose requests are never sent."""

    def make_flow(self, *_: Any, **__: Any) -> Any:
        return None


def test_a_notice_after_the_view_is_its_own_line(tmp_path: Path) -> None:
    screen = Tty()
    places = {"PJTERM_CONFIG_DIR": str(tmp_path), "PJTERM_STATE_DIR": str(tmp_path)}
    context = Unconnected(stderr=screen, environ={"TERM": "xterm", **places})
    context.signals = SimpleNamespace(install=lambda: None)  # type: ignore[assignment]

    with session(context, Header("simulator", "simulator", None, "T1")):
        context.notice("while it is on")
    context.notice("after it")

    assert screen.getvalue().endswith("· while it is on\nafter it\n")


def test_nothing_is_redrawn_beside_a_stream_of_ndjson(tmp_path: Path) -> None:
    """At the end of its pipe `jq` writes to the same terminal, and each wrote over the other."""
    screen = Tty()
    places = {"PJTERM_CONFIG_DIR": str(tmp_path), "PJTERM_STATE_DIR": str(tmp_path)}
    context = Unconnected(stdout=StringIO(), stderr=screen, environ={"TERM": "xterm", **places}, format="ndjson")
    context.signals = SimpleNamespace(install=lambda: None)  # type: ignore[assignment]

    with session(context, Header("simulator", "simulator", None, "T1")):
        context.notice("while it runs")

    assert "\x1b" not in screen.getvalue()
