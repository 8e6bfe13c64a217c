"""One frame of the live view as rows of text: values in, rows out.

Each row is exactly one line of the console, so that counting rows is all there is to fitting. Styles are
words such as `bold red`; the one place for glyphs and colours is here. Text from outside passes
`Look.say`: nothing that a terminal obeys, nothing that the console cannot encode.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from enum import IntEnum
from itertools import groupby

from pjterm.core.facts import Evidence
from pjterm.core.model import Outcome
from pjterm.core.states import Progress
from pjterm.core.text import harmless
from pjterm.errors import PjtermError
from pjterm.ui.big_letters import HALF_GLYPHS, can_draw, figure, half_figure
from pjterm.ui.progress import Header, banner, expected_now, what
from pjterm.ui.report import Report
from pjterm.ui.table import cells, encodable, fold, usable
from pjterm.ui.wording import headline, next_command

WIDE = 60  # columns from which there is room for block letters and for columns in the time line
ENOUGH_LINES = 4  # a smaller frame is drawn rather than leaving room for fewer
ROWS_A_LINE = 4  # while it runs, one fact may not push the others off the screen
CHARACTERS_A_LINE = 2000  # nor may it fill the scrollback once it is over

# -- glyphs and colours: here and nowhere else -----------------------------------------------------

_BANNER = {"production": "bold white on red", "labs": "bold black on yellow"}
_BANNER_ELSE = "bold white on blue"
_WHAT, _ABOUT, _AMOUNT, _CUSTOMER, _NEXT = "bold", "dim", "bold", "bold", "bold"
_TIME, _SOURCE, _SAYS, _NOTICE = "dim", "cyan", "", "yellow"
_GOOD, _BAD, _CALM, _ALARM = "green", "red", "yellow", "magenta"
_VERDICT = {
    Outcome.DECLINED: _BAD, Outcome.REFUSED: _BAD, Outcome.REJECTED: _BAD, Outcome.AUTH: _BAD,
    Outcome.USAGE: _BAD, Outcome.FAILED: _BAD, Outcome.DIFFERENT: _BAD, Outcome.UNKNOWN: _ALARM,
    Outcome.OPEN: _CALM, Outcome.CANCELLED: _CALM, Outcome.BUSY: _CALM, Outcome.UNREACHABLE: _CALM,
    Outcome.UNAVAILABLE: _CALM,
}  # fmt: skip
_BLOCK, _NO_BLOCK = "█", "#"
_COMMAND, _GLUE = re.compile(r"pjterm (?: ?[^ ()]+)+\)?"), "\xa0"


@dataclass(frozen=True, slots=True)
class Look:
    """What the console can show, and whose local time is meant (`None`: this machine's)."""

    encoding: str = "utf-8"
    zone: tzinfo | None = None
    figures: bool = True
    """Block letters; off for TERM=dumb, where a reader may be speaking the text."""

    @property
    def blocks(self) -> bool:
        """Whether there are block glyphs; else `#` draws the letters."""
        return encodable(HALF_GLYPHS, self.encoding) == HALF_GLYPHS

    def say(self, text: str) -> str:
        """Text from anywhere as this console may safely be given it."""
        return encodable(harmless(text), self.encoding)

    def time(self, at: datetime) -> str:
        """Local wall-clock time."""
        return f"{at.astimezone(self.zone):%H:%M:%S}"


# -- values ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the console: pieces of text, each with its style."""

    spans: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, text: str, style: str = "") -> Row:
        """A row of one style."""
        return cls(((text, style),))

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.spans)


@dataclass(frozen=True, slots=True)
class Ending:
    """The verdict as it is shown: the large word, a sentence, the API's own words, what to type next."""

    outcome: Outcome
    says: str
    details: tuple[str, ...] = ()
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """All that is shown at one moment. Notices are lines with the source `notice`."""

    header: Header
    lines: tuple[Evidence, ...] = ()
    known: Progress = field(default_factory=Progress)
    elapsed: float = 0.0
    """Seconds."""
    ending: Ending | None = None


def ending_of(report: Report) -> Ending:
    """A finished report as its ending."""
    error = report.error
    says = report.says or (error.message if error is not None else "")
    hint = error.hint if error is not None else None
    return Ending(report.outcome, says, _details(error), next_command(report) or hint)


def _details(error: PjtermError | None) -> tuple[str, ...]:
    if error is None:
        return ()
    words = [f"{d.parameter or '-'}: {d.message}" for d in error.details]
    if error.pj_request_id is not None:
        words.append(f"X-Pj-Request-Id: {error.pj_request_id}")
    return tuple(words)


