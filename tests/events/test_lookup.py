"""The index beside the store: it may be lost, late, from elsewhere or broken, but no lookup is wrong."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from pjterm.errors import Unavailable
from pjterm.events.sqlite import lookup
from pjterm.events.sqlite.store import SqliteStore
from pjterm.events.store import Due, Filters
from tests.events.test_store import arrival, removal
from tests.relay.speak import body


def index_of(path: Path) -> Path:
    return path.with_name(path.name + ".index")


def filled(path: Path) -> list[bytes]:
    """A closed store with five events of request `r`, and their bodies."""
    sent = [arrival(body(request="r", status=f"S{n}")) for n in range(5)]
    store = SqliteStore(path)
    store.append(sent)
    store.close()
    return [one.body for one in sent]


def set_boot(path: Path, boot: str) -> None:
    db = sqlite3.connect(path)
    db.execute("UPDATE store SET index_boot = ?", (boot,))
    db.commit()
    db.close()


def empty_index(path: Path) -> None:
    """The index as a power cut may leave it: every entry gone, but still claiming to cover them."""
    db = sqlite3.connect(index_of(path))
    db.execute("DELETE FROM identity")
    db.execute("DELETE FROM request")
    db.commit()
    db.close()


def remove(path: Path) -> None:
    index_of(path).unlink()


def garble(path: Path) -> None:
    index_of(path).write_bytes(os.urandom(8192))


def from_another_store(path: Path) -> None:
    other = path.with_name("other.sqlite")
    filled(other)
    index_of(path).write_bytes(index_of(other).read_bytes())


def machine_went_down(path: Path) -> None:
    empty_index(path)
    set_boot(path, "another-boot")


def machine_without_boot_id_went_down(path: Path) -> None:
    empty_index(path)
    set_boot(path, "")


@pytest.mark.parametrize(
    "harm", [remove, garble, from_another_store, machine_went_down, machine_without_boot_id_went_down]
)
def test_a_lost_index_is_rebuilt_before_new_events_are_accepted(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    path = tmp_path / "events.sqlite"
    bodies = filled(path)
    harm(path)
    store = SqliteStore(path)
    again = store.append([arrival(bodies[3])])[0]
    found = [e.arrival.body for e in store.read(0, 10, Filters(request_id="r"))]
    store.close()

    assert (again.cursor, again.new) == (4, False)
    assert found == bodies
    assert index_of(path).stat().st_mode & 0o777 == 0o600


def damage(path: Path) -> None:
    """Overwrite every page of the index except the first ones, which identify it."""
    raw = bytearray(index_of(path).read_bytes())
    for page in range(5 * 1024, len(raw) - 1024, 1024):
        raw[page : page + 16] = b"\xff" * 16
    index_of(path).write_bytes(raw)


@pytest.mark.parametrize("work", ["append", "age", "catch up"])
def test_an_index_with_damaged_pages_is_rebuilt_when_they_are_read(tmp_path: Path, work: str) -> None:
    path = tmp_path / "events.sqlite"
    store = SqliteStore(path)
    sent = [arrival(body(request=f"r{n}")) for n in range(2_000)]
    store.append(sent)
    store.close()
    damage(path)
    if work == "catch up":
        db = sqlite3.connect(path)
        db.execute(
            "INSERT INTO event SELECT 2001, same_id_as, deliveries, profile, verified, received_ms, event_id, type, "
            "request_id, status, body, headers, id_hash, body_hash, request_hash, private FROM event WHERE cursor = 1"
        )
        db.commit()
        db.close()
    store = SqliteStore(path)
    if work == "age":
        store.age(removal(2_000), 10)
    else:
        store.read(0, 1)  # a connection with the damaged index attached
    again = [kept.new for kept in store.append(sent[100:110])]
    new = store.append([arrival(body(request="new"))])
    found = [e.cursor for name in ("r1500", "new") for e in store.read(0, 10, Filters(request_id=name))]
    store.close()

    assert again == [False] * 10
    assert found == [1501, new[0].cursor]


@pytest.mark.parametrize("readonly", [False, True])
def test_a_query_through_a_damaged_index_succeeds_without_it(tmp_path: Path, readonly: bool) -> None:
    path = tmp_path / "events.sqlite"
    store = SqliteStore(path)
    store.append([arrival(body(event_id=f"e{n}", request=f"r{n}")) for n in range(2_000)])
    store.close()
    damage(path)
    store = SqliteStore(path, readonly=readonly)
    found = [e.cursor for n in range(1_000, 1_020) for e in store.read(0, 10, Filters(request_id=f"r{n}"))]
    place = store.locate("labs", "e1500")
    store.close()

    assert (found, place) == ([*range(1_001, 1_021)], 1_501)


def test_an_index_left_open_by_a_killed_process_is_trusted_and_catches_up(tmp_path: Path) -> None:
    """The machine did not go down, so everything written is there; missing entries are added."""
    path = tmp_path / "events.sqlite"
    bodies = filled(path)
    db = sqlite3.connect(index_of(path))
    db.execute("DELETE FROM identity WHERE cursor > 2")
    db.execute("DELETE FROM request WHERE cursor > 2")
    db.execute("UPDATE covered SET cursor = 2")
    db.commit()
    db.close()
    set_boot(path, lookup.boot())
    store = SqliteStore(path)
    kept = store.append([arrival(text) for text in bodies])
    found = [e.arrival.body for e in store.read(0, 10, Filters(request_id="r"))]
    store.close()

    assert [k.new for k in kept] == [False] * 5
    assert found == bodies


def test_a_reader_finds_events_that_the_index_does_not_cover(tmp_path: Path) -> None:
    """`events list` beside a store whose relay was killed between the commit and the index."""
    path = tmp_path / "events.sqlite"
    bodies = filled(path)
    db = sqlite3.connect(index_of(path))
    db.execute("DELETE FROM request WHERE cursor > 3")
    db.execute("UPDATE covered SET cursor = 3")
    db.commit()
    db.close()
    reader = SqliteStore(path, readonly=True)
    found = reader.read(0, 10, Filters(request_id="r", profile="labs", type="SMARTTERMINAL_REQUEST"))
    after = reader.read(3, 1, Filters(request_id="r"))
    reader.close()

    assert [e.arrival.body for e in found] == bodies
    assert [e.cursor for e in after] == [4]


def test_a_reader_works_without_an_index(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite"
    bodies = filled(path)
    remove(path)
    reader = SqliteStore(path, readonly=True)
    found = reader.read(0, 10, Filters(request_id="r"))
    reader.close()

    assert [e.arrival.body for e in found] == bodies
    assert not index_of(path).exists()


def test_a_reader_ignores_the_index_of_a_store_that_was_replaced_by_a_backup(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite"
    bodies = filled(path)
    backup = path.read_bytes()
    for file in tmp_path.glob("events.sqlite*"):
        file.unlink()
    store = SqliteStore(path)
    store.append([arrival() for _ in range(9)])
    store.close()
    path.write_bytes(backup)
    reader = SqliteStore(path, readonly=True)
    found = reader.read(0, 10, Filters(request_id="r"))
    late = reader.locate(found[0].arrival.profile, found[0].arrival.event_id) if found else None
    reader.close()

    assert [e.arrival.body for e in found] == bodies
    assert late == 1


def test_an_unwritable_index_loses_nothing_and_stops_new_events(tmp_path: Path) -> None:
    """Acknowledged events are on disk; new ones are refused (503), since they would have to be kept in memory."""
    path = tmp_path / "events.sqlite"
    store = SqliteStore(path)
    sent = [arrival(at=n) for n in range(300)]
    blocking = sqlite3.connect(index_of(path), isolation_level=None)
    store._writer.execute("PRAGMA busy_timeout = 10")
    blocking.execute("BEGIN IMMEDIATE")
    kept = store.append(sent)
    with pytest.raises(Unavailable, match="locked"):
        store.append([arrival()])
    blocking.execute("ROLLBACK")
    blocking.close()
    again = store.append([sent[0], sent[299], arrival()])
    store.close()

    assert [k.new for k in kept] == [True] * 300
    assert [(k.cursor, k.new) for k in again] == [(1, False), (300, False), (301, True)]


@pytest.mark.parametrize("between", [0, 300])
def test_a_repeat_and_an_id_are_found_whether_indexed_or_not(tmp_path: Path, between: int) -> None:
    store = SqliteStore(tmp_path / "events.sqlite")
    once = arrival(body(event_id="e", status="BUSY"))
    other = arrival(body(event_id="e", status="COMPLETE"))
    for batch in ([arrival()], [once], [arrival() for _ in range(between)], [arrival()]):
        store.append(batch)
    kept = store.append([other, once])
    located = store.locate("labs", "e"), store.locate("labs", "another")
    store.close()

    assert [(k.new, k.same_id_as) for k in kept] == [(True, 2), (False, None)]
    assert kept[1].cursor == 2
    assert located == (2, None)


def test_aged_events_leave_the_index_requests_first(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite"
    store = SqliteStore(path)
    store.append([arrival(at=n) for n in range(5)])
    store.age(Due(now_ms=100, cut_ms=0, remove_ms=3, forget_ms=2), 10)
    counts = [store._writer.execute(f"SELECT count(*) FROM lookup.{t}").fetchone()[0] for t in ("identity", "request")]
    store.close()

    assert counts == [3, 2]
