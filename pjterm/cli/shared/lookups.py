"""What several commands look up: transactions by id and filter, entries by name, days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from pjterm.cli.context import Context
from pjterm.errors import PjtermError, UsageFault

if TYPE_CHECKING:
    from pjterm.core.entry import Entry

READ_PATIENCE = timedelta(seconds=60)  # many pages, each at most 15 s and all at the API's pace


def read_all(context: Context, parameters: dict[str, str], limit: int | None = None) -> list[Any]:
    """All pages of a search, or the first `limit` items."""
    api = context.api
    until = context.clock.now() + READ_PATIENCE
    return api.retrying(lambda: list(islice(_objects(api.pages("/transactions", parameters)), limit)), until)


def _objects(found: Iterator[Any]) -> Iterator[Any]:
    return (item for item in found if isinstance(item, dict))


def transaction_id(text: str, what: str) -> int:
    """A transaction's id as it is typed."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and int(text) > 0):
        raise UsageFault(f"{what}: {text!r} is no transaction id")
    return int(text)


def check_request_id(text: str) -> None:
    """A request id goes into a path: letters, digits and dashes only."""
    if not 1 <= len(text) <= 64 or not all(c.isascii() and (c.isalnum() or c == "-") for c in text):
        raise UsageFault(f"REQUEST_ID: {text!r} is not a request id (letters, digits and dashes)")


def find_entry(context: Context, name: str) -> Entry:
    """The entry a person means, by key or request id."""
    found = context.journal.find(name, context.scope)
    if found:
        return found[0]
    raise UsageFault(f"the journal knows no key or request {name!r}", hint="see: pjterm requests list")


def find_anywhere(context: Context, name: str) -> Entry:
    """By key or request id; the profile in use comes first, but reading needs none, nor a config file."""
    found = context.journal.find(name)
    in_use = profile_in_use(context)
    mine = [e for e in found if e.profile == in_use]
    if mine or found:
        return (mine or found)[0]
    raise UsageFault(f"the journal knows no key or request {name!r}", hint="see: pjterm requests list")


def profile_in_use(context: Context) -> str | None:
    try:
        return context.profile.name
    except PjtermError:
        if context.names_profile():
            raise
        return None
