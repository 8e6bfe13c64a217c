"""The journal: one POST per key across processes; no proven outcome is overwritten; nothing is lost or leaked."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pjterm.core.entry import NEVER_TAKEN, Entry, Scope
from pjterm.core.evidence.facts import NEVER_SENT, Accepted, Answered, Fact, Observed, Searched, Sent, TerminalReset
from pjterm.core.jump import Jump
from pjterm.core.model import Kind, Outcome, Result, Verdict
from pjterm.errors import GuardRefused, JournalUnusable
from pjterm.journal import repair
from pjterm.journal.store import Journal
from tests import children
from tests.child import SCOPE, new_entry
from tests.core.make import at, booked
from tests.journal.test_chain import UNKNOWN_THEN

Open = Callable[..., Journal]


@pytest.fixture
def opened(directory: Path) -> Iterator[Open]:
    """Opens the journal of a directory as often as needed; all are closed at the end."""
    with ExitStack() as at_the_end:

        def opening(**more: Any) -> Journal:
            return at_the_end.enter_context(closing(Journal(directory, **more)))

        yield opening


@pytest.fixture
def journal(opened: Open) -> Journal:
    return opened()


# -- several processes ------------------------------------------------------------------------------------


def test_only_one_of_five_processes_with_one_key_posts(directory: Path) -> None:
    answers = children.together("enter", [{"directory": str(directory), "key": "order-1"}] * 5)

    assert sorted(a["posts"] for a in answers) == [False] * 4 + [True]
    assert len({a["entry"] for a in answers}) == 1


def test_processes_that_write_concurrently_all_add_their_entries(directory: Path, opened: Open) -> None:
    given = [{"directory": str(directory), "name": n, "count": 20} for n in range(6)]
    children.together("write_many", given)
    entries = opened().newest(1000)

    assert len(entries) == 120
    assert all(e.request_id == f"r-{e.key}" for e in entries)


def test_an_entry_is_owned_until_its_process_ends(directory: Path, opened: Open) -> None:
    child = children.begin("own", {"directory": str(directory)})
    try:
        child.let_go()
        entry_id = json.loads(child.out.readline())["entry"]
        journal = opened()
        assert journal.owners.lives_elsewhere(entry_id)
        assert not journal.owners.claim(entry_id)
    finally:
        child.close()

    assert journal.by_key(SCOPE, "owned") is not None, "the entry survives the kill"
    assert journal.owners.claim(entry_id)


def test_checking_whether_an_entry_is_owned_does_not_block_its_owner(directory: Path, opened: Open) -> None:
    journal = opened()
    entry = journal.add(new_entry("a"), at(0))
    journal.owners.release(entry.id)
    child = children.begin("check_owner", {"owners": str(directory / "journal.owners"), "entry": entry.id})
    try:
        child.let_go()
        child.out.readline()
        claimed = journal.owners.claim(entry.id)
    finally:
        child.close()

    assert claimed


def test_a_refusal_inside_the_transaction_leaves_no_entry(journal: Journal) -> None:
    def refuse() -> None:
        with journal.transaction(at(0)):
            journal.add(new_entry("order-1"), at(0))
            raise GuardRefused("no")

    with pytest.raises(GuardRefused):
        refuse()
    assert journal.by_key(SCOPE, "order-1") is None


def test_a_sale_adopted_by_two_processes_is_one_entry(journal: Journal) -> None:
    found = [Searched(at(0), (booked(),))]
    first = journal.adopt(new_entry("order-1"), at(0), found)
    second = journal.adopt(new_entry("order-1"), at(1), found)

    assert (first.id, first.sent_at) == (second.id, None)


# -- what is stored -------------------------------------------------------------------------------------------


def test_a_key_belongs_to_its_environment_and_login(journal: Journal) -> None:
    for scope in (SCOPE, Scope("production", "shop"), Scope("labs", "other")):
        journal.add(new_entry("order-1", scope=scope), at(0))
        found = journal.by_key(scope, "order-1")

        assert found is not None
        assert found.scope == scope
    assert journal.by_key(Scope("production", "other"), "order-1") is None


def test_an_entry_survives_the_round_trip(journal: Journal) -> None:
    prior = frozenset({3, 5})
    entry = journal.add(new_entry("order-1", named=True, expect="Yes"), at(0), prior)

    assert journal.by_key(SCOPE, "order-1") == entry
    assert (entry.amount, entry.prior_ids, entry.named, entry.sent_at) == (Decimal("12.50"), prior, True, at(0))
    assert entry.is_unresolved


def test_facts_come_back_in_order_and_fill_the_entry(journal: Journal) -> None:
    entry = journal.add(new_entry("order-1"), at(0))
    facts: list[Fact] = [
        Accepted(at(1), "r-1"),
        Observed(at(2), "poll", "IN_PROGRESS", Result(transaction_id=7), at(1.9)),
        Observed(at(3), "webhook", "REBOOTING"),
        TerminalReset(at(4)),
    ]
    for fact in facts:
        journal.note(entry, fact)
    now = journal.reload(entry)

    assert journal.facts(entry)[1:] == facts
    assert (now.request_id, now.transaction_id, now.reset_at) == ("r-1", 7, at(4))
    assert now.status == "IN_PROGRESS", "an undocumented status is ignored"


def test_a_new_try_keeps_key_number_and_earlier_ids_and_starts_clean(journal: Journal) -> None:
    entry = journal.add(new_entry("order-1"), at(0), frozenset({3}))
    journal.note(entry, Accepted(at(1), "r-1"))
    journal.record(entry, Verdict(Outcome.CANCELLED, "ended"), at(2))
    again = journal.try_again(journal.reload(entry), at(100), frozenset({5}))

    assert (again.id, again.attempt, again.prior_ids) == (entry.id, 2, frozenset({3, 5}))
    assert (again.request_id, again.outcome, again.started_at) == (None, None, at(100))
    assert len(journal.facts(again)) == 1
    assert len(journal.facts(again, all_attempts=True)) == 3


@pytest.mark.parametrize("proven", [Outcome.APPROVED, Outcome.DECLINED, Outcome.SIGNED, Outcome.CANCELLED])
@pytest.mark.parametrize("later", [Outcome.UNKNOWN, Outcome.OPEN])
def test_a_proven_outcome_is_never_overwritten(journal: Journal, proven: Outcome, later: Outcome) -> None:
    entry = journal.add(new_entry("order-1"), at(0))
    journal.record(entry, Verdict(proven, "proven", booked(7)), at(1))
    after = journal.record(entry, Verdict(later, "no idea"), at(2))

    assert (after.outcome, after.says, after.transaction_id) == (proven, "proven", 7)


@pytest.mark.parametrize(
    ("known", "doubted"),
    [(Outcome.CANCELLED, True), (Outcome.BUSY, True), (Outcome.APPROVED, False), (Outcome.DECLINED, False)],
)
def test_a_transaction_that_may_be_the_sale_s_makes_an_end_unknown_but_not_a_result(
    journal: Journal, known: Outcome, doubted: bool
) -> None:
    """Of two processes, one has seen only the end."""
    entry = journal.add(new_entry("a"), at(0))
    journal.record(entry, Verdict(known, "known"), at(1))
    after = journal.record(entry, Verdict(Outcome.UNKNOWN, "8 may be it", transaction_ids=(8,)), at(2))

    assert (after.outcome is Outcome.UNKNOWN, after.result_at is None) == (doubted, doubted)


@pytest.mark.parametrize(("transaction", "stands"), [(7, Outcome.VOIDED), (8, Outcome.APPROVED)])
def test_a_void_is_not_undone_by_a_process_that_saw_the_approval_before(
    journal: Journal, transaction: int, stands: Outcome
) -> None:
    """A process that was suspended records what it had seen; of two charges, the other one may stand."""
    entry = journal.add(new_entry("a"), at(0))
    journal.record(entry, Verdict(Outcome.APPROVED, "paid", booked(7)), at(1))
    journal.record(entry, Verdict(Outcome.VOIDED, "voided since", booked(7, status="VOID")), at(2))
    after = journal.record(entry, Verdict(Outcome.APPROVED, "paid", booked(transaction)), at(3))

    assert (after.outcome, after.transaction_id) == (stands, transaction)


def test_a_report_on_an_earlier_try_changes_nothing_in_a_newer_one(journal: Journal) -> None:
    """A process that was suspended reports on its own try when the next one is already running."""
    entry = journal.add(new_entry("a"), at(0))
    journal.record(entry, Verdict(Outcome.CANCELLED, "ended"), at(1))
    newer = journal.try_again(journal.reload(entry), at(2), frozenset())
    journal.note(entry, Accepted(at(3), "r-old"))
    journal.mark_shown(entry, at(3))
    journal.saved_signature(entry, "/a.png")
    after = journal.record(entry, Verdict(Outcome.CANCELLED, "ended"), at(3))

    assert (after.attempt, after.outcome, after.request_id) == (2, None, None)
    assert journal.unresolved() == [newer]


def test_a_void_keeps_its_original_whatever_transaction_an_answer_names(journal: Journal) -> None:
    entry = journal.add(new_entry("v", kind=Kind.VOID, original_id=500), at(0))
    journal.note(entry, Answered(at(1), booked(501, action="REFUND")))

    assert journal.reload(entry).transaction_id is None


def test_a_sale_keeps_the_transaction_proven_by_another_process(journal: Journal) -> None:
    """A process that was suspended records that the reader had named the first card's transaction, a declined one."""
    entry = journal.add(new_entry("a"), at(0))
    journal.record(entry, Verdict(Outcome.APPROVED, "paid", booked(8)), at(5))
    journal.note(entry, Observed(at(2), "poll", "IN_PROGRESS", Result(transaction_id=7)))

    assert journal.reload(entry).transaction_id == 8


