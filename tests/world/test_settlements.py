"""`settlements`, `deposits` and `reconcile --settlement`: untracked, rejected or unreadable items are named."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import faults
from tests.world.service import ACCOUNT
from tests.world.till import Run, Till, World

DEPOSIT = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"


def settle(world: World, account: int = ACCOUNT, **more: Any) -> None:
    """Settle everything so far in batch 512."""
    net = sum(b.total for b in world.books.all if b.took_money) / 100
    batch = {"settlementId": 512, "terminalId": account, "created": "2026-11-23T01:00:03Z", "status": "COMPLETE",
             "amountNet": net}  # fmt: skip
    rows = [{"brand": "VISA", "action": "CHARGE", "status": "CAPTURED", "count": len(world.paid()), "amount": net}]
    world.service.documents |= {
        "/settlements/": {"results": [batch | more]}, "/settlements/512": {**batch, "breakdown": rows} | more,
    }  # fmt: skip

    def rewrite(said: dict[str, Any], _: bool) -> None:
        said["settlement"] = {"settled": True, "settlementId": 512}

    world.books.showing.rewrite = rewrite


def reconciled(till: Till) -> Run:
    return till.run("reconcile", "--settlement", "512", "--json")


def test_a_batch_of_this_account_agrees_and_accounts_are_not_mentioned(world: World, till: Till) -> None:
    till.run("charge", "20", "-k", "a")
    settle(world)
    run = reconciled(till)

    assert (run.code, run.json["items"], "is of account" in run.err) == (0, [], False)


def test_a_batch_with_numbers_written_as_text_is_the_same(world: World, till: Till) -> None:
    till.run("charge", "20", "-k", "a")
    settle(world, settlementId="512", terminalId=str(ACCOUNT))
    run = reconciled(till)

    assert (run.code, run.json["items"], "is of account" in run.err) == (0, [], False)


def test_a_batch_of_another_account_and_its_untracked_items_are_named(world: World, till: Till) -> None:
    untracked = world.service.others_charge("20.00", account=10002)
    settle(world, account=10002)
    run = reconciled(till)

    assert run.code == 13
    assert "settlement 512 is of account 10002; profile till sells for 10001" in run.err
    assert [(i["difference"], i["transactionIds"]) for i in run.json["items"]] == [
        ("money-without-entry", [untracked.id])
    ]


@pytest.mark.parametrize("line", [("settlements", "show", "99"), ("reconcile", "--settlement", "99")])
def test_a_batch_that_this_login_may_not_see_is_the_api_s_rejection(till: Till, line: tuple[str, ...]) -> None:
    run = till.run(*line, "--json")
    error = run.json["error"]

    assert (run.code, run.json["outcome"], error["hint"]) == (11, "rejected", "see: pjterm settlements list")
    assert error["message"] == "PayJunction has no settlement 99 for this login"


@pytest.mark.parametrize("change", [{"amountNet": "much"}, {"terminalId": None}, {"created": "soon"}], ids=str)
def test_an_unreadable_batch_is_compared_with_nothing(world: World, till: Till, change: dict[str, Any]) -> None:
    till.run("charge", "20", "-k", "a")
    settle(world, **change)
    listed, run = till.run("settlements", "list"), reconciled(till)

    assert [listed.code, run.code, run.out] == [13, 13, ""]
    assert all(f"incomplete: settlement 512: {name} cannot be read" in run.err for name in change)


@pytest.mark.parametrize("breakdown", [5, {"a": 1}, "x", [5], None], ids=str)
@pytest.mark.parametrize("columns", [None, 80])
def test_a_breakdown_with_another_shape_is_named(world: World, till: Till, breakdown: Any, columns: int | None) -> None:
    settle(world, breakdown=breakdown)
    world.service.documents[f"/deposits/{DEPOSIT}"] = deposit = {
        "depositId": DEPOSIT, "depositDate": "2026-11-22", "amountBatch": 1, "amountFee": 0, "amountChargeback": 0,
        "amountOther": 0, "amountNet": 1, "breakdown": [{"type": "BATCH", "details": breakdown}],
    }  # fmt: skip
    runs = [
        till.run("settlements", "show", "512", columns=columns),
        till.run("deposits", "show", DEPOSIT, columns=columns),
    ]
    deposit["breakdown"] = breakdown
    runs.append(till.run("deposits", "show", DEPOSIT, columns=columns))

    assert [run.code for run in runs] == [13, 13, 13]
    assert all("breakdown cannot be read" in run.err for run in runs)


@pytest.mark.parametrize("change", [{"terminalId": [1]}, {"settlementId": {"a": 1}}], ids=str)
@pytest.mark.parametrize("columns", [None, 80])
def test_an_id_with_another_shape_is_named(
    world: World, till: Till, change: dict[str, Any], columns: int | None
) -> None:
    settle(world, **change)
    run = till.run("settlements", "list", columns=columns)

    assert (run.code, [name for name in change if f"{name} cannot be read" in run.err]) == (13, list(change))


@pytest.mark.parametrize("line", [("list",), ("show", DEPOSIT)], ids=lambda line: line[0])
def test_rejected_deposits_say_which_merchants_have_any(world: World, till: Till, line: tuple[str, ...]) -> None:
    world.faults.add(faults.says(403, "You do not have permission."), "nothing")
    run = till.run("deposits", *line, "--json")

    assert (run.code, run.error_code, run.out.count("\n")) == (4, "auth", 1)
    assert "only merchants that PayJunction underwrites" in run.json["error"]["hint"]


@pytest.mark.parametrize("fault", [faults.UNAUTHORIZED, faults.page(403)], ids=["401", "a proxy's page"])
def test_a_wrong_login_or_a_proxy_says_nothing_about_deposits(world: World, till: Till, fault: Any) -> None:
    world.faults.add(fault if isinstance(fault, faults.Fault) else faults.lost_request(fault), "nothing", times=1e9)
    run = till.run("deposits", "list", "--json")

    assert run.code in (4, 12)
    assert "underwrites" not in run.json["error"]["hint"]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("settlements show x", "ID"),
        ("settlements show 0", "ID"),
        ("settlements show", "ID"),
        ("deposits show 7", "ID"),
        ("deposits list --merchant a/b", "--merchant"),
        ("reconcile --settlement x", "--settlement"),
        ("reconcile --settlement 1 --day 2026-01-01", "--settlement"),
        ("settlements list --csv --json", "--csv"),
        ("settlements list --limit 0", "--limit"),
        ("report --day 2026-02-30", "--day"),
        ("reconcile --day yesterday", "--day"),
        ("report --csv --json", "--csv"),
    ],
)
def test_an_invalid_id_or_day_is_named_and_nothing_is_requested(
    world: World, till: Till, line: str, field: str
) -> None:
    run = till.run(*line.split(), "--json")

    assert (run.code, run.json["outcome"], world.service.calls) == (2, "usage", [])
    assert field in run.json["error"]["message"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (("settlements", "list", "--account", str(ACCOUNT)), 1),
        (("settlements", "list", "--account", "77"), 0),
        (("deposits", "list", "--merchant", "8001"), 1),
        (("deposits", "list", "--merchant", "8002"), 0),
    ],
)
def test_a_list_of_batches_or_deposits_has_only_those_that_were_asked_for(
    world: World, till: Till, line: tuple[str, ...], found: int
) -> None:
    """The service ignores the filter."""
    till.run("charge", "20", "-k", "a")
    settle(world)
    amounts = dict.fromkeys(("amountBatch", "amountFee", "amountChargeback", "amountOther", "amountNet"), "0.00")
    world.service.documents["/deposits/"] = {
        "results": [{"depositId": DEPOSIT, "depositDate": "2026-11-23", "merchantNumber": 8001} | amounts]
    }

    assert len(till.run(*line, "--json").json["items"]) == found
