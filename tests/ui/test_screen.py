"""The live view: golden screens, hostile text, and real terminals resized while it runs.

`python -m tests.ui.test_screen regenerate` rewrites the screens in `tests/golden/`; check the difference
before committing it. `python -m tests.ui.test_screen show` plays one charge on your terminal.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import TextIO

import pexpect  # type: ignore[import-untyped]
import pytest

from pjterm.core.evidence.facts import Evidence
from pjterm.core.evidence.states import Progress, replay
from pjterm.core.following.activity import Activity, CtrlC, Doing
from pjterm.core.model import Outcome, Verdict
from pjterm.ui import frame as layout
from pjterm.ui.appearance import ATTENTION, BADGE_ELSE, BADGES, BANDS, REPEATED, Appearance, StyledRow
from pjterm.ui.console import Shield, console_on
from pjterm.ui.fitting import cells, fold
from pjterm.ui.frame import Ending
from pjterm.ui.live import LiveView
from pjterm.ui.outcome_words import headline, words_of
from pjterm.ui.progress import Header
from pjterm.ui.situation import Moment, hint
from pjterm.ui.tones import TONES
from tests.terminal import Screen
from tests.ui import scenes
from tests.ui.desk import BOOKS, LISTS, LOG, shown
from tests.ui.picture import picture
from tests.ui.scenes import HEADER, HOSTILE, IDLE, PAID, PROVEN, READ, SCENES, START, ZONE, at, result

GOLDEN = Path(__file__).parents[1] / "golden"
SHEET = ("at-reader", "approved", "already-paid", "declined", "unknown", "answered")
"""The scenes in the pictures."""
SCREENS = {
    "live-20": (20, "utf-8"), "live-40": (40, "utf-8"), "live-80": (80, "utf-8"), "live-120": (120, "utf-8"),
    "live-80-ascii": (80, "ascii"), "live-80-cp1252": (80, "cp1252"),
}  # fmt: skip
TABLES: dict[str, tuple[int, dict[str, str]]] = {
    "tables-80": (80, {}), "tables-40": (40, {}), "tables-accessible": (80, {"ACCESSIBLE": "1"}),
}  # fmt: skip
ASCII = Appearance("ascii", ZONE)
BLOCKS = Appearance("utf-8", ZONE)


def as_lines(found: list[StyledRow]) -> str:
    return "".join(row.text.rstrip() + "\n" for row in found)


def screens(name: str) -> str:
    """All scenes at one width, as one code page can show them."""
    width, encoding = SCREENS[name]
    look = Appearance(encoding, ZONE)
    parts = [f"== {scene}\n" + as_lines(layout.rows(SCENES[scene], look, width)) for scene in SCENES]
    return "\n".join(parts)


def tables(width: int, environ: dict[str, str]) -> str:
    """The back-office lists at one width."""
    with tempfile.TemporaryDirectory() as place:
        parts = [f"== {' '.join(argv)}\n{shown(Path(place), argv, width, 0, **environ)}" for argv in LISTS]
    return "\n".join(parts)


def books(width: int) -> str:
    """The reports of a day at one width."""
    with tempfile.TemporaryDirectory() as place:
        (log := Path(place, "state", "pjterm.log")).parent.mkdir()
        log.write_text(LOG)
        parts = [f"== {' '.join(argv)}\n{shown(Path(place), argv, width, code)}" for argv, code in BOOKS]
    return "\n".join(parts)


def goldens() -> Iterator[tuple[str, Callable[[], str]]]:
    """Every golden file's name and its expected content."""
    for name in SCREENS:
        yield f"{name}.txt", lambda name=name: screens(name)  # type: ignore[misc]
    for theme in ("dark", "light"):
        for width in (40, 80, 120):
            sheet = [SCENES[name] for name in SHEET]
            yield (
                f"live-{width}-{theme}.svg",
                lambda sheet=sheet, width=width, theme=theme: picture(  # type: ignore[misc]
                    sheet, BLOCKS, width, theme, f"pjterm at {width} columns"
                ),
            )
    for name, (width, environ) in TABLES.items():
        yield f"{name}.txt", lambda width=width, environ=environ: tables(width, environ)  # type: ignore[misc]
    for width in (20, 40, 80, 120):
        yield f"books-{width}.txt", lambda width=width: books(width)  # type: ignore[misc]
    yield "charge.svg", lambda: picture([SCENES["approved"]], BLOCKS, 80, "dark", "pjterm charge 20.00 -t T1 --ask-tip")