# -- the frame ---------------------------------------------------------------------------------------


class Size(IntEnum):
    """How much room the frame takes: with air and figures, without air, words only."""

    LARGE = 3
    MEDIUM = 2
    SMALL = 1


def rows(frame: Frame, look: Look, width: int, height: int | None = None, *, whole: bool = False) -> list[Row]:
    """The frame for a console of this size: no row wider, at most `height` rows, the newest lines kept.

    `whole` keeps all lines, for a frame that stays; the height then only decides how much air there is.
    """
    width = usable(width)
    if height is None:
        return [row for part in _parts(frame, look, width, Size.LARGE, None) for row in part]
    if whole:
        return _whole(frame, look, width, height)
    recent = replace(frame, lines=frame.lines[-height:])
    for size in sorted(Size, reverse=True):
        top, middle, bottom = _parts(recent, look, width, size, ROWS_A_LINE)
        if len(top) + ENOUGH_LINES + len(bottom) <= height:
            break
    return _cut(top, middle, bottom, height)


def _parts(
    frame: Frame, look: Look, width: int, size: Size, most: int | None
) -> tuple[list[Row], list[Row], list[Row]]:
    middle = [row for line in frame.lines for row in line_rows(line, look, width, most)]
    return top_rows(frame, look, width, size), middle, bottom_rows(frame, look, width, size)


def _whole(frame: Frame, look: Look, width: int, height: int) -> list[Row]:
    large = rows(frame, look, width + 1)
    if len(large) <= height:
        return large
    return [row for part in _parts(frame, look, width, Size.MEDIUM, None) for row in part]


def _cut(top: list[Row], middle: list[Row], bottom: list[Row], height: int) -> list[Row]:
    """The newest lines, between a top and a bottom that stay; the environment goes last of all."""
    room = height - len(top) - len(bottom)
    if room >= 0:
        return [*top, *middle[max(0, len(middle) - room) :], *bottom]
    rest = [*top[1:], *bottom]
    return [*top[:1], *rest[len(rest) - max(0, height - 1) :]]


# -- the top: where, what, since when ----------------------------------------------------------------


def top_rows(frame: Frame, look: Look, width: int, size: Size) -> list[Row]:
    """Environment, request, elapsed time, and the amount large where there is room."""
    air = [Row()] if size is Size.LARGE else []
    found = [_banner_row(frame.header, look, width), *air, *_what_rows(frame, look, width)]
    if size is not Size.SMALL:
        found += _about_rows(frame.header, look, width)
    drawn = _amount_figure(frame.header, look, width) if size is Size.LARGE else []
    return [*found, *air, *drawn, *(air if drawn else [])]


def _banner_row(header: Header, look: Look, width: int) -> Row:
    """Production is a bar over the whole width, and loud without any colour too."""
    words = f" {fold(look.say(banner(header)), width - 4)[0]} "
    row = words.center(width, "!") if header.environment == "production" else words
    return Row.of(row, _BANNER.get(header.environment, _BANNER_ELSE))


def _what_rows(frame: Frame, look: Look, width: int) -> list[Row]:
    """What is done, and since when; side by side where both fit."""
    asked, elapsed = look.say(what(frame.header)), f"elapsed {_duration(frame.elapsed)}"
    gap = width - cells(asked) - cells(elapsed)
    if gap < 2:
        return [*paragraph(asked, width, _WHAT)[:ROWS_A_LINE], Row.of(elapsed)]
    return [Row(((asked, _WHAT), (" " * gap, ""), (elapsed, "")))]


