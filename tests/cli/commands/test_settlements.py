"""`settlements`, `deposits` and `reconcile --settlement` against the simulator's batches."""

from __future__ import annotations

from pjterm.simulator.shop.inventory import ACCOUNT
from tests.cli.commands.counter import call, charged
from tests.cli.memory import Shop, Stage


def settled(shop: Shop, ago: float = 0.0) -> int:
    """The number of the newest settlement, closed that many seconds ago."""
    shop.close_batch(ago)
    return int(call(shop, "GET", "/settlements/")["results"][0]["settlementId"])


def test_settlements_are_listed_and_shown(stage: Stage) -> None:
    shop, till = stage.open()
    till.run("charge", "10", "-k", "a")
    till.run("charge", "0.05", "-k", "b")
    number = settled(shop)
    charged(shop, "2.50")
    later = settled(shop)

    listed = till.run("settlements", "list", "--json")
    as_csv = till.run("settlements", "list", "--csv", "--limit", "1")
    shown = till.run("settlements", "show", str(number))
    screen = till.run_at(80, "settlements")

    assert [(later, "2.50"), (number, "10.00")] == [(i["settlementId"], i["amountNet"]) for i in listed.json["items"]]
    assert [str(later), "2.50"] == [as_csv.out.splitlines()[1].split(",")[n] for n in (0, 3)]
    assert f"settlement {number}" in shown.out
    assert shown.out.splitlines()[1].split() == ["VISA", "CHARGE", "CAPTURED", "1", "10.00"]
    assert (screen.code, str(later) in screen.out) == (0, True)


def test_a_settlement_that_matches_the_journal_and_the_transactions_is_0(stage: Stage) -> None:
    shop, till = stage.open()
    till.run("charge", "10", "-k", "a")
    paid = till.run("charge", "20", "-k", "b", "--json").json["transactionId"]
    till.run("refund", "4", "--transaction", str(paid), "-y")
    number = settled(shop)

    run = till.run("reconcile", "--settlement", str(number), "--json")

    assert (run.code, run.json["items"], run.json["settlement"]["amountNet"]) == (0, [], "26.00")
    assert run.json["sources"] == {"entries": 3, "transactions": 3, "events": None, "eventsRemoved": None}


def test_untracked_money_in_a_batch_is_a_difference(stage: Stage) -> None:
    shop, till = stage.open()
    till.run("charge", "10", "-k", "a")
    untracked = charged(shop, "6.00")

    run = till.run("reconcile", "--settlement", str(settled(shop)), "--json")

    assert (13, [("money-without-entry", [untracked])]) == (
        run.code, [(i["difference"], i["transactionIds"]) for i in run.json["items"]],
    )  # fmt: skip


def test_deposits_are_listed_and_shown(stage: Stage) -> None:
    shop, till = stage.open()
    till.run("charge", "10", "-k", "a")
    settled(shop, ago=7200.0)

    listed = till.run("deposits", "list", "--merchant", ACCOUNT.merchant_number, "--json").json["items"]
    shown = till.run("deposits", "show", listed[0]["depositId"], "--json").json["item"]
    text = till.run("deposits", "show", listed[0]["depositId"])

    assert [item["amountNet"] for item in listed] == ["10.00"]
    assert listed[0] == shown
    assert text.out.splitlines()[-1].split() == ["batch", "Visa", "10.00"]
