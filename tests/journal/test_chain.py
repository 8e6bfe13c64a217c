"""The hash chain: pjterm's writes verify; changes by another program, a broken disk or an old copy are detected."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import pytest

from pjterm.core.evidence.facts import Accepted, Observed, Searched
from pjterm.core.model import Kind, Outcome, Result, Verdict
from pjterm.errors import GuardRefused, JournalDamaged, JournalUnusable, PjtermError, UsageFault
from pjterm.journal import repair
from pjterm.journal.audit import Audit
from pjterm.journal.closes import Closes
from pjterm.journal.file import JournalFile
from pjterm.journal.head import SLOT, Head
from pjterm.journal.rows import Close
from pjterm.journal.store import Journal
from tests import children
from tests.child import SCOPE, new_entry
from tests.core.make import at, booked

FULL = 2
"""The value that `PRAGMA synchronous` reports."""


class Opened(Journal):
    """A journal that is closed at the end of its test."""

    all: ClassVar[list[Journal]] = []

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.all.append(self)


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while Opened.all:
        Opened.all.pop().close()


def filled(directory: Path) -> Path:
    """Two sales, one of them approved, and a value typed at a reader; the path of the file, checkpointed."""
    journal = Opened(directory)
    paid = journal.add(new_entry("paid"), at(0))
    journal.note(paid, Accepted(at(1), "r-1"))
    journal.record(paid, Verdict(Outcome.APPROVED, "approved", booked(7)), at(2))
    journal.add(new_entry("open"), at(3))
    asked = journal.add(new_entry("asked", kind=Kind.INPUT), at(4))
    journal.note(asked, Observed(at(5), "poll", "COMPLETE", Result(input_value="8006010230")))
    journal.close()
    return journal.path


def found(directory: Path) -> tuple[str, ...]:
    journal = Opened(directory)
    try:
        return repair.examine(journal.file)[1]
    finally:
        journal.close()


def killed(path: Path) -> None:
    """A pjterm process adds the sale "owned" and is killed: the sale is in the write-ahead log and nowhere else."""
    child = children.begin("own", {"directory": str(path.parent)})
    child.let_go()
    child.out.readline()
    child.close()


def behind_a_link(path: Path) -> None:
    """The user moved the journal to another disk and left a link."""
    disk = path.parent.with_name("disk")
    disk.mkdir()
    shutil.move(path, disk)
    path.symlink_to(disk / path.name)


def by_another_program(path: Path, *statements: str) -> None:
    db = sqlite3.connect(path)
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


# -- pjterm's own writes verify -------------------------------------------------------------------------------


def add(j: Journal) -> None:
    j.add(new_entry("new", amount=Decimal("1.00")), at(10))


def try_again(j: Journal) -> None:
    entry = j.find("paid")[0]
    j.try_again(entry, at(10), frozenset({3}), new=new_entry("paid", amount=Decimal("2.00")))


def adopt(j: Journal) -> None:
    j.adopt(new_entry("found"), at(10), [Searched(at(10), (booked(),))])


def note(j: Journal) -> None:
    j.note(j.find("open")[0], Observed(at(10), "poll", "COMPLETE", Result(read_data=";70901122?")))


def record(j: Journal) -> None:
    j.record(j.find("open")[0], Verdict(Outcome.CANCELLED, "ended"), at(10))


def reset(j: Journal) -> None:
    device = j.find("open")[0].terminal.smart_terminal_id
    assert device is not None
    j.end_reset(j.begin_reset(device, at(10)), at(11))


def mark_shown(j: Journal) -> None:
    j.mark_shown(j.find("paid")[0], at(10))


def saved_signature(j: Journal) -> None:
    j.saved_signature(j.find("open")[0], "/a.png")


def shortened(j: Journal) -> None:
    with j.transaction(at(26 * 3600)):
        pass


def refused(j: Journal) -> None:
    def inside() -> None:
        with j.transaction(at(10)):
            add(j)
            raise UsageFault("no")

    with pytest.raises(UsageFault):
        inside()


WRITES = [add, try_again, adopt, note, record, reset, mark_shown, saved_signature, shortened, refused]


@pytest.mark.parametrize("write", WRITES, ids=lambda w: w.__name__)
def test_every_write_keeps_the_chain_valid(directory: Path, write: Callable[[Journal], None]) -> None:
    filled(directory)
    journal = Opened(directory)
    write(journal)
    while_open = repair.examine(Opened(directory).file)[1]
    journal.close()

    assert (while_open, found(directory)) == ((), ())


def test_concurrent_processes_write_one_chain(directory: Path) -> None:
    children.together("write_many", [{"directory": str(directory), "name": n, "count": 15} for n in range(4)])
    audit, wrong = repair.examine(Opened(directory).file)

    assert wrong == ()
    assert audit is not None
    assert (audit.entries, audit.facts, len(audit.marks)) == (60, 120, 1)


def test_after_a_command_the_file_alone_has_the_whole_chain(directory: Path, tmp_path: Path) -> None:
    shutil.copy(filled(directory), tmp_path / "copy.sqlite")
    db = sqlite3.connect(tmp_path / "copy.sqlite")
    keys = [row[0] for row in db.execute("SELECT key FROM entries ORDER BY id")]
    db.close()

    assert keys == ["paid", "open", "asked"]
    assert {p.name for p in directory.glob("journal.sqlite*")} == {"journal.sqlite"}


def test_a_shortened_typed_value_cannot_be_guessed(directory: Path) -> None:
    """Its hash had a salt, and the salt was deleted with the value."""
    path = filled(directory)
    db = sqlite3.connect(path)
    salt = db.execute("SELECT salt FROM entries WHERE key = 'asked'").fetchone()[0]
    db.close()
    shortened(journal := Opened(directory))
    journal.close()
    left = path.read_bytes()

    assert len(salt) == 32
    assert salt.encode() not in left
    assert b"8006010230" not in left
    assert sha256(b'[null,"8006010230"]').hexdigest().encode() not in left
    assert found(directory) == ()


SINCE_FOURTH = ("ALTER TABLE entries DROP COLUMN operator", "DROP TABLE closes")
UNKNOWN_THEN = ("ALTER TABLE entries DROP COLUMN salt", "DROP TABLE links", *SINCE_FOURTH)


@pytest.mark.parametrize("version", [1, 2])
def test_an_older_journal_is_adopted_and_the_place_is_recorded(directory: Path, version: int) -> None:
    path = filled(directory)
    older = [*UNKNOWN_THEN, f"PRAGMA user_version = {version}"]
    by_another_program(path, *older, *(["ALTER TABLE entries DROP COLUMN total"] if version == 1 else []))
    (directory / "journal.head").unlink()
    Opened(directory).check_writable()
    audit, wrong = repair.examine(Opened(directory).file)

    assert wrong == ()
    assert audit is not None
    assert [mark.get("takenOver") for mark in audit.marks] == [{"entries": 3, "facts": 5}]


def of_third_schema(directory: Path, *more: str) -> Path:
    """A journal as the previous pjterm left it: with chain and head, but without sellers and closes."""
    path = filled(directory)
    by_another_program(path, *more, *SINCE_FOURTH, "PRAGMA user_version = 3")
    return path


def test_a_third_schema_journal_keeps_its_chain_and_covers_sellers_from_there_on(directory: Path) -> None:
    path = of_third_schema(directory)
    journal = Opened(directory)
    journal.add(new_entry("next", by="Ann"), at(10))
    audit, wrong = repair.examine(journal.file)
    journal.close()
    by_another_program(path, "UPDATE entries SET operator = 'Bob' WHERE key = 'next'")

    assert (wrong, len(audit.marks) if audit else 0) == ((), 1)
    assert found(directory) == ("entry 4 (key next) was changed by another program",)


@pytest.mark.parametrize(
    "more", ["UPDATE entries SET amount = '99.00' WHERE key = 'paid'", "DELETE FROM links WHERE id > 4"]
)
def test_tampering_with_a_third_schema_journal_is_still_detected(directory: Path, more: str) -> None:
    of_third_schema(directory, more)

    for _ in range(2):
        with pytest.raises(JournalDamaged):
            Opened(directory).add(new_entry("next"), at(10))


def test_a_third_schema_journal_without_its_head_is_damaged(directory: Path) -> None:
    of_third_schema(directory).with_name("journal.head").unlink()

    with pytest.raises(JournalDamaged, match="the head is missing"):
        Opened(directory).check_writable()


def test_the_head_is_never_ahead_of_tables_not_yet_synced(directory: Path) -> None:
    """A power cut may lose the tables of a new journal only before its first entry."""
    journal = Opened(directory)
    journal.check_writable()
    before = journal.file.place.head.read()
    journal.add(new_entry("first"), at(0))
    after = journal.file.place.head.read()
    synchronous = journal.file.opened().execute("PRAGMA synchronous").fetchone()[0]

    assert (before, after is not None and after.link, synchronous) == (Head(), 3, FULL)


class Unread(JournalFile):
    """A file that must not be audited."""

    def audit(self) -> Audit:
        raise AssertionError("each row was read")


def test_a_new_journal_is_not_audited(directory: Path) -> None:
    entry = Opened(directory, file=Unread).add(new_entry("first"), at(0))

    assert entry.key == "first"


def test_a_journal_created_during_the_check_is_valid(directory: Path) -> None:
    """Another process may create it between the check of its head and that of its rows."""
    assert found(directory) == ()


# -- closes ---------------------------------------------------------------------------------------------------


def closed_day(journal: Journal, day: str = "2026-11-22") -> Close | None:
    return Closes(journal.file, SCOPE, "till").add(
        day, at(20), lambda number, head: {"number": number, "head": dict(head)}
    )


def close_twice(j: Journal) -> None:
    closed_day(j)
    closed_day(j, "2026-11-23")


def test_closes_are_numbered_and_record_the_head_at_that_time(directory: Path) -> None:
    filled(directory)
    journal = Opened(directory)
    audit = repair.examine(journal.file)[0]
    made = [closed_day(journal), closed_day(journal, "2026-11-23"), closed_day(journal)]

    assert audit is not None
    assert [None if c is None else c.number for c in made] == [1, 2, None]
    assert [c.document["head"]["link"] for c in made if c] == [audit.links, audit.links + 1]
    assert [c.number for c in Closes(journal.file, SCOPE, "till").all()] == [1, 2]


def test_only_one_of_two_tills_on_one_journal_closes_the_day(directory: Path) -> None:
    first, second = Opened(directory), Opened(directory)
    second.check_writable()
    made = [closed_day(first), closed_day(second)]

    assert [c is None for c in made] == [False, True]
    assert repair.examine(second.file)[1] == ()


CLOSE_CHANGES = {
    "UPDATE closes SET document = '{}' WHERE number = 1": "close 1 (2026-11-22) was changed",
    "UPDATE closes SET day = '2026-11-21' WHERE number = 1": "close 1 (2026-11-21) was changed",
    "UPDATE closes SET day = x'32' WHERE number = 1": "close 1 (b'2') was changed",
    "DELETE FROM closes WHERE number = 1": "close with id 1 was removed",
    "INSERT INTO closes SELECT 9, environment, login, 3, '2026-11-24', closed_at, document FROM closes"
    " WHERE number = 1": "close 3 (2026-11-24) was added",
}


@pytest.mark.parametrize("statement", CLOSE_CHANGES)
def test_a_close_changed_by_another_program_is_reported_until_it_is_accepted(directory: Path, statement: str) -> None:
    close_twice(journal := Opened(directory))
    journal.close()
    by_another_program(journal.path, statement)
    before = found(directory)
    repair.accept(Opened(directory).file, at(30))

    assert [CLOSE_CHANGES[statement] in said for said in before] == [True]
    assert found(directory) == ()


# -- changes by another program are detected -----------------------------------------------------------------


CHANGES = {
    "UPDATE entries SET amount = '99.00' WHERE key = 'paid'": "entry 1 (key paid) was changed",
    "UPDATE entries SET key = 'other' WHERE key = 'paid'": "entry 1 (key other) was changed",
    "UPDATE entries SET outcome = 'cancelled' WHERE key = 'paid'": "entry 1 (key paid) was changed",
    "UPDATE entries SET input_value = '8006010231' WHERE key = 'asked'": "entry 3 (key asked) was changed",
    "UPDATE entries SET salt = NULL WHERE key = 'asked'": "entry 3 (key asked) was changed",
    "DELETE FROM entries WHERE key = 'open'": "entry 2 was removed",
    "DELETE FROM facts WHERE id = 2": "fact 2 was removed",
    "UPDATE facts SET fact = replace(fact, 'r-1', 'r-2') WHERE id = 2": "fact 2 of entry 1 was changed",
    "INSERT INTO facts SELECT 99, entry_id, attempt, type, fact FROM facts WHERE id = 2": "fact 99 of entry 1 was",
    "UPDATE links SET digest = 'x' WHERE id = 2": "link 2 was changed",
    "DELETE FROM links WHERE id = 3": "link 3 removed",
    "DELETE FROM links WHERE id > 4": "the end is missing",
    "UPDATE links SET hash = 'x' WHERE id = (SELECT max(id) FROM links)": "is not the one that was written last",
    "DELETE FROM links": "the end is missing",
    """UPDATE links SET mark = '{"close": [1]}' WHERE id = 1""": "link 1 was changed",
}


@pytest.mark.parametrize("statement", CHANGES)
def test_each_row_changed_by_another_program_is_reported_and_nothing_is_written(
    directory: Path, statement: str
) -> None:
    path = filled(directory)
    by_another_program(path, statement)

    with pytest.raises(JournalDamaged) as caught:
        Opened(directory).add(new_entry("next"), at(10))
    assert caught.value.exit_code == 10
    assert any(CHANGES[statement] in said for said in found(directory)), found(directory)
    assert Opened(directory).by_key(SCOPE, "next") is None


def test_an_acceptance_does_not_excuse_later_changes(directory: Path) -> None:
    path = filled(directory)
    by_another_program(path, "UPDATE entries SET says = 'x' WHERE key = 'open'", "DELETE FROM links WHERE id = 8")
    repair.accept(Opened(directory).file, at(20))
    assert found(directory) == ()
    facts = "SELECT id FROM facts WHERE entry_id = 1"
    by_another_program(
        path,
        f"DELETE FROM links WHERE entry_id = 1 OR fact_id IN ({facts})",
        "DELETE FROM facts WHERE entry_id = 1",
        "DELETE FROM entries WHERE id = 1",
    )

    with pytest.raises(JournalDamaged, match="removed by another program"):
        Opened(directory).add(new_entry("paid"), at(30))


def rubbish(path: Path) -> None:
    path.write_bytes(b"\xfe" * 100 + path.read_bytes()[100:])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def gone(path: Path) -> None:
    path.unlink()


def gone_but_for_its_log(path: Path) -> None:
    path.unlink()
    path.with_name("journal.head").unlink()
    path.with_name("journal.owners").unlink()
    Path(f"{path}-wal").write_bytes(b"x")


def killed_and_gone(path: Path) -> None:
    """The last writes of a killed pjterm are in the log, and the file is lost."""
    killed(path)
    path.unlink()


def killed_and_emptied(path: Path) -> None:
    killed(path)
    path.write_bytes(b"")


def gone_beside_an_empty_head(path: Path) -> None:
    path.unlink()
    path.with_name("journal.head").write_bytes(b"")


def with_an_empty_head(path: Path) -> None:
    path.with_name("journal.head").write_bytes(b"")


def gone_but_for_what_was_set_aside(path: Path) -> None:
    path.rename(path.with_name("journal.broken-20261122-120000-1.sqlite"))
    path.with_name("journal.head").unlink()
    path.with_name("journal.owners").unlink()


def another_copy(path: Path) -> None:
    """Another till's journal, for example, moved over it."""
    shutil.copy(path, beside := path.with_name("copy"))
    for log in path.parent.glob("journal.sqlite-*"):
        log.unlink()
    beside.replace(path)


