"""Reading a long list while it moves.

Lists are sorted newest first and paged by offset (PAGE). A new item pushes others onto the next page, so they come
twice; an item that a filter no longer matches pulls others onto a page that was already read, so they would never
come. So each page begins with the last item of the one before; if it does not, the list is read again from the start.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, Protocol, TypeVar

from pjterm.api.acts import about
from pjterm.api.reads import PAGE, PAGES_MOST
from pjterm.errors import AnswerLost

T = TypeVar("T")
BEGINNINGS = 4
"""How often to start reading a list that moves."""


class ListMoved(AnswerLost):
    """A list was read to its end, but items may have been missed."""


class Pages(Protocol):
    """What reads one page, again and again where that fails."""

    def page(self, url: str, query: Mapping[str, str] | None = None) -> tuple[list[Any], str | None]: ...

    def patiently(self, read: Callable[[], T]) -> T: ...


def everything(api: Pages, path: str, params: Mapping[str, str], name: Callable[[Any], object]) -> Iterator[Any]:
    """Each item of a list once; `name` identifies an item. Raises `ListMoved` after what could be read."""
    seen: set[object] = set()
    for _ in range(BEGINNINGS):
        if (yield from _once(api, path, params, name, seen)):
            return
    raise ListMoved(f"{about('GET', path)[0]} changed faster than it could be read")


def _once(
    api: Pages, path: str, params: Mapping[str, str], name: Callable[[Any], object], seen: set[object]
) -> Generator[Any, None, bool]:
    """Read from the first page on; return `False` as soon as something may be missing between two pages."""
    offset = 0
    for _ in range(PAGES_MOST):
        items, following = _page(api, path, params, offset)
        named = {name(item): item for item in items}
        if offset and seen.isdisjoint(named):
            return False
        new = {one: item for one, item in named.items() if one not in seen}
        seen.update(new)
        yield from new.values()
        if len(items) < PAGE and (following is None or not new):  # a full page may be the last one without saying so
            return True
        offset += max(1, len(items) - 1)
    raise AnswerLost(f"{about('GET', path)[0]}: more than {PAGES_MOST} pages")


def _page(api: Pages, path: str, params: Mapping[str, str], offset: int) -> tuple[list[Any], str | None]:
    query = {**params, "limit": str(PAGE)} | ({"offset": str(offset)} if offset else {})
    return api.patiently(lambda: api.page(path, query))
