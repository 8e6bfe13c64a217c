"""The live view: golden screens, hostile text, and real terminals that are resized while it runs.

The screens in `tests/golden/` are made anew by `python -m tests.ui.test_screen regenerate`; look at the
difference before committing it. `python -m tests.ui.test_screen show` plays one charge on your terminal.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import Any

import pexpect  # type: ignore[import-untyped]
import pytest

from pjterm.core.evidence import evidence
from pjterm.core.facts import Accepted, Evidence, Fact, LookedUp, Observed, Sent
from pjterm.core.model import Kind, Outcome, Result, Transaction, Verdict
from pjterm.core.states import Progress, replay
from pjterm.errors import ApiRejected, Detail
from pjterm.ui import frame as layout
from pjterm.ui.frame import Ending, Frame, Look, Row
from pjterm.ui.live import LiveView
from pjterm.ui.progress import Header
from pjterm.ui.report import Report
from pjterm.ui.table import cells, fold
from pjterm.ui.wording import headline
from tests.terminal import Screen
from tests.ui.picture import picture

GOLDEN = Path(__file__).parents[1] / "golden"
START = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
ZONE = timezone(timedelta(hours=1))
HEADER = Header("simulator", "simulator", Kind.PAYMENT, "T1", amount="12.50", key="order-1042", started_at=START)
REQUEST = "c1a2f3d4-0000-4000-8000-5e6f7a8b9c0d"
BOOKED = Transaction(10082, "CHARGE", Decimal("12.50"), 10001, "42", "CAPTURE", True, "00", "Approved")
REFUSED = replace(BOOKED, status="DECLINED", approved=False, code="05", message="Declined (do not honor)")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def polled(seconds: float, status: str, transaction_id: int | None = None) -> Observed:
    return Observed(at(seconds), "poll", status, Result(transaction_id), at(seconds))


CONNECTING: tuple[Fact, ...] = (
    Sent(at(0.1)), Accepted(at(0.4), REQUEST), polled(1.0, "CONNECTING")
)  # fmt: skip
IN_PROGRESS = (*CONNECTING, polled(1.6, "IN_PROGRESS"))
APPROVED = (*IN_PROGRESS, polled(7.2, "IN_PROGRESS", 10082), LookedUp(at(7.4), BOOKED))
ENDED = (*APPROVED, polled(8.4, "COMPLETE", 10082))
DECLINED = (*IN_PROGRESS, polled(7.2, "COMPLETE", 10082), LookedUp(at(7.4), REFUSED))


def frame(facts: tuple[Fact, ...], seconds: float, header: Header = HEADER, ending: Ending | None = None) -> Frame:
    return Frame(header, tuple(map(evidence, facts)), replay(facts), seconds, ending)


UNKNOWN = Ending(
    Outcome.UNKNOWN, "the answer to the POST was lost, and no transaction was found so far",
    next="do not charge again; settle it: pjterm resume order-1042",
)  # fmt: skip
HOSTILE = "\x1b[2J\x1b[31mGONE\x07 [red]markup[/red] [link=x]y[/link] \u202etxet\u202c " + "W" * 130
FRAMES = {
    "connecting": frame(CONNECTING, 1),
    "in-progress": frame(IN_PROGRESS, 3.5),
    "approved": frame(ENDED, 8.4, ending=Ending(Outcome.APPROVED, "transaction 10082 approved 12.50 code 00")),
    "declined": frame(
        DECLINED, 7.4,
        ending=Ending(Outcome.DECLINED, "transaction 10082 declined 12.50 code 05",
                      next="another card needs a new sale, with a new --key (see: pjterm why order-1042)"),
    ),
    "unknown": frame((Sent(at(0.1)),), 300, ending=UNKNOWN),
    "production": frame(IN_PROGRESS, 3.5, replace(HEADER, environment="production", profile="till-1")),
    "hostile": frame(
        (*CONNECTING, Observed(at(2), "poll", HOSTILE)), 2,
        replace(HEADER, terminal=HOSTILE, text=HOSTILE, key=None),
        Ending(Outcome.REJECTED, HOSTILE, (HOSTILE,), HOSTILE),
    ),
}  # fmt: skip
ASCII = Look("ascii", ZONE)
BLOCKS = Look("utf-8", ZONE)


def as_lines(found: list[Row]) -> str:
    return "".join(row.text.rstrip() + "\n" for row in found)


def goldens() -> Iterator[tuple[str, str]]:
    """Every golden file's name, and what is to be in it."""
    for name, shown in FRAMES.items():
        for width in (80, 40):
            yield f"{name}-{width}.txt", as_lines(layout.rows(shown, ASCII, width))
    yield "approved-80-blocks.txt", as_lines(layout.rows(FRAMES["approved"], BLOCKS, 80))
    yield "charge.svg", picture(FRAMES["approved"], BLOCKS, 80, "pjterm charge 12.50 --terminal T1")