def of_a_newer_version(path: Path) -> None:
    by_another_program(path, "PRAGMA user_version = 99")


def another_programs(path: Path) -> None:
    path.unlink()
    path.with_name("journal.head").unlink()
    by_another_program(path, "CREATE TABLE recipes (name TEXT)")


def of_another_till(path: Path) -> None:
    filled(path.parent.parent / "elsewhere")
    shutil.copy(path.parent.parent / "elsewhere" / path.name, path)


def without_its_head(path: Path) -> None:
    path.with_name("journal.head").unlink()


def with_an_unreadable_head(path: Path) -> None:
    path.with_name("journal.head").write_bytes(b"\0" * 1024)


def an_old_copy(path: Path) -> None:
    old = path.read_bytes()
    journal = Opened(path.parent)
    journal.add(new_entry("newer"), at(10))
    journal.close()
    path.write_bytes(old)


def an_index_that_lies(path: Path) -> None:
    """Lookups by key use the index: the row exists but is not found."""
    by_another_program(
        path,
        "PRAGMA writable_schema = ON",
        "DELETE FROM sqlite_master WHERE name = 'entries_key'",
    )
    by_another_program(path, "UPDATE entries SET key = 'x' || key")
    by_another_program(path, "UPDATE entries SET key = substr(key, 2)")


