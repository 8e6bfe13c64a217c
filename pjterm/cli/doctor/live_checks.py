"""`doctor` at a terminal: each check as it is made."""

from __future__ import annotations

from pjterm.cli.context import Context
from pjterm.cli.doctor.check import BAD, NOTE, OK, Check
from pjterm.cli.shared.printing import terminal_width
from pjterm.cli.streams import write, write_result
from pjterm.core.text import counted, harmless
from pjterm.ui.fitting import fold_commands
from pjterm.ui.paint import signed
from pjterm.ui.stacked import labelled
from pjterm.ui.tones import Tone
from pjterm.ui.wording import next_lines

SIGNS = {OK: ("✓", Tone.DONE), NOTE: ("!", Tone.RUNNING), BAD: ("✗", Tone.NOTHING)}
_INDENT = 15  # sign, name and the blanks between


class Live:
    """The checks at a terminal: each as it is made, every hint once, and the summary at the end."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._width = terminal_width(context)
        self._hints: set[str] = set()
        self._moves = context.draws and context.one_screen
        self._checking = ""
        if self._moves:
            context.wrap_notice = self._notice

    def begins(self, name: str) -> None:
        """Which check is being made, until it is shown."""
        self._draw(f"  checking {name}"[: self._width])

    def _draw(self, line: str) -> None:
        if self._moves:
            self._checking = line
            write(self._context.stderr, f"\r\x1b[2K{line}")

    def _notice(self, text: str) -> None:
        checking = self._checking
        self._draw("")
        self._context.error_line(harmless(text))
        self._draw(checking)

    def shows(self, check: Check) -> None:
        """Show one check, and its hint unless that was already shown."""
        encoding = self._context.stdout_encoding
        sign = signed(*SIGNS[check.status], encoding, self._context.environ)
        rows = list(labelled(f"  {check.name:<12} ", harmless(check.detail), self._width))
        lines = [sign + rows[0][1:], *rows[1:]]
        if check.hint is not None and check.hint not in self._hints:
            self._hints.add(check.hint)
            room = self._width - _INDENT
            hint = [row for line in next_lines(check.hint) for row in fold_commands(line, room, cut=False)]
            lines += [" " * _INDENT + row for row in hint]
        self._draw("")
        write_result(self._context.stdout, "".join(f"{line}\n" for line in lines))

    def sums_up(self, found: list[Check]) -> None:
        """How many problems there are, as a phrase."""
        bad, notes = (sum(c.status == status for c in found) for status in (BAD, NOTE))
        counts = [counted(n, word) for n, word in ((bad, "problem"), (notes, "note")) if n]
        self._context.notice(", ".join(counts) if counts else "all is well")