@pytest.mark.parametrize("name", dict(goldens()))
def test_each_screen_matches_its_golden_file(name: str) -> None:
    assert (GOLDEN / name).read_text(encoding="utf-8") == dict(goldens())[name]()


# -- rows ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCENES)
def test_no_row_is_wider_and_no_frame_higher_than_the_console(name: str) -> None:
    looks = (ASCII, BLOCKS, Appearance("cp1252", ZONE), Appearance("cp437", ZONE))
    for look, width in itertools.product(looks, (20, 39, 40, 59, 60, 132)):
        whole = layout.rows(SCENES[name], look, width, 1, whole=True)

        assert all(cells(row.text) < width for row in whole)
        for height in (1, 2, 5, 12, 24):
            found = layout.rows(SCENES[name], look, width, height)

            assert len(found) <= height
            assert all(cells(row.text) < width for row in found)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_every_scene_fits_into_24_rows(width: int) -> None:
    for name in SCENES.keys() - {"hostile"}:
        whole = layout.rows(SCENES[name], BLOCKS, width, 23, whole=True)

        assert layout.rows(SCENES[name], BLOCKS, width, 23) == whole, name


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "latin-1", "utf-8", "no-such-encoding"])
def test_every_row_can_be_encoded(encoding: str) -> None:
    known = encoding if encoding != "no-such-encoding" else "ascii"
    header = replace(HEADER, terminal="Kasse ☃ 日本", text="Überweisung\nzweite Zeile")

    for width in (40, 80):
        for row in layout.rows(replace(SCENES["approved"], header=header), Appearance(encoding, ZONE), width):
            row.text.encode(known)


@pytest.mark.parametrize("width", range(20, 121, 4))
def test_the_echo_of_ctrl_c_after_a_running_frame_does_not_wrap(width: int) -> None:
    """The terminal's `^C` on its own row used to leave the first row of the frame on the screen twice."""
    running = [f for f in SCENES.values() if f.ending is None or not f.ending.final]
    last = [layout.rows(f, BLOCKS, width)[-1].text for f in running]

    assert [text for text in last if cells(f"{text}^C") >= width] == []


@pytest.mark.parametrize(("header", "what"), [(HEADER, "the sale"), (scenes.VOID, "it"), (scenes.PROMPT, "it")])
def test_the_ctrl_c_hint_says_sale_only_for_a_sale(header: Header, what: str) -> None:
    moment = Moment(Progress(), Activity(Doing.SEARCHING, None, CtrlC.TWICE_EXITS))

    assert f"; {what} stays open" in (hint(header, moment) or "")


def test_hostile_text_is_shown_and_not_interpreted() -> None:
    shown = as_lines(layout.rows(SCENES["hostile"], BLOCKS, 80))

    assert shown.replace("\n", "").isprintable()
    assert "\\x1b[2J" in shown
    assert "[red]markup[/red]" in shown


def test_production_is_named_in_the_first_row_at_any_size() -> None:
    for width in (40, 80, 200):
        for height in (1, 6, 24):
            first = layout.rows(SCENES["production"], ASCII, width, height)[0]

            assert first.text.startswith(" PRODUCTION ")
            assert first.spans[0][1] == BADGES["production"]


@pytest.mark.parametrize("name", [n for n, frame in SCENES.items() if frame.ending is not None])
def test_the_amount_and_the_next_command_stay_with_the_verdict(name: str) -> None:
    ending = SCENES[name].ending
    assert ending is not None
    for width in (40, 80, 120):
        shown = as_lines(layout.rows(SCENES[name], BLOCKS, width, 23, whole=True))

        assert ending.words.amount is None or ending.words.amount in shown
        assert ending.words.next is None or not ending.final or "next: " in shown


def test_a_low_console_keeps_the_place_the_action_and_the_newest_notices() -> None:
    many = tuple(Evidence(at(i), "notice", f"line {i}") for i in range(50))
    found = [row.text for row in layout.rows(replace(SCENES["at-reader"], notices=many), ASCII, 80, 9)]

    assert len(found) <= 9
    assert found[0].startswith(" SIMULATOR ")
    assert any("Customer: tap" in row for row in found)
    assert [row for row in found if "line" in row][-1] == "- line 49"


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_its_word_and_its_sign_at_every_width(outcome: Outcome) -> None:
    ending = Ending(words_of(result(outcome, says="why"), at(9), ZONE))
    for width in (20, 40, 80):
        found = as_lines(layout.rows(replace(SCENES["at-reader"], ending=ending), BLOCKS, width))

        assert headline(outcome) in " ".join(found.split())
        assert any(sign in found for sign in ("✓ ", "✗ ", "? ", "… "))