def test_a_reset_is_recorded_before_it_is_sent_and_removed_if_it_was_not(journal: Journal) -> None:
    one, other = journal.add(new_entry("a"), at(0)), journal.add(new_entry("b"), at(0))
    assert one.terminal.smart_terminal_id is not None
    journal.record(other, Verdict(Outcome.APPROVED, "paid"), at(1))
    began = journal.begin_reset(one.terminal.smart_terminal_id, at(5))
    during = journal.reload(one).reset_at
    journal.end_reset(began, None)
    undone = journal.reload(one).reset_at
    journal.end_reset(journal.begin_reset(one.terminal.smart_terminal_id, at(7)), at(9))

    assert (during, undone, journal.reload(one).reset_at) == (at(5), None, at(9))
    assert journal.reload(other).reset_at is None, "it was resolved before"


def test_an_approval_that_was_never_shown_is_found_at_any_age(journal: Journal) -> None:
    """The near-duplicate guard needs it, even after three hundred similar sales."""
    untold = journal.add(new_entry("old"), at(0))
    journal.record(untold, Verdict(Outcome.APPROVED, "paid"), at(1))
    with journal.transaction(at(2)):
        for n in range(300):
            shown = journal.add(new_entry(f"k-{n}"), at(2 + n))
            journal.mark_shown(shown, at(3 + n))
    found = [e.key for e in journal.same_amount(SCOPE, Decimal("12.50"))]

    assert "old" in found
    assert len(found) == 201


