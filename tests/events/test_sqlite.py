"""What only the SQLite store can get wrong: files, locks, full disks, query plans."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from pjterm.errors import Unavailable
from pjterm.events.event import Arrival
from pjterm.events.sqlite.faults import unusable
from pjterm.events.sqlite.lock import StoreLock
from pjterm.events.sqlite.rows import select
from pjterm.events.sqlite.store import SqliteStore
from pjterm.events.store import Due, Filters
from tests.events.test_store import arrival, removal
from tests.relay.speak import body
from tests.system.test_locks import without_locks


def test_the_files_are_private(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "deep" / "events.sqlite")
    store.append([arrival()])
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "deep").iterdir()}
    store.close()

    assert modes == dict.fromkeys(
        [f"events.sqlite{end}" for end in ("", "-wal", "-shm", ".lock", ".index", ".index-wal", ".index-shm")],
        0o600,
    )


def test_every_commit_is_synced_and_logged_ahead(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "events.sqlite")
    modes = [store._writer.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    store.close()

    assert modes == ["wal", 2]


def test_events_survive_closing_and_opening(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "events.sqlite")
    once = arrival()
    store.append([once, arrival()])
    store.close()
    store = SqliteStore(tmp_path / "events.sqlite")
    kept = store.append([once, arrival()])
    store.close()

    assert [(k.cursor, k.new) for k in kept] == [(1, False), (3, True)]


def test_after_a_kill_at_any_step_of_the_first_start_the_next_one_works(tmp_path: Path) -> None:
    """The files are copied at each statement, in the state that kill -9 would leave."""
    killed = 0

    class Watched(SqliteStore):
        def _connect(self) -> sqlite3.Connection:
            db = super()._connect()
            db.set_trace_callback(self._copy)
            return db

        def _copy(self, _: str) -> None:
            nonlocal killed
            left = tmp_path / f"killed-{killed}"
            left.mkdir()
            for file in (tmp_path / "whole").glob("events.sqlite*"):
                if not file.name.endswith(("-shm", ".lock")):
                    shutil.copy(file, left)
            killed += 1

    Watched(tmp_path / "whole" / "events.sqlite").close()
    stored = []
    for n in range(killed):
        store = SqliteStore(tmp_path / f"killed-{n}" / "events.sqlite")
        store.append([arrival(body(request="r"))])
        stored.append(len(store.read(0, 10, Filters(request_id="r"))))
        store.close()

    assert killed > 20
    assert stored == [1] * killed


def test_a_second_writer_is_refused_and_the_holder_named(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "events.sqlite")
    with pytest.raises(Unavailable, match=rf"in use by another relay \(process {os.getpid()}\)") as caught:
        SqliteStore(tmp_path / "events.sqlite")
    store.close()

    assert caught.value.hint is not None
    SqliteStore(tmp_path / "events.sqlite").close()


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_there_is_only_one_writer_even_without_file_locks(tmp_path: Path, code: int) -> None:
    path = tmp_path / "events.sqlite.lock"
    first = StoreLock(path, "the event store", without_locks(path, code))
    with pytest.raises(Unavailable, match=f"in use by another relay .process {os.getpid()} on"):
        StoreLock(path, "the event store", without_locks(path, code))
    first.release()
    StoreLock(path, "the event store", without_locks(path, code)).release()

    assert list(tmp_path.iterdir()) == [path]


def test_a_lock_that_is_a_link_or_fails_is_named(tmp_path: Path) -> None:
    """A planted link would let a second relay write to the same store."""
    path = tmp_path / "events.sqlite.lock"
    with pytest.raises(Unavailable, match="cannot lock the event store: Input/output error"):
        StoreLock(path, "the event store", without_locks(path, errno.EIO))
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unavailable, match="cannot lock the event store"):
        StoreLock(path, "the event store")

    assert not (tmp_path / "elsewhere").exists()


def test_readers_see_a_store_while_a_relay_writes_and_after_it_ended(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "events.sqlite")
    store.append([arrival()])
    reader = SqliteStore(tmp_path / "events.sqlite", readonly=True)
    store.append([arrival()])
    seen = [reader.newest()]
    reader.close()
    store.close()
    reader = SqliteStore(tmp_path / "events.sqlite", readonly=True)
    seen.append(len(reader.read(0, 10)))
    reader.close()

    assert seen == [2, 2]


def test_a_missing_unrelated_or_newer_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a database, but long enough to be looked at" * 50)
    SqliteStore(tmp_path / "newer").close()
    db = sqlite3.connect(tmp_path / "newer")
    db.execute("PRAGMA user_version = 99")
    db.close()

    with pytest.raises(Unavailable, match="absent"):
        SqliteStore(tmp_path / "absent", readonly=True)
    with pytest.raises(Unavailable, match="text cannot be used"):
        SqliteStore(tmp_path / "text")
    with pytest.raises(Unavailable, match="format 99"):
        SqliteStore(tmp_path / "newer")


def test_a_group_that_does_not_fit_is_rejected_as_a_whole_until_there_is_room(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "events.sqlite")
    store._writer.execute("PRAGMA max_page_count = 45")  # as on a full disk
    big = [arrival(body(filler="x" * 60_000)) for _ in range(3)]
    store.append(big[:1])
    with pytest.raises(Unavailable, match="full"):
        store.append(big[1:])
    after_failure = (store.newest(), [e.cursor for e in store.read(0, 10)])
    small = store.append([arrival()])[0]
    store.age(removal(10**13), 10)
    again = store.append(big[1:2])[0]
    store.close()

    assert after_failure == (1, [1])
    assert (small.cursor, again.cursor, again.new) == (2, 3, True)


@pytest.mark.parametrize(
    ("name", "free", "says"),
    [
        ("SQLITE_FULL", 10**9, "the disk is full"), ("SQLITE_IOERR_SHMSIZE", 10**9, "the disk is full"),
        ("SQLITE_READONLY", 0, "the disk is full"), ("SQLITE_CANTOPEN", 40_000, "the disk is full"),
        ("SQLITE_CANTOPEN", 10**9, "SQLite's words"), ("SQLITE_CORRUPT", 0, "SQLite's words"),
    ],
)  # fmt: skip
def test_a_full_disk_is_reported_as_such_whatever_sqlite_could_not_do(
    tmp_path: Path, name: str, free: int, says: str
) -> None:
    error = sqlite3.OperationalError("SQLite's words")
    error.sqlite_errorname = name
    said = unusable(tmp_path / "events.sqlite", error, lambda _: free)

    assert said.message == f"the event store {tmp_path / 'events.sqlite'} cannot be used: {says}"
    assert (said.hint is not None) is (says == "the disk is full")


def test_an_unwritable_store_says_what_to_type(tmp_path: Path) -> None:
    error = sqlite3.OperationalError("attempt to write a readonly database")
    error.sqlite_errorname = "SQLITE_READONLY"
    said = unusable(tmp_path / "events.sqlite", error, lambda _: 10**9, lambda _: "it is write-protected")

    assert said.message.endswith("cannot be used: it is write-protected")


def test_a_full_store_says_so_and_accepts_events_again_after_a_removal(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "events.sqlite", max_bytes=1_000_000)

    def fill() -> None:
        while True:
            store.append([arrival(body(filler="x" * 1_000), at=10) for _ in range(50)])

    with pytest.raises(Unavailable, match=r"is full: .* --max-size is 1,000,000") as caught:
        fill()
    full, kept = store.describe(), store.newest()
    while store.age(removal(100), 100):
        continue
    again = store.append([arrival()])[0]
    store.close()

    assert "--retention" in str(caught.value.hint)
    assert 1_000_000 <= full["bytes"] < 1_200_000
    assert full["maxBytes"] == 1_000_000
    assert again.cursor == kept + 1


@pytest.mark.parametrize("reopened", [False, True])
def test_a_removed_event_is_recognized_until_its_hash_is_forgotten(tmp_path: Path, reopened: bool) -> None:
    store = SqliteStore(tmp_path / "events.sqlite")
    once = arrival(at=10)
    store.append([once])
    store.age(Due(100, cut_ms=0, remove_ms=50, forget_ms=5), 10)
    if reopened:
        store.close()
        (tmp_path / "events.sqlite.index").unlink()
        store = SqliteStore(tmp_path / "events.sqlite")
    known = store.append([once])[0]
    store.age(Due(100, cut_ms=0, remove_ms=50, forget_ms=50), 10)
    forgotten = store.append([once])[0]
    store.close()

    assert (known.cursor, known.new) == (1, False)
    assert (forgotten.cursor, forgotten.new) == (2, True)


@pytest.mark.parametrize("due", [Due(100, cut_ms=50), Due(100, cut_ms=0, remove_ms=50)])
def test_typed_values_are_in_no_file_after_they_are_shortened_or_removed(tmp_path: Path, due: Due) -> None:
    """Neither in free pages nor in the write-ahead log, while the store is open."""
    store = SqliteStore(tmp_path / "events.sqlite")
    store.append([private("8006010230"), *(arrival(at=200) for _ in range(50))])
    before = [path.name for path in tmp_path.iterdir() if b"8006010230" in path.read_bytes()]
    while store.age(due, 10):
        continue
    after = [path.name for path in tmp_path.iterdir() if b"8006010230" in path.read_bytes()]
    store.close()

    assert before != []
    assert after == []


def private(value: str) -> Arrival:
    return replace(arrival(body(inputValue=value), at=10), private=True)


def test_a_store_of_format_1_is_converted_with_every_event(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite"
    kept = [arrival(at=10), private("8006010230"), arrival(body(promptButton="Yes"), at=10)]
    store = SqliteStore(path)
    store.append(kept)
    store.close()
    db = sqlite3.connect(path)
    db.executescript(
        "DROP INDEX event_private; ALTER TABLE event DROP COLUMN private; DROP TABLE gone; PRAGMA user_version = 1;"
    )
    db.close()
    with pytest.raises(Unavailable, match="made by an earlier pjterm"):
        SqliteStore(path, readonly=True)
    store = SqliteStore(path, now=lambda: 10)
    found = [event.arrival for event in store.read(0, 10)]
    again = store.append(kept)
    store.close()

    assert found == kept
    assert [one.new for one in again] == [False] * 3


@pytest.mark.parametrize("rows", [1, 2, 3, 255, 256, 257, 500])
def test_groups_of_any_size_are_stored_completely_and_in_order(tmp_path: Path, rows: int) -> None:
    store = SqliteStore(tmp_path / "events.sqlite")
    sent = [arrival(at=n) for n in range(rows)]
    kept = store.append(sent)
    found = store.read(0, 1000)
    store.close()

    assert [k.cursor for k in kept] == list(range(1, rows + 1))
    assert [e.arrival for e in found] == sent


def test_threads_read_while_one_writes(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "events.sqlite")
    seen: list[int] = []

    def read() -> None:
        while not seen or seen[-1] < 50:
            seen.append(len(store.read(0, 1000)))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(50):
        store.append([arrival()])
    reader.join(10)
    store.close()

    assert seen == sorted(seen)
    assert seen[-1] == 50


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        (Filters(), "PRIMARY KEY"),
        (Filters(request_id="r"), "SEARCH found USING PRIMARY KEY"),
        (Filters(profile="p", request_id="r", type="t"), "SEARCH found USING PRIMARY KEY"),
        (Filters(type="t", profile="p"), "event_type"),
        (Filters(profile="p"), "event_profile"),
    ],
)
def test_every_filter_is_served_by_an_index_without_sorting(tmp_path: Path, filters: Filters, index: str) -> None:
    """With millions of events this is the difference between a page and a scan."""
    store = SqliteStore(tmp_path / "events.sqlite")
    query, values = select(filters, 0, 9, 9)
    rows = store._reader().execute(f"EXPLAIN QUERY PLAN {query}", values)
    plan = " ".join(str(row[3]) for row in rows)
    store.close()

    assert index in plan
    assert "TEMP B-TREE" not in plan


def test_a_store_has_one_writer_by_any_of_its_names(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "events.sqlite")
    other = tmp_path / "other.sqlite"
    other.symlink_to(tmp_path / "events.sqlite")
    with pytest.raises(Unavailable, match=rf"in use by another relay \(process {os.getpid()}\)"):
        SqliteStore(other)
    store.close()


def test_events_whose_cursors_a_second_writer_took_are_refused_and_not_lost(tmp_path: Path) -> None:
    """The lock file was removed beside a running relay, so another one could start."""
    one = SqliteStore(tmp_path / "events.sqlite")
    (tmp_path / "events.sqlite.lock").unlink()
    two = SqliteStore(tmp_path / "events.sqlite")
    two.append([arrival()])
    with pytest.raises(Unavailable, match="another relay writes"):
        one.append([arrival()])
    two.append([arrival()])
    kept = len(two.read(0, 10))
    two.close()
    one.close()

    assert kept == 2


@pytest.mark.parametrize("ending", ["", "-wal"])
@pytest.mark.parametrize("replaced", [False, True])
def test_nothing_is_stored_in_a_file_that_was_removed_or_replaced(tmp_path: Path, ending: str, replaced: bool) -> None:
    path = tmp_path / "events.sqlite"
    store = SqliteStore(path)
    store.append([arrival()])
    file = tmp_path / f"events.sqlite{ending}"
    copy = file.read_bytes()
    file.rename(tmp_path / "elsewhere")
    if replaced:
        file.write_bytes(copy)
    with pytest.raises(Unavailable, match="was removed or replaced while the relay runs"):
        store.append([arrival()])
    store.close()
