"""One frame of the live view as rows of text: values in, rows out.

Four zones: where (environment, reader, key) · the amount, large, or the question · what the customer or you must do
now · the steps with one spinner and the clock. With the verdict the amount becomes a colored band that keeps it on
the screen, and what to type next is the last row. Each row is exactly one line of the console, so that counting rows
is all there is to fitting. Text from outside passes `Appearance.say`.
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum

from pjterm.core.evidence.facts import Evidence
from pjterm.core.model import Kind
from pjterm.ui.appearance import PLAIN, STRONG, Appearance, StyledRow
from pjterm.ui.big_amount import beside, big_amount
from pjterm.ui.fitting import ID_LEAST, cells, fold, fold_commands, packed, shorten, usable
from pjterm.ui.moments import duration
from pjterm.ui.outcome_words import Words
from pjterm.ui.progress import Header, environment
from pjterm.ui.situation import Moment, hint, sentence
from pjterm.ui.stages import Mark, Stage, stages
from pjterm.ui.tones import SIGNS, Tone
from pjterm.values import dataclass, replace

TEXT_ROWS = 4  # of a question or of terms, while it runs
NOTICES = 3  # newest notices that are shown while it runs
CHARACTERS_A_NOTICE = 2000
_KINDS = {
    Kind.PAYMENT: "Payment", Kind.REFUND: "Refund", Kind.VOID: "Void", Kind.TIP: "Tip", Kind.CANCEL: "Cancel",
    Kind.SIGNATURE: "Signature",
    Kind.PROMPT: "Question", Kind.INPUT: "Phone number", Kind.READ: "Card (not a payment card)", None: "Request",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ending:
    """A verdict as it is shown; while the reader finishes, the steps continue below it."""

    words: Words
    answer: str | None = None
    """The label that the customer pressed."""
    details: tuple[str, ...] = ()
    """The API's own words."""
    final: bool = True


@dataclass(frozen=True, slots=True)
class Frame:
    """All that is shown at one moment."""

    header: Header
    moment: Moment
    now: datetime
    elapsed: float = 0.0
    """Seconds."""
    notices: tuple[Evidence, ...] = ()
    ending: Ending | None = None
    timeout: float | None = None
    """Seconds after which waiting ends."""


_ECHO = "^C"
"""What the terminal puts behind a running frame at Ctrl-C: wrapped, it would leave a row that no redraw erases."""


class Size(IntEnum):
    """How much room the frame takes: with blank rows and big figures, without blank rows, or text only."""

    LARGE = 3
    MEDIUM = 2
    SMALL = 1


def rows(
    frame: Frame, look: Appearance, width: int, height: int | None = None, *, whole: bool = False
) -> list[StyledRow]:
    """The frame for a console of this size: no row wider and, unless it is to stay `whole`, at most `height` rows.

    Of many notices (`-v`) only the newest stand below; above a whole one are the others, so that the verdict is seen.
    """
    width = usable(width)
    earlier, newest = frame.notices[:-NOTICES], frame.notices[-NOTICES:]
    stays = [n for n in earlier if whole and n.says.startswith("ATTENTION:")]
    shown = replace(frame, notices=(*stays, *newest))
    for size in sorted(Size, reverse=True):
        found = _zones(shown, look, width, size, whole=whole)
        if height is None or sum(map(len, found)) <= height:
            break
    where, middle, bottom = found
    if height is None or whole:
        above = [row for n in earlier if whole and n not in stays for row in notice_rows(n, look, width)]
        return [*above, *where, *middle, *bottom]
    return _cut(where, middle, bottom, height)


def _cut(where: list[StyledRow], middle: list[StyledRow], bottom: list[StyledRow], height: int) -> list[StyledRow]:
    """Cut to the height: keep the environment first, then what to do now, then the rest from its start."""
    room = max(0, height - len(where[:1]) - len(bottom))
    if len(where) + len(middle) + len(bottom) > height:
        where = where[:1]
        middle = middle[:room]
        bottom = bottom[len(bottom) - max(0, height - len(where)) :]
    return [*where, *middle, *bottom][:height]