def of_an_unknown_format(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:44] + b"\xfe" * 4 + path.read_bytes()[48:])


def numbered_as_an_older_one(path: Path) -> None:
    by_another_program(path, "PRAGMA user_version = 3")


def numbered_as_one_without_a_chain(path: Path) -> None:
    by_another_program(path, "PRAGMA user_version = 2")


LOSSES = [
    rubbish, emptied, gone, gone_but_for_its_log, gone_but_for_what_was_set_aside, of_a_newer_version,
    another_programs, of_another_till, without_its_head, with_an_unreadable_head, an_old_copy, an_index_that_lies,
    killed_and_gone, killed_and_emptied, gone_beside_an_empty_head, with_an_empty_head, of_an_unknown_format,
    numbered_as_an_older_one, numbered_as_one_without_a_chain,
]  # fmt: skip


@pytest.mark.parametrize("lose", LOSSES, ids=lambda f: f.__name__)
def test_a_lost_or_replaced_journal_stops_money_until_it_is_accepted(
    directory: Path, lose: Callable[[Path], None]
) -> None:
    lose(filled(directory))
    before = {p.name: p.read_bytes() for p in directory.iterdir() if p.suffix == ".sqlite"}
    for _ in range(2):  # it does not heal by itself
        with pytest.raises(JournalDamaged, match=r"is damaged|cannot be read"):
            Opened(directory).check_writable()
    kept = {p.name: p.read_bytes() for p in directory.iterdir() if p.suffix == ".sqlite"}
    repair.accept(Opened(directory).file, at(20))
    journal = Opened(directory)
    journal.add(new_entry("after"), at(30))
    journal.close()
    audit, wrong = repair.examine(Opened(directory).file)

    assert {name: data == before[name] for name, data in kept.items()} == dict.fromkeys(before, True)
    assert wrong == ()
    assert audit is not None
    assert audit.marks[-1]["found"] != []
    assert Opened(directory).by_key(SCOPE, "after") is not None


