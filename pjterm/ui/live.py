"""The live view of a request: keeps a frame up to date and has rich draw it in place.

What the frame looks like is decided in `frame`, what it says in `situation` and `outcome_words`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, tzinfo
from typing import Self, TextIO

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderResult
from rich.control import Control
from rich.live import Live
from rich.segment import ControlType

from pjterm.core.evidence.facts import Evidence, Fact
from pjterm.core.evidence.states import Progress
from pjterm.core.following.activity import Activity, Doing
from pjterm.core.model import Outcome, Verdict
from pjterm.ui import frame
from pjterm.ui.appearance import SPINS, Appearance, StyledRow
from pjterm.ui.console import Shield, console_on, print_rows, rich_text
from pjterm.ui.fitting import cells, usable
from pjterm.ui.frame import Ending, Frame
from pjterm.ui.outcome_words import words_of
from pjterm.ui.progress import Header, status_line
from pjterm.ui.report import Report, report_so_far
from pjterm.ui.situation import Moment
from pjterm.values import replace


class _Drawing:
    """The rows as one renderable; remembers how large it was drawn last."""

    def __init__(self, make: Callable[[int, int, bool], list[StyledRow]]) -> None:
        self._make = make
        self.stays = False
        self.width = 0
        self.height = 0

    def __rich_console__(self, console: Console, _: ConsoleOptions) -> RenderResult:
        found = self._make(console.width, console.height, self.stays)
        self.width = max((cells(row.text) for row in found), default=0)
        self.height = len(found)
        yield from map(rich_text, found)


class _ResizableLive(Live):
    """Rich's live display, on a terminal whose size changes.

    Rich moves up by the rows that it drew. If the window became narrower than a row, terminals that reflow
    have made two rows of one; if it became lower than the frame, some lines are in the scrollback and
    come back with the next change. What a terminal does cannot be queried, so then drawing starts in a
    cleared window.
    """

    def __init__(self, drawing: _Drawing, console: Console, measure: Callable[[], tuple[int, int]]) -> None:
        super().__init__(
            drawing, console=console, refresh_per_second=SPINS, redirect_stdout=False,
            redirect_stderr=False, vertical_overflow="visible",
        )  # fmt: skip
        self._drawing = drawing
        self._measure = measure
        self._drawn_at = console.size
        self._spoilt = False

    def start(self, refresh: bool = False) -> None:
        """Begin to draw, but leave the cursor visible: after Ctrl-Z or a kill it would stay hidden."""
        super().start(refresh)
        self.console.show_cursor(True)

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

    The frame is rebuilt from what is known, so a notice may come at any moment. If no result was shown (a
    refusal, a question answered with no) the frame disappears at the end; notices stay.
    """

    def __init__(
        self,
        header: Header,
        *,
        stream: TextIO | None = None,
        environ: Mapping[str, str],
        now: Callable[[], datetime],
        zone: tzinfo | None = None,
        bell: bool = False,
        verbose: bool = False,
        addressed: Callable[[str], str] = str,
    ) -> None:
        self.header = header
        self._shield = Shield(sys.stderr if stream is None else stream)
        self._environ = environ
        self._now = now
        self._bell, self._verbose, self._addressed = bell, verbose, addressed
        self._look = Appearance(self._shield.encoding, zone, color=not environ.get("NO_COLOR"))
        self._console = console_on(self._shield, environ, moves=self._shield.isatty())
        self._began = header.started_at or now()
        self._notices: list[Evidence] = []
        self._moment = Moment(Progress(), Activity(Doing.CHECKING))
        self._ending: Ending | None = None
        self._rung: Outcome | None = None
        self._ended_at: datetime | None = None
        self._live: _ResizableLive | None = None
        self._on = False
        self._writing_now = False
        self._late: list[Evidence] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Show the frame."""
        if self._on:
            return
        self._on = True
        self._live = _ResizableLive(_Drawing(self._rows), self._console, self._measure)
        try:
            with self._writing():
                self._live.start(refresh=True)
        except BaseException:  # Ctrl-C right now: the cursor must be shown again
            self.stop()
            raise

    def stop(self) -> None:
        """Leave the whole result on the screen, whatever the window's height; without one, only the notices."""
        self._on = False
        live, self._live = self._live, None
        if live is None:
            return
        finished = self._ended_at is not None
        live.transient = not finished
        with self._writing():
            live.stop()
        if not finished:
            self._print([row for n in self._notices for row in frame.notice_rows(n, self._look, self._width())])

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Take the frame off the screen for a question typed at the terminal, and show it again after."""
        was_on, live = self._on, self._live
        self._on, self._live = False, None
        if live is not None:
            live.transient = True
            with self._writing():
                live.stop()
        answered = False
        try:
            yield
            answered = True
        finally:
            if was_on and answered:
                self.start()
            self._on = was_on

    # -- Reporter ----------------------------------------------------------------------------------

    def on_fact(self, fact: Fact, known: Progress) -> None:
        """A fact that is news."""
        self._moment = self._moment.after(fact, known)
        if self._verbose:
            self._notices.append(Evidence(fact.at, "fact", f"{self._look.time(fact.at)} {status_line(fact)}"))
        self._draw()

    def on_activity(self, activity: Activity, known: Progress) -> None:
        """What is being done from now on. Before a further try, the verdict on the one before is over."""
        if activity.doing is Doing.CHECKING:
            self._ending = None
        self._moment = self._moment.during(activity, known)
        self._draw()

    def on_verdict(self, verdict: Verdict, known: Progress) -> None:
        """The verdict, as soon as it is known; the reader may still be busy."""
        now = self._now()
        so_far = report_so_far(verdict, self.header, now, known)
        self._ending = Ending(words_of(so_far, now, self._look.zone), known.result.prompt_button, final=False)
        self._moment = replace(self._moment, known=known)
        self._ring(verdict.outcome)
        self._draw()

    def on_notice(self, text: str) -> None:
        """A sentence for the user; a command in it is for the profile of this one."""
        line = Evidence(self._now(), "notice", self._addressed(text))
        if self._live is not None:
            self._notices.append(line)  # from a signal handler: the clock draws it
            if not self._writing_now:
                self._draw()
        elif self._writing_now:
            self._late.append(line)
        else:
            self._print(frame.notice_rows(line, self._look, self._width()))

    def finish(self, report: Report) -> None:
        """Show how it ended and what to type next; this stays on the screen."""
        error = report.error
        details = () if error is None else tuple(f"{d.parameter or '-'}: {d.message}" for d in error.details)
        if error is not None and error.pj_request_id is not None:
            details = (*details, f"X-Pj-Request-Id: {error.pj_request_id}")
        words = words_of(report, self._now(), self._look.zone)
        self._ending, self._ended_at = Ending(words, report.prompt_button, details), self._now()
        self._ring(report.outcome)
        if self._live is not None:
            self.stop()
        else:
            self._print(self._rows(*self._measure(), whole=True))
        self._on = False

    def _ring(self, outcome: Outcome) -> None:
        """Ring the bell once for the verdict."""
        if self._bell and self._rung is not outcome:
            self._rung = outcome
            with self._writing():
                self._shield.write("\a")
                self._shield.flush()

    # -- drawing -----------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Wraps all writing, which is not reentrant: streams refuse that. Notices wait meanwhile."""
        if self._writing_now:
            yield
            return
        self._writing_now = True
        try:
            yield
            while self._late:
                print_rows(self._console, frame.notice_rows(self._late.pop(0), self._look, self._width()))
        finally:
            self._writing_now = False

    def _draw(self) -> None:
        if self._live is not None:
            with self._writing():
                self._live.refresh()

    def _frame(self) -> Frame:
        now = self._ended_at or self._now()
        until = self._moment.activity.until
        timeout = None if until is None else max(0.0, (until - self._began).total_seconds())
        elapsed = (now - self._began).total_seconds()
        return Frame(self.header, self._moment, now, elapsed, tuple(self._notices), self._ending, timeout)

    def _rows(self, width: int, height: int, whole: bool) -> list[StyledRow]:
        """One line of the window stays free: rich moves to the next line when it removes the frame."""
        return frame.rows(self._frame(), self._look, width, max(1, height - 1), whole=whole)

    def _measure(self) -> tuple[int, int]:
        return self._shield.size(self._environ)

    def _width(self) -> int:
        return usable(self._measure()[0])

    def _print(self, found: list[StyledRow]) -> None:
        with self._writing():
            self._console.size = self._measure()
            print_rows(self._console, found)