@pytest.mark.parametrize("style", [*BADGES.values(), BADGE_ELSE, *BANDS.values(), REPEATED, ATTENTION])
def test_colors_are_readable_on_any_theme(style: str) -> None:
    """Each background sets its own foreground, with at least 4.5:1 between them (WCAG)."""
    foreground, background = re.findall(r"#[0-9a-f]{6}", style)

    assert contrast(foreground, background) >= 4.5


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(color: str) -> float:
    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.03928 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(int(color[n : n + 2], 16)) for n in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_no_outcome_is_shown_by_color_alone() -> None:
    """Green means that money moved; nothing else is green."""
    green = {outcome for outcome, tone in TONES.items() if BANDS[tone] == "bold #ffffff on #005f00"}

    assert green == {Outcome.APPROVED, Outcome.REFUNDED, Outcome.VOIDED, Outcome.ADJUSTED}


def test_an_old_result_looks_different_from_a_new_one() -> None:
    shown = layout.rows(SCENES["already-paid"], BLOCKS, 80)

    assert not any(BANDS[TONES[Outcome.APPROVED]] in (style for _, style in row.spans) for row in shown)
    assert "█" not in as_lines(shown)
    assert "ALREADY PAID 4 min ago (17:03)  $21.00" in as_lines(shown)
    assert "Nothing was sent now." in as_lines(shown)


def test_wrapping_prefers_spaces_and_keeps_every_character() -> None:
    for text in ("a bb ccc " * 9, "x" * 100, "日本語 " * 20, "one " + "y" * 50 + " two", "", "  led"):
        for width in (8, 13, 40):
            found = fold(text, width, 4)

            assert all(cells(row) <= width for row in found)
            assert "".join(found).replace(" ", "") == text.replace(" ", "")


# -- real terminals --------------------------------------------------------------------------------------

DONE = Verdict(Outcome.APPROVED, "10045 approved 21.00 code 00", READ)
DOING = [Doing.FOLLOWING] * 4 + [Doing.READING, Doing.FINISHING, Doing.FINISHING]


def play(
    step: Callable[[], None],
    header: Header = HEADER,
    *,
    ends: bool = True,
    stream: TextIO = sys.stderr,
    environ: Mapping[str, str] = os.environ,
) -> None:
    """One charge as the live view shows it; `step` is called between two changes."""
    moment = [START]
    view = LiveView(header, stream=stream, environ=environ, now=lambda: moment[0], zone=ZONE, bell=True)
    with view:
        step()
        for n, fact in enumerate(IDLE):
            moment[0] = getattr(fact, "at", START)
            known = replay(IDLE[: n + 1])
            view.on_fact(fact, known)
            view.on_activity(Activity(DOING[n], at(300), CtrlC.CANCELS), known)
            if fact == PROVEN[-1]:
                view.on_verdict(DONE, known)
            step()
            if n == 3:
                view.on_notice(HOSTILE)
                with view.paused():
                    stream.write("Really? [y/N] ")
                    stream.flush()
                    step()
                    stream.write("\n")
                if not ends:
                    return
                step()
        view.finish(PAID)
    view.on_notice("after the end")


class LiveProcess:
    """The view in its own process on a pty, and its screen."""

    def __init__(self, child: pexpect.spawn, screen: Screen) -> None:
        self.child, self.screen = child, screen

    def step(self) -> None:
        """Let it continue to the next change."""
        self.child.send("\n")

    def until(self, holds: Callable[[Screen], bool]) -> str:
        """Read until the screen shows it, for at most a minute."""
        end = time.monotonic() + 60
        while not holds(self.screen):
            assert time.monotonic() < end, f"not seen; the screen is:\n{self.screen.window}"
            self._read()
        return self.screen.window

    def until_seen(self, text: str) -> str:
        return self.until(lambda screen: text in screen.window)

    def to_the_end(self) -> str:
        """Read the rest; the process must exit with 0."""
        while self._read():
            pass
        self.child.close()
        assert self.child.exitstatus == 0, self.screen.everything
        return self.screen.everything

    def _read(self) -> bool:
        try:
            self.screen.feed(self.child.read_nonblocking(4096, timeout=60))
        except pexpect.EOF:
            return False
        return True

    def resize(self, width: int, height: int) -> None:
        self.screen.resize(width, height)
        self.child.setwinsize(height, width)


