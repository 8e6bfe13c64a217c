"""`reconcile`: it finds each planted difference, and nothing else."""

from __future__ import annotations

import csv
import io
import json

from tests.cli.commands.counter import call, charged
from tests.cli.memory import Shop, Stage, Till
from tests.world.service import START

ITEM_KEYS = {"difference", "says", "hint", "amount", "key", "terminal", "invoiceNumber", "transactionIds"}


def planted(stage: Stage) -> tuple[Shop, Till, dict[str, int]]:
    """A day with one difference of each kind that a shop can make."""
    shop, till = stage.open("[[request]]\nnth = 3\nacts = 90000.0\n")
    gone = till.run("charge", "3", "-k", "gone", "--json").json["transactionId"]
    good = till.run("charge", "4", "-k", "good", "--json").json["transactionId"]
    till.run("charge", "5", "-k", "open", "--no-wait")
    call(shop, "PUT", f"/transactions/{gone}", status="VOID")
    untracked = charged(shop, "6.00")
    return shop, till, {"gone": gone, "good": good, "untracked": untracked}


def test_reconcile_finds_each_planted_difference_and_nothing_else(stage: Stage) -> None:
    _, till, ids = planted(stage)

    run = till.run("reconcile", "--json")

    result = run.json
    assert (run.code, result["schema"]) == (13, "pjterm.reconcile/1")
    assert set(result) == {
        "schema", "day", "begin", "end", "timezone", "settlement", "sources", "incomplete", "unreadable", "held",
        "items",
    }  # fmt: skip
    assert set(result["items"][0]) == ITEM_KEYS
    assert [(i["difference"], i["key"], i["transactionIds"]) for i in result["items"]] == [
        ("money-without-entry", None, [ids["untracked"]]),
        ("entry-without-money", "gone", [ids["gone"]]),
        ("still-open", "open", []),
    ]
    assert result["sources"] == {"entries": 3, "transactions": 3, "events": None, "eventsRemoved": None}
    assert "without the relay's events" in run.err


def test_reconcile_as_csv_in_a_pipe_and_on_a_terminal(stage: Stage) -> None:
    _, till, ids = planted(stage)

    as_csv = till.run("reconcile", "--csv")
    piped = till.run("reconcile")
    shown = till.run_at(80, "reconcile")

    rows = list(csv.DictReader(io.StringIO(as_csv.out)))
    assert (as_csv.code, piped.code, shown.code) == (13, 13, 13)
    assert [r["difference"] for r in rows] == ["money-without-entry", "entry-without-money", "still-open"]
    assert rows[0]["transactions"] == str(ids["untracked"])
    assert [x.split("\t")[0] for x in piped.out.splitlines()] == [r["difference"] for r in rows]
    assert "pjterm resume open" in shown.out


def test_a_day_without_differences_exits_0(stage: Stage) -> None:
    _, till = stage.open()
    till.run("charge", "4")

    today, other = till.run("reconcile", "--json"), till.run("reconcile", "--day", "2020-01-31")

    assert (today.code, today.json["items"]) == (0, [])
    assert (other.code, other.out) == (0, "")


def test_the_relay_s_events_are_the_third_record(stage: Stage) -> None:
    _, till = stage.open()
    till.run("charge", "4")
    keep_event(till, 77777)

    run = till.run("reconcile", "--json")

    assert run.code == 13
    assert [(i["difference"], i["transactionIds"]) for i in run.json["items"]] == [
        ("event-without-transaction", [77777])
    ]
    assert run.json["sources"]["events"] == 1


def keep_event(till: Till, transaction_id: int) -> None:
    """An event that a relay of this till received earlier."""
    from pjterm.events.event import Arrival
    from pjterm.events.sqlite.store import SqliteStore

    body = {"id": "e1", "type": "TRANSACTION", "data": {"transactionId": transaction_id}}
    now = int(START.timestamp() * 1000)
    store = SqliteStore(till.state / "events.sqlite")
    store.append([Arrival("till-1", True, now, "e1", "TRANSACTION", None, None, json.dumps(body).encode(), b"")])
    store.close()
