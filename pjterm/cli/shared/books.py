"""The transactions of a search, each read whole; what cannot be read is reported, and makes every total incomplete."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

import typer

from pjterm.cli.context import Context
from pjterm.errors import ApiRejected, AuthFailed, CheckFailed, PjtermError, Unavailable
from pjterm.values import dataclass, field

if TYPE_CHECKING:
    from pjterm.core.entry import Entry
    from pjterm.reports.transaction_line import Line
    from pjterm.reports.whole import Unread

PATIENCE = timedelta(seconds=5)  # for one transaction; one that is not read by then is reported
FAILURES_MOST = 3  # in a row: then the problem is not the transaction


@dataclass(slots=True)
class SearchResult:
    """What a search shows: the API's objects, the lines they make, and what is missing."""

    items: list[Any] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def by_id(self) -> dict[int, Line]:
        """The lines by transaction."""
        return {x.transaction.transaction_id: x for x in self.lines}

    def unread_ids(self) -> frozenset[int]:
        """The transactions that exist but could not be read."""
        return frozenset(u.transaction_id for u in self.unread if u.transaction_id is not None)

    def look_up(self, context: Context, number: int, *, may_be_absent: bool = False) -> None:
        """Add one by its id; one that the API does not have is left out if it `may_be_absent`."""
        from pjterm.reports import whole

        try:
            self.add(whole.read(context.api.read_transaction(number).raw))
        except (ApiRejected, AuthFailed) as error:
            if not (may_be_absent and isinstance(error, ApiRejected)):
                self.add(whole.Unread(number, f"it cannot be read: {error.message}"))

    def add(self, found: Line | Unread) -> None:
        """Add one transaction."""
        from pjterm.reports.transaction_line import Line

        if isinstance(found, Line):
            self.lines.append(found)
        else:
            self.unread.append(found)

    def json(self) -> dict[str, Any]:
        """What the JSON has besides the items."""
        named = [{"transactionId": u.transaction_id, "says": u.says} for u in self.unread]
        return {"incomplete": bool(named), "unreadable": named}

    def end(self, context: Context) -> None:
        """Report what is missing, and exit with 13 if anything is."""
        for u in self.unread:
            context.warn(f"incomplete: {u}")
        if self.unread:
            raise typer.Exit(CheckFailed.exit_code)


def read_books(
    context: Context,
    parameters: dict[str, str],
    limit: int | None = None,
    fits: Callable[[Line | Unread], bool] = lambda _: True,
) -> SearchResult:
    """All results of a search, or the first `limit`, that fit what was asked for, whatever its filters did."""
    from pjterm.api.listing import ListMoved, everything
    from pjterm.reports.whole import Unread

    found = SearchResult()
    items = everything(context.api, "/transactions", parameters, _name)
    try:
        for item in islice(_whole(context, items, found, fits), limit):
            found.items.append(item)
    except ListMoved as moved:
        found.unread.append(Unread(None, f"{moved.message}; some may be missing"))
    return found


def _name(item: Any) -> object:
    """The identity of an item: its id or, if that cannot be read, its whole content."""
    return _id(item) or repr(item)


def _id(item: Any) -> int | None:
    from pjterm.core.wire import number

    return number(item.get("transactionId")) if isinstance(item, dict) else None


def _whole(
    context: Context, items: Iterator[Any], into: SearchResult, fits: Callable[[Line | Unread], bool]
) -> Iterator[Any]:
    """Each item that fits, read by its id if it is incomplete; stops after several in a row that cannot be read."""
    from pjterm.reports import whole

    failed = 0
    for item in items:
        found, number = whole.read(item), _id(item)
        if number is not None and whole.is_trimmed(item):
            item, found, error = _read_whole(context, item, number)
            failed = 0 if error is None else failed + isinstance(error, Unavailable)
            if error is not None and failed >= FAILURES_MOST:
                raise error
        if fits(found):
            into.add(found)
            yield item


def _read_whole(context: Context, item: Any, number: int) -> tuple[Any, Line | Unread, PjtermError | None]:
    """A trimmed item read again by its id: the object, its line, and why it could not be read."""
    from pjterm.reports import whole

    try:
        item = context.api.read_transaction(number, PATIENCE).raw
    except (ApiRejected, AuthFailed, Unavailable) as error:
        return item, whole.Unread(number, f"it cannot be read whole: {error.message}"), error
    return item, whole.read(item), None


def owners_of(context: Context, ids: Iterable[int]) -> dict[int, Entry]:
    """The journal's entries that booked these transactions."""
    environment = context.scope.environment
    found = ((i, context.journal.owners_by_id(i, environment)) for i in ids)
    return {i: entries[0] for i, entries in found if entries}


def makers_of(context: Context, lines: Iterable[Line]) -> dict[int, Entry]:
    """The entries that made these transactions: those that booked them, and those whose earlier card was declined."""
    from pjterm.core.model import Kind

    owners = owners_of(context, [x.transaction.transaction_id for x in lines])
    for t in (x.transaction for x in lines):
        if t.transaction_id in owners or t.raw.get("service") != "SMART_TERMINAL" or not t.invoice_number:
            continue
        named = [e for e in context.journal.same_invoice(context.scope, t.invoice_number) if e.kind is Kind.PAYMENT]
        if len(named) == 1:
            owners[t.transaction_id] = named[0]
    return owners


def readers(owners: Mapping[int, Entry]) -> dict[int, str]:
    """The reader of each transaction; a linked refund has none."""
    from pjterm.cli.shared.recorded import readers_of

    names = readers_of(owners.values())
    return {i: names[e.id] for i, e in owners.items() if e.id in names}


def sellers(owners: Mapping[int, Entry]) -> dict[int, str]:
    """The seller of each transaction."""
    return {i: e.by for i, e in owners.items() if e.by}