def _zones(
    frame: Frame, look: Appearance, width: int, size: Size, *, whole: bool
) -> tuple[list[StyledRow], list[StyledRow], list[StyledRow]]:  # fmt: skip
    air = [StyledRow()] if size is Size.LARGE else []
    ending = frame.ending
    if ending is None:
        main = _running(frame, look, width, size)
    else:
        main = _ended(frame, ending, look, width, size, whole=whole)
    below: list[StyledRow] = []
    runs = ending is None or not ending.final
    if runs:
        below += [*air, *_steps_rows(frame, look, width, size)]
    notices = [row for n in frame.notices for row in notice_rows(n, look, width)]
    if notices:
        below += [*air, *notices]
    if ending is not None and ending.final and ending.words.next is not None:
        below += [*air, *next_rows(ending.words.next, look, width)]
    if runs and size is not Size.SMALL and cells(below[-1].text) > width - cells(_ECHO):
        below.append(StyledRow())
    return [*where_rows(frame.header, look, width), *air], main, below


# -- where ---------------------------------------------------------------------------------------------


def where_rows(header: Header, look: Appearance, width: int) -> list[StyledRow]:
    """Environment, reader and key; on one row if they fit."""
    name, means = environment(header.environment, header.host)
    badge, style = f" {look.say(name)} ", look.badge(header.environment)
    said = look.say(means)
    names = [look.say(n) for n in (header.terminal, header.key) if n]
    place = _place(names, look, width)
    left = StyledRow(((badge, style), (f" {said}" if said else "", STRONG)))
    room = width - cells(left.text) - 2
    if room < min(20, cells(place)):
        apart = [StyledRow.of(badge, style), *paragraph(said, width, STRONG)] if cells(left.text) > width else [left]
        return [*apart, *([StyledRow.of(place)] if place else [])]
    place = _place(names, look, room)
    gap = width - cells(left.text) - cells(place)
    return [StyledRow((*left.spans, (" " * gap + place, PLAIN)))]


def _place(names: list[str], look: Appearance, room: int) -> str:
    """Reader and key; if they do not fit, the key is shortened first."""
    between, mark = f" {look.glyph('·')} ", look.glyph("…")
    lead = "".join(name + between for name in names[:-1])
    left = room - cells(lead)
    if names and left >= ID_LEAST[-1]:
        return lead + shorten(names[-1], left, mark)
    return shorten(between.join(names), room, mark)


# -- the amount or the question, and what to do now --------------------------------------------------


def _running(frame: Frame, look: Appearance, width: int, size: Size) -> list[StyledRow]:
    header = frame.header
    title = _KINDS[header.kind]
    if header.parts:
        title += f"  {header.parts}"
    said = look.say(sentence(header, frame.moment, frame.now, look.zone))
    drawn = _figure(header.amount, look, width, size)
    if not drawn and header.amount is not None:
        title = f"{_KINDS[header.kind]}  ${header.amount}" + (f" ({header.parts})" if header.parts else "")

    def text(room: int) -> list[StyledRow]:
        return [*paragraph(look.say(title), room, PLAIN), *paragraph(said, room, STRONG)]

    question = _question_rows(header, None, look, width)
    if question:
        return [*paragraph(look.say(title), width, PLAIN), *question, *paragraph(said, width, STRONG)]
    return beside(drawn, text, width, STRONG)


def _question_rows(header: Header, answer: str | None, look: Appearance, width: int) -> list[StyledRow]:
    """The prompt's text with its buttons, or the terms, as the customer reads them."""
    if header.text is None:
        return []
    lines = [row for part in header.text.split("\n") for row in fold(look.say(part), width - 2)]
    if len(lines) > TEXT_ROWS:
        lines = [*lines[: TEXT_ROWS - 1], look.say("…")]
    found = [StyledRow.of(f"  {line}", STRONG) for line in lines]
    if header.buttons:
        spans: list[tuple[str, str]] = [("  ", PLAIN)]
        for label in header.buttons:
            pressed = label == answer
            sign = look.glyph("✓") + " " if pressed else ""
            spans += [(f"[ {sign}{look.say(label)} ]", look.band(Tone.DONE) if pressed else PLAIN), ("  ", PLAIN)]
        row = StyledRow(tuple(spans[:-1]))
        found += [row] if cells(row.text) <= width else paragraph(row.text.strip(), width, PLAIN)
    return found


def _figure(amount: str | None, look: Appearance, width: int, size: Size) -> list[str]:
    return [] if size is Size.SMALL else big_amount(amount or "", look, width, huge=size is Size.LARGE)


# -- the verdict -----------------------------------------------------------------------------------------