@pytest.mark.parametrize("name", dict(goldens()))
def test_screen_is_as_it_was_approved(name: str) -> None:
    assert (GOLDEN / name).read_text(encoding="utf-8") == dict(goldens())[name]


# -- rows ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("look", [ASCII, BLOCKS, Look("cp1252", ZONE), Look("cp437", ZONE)])
def test_no_row_is_wider_and_no_frame_is_higher_than_the_console(name: str, look: Look) -> None:
    for width in (20, 39, 40, 59, 60, 61, 80, 132):
        for height in (1, 2, 5, 12, 24, 60):
            found = layout.rows(FRAMES[name], look, width, height)

            assert len(found) <= height
            assert all(cells(row.text) < width for row in found)
            for row in layout.rows(FRAMES[name], look, width, height, whole=True):
                assert cells(row.text) < width


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "latin-1", "utf-8", "no-such-encoding"])
def test_every_row_can_be_encoded(encoding: str) -> None:
    known = encoding if encoding != "no-such-encoding" else "ascii"
    header = replace(HEADER, terminal="Kasse ☃ 日本", text="Überweisung\nzweite Zeile")

    for width in (40, 80):
        for row in layout.rows(replace(FRAMES["approved"], header=header), Look(encoding, ZONE), width):
            row.text.encode(known)


def test_hostile_text_is_shown_and_not_obeyed() -> None:
    shown = as_lines(layout.rows(FRAMES["hostile"], BLOCKS, 80))

    assert shown.replace("\n", "").isprintable()
    assert "\\x1b[2J" in shown
    assert "[red]markup[/red]" in shown


def test_production_is_named_in_the_first_row_at_any_size() -> None:
    for width in (40, 80, 200):
        for height in (1, 6, 24):
            first = layout.rows(FRAMES["production"], ASCII, width, height)[0]

            assert "PRODUCTION: real cards are charged" in first.text
            assert first.spans[0][1] == "bold white on red"


def test_a_low_console_keeps_the_newest_lines() -> None:
    many = tuple(Evidence(at(i), "notice", f"line {i}") for i in range(50))
    found = [row.text for row in layout.rows(replace(FRAMES["connecting"], lines=many), ASCII, 80, 12)]

    assert len(found) == 12
    assert [row[-7:] for row in found if "line" in row][-2:] == ["line 48", "line 49"]
    assert not any("line 3 " in row for row in found)


def test_every_verdict_has_a_figure_at_80_columns_and_its_plain_word_everywhere() -> None:
    for outcome in Outcome:
        ending = Ending(outcome, "why")
        for width in (40, 80):
            shown = replace(FRAMES["connecting"], header=replace(HEADER, amount=None), ending=ending)
            found = as_lines(layout.rows(shown, BLOCKS, width))

            assert headline(outcome) in found
            assert ("█" in found) == (width == 80)


def test_folding_breaks_at_spaces_first_and_keeps_every_character() -> None:
    for text in ("a bb ccc " * 9, "x" * 100, "日本語 " * 20, "one " + "y" * 50 + " two", "", "  led"):
        for width in (8, 13, 40):
            found = fold(text, width, 4)

            assert all(cells(row) <= width for row in found)
            assert "".join(found).replace(" ", "") == text.replace(" ", "")


def test_a_rejection_shows_each_of_the_api_s_messages() -> None:
    error = ApiRejected(
        "refused", hint="pjterm terminals", pj_request_id="r-1",
        details=(Detail("is required", "amountBase"), Detail("unknown", "terminalId")),
    )  # fmt: skip
    ending = layout.ending_of(Report(Kind.PAYMENT, Outcome.REJECTED, 11, error=error))

    assert ending.says == "refused"
    assert ending.details == ("amountBase: is required", "terminalId: unknown", "X-Pj-Request-Id: r-1")
    assert ending.next == "pjterm terminals"


# -- real terminals --------------------------------------------------------------------------------------