@contextlib.contextmanager
def live_process(width: int, height: int) -> Iterator[LiveProcess]:
    env = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"}
    child = pexpect.spawn(
        sys.executable, ["-m", "tests.ui.test_screen", "play"], env=env, dimensions=(height, width),
        encoding="utf-8", echo=False, cwd=str(Path(__file__).parents[2]),
    )  # fmt: skip
    try:
        yield LiveProcess(child, Screen(width, height))
    finally:
        child.close(force=True)


class Memory(io.TextIOWrapper):
    """A terminal that never delays the view."""

    def isatty(self) -> bool:
        return True


def in_memory(width: int, height: int, *, encoding: str = "utf-8", ends: bool = True, **environ: str) -> Screen:
    """The whole play on a screen of this size."""
    written = io.BytesIO()
    stream = Memory(written, encoding, newline="\r\n")
    environ = {"TERM": "xterm-256color", "COLUMNS": str(width), "LINES": str(height), **environ}
    play(lambda: None, ends=ends, stream=stream, environ=environ)
    stream.flush()
    screen = Screen(width, height)
    screen.feed(written.getvalue().decode(encoding))
    return screen


STEPS = len(IDLE) + 3


def stepped_to_the_end(view: LiveProcess) -> str:
    for _ in range(STEPS):
        view.step()
    return view.to_the_end()


def test_on_a_real_terminal_the_frame_is_drawn_in_place_and_its_last_state_stays() -> None:
    with live_process(80, 24) as here:
        here.until_seen("no card is charged")
        everything = stepped_to_the_end(here)

    assert everything.rstrip() == in_memory(80, 24).everything.rstrip()


def test_a_stopped_or_killed_process_leaves_the_cursor_visible() -> None:
    with live_process(80, 24) as here:
        here.until(lambda screen: "SIMULATOR" in screen.window and screen.cursor_visible)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 12)])
def test_the_frame_is_drawn_in_place_and_its_last_state_stays(width: int, height: int) -> None:
    screen = in_memory(width, height)
    everything = screen.everything

    assert everything.count("no card is charged") == 1
    assert everything.count("Customer:") == 0
    assert "Really? [y/N]" in everything
    assert everything.index("Really?") < everything.index("no card is charged")
    assert "APPROVED  $21.00" in everything
    assert everything.rstrip().endswith("after the end")
    assert screen.widest < width
    assert screen.bells == 1


def test_no_frame_remains_after_a_question_answered_with_no() -> None:
    everything = in_memory(80, 24, ends=False).everything

    assert "SIMULATOR" not in everything
    assert "Really? [y/N]" in everything
    assert "GONE" in everything, "a notice stays"


@pytest.mark.parametrize(("first", "second"), [((80, 24), (40, 12)), ((40, 12), (80, 24)), ((80, 24), (80, 8))])
def test_a_resize_during_a_charge_leaves_no_garbage(first: tuple[int, int], second: tuple[int, int]) -> None:
    with live_process(*first) as here:
        here.until_seen("Checking")
        for _ in range(4):
            here.step()
        here.until_seen("tap, insert")
        for size in (second, first, second):
            here.resize(*size)
            seen = here.until(lambda screen: still(screen.window) == as_drawn(screen))
        everything = stepped_to_the_end(here)

    assert seen.count("SIMULATOR") == 1
    assert "APPROVED" in everything


def as_drawn(screen: Screen) -> str:
    """The window if it shows only the frame of the waiting reader."""
    shown = replace(SCENES["at-reader"], header=HEADER, now=at(1.6), elapsed=1.6)
    return still(as_lines(layout.rows(shown, BLOCKS, screen.width, screen.height - 1)).rstrip("\n"))


def still(window: str) -> str:
    """A window without the spinner's motion."""
    return re.sub("[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]", "*", window)


def test_without_color_the_view_sets_no_color() -> None:
    screen = in_memory(80, 24, NO_COLOR="1")

    assert {code for style in screen.styles for code in style.split(";")} <= {"", "0", "1", "7"}