def _ended(frame: Frame, ending: Ending, look: Appearance, width: int, size: Size, *, whole: bool) -> list[StyledRow]:
    words = ending.words
    style = look.repeated if words.repeated else look.band(words.tone)
    drawn = [] if words.repeated else _figure(words.amount, look, width - 2, size)

    def text(room: int) -> list[StyledRow]:
        head = f"{look.glyph(SIGNS[words.tone])} {words.word}"
        amount = f"  {words.amount}" if words.amount else ""
        found = paragraph(look.say(head + amount), room, style)
        found += paragraph(look.say(words.parts), room, style) if words.parts else []
        found += paragraph(look.say(" ".join(words.sentences)), room, style) if words.sentences else []
        receipt = packed([look.say(part) for part in words.receipt], f" {look.glyph('·')} ", room)
        return [*found, *(row for line in receipt for row in paragraph(line, room, style))]

    band = beside(drawn, text, width - 2, style)
    pad = [StyledRow()] if size is Size.LARGE else []
    found = [_across(row, style, width) for row in (*pad, *band, *pad)]
    question = _question_rows(frame.header, ending.answer, look, width)
    found = [*question, *([StyledRow()] if question and size is Size.LARGE else []), *found]
    found += _id_rows([look.say(s) for s in (*words.ids, words.shows) if s], width)
    for detail in ending.details if whole or ending.final else ():
        found += paragraph(look.say(detail), width, PLAIN, indent=2)
    return found


def _id_rows(said: list[str], width: int) -> list[StyledRow]:
    """Ids and the command that shows the receipt: beside each other, or each on its own row."""
    together = "    ".join(said)
    if cells(together) <= width:
        return [StyledRow.of(together)] if together else []
    return [row for one in said for row in _glued(one, width, PLAIN)]


def _across(row: StyledRow, style: str, width: int) -> StyledRow:
    """A row of the band: its own text in the band's colors, filled to the right edge."""
    text = f" {row.text}"
    return StyledRow.of(text + " " * max(0, width - cells(text)), style)


# -- how far it has come -----------------------------------------------------------------------------


def _steps_rows(frame: Frame, look: Appearance, width: int, size: Size) -> list[StyledRow]:
    """The steps with one spinner, the clock at the right, and below them what Ctrl-C does."""
    spin = look.spin(frame.elapsed)
    marks = {Mark.DONE: look.glyph("✓"), Mark.NOW: spin, Mark.NEXT: look.glyph("·"), Mark.UNSURE: "?"}
    time = duration(frame.elapsed) + (f" / {duration(frame.timeout)}" if frame.timeout else "")
    way = stages(frame.header, frame.moment)
    spans = tuple((f"{marks[s.mark]} {s.name}  ", STRONG if s.mark is Mark.NOW else PLAIN) for s in way)
    gap = width - sum(cells(text) for text, _ in spans) - cells(time)
    if gap >= 0:
        found = [StyledRow((*spans, (" " * gap + time, PLAIN)))]
    else:
        found = _short_steps(way, marks, time, width)
    ctrl_c = hint(frame.header, frame.moment)
    if ctrl_c is not None and size is not Size.SMALL:
        found += paragraph(look.say(ctrl_c), width, PLAIN)
    return found


def _short_steps(way: tuple[Stage, ...], marks: dict[Mark, str], time: str, width: int) -> list[StyledRow]:
    """Only the signs of all steps, and the name of the current one."""
    signs = "".join(marks[s.mark] for s in way)
    now = next((s.name for s in way if s.mark is Mark.NOW), "")
    head = f"{signs} {now}"
    gap = width - cells(head) - cells(time)
    if gap >= 1:
        return [StyledRow(((head, STRONG), (" " * gap + time, PLAIN)))]
    return [*paragraph(head, width, STRONG), StyledRow.of(time)]


# -- notices, and what to type next ----------------------------------------------------------------------


def notice_rows(line: Evidence, look: Appearance, width: int) -> list[StyledRow]:
    """A sentence for the user, with its continuation indented; warnings stand out."""
    says = look.say(line.says)
    says = says if len(says) <= CHARACTERS_A_NOTICE else says[:CHARACTERS_A_NOTICE] + " ..."
    style = look.attention if line.says.startswith("ATTENTION:") else PLAIN
    return [StyledRow.of(row, style) for row in fold(f"{look.glyph('·')} {says}", width, 2)]


def next_rows(text: str, look: Appearance, width: int) -> list[StyledRow]:
    """The next command to type."""
    return [row for line in f"next: {text}".split("\n") for row in _glued(look.say(line), width, STRONG)]


def _glued(text: str, width: int, style: str) -> list[StyledRow]:
    return [StyledRow.of(row, style) for row in fold_commands(text, width)]


def paragraph(text: str, width: int, style: str, indent: int = 0) -> list[StyledRow]:
    """Text as rows of one style, broken to fit."""
    return [StyledRow.of(row, style) for row in fold(text, width, indent)]
