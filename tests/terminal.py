"""Terminals that exist only in memory: `Tty` only claims to be one, `Screen` shows what a user would see.

A `Screen` supports what rich's live display writes and no more: an unknown sequence is an error, so that hostile text
reaching the terminal is noticed. Resizing reflows, as most terminals do, and restores lines from the scrollback when
the window grows.
"""

from __future__ import annotations

import io
import re
import unicodedata

_TOKEN = re.compile(r"\x1b\[(?P<private>\??)(?P<number>[0-9;]*)(?P<final>[A-Za-z])|(?P<plain>[^\x1b])", re.S)


class Tty(io.StringIO):
    """A stream that claims to be a terminal and keeps what is written to it."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Screen:
    """Rows of characters, some continued by the next one because they reached the right edge."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.rows: list[str] = [""]
        self.continued: list[bool] = [False]
        self.row = self.column = 0
        self.widest = 0
        self.styles: set[str] = set()
        self.bells = 0
        self.cursor_visible = True
        self._part = ""

    @property
    def top(self) -> int:
        """The first row of the window; the rows above are scrollback."""
        return max(0, len(self.rows) - self.height)

    @property
    def window(self) -> str:
        """The visible text."""
        return "\n".join(row.rstrip() for row in self.rows[self.top :]).rstrip("\n")

    @property
    def everything(self) -> str:
        """The scrollback and the window."""
        return "\n".join(row.rstrip() for row in self.rows)

    def feed(self, text: str) -> None:
        """Accept output in pieces of any size."""
        text, self._part = self._part + text, ""
        at = 0
        while at < len(text):
            token = _TOKEN.match(text, at)
            if token is None:
                assert len(text) - at < 20, f"an unknown sequence: {text[at : at + 20]!r}"
                self._part = text[at:]
                return
            at = token.end()
            if token["plain"]:
                self._put(token["plain"])
            else:
                self._obey(token["private"], token["number"], token["final"])

    def _put(self, c: str) -> None:
        if c == "\n":
            self._down()
        elif c == "\r":
            self.column = 0
        elif c == "\a":
            self.bells += 1
        else:
            assert c.isprintable(), f"a control character: {c!r}"
            size = 2 if unicodedata.east_asian_width(c) in "WF" else 1
            if self.column + size > self.width:
                self.continued[self.row] = True
                self._down()
                self.column = 0
            row = self.rows[self.row].ljust(self.column)
            self.rows[self.row] = row[: self.column] + c + row[self.column + size :]
            self.column += size
            self.widest = max(self.widest, self.column)

    def _down(self) -> None:
        self.row += 1
        if self.row == len(self.rows):
            self.rows.append("")
            self.continued.append(False)

    def _obey(self, private: str, number: str, final: str) -> None:
        match private, final, number:
            case "", "m", _:
                self.styles.add(number)
            case "", "A", _:
                self.row = max(self.top, self.row - int(number or 1))
            case "", "K", "2":
                self.rows[self.row], self.continued[self.row] = "", False
            case "", "H", "":
                self.row, self.column = self.top, 0
            case "", "J", "2":
                for at in range(self.top, len(self.rows)):
                    self.rows[at], self.continued[at] = "", False
            case "?", "h" | "l", "25":
                self.cursor_visible = final == "h"
            case _:
                raise AssertionError(f"an unknown sequence: {private}{number}{final}")

    def resize(self, width: int, height: int) -> None:
        """Wrap all lines again; the cursor stays at its character."""
        lines: list[str] = []
        mark = (0, 0)
        new = True
        for at, row in enumerate(self.rows):
            lines += [""] if new else []
            if at == self.row:
                mark = (len(lines) - 1, len(lines[-1]) + self.column)
            lines[-1] += row
            new = not self.continued[at]
        self.width, self.height = width, height
        self.rows, self.continued = [], []
        for at, line in enumerate(lines):
            pieces = [line[i : i + width] for i in range(0, len(line), width)] or [""]
            if at == mark[0]:
                self.row = len(self.rows) + min(mark[1] // width, len(pieces) - 1)
                self.column = min(mark[1] % width if mark[1] < len(line) else mark[1], width)
            self.rows += pieces
            self.continued += [True] * (len(pieces) - 1) + [False]
