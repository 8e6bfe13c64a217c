"""A journal that cannot be written is reported after one wait, with a way out; a write costs one sync."""

from __future__ import annotations

import errno
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from pjterm.core.evidence.facts import Accepted
from pjterm.core.model import Outcome, Verdict
from pjterm.errors import JournalUnusable
from pjterm.journal.closes import Closes
from pjterm.journal.faults import unusable
from pjterm.journal.store import Journal
from pjterm.system.locks import FileLock
from tests import children
from tests.child import SCOPE, new_entry
from tests.core.make import NOON, booked
from tests.journal.test_chain import behind_a_link


class Watched:
    """A journal together with its connection and its statements."""

    def __init__(self, directory: Path) -> None:
        self.said: list[str] = []
        self.connections: list[sqlite3.Connection] = []
        self.journal = Journal(directory, connect=self._connect)

    def _connect(self, *args: Any, **more: Any) -> sqlite3.Connection:
        made: sqlite3.Connection = sqlite3.connect(*args, **(more | {"timeout": 0.05}))
        made.set_trace_callback(self.said.append)
        self.connections.append(made)
        return made

    def setting(self, name: str) -> int:
        return int(self.connections[-1].execute(f"PRAGMA {name}").fetchone()[0])


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path / "state")
    made.journal.check_writable()
    yield made
    made.journal.close()


WRITES: dict[str, Callable[[Journal], object]] = {
    "a new entry": lambda j: j.add(new_entry("new"), NOON),
    "a fact": lambda j: j.note(j.find("paid")[0], Accepted(NOON, "r-1")),
    "a verdict": lambda j: j.record(j.find("paid")[0], Verdict(Outcome.APPROVED, "approved", booked(7)), NOON),
    "that it was shown": lambda j: j.mark_shown(j.find("paid")[0], NOON),
    "a close": lambda j: Closes(j.file, SCOPE, "till").add(
        "2026-11-22", NOON, lambda number, head: {"number": number, **head}
    ),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_write_and_its_link_are_one_commit(watched: Watched, write: str) -> None:
    watched.journal.add(new_entry("paid"), NOON)
    links = watched.connections[-1].execute("SELECT count(*) FROM links").fetchone()[0]
    before = len(watched.said)
    WRITES[write](watched.journal)
    after = watched.connections[-1].execute("SELECT count(*) FROM links").fetchone()[0]

    assert [s for s in watched.said[before:] if s.startswith("COMMIT")] == ["COMMIT"]
    assert after > links


def test_a_commit_is_synced_before_anything_is_sent_also_on_macos(watched: Watched) -> None:
    assert [watched.setting("synchronous"), watched.setting("fullfsync")] == [2, 1]


def test_a_lock_of_another_process_is_waited_for_once_and_reported_with_a_way_out(watched: Watched) -> None:
    with closing(sqlite3.connect(watched.journal.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalUnusable) as caught:
            watched.journal.add(new_entry("late"), NOON)
    waits = [int(s.rsplit(maxsplit=1)[-1]) for s in watched.said if s.startswith("PRAGMA busy_timeout = ")]

    assert "has it locked" in caught.value.message
    assert caught.value.hint == "end that process, or wait for it; then run the same command again"
    assert [milliseconds <= 1_000 for milliseconds in waits] == [True]


def test_after_its_release_the_next_lock_is_waited_for_just_as_long(watched: Watched) -> None:
    with closing(sqlite3.connect(watched.journal.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        for key in ("late", "later"):
            with pytest.raises(JournalUnusable):
                watched.journal.add(new_entry(key), NOON)
        meanwhile = watched.setting("busy_timeout")
    watched.journal.add(new_entry("paid"), NOON)

    assert (meanwhile, watched.setting("busy_timeout")) == (200, 10_000)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not name it")
@pytest.mark.parametrize("first", ["own", "write_on"])
def test_the_process_named_is_the_one_that_holds_the_lock(watched: Watched, first: str) -> None:
    """A charge waiting for its customer has the journal open, too, and so does the reporting command."""
    with ExitStack() as stack:
        pids = {}
        for job in sorted(["own", "write_on"], key=lambda job: job != first):
            child = children.begin(job, {"directory": str(watched.journal.path.parent)})
            stack.callback(child.close)
            child.let_go()
            child.out.readline()
            pids[job] = child.process.pid
        with pytest.raises(JournalUnusable) as caught:
            watched.journal.add(new_entry("late"), NOON)

    assert f"process {pids['write_on']} has it locked" in caught.value.message


def test_a_process_that_creates_or_checkpoints_the_journal_for_too_long_is_named(watched: Watched) -> None:
    lock = watched.journal.path.with_name("journal.lock")
    with FileLock(lock), pytest.raises(JournalUnusable, match=r"is in use: .* holds .*journal\.lock") as caught:
        watched.journal.file.place.folding(0.01).__enter__()

    assert caught.value.hint == "end that process, or wait for it; then run the same command again"


@pytest.mark.parametrize(
    ("name", "says", "hint"),
    [
        ("SQLITE_FULL", "database or disk is full", "make room"),
        ("SQLITE_IOERR_SHMSIZE", "disk I/O error", "make room"),
        ("SQLITE_BUSY", "database is locked", "end that process"),
        ("SQLITE_IOERR", "disk I/O error", "see to the disk"),
    ],
)
def test_each_kind_of_fault_has_its_own_hint(tmp_path: Path, name: str, says: str, hint: str) -> None:
    error = sqlite3.OperationalError(says)
    error.sqlite_errorname = name
    (tmp_path / "journal.sqlite").write_bytes(b"")

    assert (unusable(tmp_path / "journal.sqlite", error).hint or "").startswith(hint)


def refused(*args: Any, **more: Any) -> sqlite3.Connection:
    """On a full or read-only disk, SQLite cannot create the files beside its database."""
    if not more.get("uri"):
        error = sqlite3.OperationalError("unable to open database file")
        error.sqlite_errorname = "SQLITE_CANTOPEN"
        raise error
    made: sqlite3.Connection = sqlite3.connect(*args, **more)
    return made


def test_on_an_unwritable_disk_entries_are_read_but_nothing_new_begins(watched: Watched) -> None:
    watched.journal.add(new_entry("paid"), NOON)
    watched.journal.close()
    full = Journal(watched.journal.path.parent, connect=refused)
    known = [e.key for e in full.newest(10)]
    with pytest.raises(JournalUnusable, match="attempt to write a readonly database"):
        full.add(new_entry("late"), NOON)
    full.close()

    assert known == ["paid"]


@pytest.mark.parametrize("linked", [False, True])
def test_the_log_beside_a_journal_that_cannot_be_opened_is_not_ignored(watched: Watched, linked: bool) -> None:
    """A process was killed, so its log has what the file lacks; it lies beside the file itself, not beside a link."""
    if linked:
        watched.journal.close()
        behind_a_link(watched.journal.path)
    watched.journal.add(new_entry("paid"), NOON)
    cut_off = Journal(watched.journal.path.parent, connect=refused)

    with pytest.raises(JournalUnusable, match="unable to open database file"):
        cut_off.newest(10)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT], ids=["no space", "over the quota"])
def test_a_full_disk_asks_for_space(tmp_path: Path, number: int) -> None:
    assert "make room" in (unusable(tmp_path / "journal.sqlite", OSError(number, "No space left")).hint or "")