@pytest.mark.parametrize("lost", [0, SLOT])
@pytest.mark.parametrize("sales", [3, 4])
def test_an_old_copy_is_detected_even_if_a_sector_of_its_head_is_lost(directory: Path, lost: int, sales: int) -> None:
    path = filled(directory)
    old, journal = path.read_bytes(), Opened(directory)
    for n in range(sales):
        journal.add(new_entry(f"newer-{n}"), at(10 + n))
    journal.close()
    path.write_bytes(old)
    head = path.with_name("journal.head")
    left = bytearray(head.read_bytes())
    left[lost : lost + SLOT] = bytes(SLOT)
    head.write_bytes(left)

    with pytest.raises(JournalDamaged, match="the end is missing"):
        Opened(directory).check_writable()


@pytest.mark.parametrize("replace", [gone, another_copy], ids=lambda f: f.__name__)
def test_a_sale_running_beside_a_replaced_journal_is_notified_and_does_not_damage_it(
    directory: Path, replace: Callable[[Path], None]
) -> None:
    """The user has accepted the other journal meanwhile, or put it in place."""
    path = filled(directory)
    running, opened = Opened(directory), Opened(directory)
    entry = running.add(new_entry("living"), at(10))
    opened.by_key(SCOPE, "living")
    replace(path)
    repair.accept(Opened(directory).file, at(20))
    for journal in (running, opened):
        with pytest.raises(JournalUnusable, match="was removed or replaced while this command ran"):
            journal.record(entry, Verdict(Outcome.APPROVED, "approved", booked(8)), at(30))
        journal.close()

    assert found(directory) == ()
    Opened(directory).check_writable()