def _duration(seconds: float) -> str:
    minutes, second = divmod(max(0, int(seconds)), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def _about_rows(header: Header, look: Look, width: int) -> list[Row]:
    key = f"   key {header.key}" if header.key else ""
    found = paragraph(look.say(f"profile {header.profile}{key}"), width, _ABOUT)
    if header.text is not None:
        found += paragraph(look.say(f"text: {header.text}"), width, _ABOUT, indent=6)[:2]
    return found


def _amount_figure(header: Header, look: Look, width: int) -> list[Row]:
    amount = look.say(header.amount or "")
    if not look.figures or not can_draw(amount):
        return []
    drawn = half_figure(amount) if look.blocks else figure(amount, glyph=_NO_BLOCK, scale=1)
    return [Row.of(row, _AMOUNT) for row in drawn] if max(map(len, drawn)) <= width else []


# -- the middle: what was seen -----------------------------------------------------------------------


def line_rows(line: Evidence, look: Look, width: int, most: int | None = None) -> list[Row]:
    """One fact or notice: local time, source, what it says, continued under itself."""
    notice, time, source = line.source == "notice", look.time(line.at), look.say(line.source)
    label, indent = f" {source}: ", 9
    if width >= usable(WIDE):
        label, indent = f"  {source:<11}  ", 23
    says = look.say(line.says)
    says = says if len(says) <= CHARACTERS_A_LINE else says[:CHARACTERS_A_LINE] + " ..."
    first, *more = fold(time + label + says, width, indent)
    if most is not None and len(more) >= most:
        more = [*more[: most - 2], " " * indent + "..."]
    style, split = _NOTICE if notice else _SAYS, len(time + label)
    spans = ((time, _TIME), (first[len(time) : split], style or _SOURCE), (first[split:], style))
    return [Row(spans), *(Row.of(row, style) for row in more)]


# -- the bottom: what the customer does, the verdict, what to type -----------------------------------


def bottom_rows(frame: Frame, look: Look, width: int, size: Size) -> list[Row]:
    """What the customer does now; the verdict; what to type next."""
    air = [Row()] if size is Size.LARGE else []
    found: list[Row] = []
    if _somebody_acts(frame):
        found += [*air, *customer_rows(frame, look, width)]
    if frame.ending is not None:
        found += [*air, *ending_rows(frame.ending, look, width, size)]
    return found


def customer_rows(frame: Frame, look: Look, width: int) -> list[Row]:
    """What the customer at the reader is expected to do now."""
    expected = look.say(f"customer: {expected_now(frame.header.kind, frame.known)}")
    return paragraph(expected, width, _CUSTOMER, indent=10)


def _somebody_acts(frame: Frame) -> bool:
    """Whether anybody is at a reader: a void has none, and what came to an end needs nobody."""
    if not frame.header.at_reader:
        return False
    ending = frame.ending
    if ending is None or ending.outcome is Outcome.OPEN:
        return True
    return frame.known.end is None and bool(frame.known.results)


def ending_rows(ending: Ending, look: Look, width: int, size: Size) -> list[Row]:
    """The verdict, large where it fits; the API's own words; the next command."""
    word, style = headline(ending.outcome), _VERDICT.get(ending.outcome, _GOOD)
    drawn = _verdict_figure(word, look, width, size)
    if drawn:
        found = [*(_figure_row(row, style) for row in drawn), *([Row()] if size is Size.LARGE else [])]
        says = f"{word}: {ending.says}" if ending.says else word
        found += paragraph(look.say(says), width, f"bold {style}")
    else:
        found = [Row.of(f" >>> {word} <<< ", f"bold reverse {style}")]
        found += paragraph(look.say(ending.says), width, style) if ending.says else []
    for detail in ending.details:
        found += paragraph(look.say(detail), width, _SAYS, indent=2)
    if ending.next is not None:
        found += _next_rows(look.say(f"next: {ending.next}"), width)
    return found


def _next_rows(text: str, width: int) -> list[Row]:
    """What to type next; a command that fits into one row is not broken, so that it can be copied."""

    def glue(command: re.Match[str]) -> str:
        return command[0].replace(" ", _GLUE) if cells(command[0]) <= width - 6 else command[0]

    glued = _COMMAND.sub(glue, text)
    return [Row.of(row.replace(_GLUE, " "), _NEXT) for row in fold(glued, width, 6)]


def _verdict_figure(word: str, look: Look, width: int, size: Size) -> list[str]:
    """The word in block letters, the largest that fit: double, double on two lines, single; or nothing."""
    if size is Size.SMALL or not look.figures or width < usable(WIDE) or not can_draw(word):
        return []
    glyph = _BLOCK if look.blocks else _NO_BLOCK
    stacked: list[str] = []
    for part in word.split():
        stacked += [*([""] if stacked else []), *figure(part, glyph=glyph, scale=2)]
    for drawn in (figure(word, glyph=glyph, scale=2), stacked, figure(word, glyph=glyph, scale=1)):
        if max(map(len, drawn)) <= width:
            return drawn
    return []


def _figure_row(row: str, style: str) -> Row:
    """Block glyphs on a background of their own colour, so that no font leaves seams between them."""
    solid = f"bold {style} on {style}"
    runs = groupby(row, key=lambda c: c == _BLOCK)
    return Row(tuple(("".join(run), solid if block else f"bold {style}") for block, run in runs))


def paragraph(text: str, width: int, style: str, indent: int = 0) -> list[Row]:
    """Text as rows of one style, broken to fit."""
    return [Row.of(row, style) for row in fold(text, width, indent)]
