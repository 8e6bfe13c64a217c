"""A damaged journal stops money: the same line is refused and posts nothing until the user accepts the journal."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from pjterm.core.hints import commands
from tests.cli import memory
from tests.cli.memory import Stage
from tests.cli.till import Run, Shop, Till, ended

AnyTill = memory.Till | Till
SALE = ("charge", "12.50", "--key", "order-1")


def header(till: AnyTill) -> None:
    file = till.state / "journal.sqlite"
    file.write_bytes(b"garbage!" * 4 + file.read_bytes()[32:])


def whole_file(till: AnyTill) -> None:
    (till.state / "journal.sqlite").write_bytes(b"not a database at all" * 500)


def cut(till: AnyTill) -> None:
    file = till.state / "journal.sqlite"
    file.write_bytes(file.read_bytes()[: 4096 * 3])


def removed(till: AnyTill) -> None:
    (till.state / "journal.sqlite").unlink()


def emptied(till: AnyTill) -> None:
    (till.state / "journal.sqlite").write_bytes(b"")


def another_key(till: AnyTill) -> None:
    db = sqlite3.connect(till.state / "journal.sqlite")
    db.execute("UPDATE entries SET key = 'order-2' WHERE key = 'order-1'")
    db.commit()
    db.close()


def a_forged_outcome(till: AnyTill) -> None:
    db = sqlite3.connect(till.state / "journal.sqlite")
    db.execute("UPDATE entries SET outcome = 'cancelled', transaction_id = NULL WHERE key = 'order-1'")
    db.commit()
    db.close()


def an_older_copy(till: AnyTill) -> None:
    shutil.copy(till.state / "older.sqlite", till.state / "journal.sqlite")


def a_page(till: AnyTill) -> None:
    file = till.state / "journal.sqlite"
    file.write_bytes(file.read_bytes()[:4096] + b"\xfe" * 4096 + file.read_bytes()[8192:])


def config_lost_too(till: AnyTill) -> None:
    header(till)
    (till.config / "config.toml").unlink()


DAMAGES = [header, whole_file, cut, removed, emptied, another_key, a_forged_outcome, an_older_copy, config_lost_too]


def posts(shop: memory.Shop) -> int:
    return len([p for p in shop.posts if p == "request-payment"])


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda d: d.__name__)
def test_the_same_line_after_damage_is_refused_and_posts_nothing(
    stage: Stage, damage: Callable[[AnyTill], None]
) -> None:
    shop, till = stage.open()
    shop.world.shortcut = False
    till.run("prompt", "Ready?")
    till.run("journal", "backup", str(till.state / "older.sqlite"))
    assert till.run(*SALE).code == 0
    damage(till)
    again = [till.run(*SALE), till.run("charge", "12.50"), till.run("refund", "12.50", "--yes"), till.run(*SALE)]

    assert [r.code for r in again] == [10] * 4, [r.err for r in again]
    assert all("journal" in r.err and "pjterm journal accept" in r.err for r in again)
    assert [r.err.count("Nothing was sent.") for r in again] == [1] * 4
    assert [r.out for r in again] == [""] * 4
    assert posts(shop) == 1
    assert len(shop.charges()) == 1
    if damage is not config_lost_too:
        till.write_profile(memory.SIMULATOR)  # where no TLS needs to be tried
    checked = till.run("doctor", "--json")
    assert (checked.code, {i["name"]: i["status"] for i in checked.json["items"]}["journal"]) == (13, "bad")


def test_an_acceptance_is_reported_and_the_till_sells_again(shop_and_till: tuple[Shop, Till]) -> None:
    _, till = shop_and_till
    till.run(*SALE)
    header(till)
    refused = till.run("journal", "accept")
    child = till.spawn("journal", "accept")
    child.expect("Go on with this journal as it is")
    child.sendline("y")
    code, _ = ended(child)
    verified = till.run("journal", "verify", "--json")

    assert (refused.code, code, verified.code) == (10, 0, 0)
    assert verified.json["item"]["accepted"][0]["found"] == [
        "the file is not a readable database (file is not a database)"
    ]
    assert till.run("charge", "3.00").code == 0


def test_verify_names_what_changed_and_what_it_cannot_prove(shop_and_till: tuple[Shop, Till]) -> None:
    _, till = shop_and_till
    till.run(*SALE)
    whole = till.run("journal", "verify")
    another_key(till)
    changed: Run = till.run("journal", "verify", "--json")

    assert whole.code == 0
    assert whole.out.startswith("whole: ")
    assert "not provable here" in whole.err
    assert changed.code == 13
    assert changed.json["item"]["damage"] == ["entry 1 (key order-2) was changed by another program"]


def test_a_backup_of_a_working_till_is_complete(shop_and_till: tuple[Shop, Till]) -> None:
    _, till = shop_and_till
    till.run(*SALE)
    run = till.run("journal", "backup", "copy.sqlite")
    db = sqlite3.connect(till.root / "copy.sqlite")
    rows = db.execute("SELECT key, amount, outcome FROM entries").fetchall()
    db.close()

    assert (run.code, run.out) == (0, f"{till.root / 'copy.sqlite'}\n")
    assert rows == [("order-1", "12.50", "approved")]
    assert till.run("journal", "backup", "copy.sqlite").code == 10


@pytest.mark.parametrize("damage", [another_key, an_older_copy, a_page])
def test_a_backup_of_a_damaged_journal_reports_the_damage(stage: Stage, damage: Callable[[AnyTill], None]) -> None:
    """A job that keeps only the newest copies would otherwise silently replace the good ones."""
    shop, till = stage.open()
    shop.world.shortcut = False
    till.run("charge", "3.00")
    till.run("journal", "backup", str(till.state / "older.sqlite"))
    till.run(*SALE)
    damage(till)
    target = till.state / "copy.sqlite"
    run = till.run("journal", "backup", str(target))

    assert (run.code, run.out, target.exists()) == (13, f"{target}\n", True)
    assert "This is a copy of a damaged journal" in run.err


@pytest.mark.parametrize("line", [("verify",), ("backup", "copy.sqlite"), ("accept", "--yes")], ids=" ".join)
def test_a_missing_journal_is_not_created(stage: Stage, line: tuple[str, ...]) -> None:
    _, till = stage.open()
    run = till.run("journal", *line)

    assert (run.code, "there is no journal yet" in run.err) == (2, True)
    assert not (till.state / "journal.sqlite").exists()


def newer(till: AnyTill) -> None:
    db = sqlite3.connect(till.state / "journal.sqlite")
    db.execute("PRAGMA user_version = 99")
    db.commit()
    db.close()


def damaged_by(stage: Stage, damage: Callable[[AnyTill], None], *, profile: bool) -> memory.Till:
    """A till that has sold transaction 10001 and whose journal was then damaged."""
    shop, till = stage.open()
    shop.world.shortcut = False
    till.run(*SALE)
    damage(till)
    if profile:
        till.write_profile(memory.SIMULATOR)  # where doctor needs no TLS
    else:
        (till.config / "config.toml").unlink()
    return till


def test_without_a_profile_a_damaged_journal_suggests_commands_that_work(stage: Stage) -> None:
    till = damaged_by(stage, removed, profile=False)
    refused = till.run("charge", "12.50")
    named = [line.strip().removeprefix("Next: ") for line in commands(refused.err)]
    checked = till.run("doctor", "--json")

    assert named == ["pjterm transactions list -p simulator", "pjterm profiles add", "pjterm journal accept"]
    assert till.run("transactions", "list", "-p", "simulator").code == 0
    assert [(i["name"], i["status"]) for i in checked.json["items"]] == [
        ("config", "bad"), ("state", "ok"), ("journal", "bad"),
    ]  # fmt: skip


@pytest.mark.parametrize("line", ["status 10001", "transactions show 10001", "receipt 10001"])
def test_a_damaged_journal_hides_no_transaction_named_by_its_id(stage: Stage, line: str) -> None:
    till = damaged_by(stage, removed, profile=True)
    refused = till.run(*line.split())

    assert (refused.code, commands(refused.err)[0]) == (10, "pjterm transactions show tx:10001")
    assert till.run("transactions", "show", "tx:10001", "--json").code == 0


@pytest.mark.parametrize(
    "line",
    ["status order-1", "why order-1", "resume order-1", "resume", "requests show order-1", "requests list --open",
     "cancel -t T1"],
)  # fmt: skip
def test_a_damaged_journal_proves_no_absence(stage: Stage, line: str) -> None:
    till = damaged_by(stage, another_key, profile=True)
    asked = till.run(*line.split())

    assert (asked.code, asked.out) == (10, "")
    assert "pjterm journal accept" in asked.err


@pytest.mark.parametrize("line", ["why order-2", "requests show order-2", "requests list", "reconcile"])
def test_entries_of_a_damaged_journal_are_shown_with_a_warning(stage: Stage, line: str) -> None:
    till = damaged_by(stage, another_key, profile=True)
    asked = till.run(*line.split(), "-q")

    assert "the journal is damaged: what is shown may be untrue or incomplete" in asked.err
    assert asked.err.count("is damaged") == 1


def test_a_journal_of_a_newer_pjterm_asks_for_an_update_and_not_for_an_acceptance(stage: Stage) -> None:
    till = damaged_by(stage, newer, profile=True)
    runs = [till.run("charge", "1"), till.run("journal", "verify"), till.run("doctor")]
    accepted = till.run("journal", "accept")

    assert [run.code for run in runs] == [10, 13, 13]
    assert ["pdate pjterm" in run.out + run.err for run in runs] == [True] * 3
    assert ["journal accept" in run.out + run.err or "damaged" in run.out + run.err for run in runs] == [False] * 3
    assert (accepted.code, "It may be whole: rather update pjterm" in accepted.err) == (10, True)


def test_the_time_of_an_acceptance_is_in_the_profile_s_zone(stage: Stage) -> None:
    till = damaged_by(stage, another_key, profile=True)
    till.write_profile(memory.SIMULATOR, timezone="America/New_York")
    accepted = till.run("journal", "accept", "--yes", "--json").json["item"]["accepted"][0]["at"]
    at = datetime.fromisoformat(accepted).astimezone(ZoneInfo("America/New_York"))
    verified, checked = till.run("journal", "verify"), till.run("doctor")

    assert (accepted[-1], f"accepted {at:%Y-%m-%d %H:%M:%S} EST: entry 1" in verified.out) == ("Z", True)
    assert f"damage was accepted {at:%Y-%m-%d %H:%M:%S} EST\t" in checked.out