def test_readable_rows_survive_an_acceptance(directory: Path) -> None:
    path = filled(directory)
    by_another_program(path, "DELETE FROM entries WHERE key = 'open'", "UPDATE facts SET attempt = 7 WHERE id = 2")
    by_another_program(path, "DELETE FROM facts WHERE entry_id = 2")
    aside = repair.accept(Opened(directory).file, at(20))

    assert aside is None
    assert [e.key for e in Opened(directory).newest(9)] == ["asked", "paid"]
    assert found(directory) == ()


def test_an_index_with_a_missing_row_is_rebuilt_and_loses_no_sale(directory: Path) -> None:
    path = filled(directory)
    with contextlib.closing(sqlite3.connect(path)) as db:
        page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'entries_request'").fetchone()[0]
        size = db.execute("PRAGMA page_size").fetchone()[0]
    data = bytearray(path.read_bytes())
    at_row = data.index(b"r-1", (page - 1) * size)
    data[at_row : at_row + 3] = b"r-2"
    path.write_bytes(data)
    before = found(directory)
    aside = repair.accept(Opened(directory).file, at(20))

    assert any("missing from index entries_request" in says for says in before)
    assert aside is None
    assert [e.key for e in Opened(directory).newest(9)] == ["asked", "open", "paid"]
    assert found(directory) == ()


