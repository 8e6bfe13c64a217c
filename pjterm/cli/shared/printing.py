"""Lists and single items on stdout: tables on a terminal, tab-separated rows in a pipe, one object as JSON."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.streams import write, write_result
from pjterm.errors import UsageFault
from pjterm.values import dataclass

CsvOption = Annotated[bool, typer.Option("--csv", help="CSV on stdout, with a header.")]
_LABEL = r" *\S{1,20} {2,}(?=\S)| +\S(?:\S| (?! )){0,19} {2,}(?=\S)| *\S(?:\S| (?! )){0,29}: {2,}(?=\S)"
"""A label: a time or a name, or a few words after an indent or before a colon; wrapped text is aligned after it."""
_NUMBER = r"-?[0-9]+(\.[0-9]+)?"

if TYPE_CHECKING:
    from pjterm.ui.tones import Tone


IDS = (
    "KEY", "ID", "UUID", "REQUEST", "INVOICE", "TRANSACTION", "URL", "LOGIN", "SERIAL", "RESULT", "READER", "TERMINAL",
    "DEPOSIT", "MERCHANT", "ALIAS", "NAME", "PROFILE", "BY",
)  # fmt: skip
"""Columns that may be shortened in the middle on a terminal; `--wide`, `show` and pipes have them in full."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A list as a terminal shows it, if that differs from what a pipe gets."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    right: tuple[str, ...] = ()
    tones: Sequence[Tone | None] = ()
    """The tone of each row; its sign and color are in the column `painted`."""
    painted: str = "OUTCOME"
    below: Sequence[str] = ()
    """What to type next, for the rows that need something."""


def print_list(
    context: Context,
    noun: str,
    items: list[Any],
    columns: tuple[str, ...],
    rows: Iterable[tuple[Any, ...]],
    right: tuple[str, ...] = (),
    *,
    changed: bool = False,
    more: Mapping[str, Any] | None = None,
    shown: Shown | None = None,
    empty: str = "nothing to list",
) -> None:
    """Print a list: a table as wide as the window on a terminal, tab-separated rows in a pipe, one object as JSON.

    `right` names the columns aligned to the right; `more` is what the JSON has besides the items. If stdout cannot be
    written, that is an error, because the list is all there is, unless the command has also `changed` something.
    """
    from pjterm.core.text import one_line

    context.ends()
    put = write if changed else write_result
    if context.format == "json":
        put(context.stdout, json_text(context, {"schema": f"pjterm.{noun}/1", **(more or {}), "items": items}))
    elif context.format == "ndjson":
        put(context.stdout, "".join(one_line(item) + "\n" for item in items))
    elif context.format == "csv":
        put(context.stdout, _csv(columns, rows))
    elif not context.stdout_is_terminal:
        put(context.stdout, "".join("\t".join(map(_cell, row)) + "\n" for row in rows))
    else:
        found = shown if shown is not None else Shown(columns, list(rows), right)
        if not found.rows:
            context.notice(empty)
        else:
            put(context.stdout, "".join(f"{line}\n" for line in table_lines(context, found)))


def table_lines(context: Context, shown: Shown, *, paints: bool = True) -> list[str]:
    """The lines of a table on this terminal, and what to type next; for a screen reader each value has its title.

    Without `paints` they have no escape sequences.
    """
    from pjterm.ui.columns import table
    from pjterm.ui.fitting import fold_commands
    from pjterm.ui.glyphs import glyph
    from pjterm.ui.paint import painted
    from pjterm.ui.stacked import paragraphs

    encoding = context.stdout_encoding
    width = terminal_width(context)
    rows = [[_cell(value) for value in row] for row in shown.rows]
    if context.is_read_aloud(without_profile=False):  # a list needs no profile
        lines = paragraphs(shown.columns, rows, width, cut=False)
    else:
        rows, paint = painted(shown.columns, rows, shown.painted, shown.tones, encoding, context.environ)
        room, mark = None if context.wide else width, glyph("…", encoding)
        lines = table(shown.columns, rows, shown.right, room, ids=IDS, mark=mark, paint=paint if paints else None)
    return [*lines, *(row for text in shown.below for row in fold_commands(_cell(text), width, cut=False))]


def terminal_width(context: Context) -> int:
    """The columns that a line on stdout's terminal may use."""
    from pjterm.ui.fitting import usable, window

    return usable(window(context.stdout, context.environ)[0])


def _fitted(context: Context, lines: Iterable[str]) -> Iterator[str]:
    """On a terminal, break each line at spaces; a word that is too long for a row stays whole, so it can be copied."""
    if not context.stdout_is_terminal:
        yield from lines
        return
    from pjterm.ui.fitting import fold_commands
    from pjterm.ui.stacked import labelled

    width = terminal_width(context)
    for line in lines:
        if (label := re.match(_LABEL, line)) is not None:
            yield from labelled(label[0], line[len(label[0]) :], width)
        else:
            yield from fold_commands(line, width, cut=False)


def json_text(context: Context, value: Any) -> str:
    """A JSON object for stdout: on one line, or laid out and colored for `json` on a terminal."""
    from pjterm.core.text import one_line

    if context.format == "json" and context.stdout_is_terminal:
        from pjterm.ui.json_view import pretty_json

        return pretty_json(value, context.environ)
    return one_line(value) + "\n"


def print_item(context: Context, noun: str, item: Any, lines: Iterable[str], *, changed: bool = False) -> bool:
    """Print one thing: its lines as text, or one object; `changed` as for lists. Returns `False` for a closed pipe."""
    from pjterm.core.text import harmless

    context.ends()
    put = write if changed else write_result
    if context.format in ("json", "ndjson"):
        return put(context.stdout, json_text(context, {"schema": f"pjterm.{noun}/1", "item": item}))
    return put(context.stdout, "".join(f"{line}\n" for line in _fitted(context, map(harmless, lines))))


def choose_csv(context: Context, wanted: bool) -> None:
    """Print lists as CSV; refused together with another format."""
    if wanted and context.format != "text":
        raise UsageFault("--csv: leave out --json and --output")
    context.format = "csv" if wanted else context.format


def _csv(columns: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> str:
    """CSV with a header. Text that a spreadsheet would take for a formula is preceded by an apostrophe."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([column.lower() for column in columns])
    writer.writerows([_inert(_cell(value)) for value in row] for row in rows)
    return file.getvalue()


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) and not re.fullmatch(_NUMBER, cell) else cell


def _cell(value: Any) -> str:
    from pjterm.core.text import harmless

    return "" if value is None else harmless(str(value)).replace("\t", " ")


def say_ready(context: Context, what: str, url: str, port: int) -> None:
    """Print the one line of a server that is ready."""
    from pjterm.core.text import one_line

    if context.format == "text":
        write(context.stdout, f"{what} ready {url}\n")
    else:
        write(context.stdout, one_line({"type": "ready", "url": url, "port": port}) + "\n")
