"""The live view of a request: keeps a frame up to date and has rich draw it in place.

What the frame looks like is decided in `layout`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, tzinfo
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderResult
from rich.control import Control
from rich.live import Live
from rich.segment import ControlType

from pjterm.core.evidence import evidence
from pjterm.core.facts import Evidence, Fact, Observed
from pjterm.core.model import Verdict
from pjterm.core.states import Progress
from pjterm.ui import frame
from pjterm.ui.console import Shield, as_text, console_on, is_dumb, print_rows
from pjterm.ui.frame import Ending, Frame, Look, Row, Size, ending_of
from pjterm.ui.progress import Header, expected_now
from pjterm.ui.report import Report
from pjterm.ui.table import cells, usable

REFRESHES = 4  # a second: the clock of the frame; facts are drawn when they come


class _Drawing:
    """The rows as one renderable; remembers how large it was drawn last."""

    def __init__(self, make: Callable[[int, int, bool], list[Row]]) -> None:
        self._make = make
        self.stays = False
        self.width = 0
        self.height = 0

    def __rich_console__(self, console: Console, _: ConsoleOptions) -> RenderResult:
        found = self._make(console.width, console.height, self.stays)
        self.width = max((cells(row.text) for row in found), default=0)
        self.height = len(found)
        yield from map(as_text, found)


class _ResizableLive(Live):
    """Rich's live display, on a terminal whose size changes.

    Rich moves up by the rows it drew. When the window became narrower than a row, terminals that reflow
    have made two rows of one; when it became lower than the frame, some lines are in the scrollback and
    come back with the next change. How a terminal does it cannot be asked, so then it starts from a
    clean window.
    """

    def __init__(self, drawing: _Drawing, console: Console, measure: Callable[[], tuple[int, int]]) -> None:
        super().__init__(
            drawing, console=console, refresh_per_second=REFRESHES, redirect_stdout=False,
            redirect_stderr=False, vertical_overflow="visible",
        )  # fmt: skip
        self._drawing = drawing
        self._measure = measure
        self._drawn_at = console.size
        self._spoilt = False

    def refresh(self) -> None:
        """Draw, at the size the terminal has now."""
        self.console.size = self._measure()
        self._drawing.stays = not self.is_started and not self.transient  # rich draws once more at the end
        super().refresh()

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Rich's hook: the first item moves the cursor to where drawing starts."""
        found = super().process_renderables(renderables)
        size = self.console.size
        if size != self._drawn_at:
            self._spoilt |= size.width < self._drawing.width or size.height < self._drawing.height
            self._drawn_at = size
            if self._spoilt:
                found[0] = Control(ControlType.HOME, ControlType.CLEAR)
        return found