def rows(path: Path) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.text_factory = bytes
        return [row for table in ("entries", "facts", "closes") for row in db.execute(f"SELECT * FROM {table}")]


# Rows that no command could read, and the sales, facts and closes that remain after an acceptance.
UNREADABLE = {
    "UPDATE entries SET started_at = 'rubbish' WHERE key = 'paid'": ["asked", "open"],
    "UPDATE entries SET outcome = 'rubbish' WHERE key = 'paid'": ["asked", "open"],
    "UPDATE entries SET amount = 'x' WHERE key = 'paid'": ["asked", "open"],
    "UPDATE entries SET prior_ids = '' WHERE key = 'paid'": ["asked", "open"],
    "UPDATE entries SET transaction_json = '{' WHERE key = 'paid'": ["asked", "open"],
    "UPDATE entries SET attempt = 'x' WHERE key = 'paid'": ["asked", "open"],
    "UPDATE entries SET login = CAST(x'ff41' AS TEXT) WHERE key = 'paid'": ["asked", "open"],
    "UPDATE entries SET key = CAST(x'ff41' AS TEXT) WHERE key = 'paid'": ["asked", "open"],
    "UPDATE entries SET key = x'41' WHERE key = 'paid'": ["asked", "open"],
    "UPDATE facts SET fact = '{' WHERE id = 2": ["asked", "open", "paid"],
    "UPDATE facts SET type = CAST(x'ff' AS TEXT) WHERE id = 2": ["asked", "open", "paid"],
    "UPDATE links SET hash = CAST(x'ff' AS TEXT) WHERE id = (SELECT max(id) FROM links)": ["asked", "open", "paid"],
    "UPDATE closes SET document = '{' WHERE number = 1": ["asked", "open", "paid"],
    "UPDATE closes SET day = CAST(x'ff' AS TEXT) WHERE number = 1": ["asked", "open", "paid"],
    "UPDATE closes SET day = x'32' WHERE number = 1": ["asked", "open", "paid"],
}


@pytest.mark.parametrize("statement", UNREADABLE)
def test_unreadable_rows_are_set_aside_and_block_nothing_after_an_acceptance(directory: Path, statement: str) -> None:
    path = filled(directory)
    close_twice(journal := Opened(directory))
    journal.close()
    by_another_program(path, statement)
    before = rows(path)
    with pytest.raises(JournalDamaged, match=r"was changed by another program|is not UTF-8"):
        Opened(directory).check_writable()
    aside = repair.accept(Opened(directory).file, at(30))
    journal = Opened(directory)
    journal.add(new_entry("after"), at(40))
    kept = journal.newest(9)
    facts = [journal.facts(entry) for entry in kept]
    closes = Closes(journal.file, SCOPE, "till").all()

    assert [e.key for e in kept] == ["after", *UNREADABLE[statement]]
    assert [len(known) > 0 for known in facts] == [True] * len(kept)
    assert [c.number for c in closes] == ([2] if "closes" in statement else [1, 2])
    assert found(directory) == ()
    if "links" in statement:
        assert aside is None, "nothing was lost"
    else:
        assert aside is not None
        typed = [row for row in before if b"8006010230" in row]
        assert len(typed) == 1
        assert set(before) - set(rows(aside)) == set(typed), "the original values can still be read there"
        assert aside.stat().st_mode & 0o777 == 0o600


def test_a_new_sale_does_not_inherit_the_facts_of_a_lost_one(directory: Path) -> None:
    path = filled(directory)
    by_another_program(path, "DELETE FROM entries WHERE key = 'asked'")
    aside = repair.accept(Opened(directory).file, at(20))
    journal = Opened(directory)
    entry = journal.add(new_entry("after"), at(30))

    assert [type(fact).__name__ for fact in journal.facts(entry)] == ["Sent"]
    assert aside is not None, "rows that are not kept are set aside"
    assert found(directory) == ()


def test_an_unreadable_file_is_set_aside_when_it_is_accepted(directory: Path) -> None:
    path = filled(directory)
    rubbish(path)
    broken = path.read_bytes()
    aside = repair.accept(Opened(directory).file, at(20))

    assert aside is not None
    assert aside.read_bytes() == broken, "the sales can still be recovered from it"
    assert Opened(directory).holds_real_entries(), "a file set aside counts"
    assert Opened(directory).newest(9) == []


