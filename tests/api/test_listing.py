"""Lists that change while they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pytest

from pjterm.api.listing import ListMoved, everything

T = TypeVar("T")


class Moving:
    """A list, newest first, that `change` alters before each further page."""

    def __init__(self, items: list[int], change: Callable[[list[int]], None] = lambda _: None, most: int = 50) -> None:
        self.items = items
        self.change = change
        self.most = most
        self.asked: list[int] = []

    def page(self, url: str, query: Mapping[str, str] | None = None) -> tuple[list[Any], str | None]:
        assert query is not None
        offset = int(query.get("offset", 0))
        if self.asked:
            self.change(self.items)
        self.asked.append(offset)
        page = self.items[offset : offset + self.most]
        return page, url if offset + self.most < len(self.items) else None

    def patiently(self, read: Callable[[], T]) -> T:
        return read()


def listed(moving: Moving) -> list[int]:
    return list(everything(moving, "/transactions", {}, lambda item: item))


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 98, 99, 100, 101, 250])
def test_each_item_of_an_unchanged_list_comes_once_and_in_order(count: int) -> None:
    items = list(range(count, 0, -1))

    assert items == listed(Moving(list(items)))


@pytest.mark.parametrize("arriving", [1, 10, 49, 50, 60])
def test_new_items_hide_none(arriving: int) -> None:
    items = list(range(200, 0, -1))
    new = iter(range(201, 100_000))

    def book(there: list[int]) -> None:
        if len(there) < 200 + 3 * arriving:
            there[:0] = sorted((next(new) for _ in range(arriving)), reverse=True)

    found = listed(Moving(list(items), book))

    assert (set(items), len(found)) == (set(items) & set(found), len(set(found)))


def test_removed_items_hide_none() -> None:
    """A filter no longer matches some of the first page, so all others move up."""
    items = list(range(200, 0, -1))
    left = [200, 199, 198]

    def leave(there: list[int]) -> None:
        if left:
            there.remove(left.pop())

    assert set(items) == set(listed(Moving(list(items), leave)))


def test_a_list_that_keeps_changing_says_so_after_what_was_read() -> None:
    moving = everything(Moving(list(range(5000, 0, -1)), lambda there: there.__delitem__(slice(0, 60))), "/x", {}, str)
    found: list[int] = []

    with pytest.raises(ListMoved):
        found.extend(moving)

    assert list(range(5000, 4950, -1)) == found[:50]


def test_a_full_page_without_a_next_link_is_not_taken_for_the_last() -> None:
    class Silent(Moving):
        def page(self, url: str, query: Mapping[str, str] | None = None) -> tuple[list[Any], str | None]:
            return super().page(url, query)[0], None

    items = list(range(120, 0, -1))

    assert items == listed(Silent(list(items)))


def test_a_service_with_smaller_pages_is_read_completely() -> None:
    items = list(range(120, 0, -1))

    assert items == listed(Moving(list(items), most=15))


def test_a_service_that_always_names_a_next_page_is_not_read_forever() -> None:
    class Endless(Moving):
        def page(self, url: str, query: Mapping[str, str] | None = None) -> tuple[list[Any], str | None]:
            return super().page(url, query)[0], url

    items = list(range(70, 0, -1))
    endless = Endless(list(items))

    assert items == listed(endless)
    assert len(endless.asked) < 5