class LiveView:
    """The live view of one request on a terminal: a `Reporter`, on for as long as it is entered.

    Lines are only ever appended and the frame is made from them anew, so a notice may come at any moment.
    With TERM=dumb it writes one line a change instead.
    """

    def __init__(
        self,
        header: Header,
        *,
        stream: TextIO | None = None,
        environ: Mapping[str, str],
        now: Callable[[], datetime],
        zone: tzinfo | None = None,
    ) -> None:
        self.header = header
        self._shield = Shield(sys.stderr if stream is None else stream)
        self._environ = environ
        self._now = now
        self._moves = self._shield.isatty() and not is_dumb(environ)
        self._look = Look(self._shield.encoding, zone, figures=self._moves)
        self._console = console_on(self._shield, environ, moves=self._moves)
        self._began = header.started_at or now()
        self._lines: list[Evidence] = []
        self._known = Progress()
        self._ending: Ending | None = None
        self._ended_at: datetime | None = None
        self._live: _ResizableLive | None = None
        self._on = False
        self._writing_now = False
        self._late: list[Evidence] = []
        self._expected = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Show the frame."""
        if self._on:
            return
        self._on = True
        if not self._moves:
            self._print(frame.top_rows(self._frame(), self._look, self._width(), Size.SMALL))
            return
        self._live = _ResizableLive(_Drawing(self._rows), self._console, self._measure)
        try:
            with self._writing():
                self._live.start(refresh=True)
        except BaseException:  # Ctrl-C just now: the cursor must come back
            self.stop()
            raise

    def stop(self) -> None:
        """Leave the last frame on the screen, whole, whatever the window's height."""
        self._on = False
        live, self._live = self._live, None
        if live is not None:
            with self._writing():
                live.stop()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Take the frame off the screen for a question typed at the terminal, and show it again after."""
        was_on, live = self._on, self._live
        self._on, self._live = False, None
        if live is not None:
            live.transient = True
            with self._writing():
                live.stop()
        try:
            yield
        finally:
            if was_on and self._moves:
                self.start()
            self._on = was_on

    # -- Reporter ----------------------------------------------------------------------------------

    def on_fact(self, fact: Fact, known: Progress) -> None:
        """A fact that is news."""
        self._known = known
        self._add(evidence(fact))
        expected = expected_now(self.header.kind, known)
        if not self._moves and isinstance(fact, Observed) and expected != self._expected:
            self._expected = expected
            self._print(frame.customer_rows(self._frame(), self._look, self._width()))

    def on_verdict(self, verdict: Verdict, known: Progress) -> None:
        """The verdict, as soon as it is known; the device may still be busy."""
        self._known = known
        self._ending = Ending(verdict.outcome, verdict.says)
        if self._moves:
            self._draw()
        else:
            self._print(frame.ending_rows(self._ending, self._look, self._width(), Size.SMALL))

    def on_notice(self, text: str) -> None:
        """A sentence for the person."""
        line = Evidence(self._now(), "notice", text)
        if not self._writing_now:
            self._tell(line)
        elif self._live is not None:
            self._lines.append(line)  # from a signal handler: the clock draws it
        else:
            self._late.append(line)

    def finish(self, report: Report) -> None:
        """Show how it ended and what to type next, and leave that on the screen."""
        told = self._ending
        self._ending, self._ended_at = ending_of(report), self._now()
        if self._live is not None:
            self.stop()
        elif self._moves:
            self._print(self._rows(*self._measure(), whole=True))
        else:
            shown = frame.ending_rows(self._ending, self._look, self._width(), Size.SMALL)
            if told is not None and (told.outcome, told.says) == (report.outcome, report.says):
                shown = frame.ending_rows(replace(self._ending, says=""), self._look, self._width(), Size.SMALL)
                shown = shown[1:]  # the word stands there already, from `proven`
            self._print(shown)
        self._on = False

    # -- drawing -----------------------------------------------------------------------------------

    def _add(self, line: Evidence) -> None:
        self._lines.append(line)
        if self._moves:
            self._draw()
        else:
            self._print(frame.line_rows(line, self._look, self._width()))

    def _tell(self, line: Evidence) -> None:
        if self._on:
            self._add(line)
        else:
            self._print(frame.line_rows(line, self._look, self._width()))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Around all writing, which must not be entered again: streams refuse it. Notices wait meanwhile."""
        if self._writing_now:
            yield
            return
        self._writing_now = True
        try:
            yield
            while self._late:
                print_rows(self._console, frame.line_rows(self._late.pop(0), self._look, self._width()))
        finally:
            self._writing_now = False

    def _draw(self) -> None:
        if self._live is not None:
            with self._writing():
                self._live.refresh()

    def _frame(self) -> Frame:
        elapsed = ((self._ended_at or self._now()) - self._began).total_seconds()
        return Frame(self.header, tuple(self._lines), self._known, elapsed, self._ending)

    def _rows(self, width: int, height: int, whole: bool) -> list[Row]:
        """One line of the window stays free: rich goes to the next line where it takes the frame away."""
        return frame.rows(self._frame(), self._look, width, max(1, height - 1), whole=whole)

    def _measure(self) -> tuple[int, int]:
        return self._shield.size(self._environ)

    def _width(self) -> int:
        return usable(self._measure()[0])

    def _print(self, found: list[Row]) -> None:
        with self._writing():
            self._console.size = self._measure()
            print_rows(self._console, found)