def test_a_truncated_or_changed_log_is_detected_or_hides_no_sale(directory: Path, tmp_path: Path) -> None:
    """Truncated at every length and changed at every tenth byte: the sale is found, or nothing can be written."""
    journal = Opened(directory)
    journal.add(new_entry("paid"), at(0))
    saved = tmp_path / "saved"
    shutil.copytree(directory, saved)  # as a kill leaves it: everything is in the log
    journal.close()
    log = (saved / "journal.sqlite-wal").read_bytes()
    cut = [log[:n] for n in range(0, len(log), 997)]
    flipped = [log[:n] + bytes([log[n] ^ 0x40]) + log[n + 1 :] for n in range(0, len(log), 2003)]
    wrong = []
    for n, data in enumerate([*cut, *flipped]):
        place = tmp_path / f"{n}"
        shutil.copytree(saved, place)
        (place / "journal.sqlite-wal").write_bytes(data)
        if not fails_closed(place, "paid"):
            wrong.append(n)

    assert wrong == []


def fails_closed(directory: Path, key: str) -> bool:
    """Whether an existing sale is found or nothing more can be written."""
    journal = Opened(directory)
    try:
        journal.check_writable()
        entry = journal.by_key(SCOPE, key)
    except JournalUnusable as error:
        return isinstance(error, PjtermError)
    finally:
        journal.close()
    return entry is not None


def test_two_hundred_random_corruptions_never_hide_a_sale(directory: Path) -> None:
    path = filled(directory)
    whole, dice, wrong = path.read_bytes(), random.Random(16), []
    for n in range(200):
        data, size = bytearray(whole), dice.choice([1, 1, 8, 512])
        start = dice.randrange(len(data))
        for place in range(start, min(len(data), start + size)):
            data[place] = dice.randrange(256)
        path.write_bytes(bytes(data))
        if not fails_closed(directory, "paid"):
            wrong.append((n, start, size))
        for left in directory.glob("journal.sqlite-*"):
            left.unlink()

    assert wrong == []


def test_another_program_s_writes_in_the_log_stop_money_too(directory: Path) -> None:
    """It may still be open, or was killed: the file itself is unchanged."""
    path = filled(directory)
    other = sqlite3.connect(path)
    other.execute("DELETE FROM entries WHERE key = 'paid'")
    other.commit()
    for _ in range(2):
        with pytest.raises(JournalDamaged, match="entry 1 was removed"):
            Opened(directory).add(new_entry("next"), at(10))
        Opened.all.pop().close()
    other.close()  # it checkpoints its own writes

    with pytest.raises(JournalDamaged, match="entry 1 was removed"):
        Opened(directory).add(new_entry("next"), at(10))


def test_a_read_only_command_does_not_cover_up_a_change_of_the_file(directory: Path) -> None:
    path = filled(directory)
    killed(path)
    path.write_bytes(path.read_bytes().replace(b"r-1", b"r-2"))  # for example, a bad sector
    reader = Opened(directory)
    assert len(reader.newest(9)) == 4
    reader.close()  # it checkpoints what the killed process had written

    with pytest.raises(JournalDamaged):
        Opened(directory).add(new_entry("next"), at(10))


def test_the_writes_of_a_killed_process_are_not_audited(directory: Path) -> None:
    """The head records the state of its log, so the next command starts fast with any number of sales."""
    killed(filled(directory))
    read: list[str] = []

    def connect(*args: Any, **more: Any) -> sqlite3.Connection:
        db: sqlite3.Connection = sqlite3.connect(*args, **more)
        db.set_trace_callback(read.append)
        return db

    for _ in range(2):
        journal = Opened(directory, connect=connect)
        journal.add(new_entry(f"after-{len(read)}"), at(20))
        journal.close()

    assert [sql for sql in read if "integrity_check" in sql] == []


