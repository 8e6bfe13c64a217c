"""The simulator's file on a full disk: reported in plain words, and resolved once there is room."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from pjterm.errors import Unavailable, UsageFault
from pjterm.simulator.api.world import World
from pjterm.simulator.server.http_server import Server
from pjterm.simulator.shop.moment import Setting
from tests.simulator.driver import Driver


class Disk:
    """A disk that accepts no more pages until there is room."""

    def __init__(self) -> None:
        self.opened: list[sqlite3.Connection] = []

    def connect(self, path: object, **how: Any) -> sqlite3.Connection:
        self.opened.append(sqlite3.connect(str(path), **how))
        return self.opened[-1]

    def fill(self) -> None:
        """SQLite takes the current number of pages for the smallest possible limit."""
        self.opened[-1].execute("PRAGMA max_page_count = 1")

    def make_room(self) -> None:
        self.opened[-1].execute("PRAGMA max_page_count = 100000")


class Breaking(sqlite3.Connection):
    """A file whose pages are damaged from some time on."""

    broken = False

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if self.broken:
            error = sqlite3.DatabaseError("database disk image is malformed")
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error
        return super().execute(sql, *values)


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def shop(tmp_path: Path, disk: Disk) -> Driver:
    shop = Driver(tmp_path)
    shop.world.close()
    shop.world = World(tmp_path, lambda: shop.now, Setting(), disk.connect)
    disk.fill()
    return shop


def pay_until_it_is_full(shop: Driver) -> tuple[int, Unavailable]:
    for paid in range(1000):
        try:
            shop.paid(invoiceNumber=str(paid))
        except Unavailable as full:
            return paid, full
    raise AssertionError("the disk was never full")


def test_a_full_disk_is_unavailable_and_the_books_continue_once_there_is_room(shop: Driver, disk: Disk) -> None:
    paid, full = pay_until_it_is_full(shop)
    disk.make_room()
    shop.paid(invoiceNumber="after")
    with shop.world.moment() as m:
        invoices = {t["invoiceNumber"] for t in m.books.transactions()}
    shop.world.close()

    assert full.message.endswith("simulator.sqlite cannot be used: database or disk is full")
    assert full.hint == "free space or change its permissions (PJTERM_STATE_DIR names another directory)"
    assert {*map(str, range(paid)), "after"} <= invoices


def test_a_file_that_breaks_during_use_is_named(tmp_path: Path) -> None:
    opened: list[Breaking] = []

    def connect(path: Path, **how: Any) -> Breaking:
        opened.append(sqlite3.connect(path, factory=Breaking, **how))
        return opened[-1]

    world = World(tmp_path, lambda: 0.0, Setting(), connect)
    opened[0].broken = True
    with pytest.raises(UsageFault, match="cannot be used: database disk image is malformed") as caught:
        world.tick()
    world.close()

    assert caught.value.hint == "move it away; a new one is made"


def test_a_server_reports_its_full_disk_once(shop: Driver, disk: Disk, caplog: pytest.LogCaptureFixture) -> None:
    """Not at each poll, and without a traceback."""
    pay_until_it_is_full(shop)

    async def tries() -> None:
        server = Server(shop.world)
        for _ in range(3):
            with pytest.raises(Unavailable):
                await server.work(lambda: shop.paid(invoiceNumber="more"))
        disk.make_room()
        await server.work(lambda: shop.paid(invoiceNumber="after"))
        await server.stop()

    with caplog.at_level(logging.WARNING):
        asyncio.run(tries())

    said = [r.getMessage() for r in caplog.records]

    assert len(said) == 1
    assert said[0].endswith("simulator.sqlite cannot be used: database or disk is full; trying on")