DONE = Verdict(Outcome.APPROVED, "transaction 10082 approved 12.50 code 00", BOOKED)
REPORT = Report(
    Kind.PAYMENT, Outcome.APPROVED, 0, key="order-1042", says=DONE.says,
    evidence=tuple(map(evidence, ENDED)),
)  # fmt: skip


def play(step: Callable[[], None], header: Header = HEADER) -> None:
    """One charge as the live view tells it; `step` is called between two changes."""
    moment = [START]
    view = LiveView(header, stream=sys.stderr, environ=os.environ, now=lambda: moment[0], zone=ZONE)
    with view:
        step()
        for n, fact in enumerate(ENDED):
            moment[0] = getattr(fact, "at", START)
            view.on_fact(fact, replay(ENDED[: n + 1]))
            if fact == APPROVED[-1]:
                view.on_verdict(DONE, replay(APPROVED))
            step()
            if n == 3:
                view.on_notice(HOSTILE)
                with view.paused():
                    sys.stderr.write("Really? [y/N] ")
                    sys.stderr.flush()
                    step()
                    sys.stderr.write("\n")
                step()
        view.finish(REPORT)
    view.on_notice("after the end")


class Till:
    """The view in a process of its own on a pty, and what is on its screen."""

    def __init__(self, child: pexpect.spawn, screen: Screen) -> None:
        self.child, self.screen = child, screen

    def step(self) -> None:
        """Let it go on to the next change."""
        self.child.send("\n")

    def until(self, holds: Callable[[Screen], bool]) -> str:
        """Read until the screen shows it, at most 10 s."""
        end = time.monotonic() + 10
        while not holds(self.screen):
            assert time.monotonic() < end, f"not seen; the screen is:\n{self.screen.window}"
            self._read()
        return self.screen.window

    def until_seen(self, text: str) -> str:
        return self.until(lambda screen: text in screen.window)

    def to_the_end(self) -> str:
        """Read all there is; the process ends well."""
        while self._read():
            pass
        self.child.close()
        assert self.child.exitstatus == 0, self.screen.everything
        return self.screen.everything

    def _read(self) -> bool:
        try:
            self.screen.feed(self.child.read_nonblocking(4096, timeout=10))
        except pexpect.EOF:
            return False
        return True

    def resize(self, width: int, height: int) -> None:
        self.screen.resize(width, height)
        self.child.setwinsize(height, width)


@contextlib.contextmanager
def till(width: int, height: int, **environ: str) -> Iterator[Till]:
    env = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **environ}
    child = pexpect.spawn(
        sys.executable, ["-m", "tests.ui.test_screen", "play"], env=env, dimensions=(height, width),
        encoding=env["PYTHONIOENCODING"], echo=False, cwd=str(Path(__file__).parents[2]),
    )  # fmt: skip
    try:
        yield Till(child, Screen(width, height))
    finally:
        child.close(force=True)


STEPS = len(ENDED) + 3


def stepped_to_the_end(at_till: Till) -> str:
    for _ in range(STEPS):
        at_till.step()
    return at_till.to_the_end()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 12)])
def test_on_a_real_terminal_the_frame_is_drawn_in_place_and_its_last_state_stays(width: int, height: int) -> None:
    with till(width, height) as here:
        here.until_seen("simulator: no card is charged")
        everything = stepped_to_the_end(here)

    assert everything.count("simulator: no card is charged") == 1
    assert everything.count("customer:") == 0
    assert "Really? [y/N]" in everything
    assert everything.index("Really?") < everything.index("simulator: no card")
    assert everything.index("COMPLETE") < everything.index("APPROVED: " if width == 80 else "APPROVED")
    assert everything.rstrip().endswith("after the end")
    assert here.screen.widest < width


@pytest.mark.parametrize(("first", "second"), [((80, 24), (40, 12)), ((40, 12), (80, 24)), ((80, 24), (80, 8))])
def test_a_resize_in_the_middle_leaves_no_garbage(first: tuple[int, int], second: tuple[int, int]) -> None:
    with till(*first) as here:
        here.until_seen("connected to")
        for _ in range(4):
            here.step()
        here.until_seen("IN_PROGRESS")
        for size in (second, first, second):
            here.resize(*size)
            seen = here.until(lambda screen: screen.window == as_drawn(screen))
        everything = stepped_to_the_end(here)

    assert seen.count("simulator: no card is charged") == 1
    assert "APPROVED" in everything


def as_drawn(screen: Screen) -> str:
    """What the window holds when nothing but the frame of `IN_PROGRESS` is in it."""
    shown = frame(IN_PROGRESS, 1.6)
    return as_lines(layout.rows(shown, BLOCKS, screen.width, screen.height - 1)).rstrip("\n")


