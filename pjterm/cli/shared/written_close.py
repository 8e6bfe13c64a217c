"""A printed close: lines on a terminal, and always the same columns in a pipe and as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pjterm.cli.context import Context
from pjterm.cli.shared.printing import Shown, print_item, print_list, table_lines
from pjterm.cli.shared.takings import for_person, shown_keys, titles, with_totals
from pjterm.core.text import with_environment
from pjterm.reports.takings import outcome_word

if TYPE_CHECKING:
    from pjterm.journal.rows import Close

_CARRIED = ("carriedFrom", "transactionId")
"""Further columns, used only for what is carried."""


def print_close(context: Context, written: Close) -> None:
    """The close on stdout; in a pipe and as CSV its head goes to stderr."""
    d = written.document
    if context.format == "csv" or (context.format == "text" and not context.stdout_is_terminal):
        print_list(context, "close", [], *_every_column(d), changed=True)
        context.notice(_head(d))
    else:
        print_item(context, "close", d, _lines(context, d), changed=True)


def _head(d: Mapping[str, Any]) -> str:
    begin, end = (datetime.fromisoformat(d[name]).isoformat(" ", "minutes") for name in ("begin", "end"))
    return f"close {d['number']}: {begin} to {end} ({d['timezone']})" + (", INCOMPLETE" if d["incomplete"] else "")


def _every_column(d: Mapping[str, Any]) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Titles and rows: the takings, what is carried with its change in the net as the total, and the totals."""
    names = shown_keys(d["items"], by_operator=True, everything=True)
    rows = [{"outcome": outcome_word(c["action"], c["outcome"]), "count": 1, "amountTotal": c["difference"],
             "carriedFrom": c["day"], "transactionId": c["transactionId"]} for c in d["carried"]]  # fmt: skip
    rows += [{"outcome": word, "amountTotal": amount} for word, amount in d["totals"].items()]
    columns = [*names, *_CARRIED]
    return (*titles(names), "CARRIED_FROM", "TRANSACTION"), [
        tuple(item.get(name) for name in columns) for item in (*d["items"], *rows)
    ]


def _lines(context: Context, d: Mapping[str, Any]) -> Iterable[str]:
    """For people: what was closed, its takings, what is carried, and the place in the journal."""
    yield _head(d)
    closed = context.calendar.local(datetime.fromisoformat(d["closedAt"]))
    by = f" by {d['by']}" if d["by"] else ""
    yield f"{with_environment(d['profile'], d['environment'])}, closed {closed:%Y-%m-%d %H:%M}{by}"
    yield from ("", *table_lines(context, Shown(*_table(d)), paints=False), "")
    for c in d["carried"]:
        before = "not in that close" if c["before"] is None else f"was {_state(c, c['before'])}"
        yield f"carried from {c['day']}: transaction {c['transactionId']} {_state(c, c)} ({before})"
    for says in d["differences"]:
        yield f"incomplete: {says}"
    for says in d.get("accepted", []):
        yield f"two sales, as you said: {says}"
    yield f"journal: link {d['head']['link']}, {d['head']['hash'][:16]}"


def _state(c: Mapping[str, Any], then: Mapping[str, Any]) -> str:
    return f"{outcome_word(c['action'], then['outcome'])} ${then['amountTotal']}"


def _table(d: Mapping[str, Any]) -> tuple[tuple[str, ...], list[tuple[Any, ...]], tuple[str, ...]]:
    """The takings on a terminal: only columns with values, and no totals of carried if nothing is carried."""
    names = shown_keys(d["items"], by_operator=any(i["by"] for i in d["items"]), everything=False)
    totals = {word: amount for word, amount in d["totals"].items() if d["carried"] or "arried" not in word}
    return for_person(names, with_totals(names, [tuple(i[name] for name in names) for i in d["items"]], totals))