def test_an_acceptance_that_cannot_finish_leaves_the_journal_refused(directory: Path) -> None:
    path = filled(directory)
    an_old_copy(path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        impatient = Opened(directory, connect=lambda *a, **more: sqlite3.connect(*a, **{**more, "timeout": 0.1}))
        with pytest.raises(JournalUnusable, match="has it locked"):
            repair.accept(impatient.file, at(20))

    assert any("the end is missing" in said for said in found(directory))
    with pytest.raises(JournalDamaged, match="the end is missing"):
        Opened(directory).add(new_entry("newer"), at(30))
    assert repair.accept(Opened(directory).file, at(40)) is None
    Opened(directory).check_writable()


def test_a_linked_journal_with_only_its_log_left_is_damaged_until_it_is_accepted(directory: Path) -> None:
    path = filled(directory)
    behind_a_link(path)
    killed(path)
    path.resolve().unlink()
    path.with_name("journal.head").unlink()
    path.with_name("journal.owners").unlink()
    with pytest.raises(JournalDamaged, match="sqlite-wal is here"):
        Opened(directory).check_writable()
    aside = repair.accept(Opened(directory).file, at(20))
    Opened(directory).add(new_entry("after"), at(30))

    assert aside is not None
    assert found(directory) == ()
    assert Opened(directory).holds_real_entries()


@pytest.mark.parametrize("lose", [killed_and_gone, killed_and_emptied])
def test_a_log_without_its_file_is_set_aside_when_it_is_accepted(directory: Path, lose: Callable[[Path], None]) -> None:
    lose(filled(directory))
    for _ in range(2):
        Opened(directory).close()
        with pytest.raises(JournalDamaged):
            Opened(directory).newest(9)
    aside = repair.accept(Opened(directory).file, at(20))

    assert aside is not None
    log = aside if aside.name.endswith("-wal") else Path(f"{aside}-wal")
    assert (aside.exists(), b"owned" in log.read_bytes()) == (True, True), "the sales can still be recovered from it"
    assert Opened(directory).holds_real_entries(), "a file set aside counts"


def test_of_a_journal_that_is_gone_no_file_is_named_as_the_old_one(directory: Path) -> None:
    filled(directory).unlink()

    assert repair.accept(Opened(directory).file, at(20)) is None


# -- backups --------------------------------------------------------------------------------------------------


def test_a_backup_is_complete_at_any_time_and_private(directory: Path, tmp_path: Path) -> None:
    journal = Opened(directory)
    journal.add(new_entry("paid"), at(0))
    target = tmp_path / "copy" / "journal.sqlite"
    repair.backup(journal.file, target)
    db = sqlite3.connect(target)
    keys = [row[0] for row in db.execute("SELECT key FROM entries")]
    db.close()

    assert keys == ["paid"]
    assert target.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in target.parent.iterdir()] == ["journal.sqlite"]
    with pytest.raises(GuardRefused, match="is there already"):
        repair.backup(journal.file, target)


@pytest.mark.parametrize("damage", [None, *(c for c in CHANGES if "'asked'" not in c)])
def test_a_backup_has_no_full_typed_value_and_shows_the_same_damage(
    directory: Path, tmp_path: Path, damage: str | None
) -> None:
    path = filled(directory)
    if damage is not None:
        by_another_program(path, damage)
    said = repair.backup(Opened(directory).file, tmp_path / "copy.sqlite")
    copy = (tmp_path / "copy.sqlite").read_bytes()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(tmp_path / "copy.sqlite", elsewhere / "journal.sqlite")
    of_the_copy = [said for said in found(elsewhere) if said != "the head is missing"]

    assert b"8006010230" in path.read_bytes()
    assert b"8006010230" not in copy
    assert said == found(directory)
    assert of_the_copy == [said for said in said if "is missing" not in said and "written last" not in said]


def test_a_restored_backup_must_be_accepted_before_it_is_written(directory: Path, tmp_path: Path) -> None:
    filled(directory)
    target = tmp_path / "backup.sqlite"
    repair.backup(Opened(directory).file, target)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(target, elsewhere / "journal.sqlite")

    with pytest.raises(JournalDamaged, match="the head is missing"):
        Opened(elsewhere).check_writable()
    repair.accept(Opened(elsewhere).file, at(20))
    Opened(elsewhere).check_writable()
    assert Opened(elsewhere).by_key(SCOPE, "paid") is not None


def test_a_sound_file_is_not_read_twice(directory: Path) -> None:
    """It is as pjterm left it, so its rows are not read again: a start stays fast with any number of them."""
    path = filled(directory)
    read: list[str] = []

    def connect(*args: object, **more: object) -> sqlite3.Connection:
        db = sqlite3.connect(*args, **more)  # type: ignore[call-overload]
        db.set_trace_callback(read.append)
        made: sqlite3.Connection = db
        return made

    journal = Opened(directory, connect=connect)
    journal.check_writable()
    journal.close()
    before = [sql for sql in read if "integrity_check" in sql]
    path.touch()
    journal = Opened(directory, connect=connect)
    journal.check_writable()
    journal.close()

    assert before == []
    assert [sql for sql in read if "integrity_check" in sql] != []
    assert json.dumps(found(directory)) == "[]"