def test_a_dumb_terminal_gets_one_line_a_change_and_no_sequence() -> None:
    with till(40, 12, TERM="dumb") as here:
        everything = stepped_to_the_end(here)

    assert not here.screen.styles
    assert everything.count("simulator: no card is charged") == 1
    assert everything.count(">>> APPROVED <<<") == 1
    assert here.screen.widest < 40


def test_without_colour_the_view_sets_no_colour() -> None:
    with till(80, 24, NO_COLOR="1") as here:
        stepped_to_the_end(here)

    codes = {code for style in here.screen.styles for code in style.split(";")}
    assert codes <= {"", "0", "1", "2", "7"}


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_a_legacy_console_gets_only_what_it_can_show(encoding: str) -> None:
    with till(80, 24, PYTHONIOENCODING=encoding) as here:
        everything = stepped_to_the_end(here)

    assert "######  ######" in everything
    everything.encode(encoding)


class Line(io.BytesIO):
    """A terminal that can be hung up: from then on each write fails, as on a closed SSH session."""

    refused, is_up = 0, True

    def write(self, data: Any) -> int:
        if self.is_up:
            return super().write(data)
        self.refused += 1
        raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.mark.parametrize("environ", [{}, {"TERM": "dumb"}])
def test_a_terminal_that_hangs_up_does_not_stop_the_command(environ: dict[str, str]) -> None:
    """What comes after is dropped: no call of the command's raises."""
    line = Line()
    stream = io.TextIOWrapper(line, "utf-8", write_through=True)
    view = LiveView(HEADER, stream=stream, environ=environ, now=lambda: START)

    with view:
        before = line.getvalue()
        line.is_up = False
        view.on_fact(ENDED[0], Progress())
        view.on_notice("still here")
        view.finish(REPORT)
    line.is_up = True

    assert b"12.50" in before
    assert line.refused > 0
    assert line.getvalue() == before


def test_a_notice_may_come_from_a_signal_handler_at_any_moment() -> None:
    """Five hundred a second, while the view starts, draws, pauses and ends; none is lost.

    Bounded in number: on a busy machine one may take longer than the time to the next, and the view would never end.
    """
    if sys.platform == "win32":
        pytest.skip("timers and terminals of POSIX")
    leader, follower = os.openpty()
    written = bytearray()
    reader = Thread(target=drain, args=(leader, written))
    reader.start()
    told = 0

    def tell(*_: object) -> None:
        nonlocal told
        told += 1
        if told == 400:
            signal.setitimer(signal.ITIMER_REAL, 0)
        view.on_notice(f"notice {told}.")

    with open(follower, "w", encoding="utf-8") as stream:
        view = LiveView(HEADER, stream=stream, environ={"TERM": "xterm"}, now=lambda: START)
        before = signal.signal(signal.SIGALRM, tell)
        signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
        try:
            with view:
                for _ in range(20):
                    view.on_fact(ENDED[0], Progress())
                    with view.paused():
                        pass
                view.finish(REPORT)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        view.on_notice("the last")
    reader.join(timeout=10)
    os.close(leader)

    seen = {int(number) for number in re.findall(rb"notice ([0-9]+)[.]", written)}
    assert told > 20
    assert seen == set(range(1, told + 1))


def drain(descriptor: int, into: bytearray) -> None:
    """Read what is written to a pty until it is closed."""
    with contextlib.suppress(OSError):
        while piece := os.read(descriptor, 65536):
            into += piece


def test_a_command_to_type_next_is_not_broken_where_it_fits() -> None:
    ending = Ending(Outcome.DECLINED, "no", next=f"another card needs a new sale (see: pjterm why {'k' * 20})")
    for width in (40, 60, 80):
        found = layout.rows(replace(FRAMES["declined"], ending=ending), ASCII, width)

        assert any(f"pjterm why {'k' * 20}" in row.text for row in found)


def regenerate() -> None:
    """Write all golden files anew."""
    GOLDEN.mkdir(exist_ok=True)
    for name, content in goldens():
        (GOLDEN / name).write_text(content, encoding="utf-8")


def main(what: str) -> None:
    if what == "regenerate":
        regenerate()
    elif what == "show":
        play(lambda: time.sleep(1.2))
    else:
        play(lambda: [sys.stdin.readline()].clear())


if __name__ == "__main__":
    main(*sys.argv[1:])
