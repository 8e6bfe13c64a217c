"""Batches close at a set hour, Pacific time; what is in them is settled, and deposited later."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pjterm.simulator.shop import batches, customer
from pjterm.simulator.shop.guesses import Guesses
from pjterm.simulator.shop.inventory import Account
from pjterm.simulator.shop.scenarios import Brand, Conduct, Rule, Scenario
from tests.simulator.driver import CARD, NOON, T1, T2, Driver, wrong

DAY = 86_400.0


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("after", "close"),
    [
        ("2026-07-01T12:00", "2026-07-02T00:00"),
        ("2026-07-02T00:00", "2026-07-03T00:00"),
        ("2026-01-15T12:00", "2026-01-16T01:00"),
        ("2026-03-08T02:00", "2026-03-09T00:00"),  # 23 hours later: the clocks were set forward
        ("2026-11-01T00:00", "2026-11-02T01:00"),  # 25 hours later
    ],
)
def test_a_batch_closes_at_5_pm_pacific_time(after: str, close: str) -> None:
    assert batches.next_close(Account(), at(after)) == at(close)


def test_a_batch_may_close_at_another_hour_or_never() -> None:
    assert batches.next_close(Account(closes="20:00"), at("2026-07-01T12:00")) == at("2026-07-02T03:00")
    assert batches.next_close(Account(closes="never"), 0.0) is None


def test_a_settlement_adds_up_by_brand_action_and_status(tmp_path: Path) -> None:
    rules = (Rule(Conduct(brand=Brand.MASTERCARD), terminal="T2"),)
    shop = Driver(tmp_path, Scenario("brands", "", rules, same_card=True))
    shop.paid("10.00", allowTips="true")
    shop.paid("5.50")
    shop.paid("0.05")
    shop.paid("7.00", terminal=T2)
    shop.paid("2.00", action="REFUND")
    shop.put(f"/transactions/{shop.paid('3.00')}", {"status": "VOID"})
    shop.now += DAY
    shown = shop.get("/settlements/501")

    assert {k: v for k, v in shown.items() if k != "breakdown"} == {
        "settlementId": 501, "terminalId": 10001, "created": "2026-09-22T00:00:00Z", "amountNet": 21.5,
        "status": "COMPLETE",
    }  # fmt: skip
    assert [tuple(row.values()) for row in shown["breakdown"]] == [
        ("MASTERCARD", "CHARGE", "CAPTURED", 1, 7.0),
        ("VISA", "CHARGE", "CAPTURED", 2, 16.5),
        ("VISA", "CHARGE", "DECLINED", 1, 0.05),
        ("VISA", "CHARGE", "VOID", 1, 3.0),
        ("VISA", "REFUND", "CAPTURED", 1, 2.0),
    ]


def test_a_verification_is_in_no_settlement(shop: Driver) -> None:
    verify = CARD | {"action": "VERIFY", "amountBase": "0.00"}
    verified = shop.post("/transactions", verify)["transactionId"]
    shop.now += DAY
    without = shop.get("/settlements")["results"]
    shop.paid("5.00")
    shop.post("/transactions", verify)
    shop.now += DAY

    assert without == []
    assert [row["action"] for row in shop.get("/settlements/501")["breakdown"]] == ["CHARGE"]
    assert shop.get(f"/transactions/{verified}")["settlement"] == {"settled": False}


def test_transactions_name_their_settlement_and_are_found_by_it(shop: Driver) -> None:
    first = shop.paid()
    declined = shop.paid("0.05")
    shop.now += DAY
    second = shop.paid()

    assert shop.get(f"/transactions/{first}")["settlement"] == {"settled": True, "settlementId": 501}
    assert shop.get(f"/transactions/{second}")["settlement"] == {"settled": False}
    assert [t["transactionId"] for t in shop.get("/transactions?settlementId=501")["results"]] == [first]
    assert [t["transactionId"] for t in shop.get("/transactions?settlementId=0")["results"]] == [second, declined]


def test_a_sale_just_after_the_close_is_in_the_next_batch_whenever_it_is_read(shop: Driver) -> None:
    """Two sales, before and after midnight UTC; the next call comes two days later."""
    shop.now = NOON + 12 * 3600 - 3.0
    shop.pay("1.00")  # the customer acts 2 s later
    shop.now += 2.0
    late = shop.pay("2.00", terminal=T2)
    shop.now += 2 * DAY
    batch = [shop.get(f"/transactions/{n}")["settlement"]["settlementId"] for n in (10001, 10002)]

    assert batch == [501, 502]
    assert shop.poll(late)["transactionId"] == 10002


def test_new_books_are_not_closed_while_a_test_runs_at_5_pm(shop: Driver) -> None:
    """So a sale can be voided at any time of day; a day later it is settled as usual."""
    shop.now = at("2026-07-02T00:00") - 6.0
    shop.world.reset()
    sales = [shop.paid(), shop.paid()]

    assert shop.call("PUT", f"/transactions/{sales[0]}", {"status": "VOID"}).status == 200
    shop.now += 86_400.0
    assert shop.get(f"/transactions/{sales[1]}")["settlement"]["settled"]


def test_a_settlement_is_pending_until_the_banks_have_processed_it(shop: Driver) -> None:
    shop.paid()
    shop.now = NOON + 12 * 3600 + 10.0
    seen = [shop.get("/settlements")["results"][0]["status"], shop.get("/deposits")["results"]]
    shop.now += 3600.0

    assert seen == ["PENDING", []]
    assert shop.get("/settlements")["results"][0]["status"] == "COMPLETE"
    assert len(shop.get("/deposits")["results"]) == 1


def test_a_day_without_a_sale_has_no_settlement(shop: Driver) -> None:
    shop.paid("0.05")
    shop.now += 10 * DAY

    assert shop.get("/settlements")["results"] == []


def test_a_deposit_combines_a_merchant_number_s_batches_of_a_day(tmp_path: Path) -> None:
    """Monday's two batches are deposited on Tuesday, Friday's on Monday."""
    accounts = (Account(), Account(10002, "Second Batch"))
    shop = Driver(tmp_path, Scenario("two", "", same_card=True, accounts=accounts))
    for terminal in ("10001", "10002"):
        shop.post("/transactions", CARD | {"amountBase": "5.00", "terminalId": terminal})
    shop.now += 4 * DAY  # Friday
    shop.post("/transactions", CARD | {"amountBase": "2.00"})
    shop.now += DAY
    found = shop.get("/deposits")["results"]

    assert [(d["depositDate"], d["amountNet"]) for d in found] == [("2026-09-28", 2.0), ("2026-09-22", 10.0)]
    assert found[1]["breakdown"] == [
        {"type": "BATCH", "amount": 10.0, "details": [{"accountType": "VISA", "amount": 10.0}]}
    ]
    assert shop.get(f"/deposits/{found[1]['depositId']}") == found[1]


@pytest.mark.parametrize("path", ["/settlements/999", "/settlements/x", "/deposits/x"])
def test_an_unknown_settlement_is_404(shop: Driver, path: str) -> None:
    assert shop.call("GET", path).status == 404


def test_settlements_of_an_unknown_account_are_rejected(shop: Driver) -> None:
    assert wrong(shop.call("GET", "/settlements?terminalId=7")) == [("terminalId", "invalid")]


def test_a_merchant_not_underwritten_by_payjunction_has_no_deposits(tmp_path: Path) -> None:
    shop = Driver(tmp_path, Scenario("other", "", guesses=Guesses(underwritten=False)))

    assert [shop.call("GET", path).status for path in ("/deposits", "/deposits/x")] == [403, 403]


# -- hold -----------------------------------------------------------------------------------------


def test_a_hold_lasts_six_days_and_is_voided_on_the_seventh(shop: Driver) -> None:
    number = shop.post("/transactions", CARD | {"amountBase": "5.00", "status": "HOLD"})["transactionId"]
    statuses = []
    for _day in range(8):
        statuses.append(shop.get(f"/transactions/{number}")["status"])
        shop.now += DAY - 1.0

    assert statuses == ["HOLD"] * 7 + ["VOID"]


@pytest.mark.parametrize(
    "scenario", [{"accounts": (Account(closes="never"),)}, {"settle_after": 60.0}], ids=["by hand", "soon"]
)
def test_a_hold_is_voided_even_if_no_batch_closes_at_an_hour(tmp_path: Path, scenario: dict[str, Any]) -> None:
    shop = Driver(tmp_path, Scenario("own", "", **scenario))
    number = shop.post("/transactions", CARD | {"amountBase": "5.00", "status": "HOLD"})["transactionId"]
    shop.now += 6 * DAY
    before = shop.get(f"/transactions/{number}")["status"]
    shop.now += DAY

    assert (before, shop.get(f"/transactions/{number}")["status"]) == ("HOLD", "VOID")


def test_a_captured_hold_is_settled_with_that_day(shop: Driver) -> None:
    number = shop.post("/transactions", CARD | {"amountBase": "5.00", "status": "HOLD"})["transactionId"]
    shop.now += 3 * DAY
    said = shop.put(f"/transactions/{number}", {"status": "CAPTURE", "amountBase": "4.00"})
    shop.now += DAY

    assert (said["status"], said["amountTotal"]) == ("CAPTURE", "4.00")
    assert shop.get("/settlements/501")["created"] == "2026-09-25T00:00:00Z"


# -- closed by hand, or soon ----------------------------------------------------------------------


def test_a_scenario_may_close_the_batch_some_seconds_after_its_first_sale(tmp_path: Path) -> None:
    shop = Driver(tmp_path, Scenario("soon", "", settle_after=60.0))
    first, second = shop.paid(), shop.paid()
    shop.now += 58.0

    assert [shop.get(f"/transactions/{n}")["settlement"]["settled"] for n in (first, second)] == [True, True]
    assert shop.get("/settlements")["results"][0]["amountNet"] == 25.0


# -- an account with a surcharge ------------------------------------------------------------------

SURCHARGE = Scenario("surcharge", "", same_card=True, accounts=(Account(surcharge=Decimal("3.00")),))


@pytest.fixture
def surcharging(tmp_path: Path) -> Driver:
    return Driver(tmp_path, SURCHARGE)


def test_the_surcharge_is_a_share_of_all_other_amounts(surcharging: Driver) -> None:
    """The documented sample: 3 % of 7.11 is 0.21."""
    form = {"amountTax": "3.00", "amountShipping": "1.00", "allowTips": "true"}
    said = surcharging.get(f"/transactions/{surcharging.paid('2.11', **form)}")

    assert (said["amountSurcharge"], said["amountTotal"]) == ("0.21", "7.32")
    assert said["surcharge"] == {"percentage": 3.0, "status": "APPLIED"}
    assert surcharging.get("/terminals")["results"][0]["surcharge"] == {"enabled": True, "percentage": 3.0}


@pytest.mark.parametrize(
    ("form", "total"),
    [({"amountTax": "1.00"}, "6.18"), ({"amountSurcharge": ""}, "5.00"), ({"action": "REFUND"}, "5.00")],
)
def test_the_customer_sees_the_surcharge_in_the_total_before_paying(
    surcharging: Driver, form: dict[str, str], total: str
) -> None:
    request_id = surcharging.pay("5.00", **form)
    surcharging.now += 1.0
    with surcharging.world.moment() as m:
        seen = customer.screens(m)[0]["total"]
    number = surcharging.poll(request_id, 5.0)["transactionId"]

    assert (seen, surcharging.get(f"/transactions/{number}")["amountTotal"]) == (total, total)


@pytest.mark.parametrize(("sent", "total"), [("0.00", "10.00"), ("", "10.00")])
def test_zero_and_blank_turn_the_surcharge_off(surcharging: Driver, sent: str, total: str) -> None:
    numbers = [
        surcharging.paid("10.00", amountSurcharge=sent),
        surcharging.post("/transactions", CARD | {"amountBase": "10.00", "amountSurcharge": sent})["transactionId"],
    ]

    assert [surcharging.get(f"/transactions/{n}")["amountTotal"] for n in numbers] == [total, total]


def test_a_debit_card_pays_no_surcharge(tmp_path: Path) -> None:
    rules = (Rule(Conduct(pin_debit=True)),)
    shop = Driver(tmp_path, Scenario("debit", "", rules, accounts=SURCHARGE.accounts))

    assert shop.get(f"/transactions/{shop.paid('10.00')}")["amountTotal"] == "10.00"


@pytest.mark.parametrize("route", ["reader", "transactions", "change"])
def test_a_surcharge_cannot_be_stated(surcharging: Driver, route: str) -> None:
    number = surcharging.paid("10.00")
    calls: dict[str, tuple[str, str, dict[str, str]]] = {
        "reader": ("POST", f"/smartterminals/{T1}/request-payment", {"amountBase": "5", "terminalId": "10001"}),
        "transactions": ("POST", "/transactions", CARD | {"amountBase": "5.00"}),
        "change": ("PUT", f"/transactions/{number}", {}),
    }
    method, path, form = calls[route]
    refused = surcharging.call(method, path, form | {"amountSurcharge": "0.15"})

    assert wrong(refused) == [("amountSurcharge", "invalid")]
    assert b"amountSurcharge is not allowed on a surcharge-enabled terminal." in refused.body


def test_an_invalid_surcharge_is_rejected_like_any_other(surcharging: Driver) -> None:
    refused = surcharging.call("POST", "/transactions", CARD | {"amountBase": "5.00", "amountSurcharge": "some"})

    assert wrong(refused) == [("amountSurcharge", "invalid")]


def test_a_reader_of_another_model_rejects_it(surcharging: Driver) -> None:
    form = {"amountBase": "5.00", "terminalId": "10001"}
    refused = surcharging.call("POST", f"/smartterminals/{T2}/request-payment", form)

    assert refused.status == 400
    assert "does not support payment requests" in json.loads(refused.body)["errors"][0]["message"]


def tipped(shop: Driver) -> dict[str, Any]:
    number = shop.paid("10.00")
    return dict(shop.put(f"/transactions/{number}", {"amountTip": "2.00"}))


def test_a_later_tip_does_not_change_the_surcharge(surcharging: Driver) -> None:
    assert tipped(surcharging)["amountTotal"] == "12.30"


def test_a_later_tip_may_change_the_surcharge_as_a_guess(tmp_path: Path) -> None:
    guesses = Guesses(surcharge_follows_edits=True)
    shop = Driver(tmp_path, Scenario("follows", "", accounts=SURCHARGE.accounts, guesses=guesses))

    assert tipped(shop)["amountTotal"] == "12.36"