def test_the_latest_sale_is_the_newest_even_if_the_clock_was_set_back(directory: Path) -> None:
    """Two hundred sales of the same price have later times, as yesterday's would after a day."""
    jump = Jump(at(60), timedelta(days=-1))
    journal = Journal(directory, jump=lambda: jump)
    with journal.transaction(at(0)):
        for n in range(200):
            journal.record(
                journal.add(new_entry(f"k-{n}"), at(86_400 + n)), Verdict(Outcome.APPROVED, "paid"), at(86_401)
            )
        for entry in journal.newest(200):
            journal.note(entry, Sent(at(86_402)))
            journal.mark_shown(entry, at(86_403))
    now = journal.add(new_entry("now"), at(100))
    journal.note(now, Sent(at(101)))
    journal.record(now, Verdict(Outcome.APPROVED, "paid"), at(105))
    journal.mark_shown(now, at(106))
    newest = journal.newest_on(now.terminal.smart_terminal_id, at(130) - timedelta(minutes=15))
    approved = journal.approved_since(SCOPE, at(130) - timedelta(minutes=15))
    alike = [e.key for e in journal.same_amount(SCOPE, Decimal("12.50"))]
    journal.close()

    assert newest is not None
    assert newest.key == "now"
    assert approved[0].key == "now"
    assert "now" in alike


# -- nothing is leaked --------------------------------------------------------------------------------------------


def test_only_the_owner_can_read_the_files(journal: Journal, directory: Path) -> None:
    journal.add(new_entry("order-1"), at(0))
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in directory.iterdir()}

    assert set(modes.values()) == {0o600}
    assert {"journal.sqlite", "journal.sqlite-wal"} <= set(modes)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_typed_numbers_are_cut_to_their_last_two_characters_after_a_day(journal: Journal, directory: Path) -> None:
    entry = journal.add(new_entry("ask-1", kind=Kind.INPUT), at(0))
    seen = Observed(at(1), "poll", "COMPLETE", Result(input_value="8006010230", read_data=";7090112233654321?"))
    journal.note(entry, seen)
    assert journal.facts(journal.reload(entry))[1] == seen

    with journal.transaction(at(23 * 3600)):
        pass
    assert journal.reload(entry).input_value == "8006010230"
    with journal.transaction(at(25 * 3600)):
        pass
    after = journal.reload(entry)
    journal.close()

    assert (after.input_value, after.read_data) == ("30", "1?")
    kept = b"".join(p.read_bytes() for p in directory.iterdir())
    assert b"8006010230" not in kept, "it is not in any page of the file either"
    assert b"7090112233654321" not in kept


