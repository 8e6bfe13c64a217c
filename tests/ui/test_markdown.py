"""Help topics on a terminal: no colors, and code that can be copied."""

from __future__ import annotations

import io
import re
import shlex
from collections.abc import Iterable

import pytest

from pjterm.cli.commands.help import topic, topics
from pjterm.ui.fitting import cells
from pjterm.ui.markdown import code_rows, laid_out, paged

_SHELL = re.compile(r"^```(?:ba)?sh\b[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def shown(text: str, columns: int) -> str:
    return laid_out(text, io.StringIO(), {"TERM": "xterm-256color", "COLUMNS": str(columns)})


@pytest.mark.parametrize("name", topics())
def test_a_topic_has_no_colors(name: str) -> None:
    codes = {code for style in re.findall(r"\x1b\[([0-9;]*)m", shown(topic(name), 80)) for code in style.split(";")}

    assert codes <= {"0", "1", "3", "4"}


@pytest.mark.parametrize("name", topics())
@pytest.mark.parametrize("width", [40, 80])
def test_only_code_may_be_wider_than_the_window(name: str, width: int) -> None:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown(topic(name), width))
    code = [bare(line) for block in _FENCE.findall(topic(name)) for line in block.splitlines()]
    code += [word for line in code for word in line.split()]

    assert {bare(line) for line in plain.splitlines() if cells(line) >= width} <= set(code)


def bare(line: str) -> str:
    """A line of code without its comment and without its continuation mark."""
    return line.partition("  # ")[0].strip().removesuffix(" \\")


def test_comments_move_above_their_lines_if_one_does_not_fit_beside() -> None:
    lines = ["pjterm resume o-7   # poll, look up, search", "pjterm resume       # all"]

    assert list(code_rows(lines, 50)) == lines
    assert list(code_rows(lines, 30)) == [
        "# poll, look up, search", "pjterm resume o-7", "# all", "pjterm resume",
    ]  # fmt: skip


@pytest.mark.parametrize("name", topics())
def test_code_means_the_same_to_a_shell_at_any_width(name: str) -> None:
    for block in _SHELL.findall(topic(name)):
        lines = block.rstrip("\n").split("\n")
        for width in (20, 40, 80):
            assert words(lines) == words(code_rows(lines, width))


def words(lines: Iterable[str]) -> list[str]:
    """The words as a shell parses them."""
    return shlex.split("\n".join(lines).replace("\\\n", ""), comments=True)


def test_an_invalid_pager_command_is_ignored() -> None:
    """An open quote in PAGER used to end `pjterm help` with an internal error."""
    assert paged("text\n" * 999, io.StringIO(), {"PAGER": "less '"}, ask=True) is False