@pytest.mark.skipif(os.name != "posix", reason="consoles of Windows have no TERM")
@pytest.mark.parametrize("term", ["xterm", "screen", "linux", "xterm-256color"])
def test_only_colors_with_a_known_contrast_are_used(term: str) -> None:
    made = console_on(Shield(Memory(io.BytesIO(), "utf-8")), {"TERM": term}, moves=True)

    assert made.color_system == "256"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_a_legacy_console_gets_only_what_it_can_show(encoding: str) -> None:
    everything = in_memory(80, 24, encoding=encoding).everything

    assert "  ### ##    ### #" in everything
    everything.encode(encoding)


def test_a_terminal_that_hangs_up_does_not_stop_the_command() -> None:
    """Everything written to it is dropped; the rest of the command continues."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="utf-8")
    view = LiveView(HEADER, stream=stream, environ={}, now=lambda: START)

    with view:
        stream.close()
        view.on_fact(IDLE[0], Progress())
        view.on_notice("still here")
        view.finish(PAID)


def test_a_notice_may_come_from_a_signal_handler_at_any_time() -> None:
    """Five hundred a second, while the view starts, draws, pauses and ends; none is lost.

    Their number is limited: on a busy machine one may take longer than the interval, and the view would never end.
    """
    if sys.platform == "win32":
        pytest.skip("timers and terminals of POSIX")
    leader, follower = os.openpty()
    written = bytearray()
    reader = Thread(target=drain, args=(leader, written))
    reader.start()
    sent = 0

    def tell(*_: object) -> None:
        nonlocal sent
        sent += 1
        number = sent  # the next one may interrupt this one at any call
        if number == 400:
            signal.setitimer(signal.ITIMER_REAL, 0)
        view.on_notice(f"notice {number}.")

    with open(follower, "w", encoding="utf-8") as stream:
        view = LiveView(HEADER, stream=stream, environ={"TERM": "xterm"}, now=lambda: START)
        before = signal.signal(signal.SIGALRM, tell)
        signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
        try:
            with view:
                for _ in range(20):
                    view.on_fact(IDLE[0], Progress())
                    with view.paused():
                        pass
                view.finish(PAID)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        view.on_notice("the last")
    reader.join(timeout=60)
    os.close(leader)

    seen = {int(number) for number in re.findall(rb"notice ([0-9]+)[.]", written)}
    assert sent > 20
    assert seen == set(range(1, sent + 1))


def drain(descriptor: int, into: bytearray) -> None:
    """Read what is written to a pty until it is closed."""
    with contextlib.suppress(OSError):
        while piece := os.read(descriptor, 65536):
            into += piece


def test_a_next_command_that_fits_is_not_wrapped() -> None:
    for width in (40, 60, 80):
        found = layout.next_rows(f"another card needs a new sale; see: pjterm why {'k' * 20}", ASCII, width - 1)

        assert any(f"pjterm why {'k' * 20}" in row.text for row in found)


def regenerate() -> None:
    """Rewrite all golden files."""
    GOLDEN.mkdir(exist_ok=True)
    for name, content in goldens():
        (GOLDEN / name).write_text(content(), encoding="utf-8")


def main(what: str) -> None:
    if what == "regenerate":
        regenerate()
    elif what == "show":
        play(lambda: time.sleep(1.2))
    else:
        play(lambda: [sys.stdin.readline()].clear())


if __name__ == "__main__":
    main(*sys.argv[1:])


@pytest.mark.parametrize("name", ["cancelling", "cancel-check", "ended-without-result", "last-look", "purged", "lost"])
def test_no_step_waits_for_a_card_during_other_work(name: str) -> None:
    assert "waiting for card" not in as_lines(layout.rows(SCENES[name], BLOCKS, 80))


def test_however_much_was_said_before_it_the_verdict_is_among_the_last_rows() -> None:
    """The twenty lines of `-v` stood below it, and a window of 24 rows showed them and no verdict."""
    many = tuple(Evidence(at(n), "notice", f"GET number {n}") for n in range(20))
    warned = (Evidence(at(0), "notice", "ATTENTION: order-1 was paid"), *many)
    scene = replace(SCENES["approved"], notices=warned)
    found = [row.text for row in layout.rows(scene, ASCII, 80, 24, whole=True)]

    assert any("APPROVED" in row for row in found[-20:])
    assert any("ATTENTION" in row for row in found[-20:])
    assert [row for row in found if "GET" in row] == [f"- GET number {n}" for n in range(20)]