def test_a_read_only_command_shortens_typed_numbers_too(journal: Journal, opened: Open) -> None:
    entry = journal.add(new_entry("ask-1", kind=Kind.INPUT), at(0))
    journal.note(entry, Observed(at(1), "poll", "COMPLETE", Result(input_value="8006010230")))
    journal.close()

    assert opened(now=lambda: at(23 * 3600)).reload(entry).input_value == "8006010230"
    assert opened(now=lambda: at(25 * 3600)).reload(entry).input_value == "30"


# -- an unusable file ----------------------------------------------------------------------------------------------


def filled(directory: Path) -> bytes:
    with closing(Journal(directory)) as journal, journal.transaction(at(0)):
        for n in range(50):
            journal.add(new_entry(f"k-{n}"), at(0))
    return (directory / "journal.sqlite").read_bytes()


def test_a_journal_of_the_first_schema_can_be_read_and_extended(directory: Path, opened: Open) -> None:
    filled(directory)
    db = sqlite3.connect(directory / "journal.sqlite")
    for change in ("ALTER TABLE entries DROP COLUMN total", *UNKNOWN_THEN):
        db.execute(change)
    db.execute("PRAGMA user_version = 1")
    db.close()
    (directory / "journal.head").unlink()
    journal = opened()
    before = journal.newest(10)
    journal.add(new_entry("later", total=Decimal("6.80")), at(500))

    assert [e.total for e in before] == [None] * len(before)
    assert before
    assert opened().newest(1)[0].total == Decimal("6.80")


def test_a_new_try_may_have_other_amounts(journal: Journal) -> None:
    entry = journal.add(new_entry("back", amount=Decimal("10.00"), total=Decimal("11.80")), at(0))
    journal.record(entry, Verdict(Outcome.UNAVAILABLE, "not taken"), at(1))
    less = new_entry("back", amount=Decimal("5.00"), total=Decimal("6.80"))
    again = journal.try_again(journal.reload(entry), at(2), frozenset(), new=less)
    same = journal.try_again(again, at(3), frozenset())

    assert (again.amount, again.total) == (Decimal("5.00"), Decimal("6.80"))
    assert (same.amount, same.total) == (Decimal("5.00"), Decimal("6.80"))


@pytest.mark.parametrize("at_once", [False, True])
def test_a_full_disk_refuses_before_anything_is_sent_and_recovers(directory: Path, opened: Open, at_once: bool) -> None:
    (answer,) = children.together("fill", [{"directory": str(directory), "bytes": 400_000, "at_once": at_once}])
    keys = {e.key for e in opened().newest(10_000)}
    kept = 0 if at_once else answer["written"]

    assert answer["written"] > 0
    assert "cannot be used" in answer["why"]
    assert "rollback" not in answer["why"]
    assert keys == {"first", "after", *(f"k-{n}" for n in range(kept))}


@pytest.mark.parametrize("where", ["under a file", "a directory"])
def test_a_place_that_cannot_be_written_is_unusable(tmp_path: Path, where: str, opened: Open) -> None:
    directory = tmp_path / "state"
    if where == "a directory":
        (directory / "journal.sqlite").mkdir(parents=True)
    else:
        directory.write_text("a file")

    with pytest.raises(JournalUnusable) as caught:
        opened().check_writable()
    assert caught.value.exit_code == 12
    assert str(directory) in caught.value.message


def test_reading_a_file_that_broke_meanwhile_is_a_named_error(journal: Journal, directory: Path) -> None:
    """Not only writing: a running payment continues without its journal instead of ending as a bug."""
    entry = journal.add(new_entry("order-1"), at(0))
    with closing(sqlite3.connect(directory / "journal.sqlite")) as other:
        other.execute("DROP TABLE facts")

    with pytest.raises(JournalUnusable):
        journal.facts(entry)


# -- many entries -----------------------------------------------------------------------------------------------------


def multiplied(directory: Path, count: int) -> None:
    """A journal of that many shown and resolved sales: one row copied by SQL, and the change accepted."""
    journal = Journal(directory)
    entry = journal.add(new_entry("k"), at(0))
    journal.note(entry, Accepted(at(0), "r"))
    journal.record(entry, Verdict(Outcome.APPROVED, "paid", booked(1)), at(1))
    journal.mark_shown(entry, at(1))
    journal.close()
    db = sqlite3.connect(directory / "journal.sqlite")
    columns = [row[1] for row in db.execute("PRAGMA table_info(entries)")]
    computed = {
        "id": "n", "key": "'k-' || n", "request_id": "'r-' || n", "transaction_id": "n",
        "amount": "n || '.50'", "started_at": "strftime('%Y-%m-%dT%H:%M:%fZ', '2025-01-01', n || ' minutes')",
    }  # fmt: skip
    names = ", ".join(columns)
    values = ", ".join(computed.get(c, c) for c in columns)
    db.execute(
        f"WITH RECURSIVE count(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM count WHERE n < {count})"
        f" INSERT INTO entries ({names}) SELECT {values} FROM count, entries WHERE entries.id = 1"
    )
    db.commit()
    db.close()
    journal = Journal(directory)
    repair.accept(journal.file, at(2))
    journal.close()


class Steps:
    """Counts the steps of SQLite's virtual machine, which do not depend on the speed of the computer."""

    def __init__(self, directory: Path, count: int) -> None:
        multiplied(directory, count)
        self.taken = 0
        self.journal = Journal(directory, connect=self._connect)

    def of(self, look: Callable[[Journal], Any]) -> int:
        """The steps of one query on an open file."""
        look(self.journal)
        before = self.taken
        look(self.journal)
        return self.taken - before

    def _connect(self, *args: Any, **more: Any) -> sqlite3.Connection:
        db: sqlite3.Connection = sqlite3.connect(*args, **more)
        db.set_progress_handler(self._step, 1)
        return db

    def _step(self) -> int:
        self.taken += 1
        return 0


@pytest.mark.exhaustive
def test_a_hundred_thousand_entries_slow_no_query_down(tmp_path: Path) -> None:
    """Every query of a command, compared with a journal of two hundred entries."""
    small, large = Steps(tmp_path / "small", 200), Steps(tmp_path / "large", 100_000)
    when = datetime(2026, 11, 22, tzinfo=UTC)
    entry = large.journal.reload(replace(_any(large.journal), id=150))
    looks: dict[str, Callable[[Journal], Any]] = {
        "by key": lambda j: j.by_key(SCOPE, "k-150"),
        "find": lambda j: j.find("k-150"),
        "find by request": lambda j: j.find("r-150"),
        "unresolved here": lambda j: j.unresolved_on(entry.terminal.smart_terminal_id),
        "unresolved": lambda j: j.unresolved(),
        "same amount": lambda j: j.same_amount(SCOPE, Decimal("150.50")),
        "newest on a reader": lambda j: j.newest_on(entry.terminal.smart_terminal_id, when),
        "tried again on a reader": lambda j: j.tried_again_on(entry.terminal.smart_terminal_id, when),
        "newest": lambda j: j.newest(20),
        "open ones": lambda j: j.newest(20, open_only=True),
        "control": lambda j: j.newest_approved(SCOPE, 5),
        "first of the login": lambda j: j.oldest_numbered(SCOPE),
        "owner": lambda j: j.owners_by_id(150, "labs"),
        "facts": lambda j: j.facts(entry),
        "real": lambda j: j.holds_real_entries(),
        "a write": lambda j: j.mark_shown(entry, when),
    }
    steps = {name: (small.of(look), large.of(look)) for name, look in looks.items()}
    small.journal.close()
    large.journal.close()

    assert all(few > 0 for few, _ in steps.values())
    assert {name: found for name, found in steps.items() if found[1] > 2 * found[0]} == {}


def _any(journal: Journal) -> Entry:
    return journal.newest(1)[0]


# -- what was never taken -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "verdict",
    [
        *(Verdict(outcome, "no") for outcome in NEVER_TAKEN),
        Verdict(Outcome.CANCELLED, NEVER_SENT),
    ],
    ids=[*NEVER_TAKEN, "interrupted before it was sent"],
)
def test_what_was_never_taken_is_not_the_newest_of_its_reader(journal: Journal, verdict: Verdict) -> None:
    ended = journal.add(new_entry("a"), at(0))
    journal.record(ended, Verdict(Outcome.CANCELLED, "ended without a result"), at(1))
    journal.record(journal.add(new_entry("b"), at(2)), verdict, at(3))
    newest = journal.newest_on(ended.terminal.smart_terminal_id, at(0))

    assert newest is not None
    assert newest.key == "a"
