"""The life of a request at the reader, at the simulator's documented times."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pjterm.simulator.shop.scenarios import (
    Act,
    Brand,
    CardEntry,
    Conduct,
    Customer,
    Fault,
    HttpRule,
    Rule,
    Scenario,
    Till,
)
from tests.simulator.driver import T1, T2, Driver

CONNECTING = {"status": "CONNECTING"}
IN_PROGRESS = {"status": "IN_PROGRESS"}
COMPLETE = {"status": "COMPLETE"}


def conducted(conduct: Conduct) -> Scenario:
    return Scenario("test", "for a test", (Rule(conduct),))


def test_a_payment_shows_its_result_before_complete(tmp_path: Path) -> None:
    """CONNECTING lasts 0.2 s, the customer acts at exactly 2.0 s, COMPLETE follows 0.5 s later."""
    shop = Driver(tmp_path)

    seen = shop.course(shop.pay(), 0.19, 0.2, 1.999, 2.0, 2.499, 2.5)

    result = {"transactionId": 10001}
    assert [CONNECTING, IN_PROGRESS, IN_PROGRESS, IN_PROGRESS | result, IN_PROGRESS | result,
            COMPLETE | result] == seen  # fmt: skip


def test_speed_divides_all_times(tmp_path: Path) -> None:
    shop = Driver(tmp_path, speed=10.0)

    assert shop.course(shop.pay(), 0.1, 0.25) == [IN_PROGRESS, COMPLETE | {"transactionId": 10001}]


@pytest.mark.parametrize(
    ("kind", "form", "result"),
    [
        ("prompt", [("text", "Tip?"), ("buttons[]", "Yes"), ("buttons[]", "No")], {"promptButton": "Yes"}),
        ("input", [("type", "PHONE")], {"inputValue": "8006010230"}),
        ("read", [], {"trackData": ";7090112233654321?"}),
    ],
)
def test_other_requests_answer_in_their_own_field(
    tmp_path: Path, kind: str, form: list[tuple[str, str]], result: dict[str, Any]
) -> None:
    shop = Driver(tmp_path)

    said = shop.post(f"/smartterminals/{T1}/request-{kind}", [("terminalId", "10001"), *form])

    assert [IN_PROGRESS, IN_PROGRESS | result, COMPLETE | result] == shop.course(said["requestId"], 1.0, 2.0, 2.5)


def test_a_signature_has_an_image(tmp_path: Path) -> None:
    shop = Driver(tmp_path)
    said = shop.post(f"/smartterminals/{T1}/request-signature", {"terminalId": "10001", "terms": "Sign."})
    signature_id = shop.poll(said["requestId"], 2.5)["signatureId"]

    image = shop.call("GET", f"/smartterminals/signatures/{signature_id}/image", accept="image/png")

    assert (image.status, image.content_type, image.body[:8]) == (200, "image/png", b"\x89PNG\r\n\x1a\n")


COURSES: dict[str, list[tuple[float, dict[str, Any]]]] = {
    "approved": [(2.5, COMPLETE | {"transactionId": 10001})],
    "declined": [(2.0, IN_PROGRESS | {"transactionId": 10001}), (2.5, COMPLETE | {"transactionId": 10001})],
    "cancelled": [(2.2, IN_PROGRESS), (2.5, COMPLETE)],
    "busy": [(0.1, CONNECTING), (0.2, {"status": "BUSY"})],
    "unreachable": [(1.9, CONNECTING), (2.0, {"status": "NO_CONNECTION"})],
    "slow": [(1.9, CONNECTING), (9.9, IN_PROGRESS), (13.0, COMPLETE | {"transactionId": 10001})],
    "device-timeout": [(9.9, IN_PROGRESS), (10.0, COMPLETE)],
    "late-result": [(2.4, IN_PROGRESS), (2.5, COMPLETE), (5.4, COMPLETE),
                    (5.5, COMPLETE | {"transactionId": 10001})],
    "declined-then-approved": [(2.0, IN_PROGRESS | {"transactionId": 10001}),
                               (7.9, IN_PROGRESS | {"transactionId": 10001}),
                               (8.0, IN_PROGRESS | {"transactionId": 10002}),
                               (8.5, COMPLETE | {"transactionId": 10002})],
    "late-booking": [(2.5, COMPLETE), (60.0, COMPLETE)],
    "second-till": [(0.2, {"status": "BUSY"}), (60.0, {"status": "BUSY"})],
    "reset-elsewhere": [(1.4, IN_PROGRESS), (1.5, COMPLETE), (7.4, COMPLETE),
                        (7.5, COMPLETE | {"transactionId": 10001})],
    "partial": [(2.5, COMPLETE | {"transactionId": 10001})],
    "held": [(2.5, COMPLETE | {"transactionId": 10001})],
    "unknown-status": [(0.5, {"status": "AWAITING_DEVICE"}), (1.0, IN_PROGRESS),
                       (2.5, COMPLETE | {"transactionId": 10001})],
}  # fmt: skip


@pytest.mark.parametrize("name", COURSES)
def test_each_scenario_of_the_reader_takes_its_course(tmp_path: Path, name: str) -> None:
    shop = Driver(tmp_path, name)
    moments = [at for at, _ in COURSES[name]]

    assert [shown for _, shown in COURSES[name]] == shop.course(shop.pay(), *moments)


def test_the_other_till_uses_the_reader_once_and_a_sale_that_waits_is_paid(tmp_path: Path) -> None:
    shop = Driver(tmp_path, "second-till")

    assert shop.poll(shop.pay(), 5.0) == {"status": "BUSY"}
    assert shop.poll(shop.pay(), 5.0) == COMPLETE | {"transactionId": 10002}


def test_a_late_result_is_searchable_while_the_status_shows_none(tmp_path: Path) -> None:
    shop = Driver(tmp_path, "late-result")
    shop.pay(invoiceNumber="7")
    shop.now += 2.0

    assert [t["transactionId"] for t in shop.get("/transactions?invoiceNumber=7")["results"]] == [10001]


def test_a_second_request_on_a_busy_reader_never_runs(tmp_path: Path) -> None:
    shop = Driver(tmp_path)
    first = shop.pay()
    shop.now += 0.3
    second = shop.pay("3.00")

    assert shop.poll(second, 0.2) == {"status": "BUSY"}
    assert shop.poll(first, 9.0) == COMPLETE | {"transactionId": 10001}
    assert shop.poll(second) == {"status": "BUSY"}


def codes(shop: Driver) -> list[str]:
    """The response codes of all bookings, oldest first."""
    return [t["response"]["code"] for t in reversed(shop.get("/transactions")["results"])]


@pytest.mark.parametrize("customer", ["cancels", "leaves"])
def test_a_customer_who_does_not_pay_is_not_booked_later_either(tmp_path: Path, customer: str) -> None:
    shop = Driver(tmp_path, conducted(Conduct(customer=Customer(customer), booked=6.0)))

    assert shop.poll(shop.pay(), 60.0) == COMPLETE
    assert codes(shop) == []


@pytest.mark.parametrize("conduct", [Conduct(booked=6.0), Conduct(late=6.0)])
def test_a_customer_interrupted_before_paying_is_not_booked_later(tmp_path: Path, conduct: Conduct) -> None:
    shop = Driver(tmp_path, conducted(conduct))
    request_id = shop.pay()
    shop.call("POST", f"/smartterminals/{T1}/main")

    assert shop.poll(request_id, 60.0) == COMPLETE
    assert codes(shop) == []


@pytest.mark.parametrize("second", ["cancels", "leaves"])
@pytest.mark.parametrize("booked", [0.0, 6.0])
def test_a_second_card_that_is_not_presented_leaves_the_decline(tmp_path: Path, second: str, booked: float) -> None:
    conduct = Conduct(customer=Customer.DECLINED, second=Customer(second), booked=booked)
    shop = Driver(tmp_path, conducted(conduct))

    assert shop.poll(shop.pay(), 60.0) == COMPLETE | {"transactionId": 10001}
    assert codes(shop) == ["05"]


def test_a_second_card_that_is_booked_late_comes_after_the_decline(tmp_path: Path) -> None:
    conduct = Conduct(customer=Customer.DECLINED, second=Customer.PAYS, booked=6.0)
    shop = Driver(tmp_path, conducted(conduct))

    seen = shop.course(shop.pay(), 4.0, 9.9, 10.0)

    assert [s["transactionId"] for s in seen] == [10001, 10001, 10002]
    assert codes(shop) == ["05", "00"]


def test_after_a_reset_a_card_that_was_in_is_booked_as_late_as_planned(tmp_path: Path) -> None:
    shop = Driver(tmp_path, conducted(Conduct(acts=5.0, card_in=4.0, main_hides=True, booked=6.0)))
    request_id = shop.pay()
    shop.now += 1.0
    shop.call("POST", f"/smartterminals/{T1}/main")

    assert shop.course(request_id, 9.4, 9.5) == [COMPLETE, COMPLETE | {"transactionId": 10001}]


def test_a_rejected_call_leaves_its_fault_to_the_next_accepted_one(tmp_path: Path) -> None:
    http = (HttpRule(Fault.HTTP_500, "POST /transactions"),)
    shop = Driver(tmp_path, Scenario("x", "x", http=http))
    refund = {"action": "REFUND", "transactionId": "10001"}
    seen = [shop.call("POST", "/transactions", refund).status]
    shop.paid()
    seen += [shop.call("POST", "/transactions", refund).status for _ in range(2)]

    assert seen == [400, 500, 400]


def test_readers_do_not_disturb_each_other(tmp_path: Path) -> None:
    shop = Driver(tmp_path)
    first = shop.pay(terminal=T1)
    shop.now += 0.3
    second = shop.pay(terminal=T2)

    assert [shop.poll(r, 3.0)["status"] for r in (first, second)] == ["COMPLETE", "COMPLETE"]


def test_interrupting_ends_the_running_request_without_a_result(tmp_path: Path) -> None:
    shop = Driver(tmp_path)
    first = shop.pay()
    shop.now += 1.0
    second = shop.pay("3.00", interruptBusyTerminal="true")

    assert shop.poll(first, 0.2) == COMPLETE
    assert shop.poll(second, 3.0) == COMPLETE | {"transactionId": 10001}


def test_before_2018_06_19_a_payment_interrupts_by_default(tmp_path: Path) -> None:
    shop = Driver(tmp_path)
    first = shop.pay(version="2018-06-01")
    shop.now += 1.0
    second = shop.pay("3.00", version="2018-06-01")

    assert shop.poll(first, 10.0) == IN_PROGRESS, "old versions never reported it"
    assert shop.poll(second) == COMPLETE | {"transactionId": 10001}


def test_before_2019_07_30_a_red_x_is_not_reported(tmp_path: Path) -> None:
    shop = Driver(tmp_path, "cancelled")
    request_id = shop.pay(version="2019-07-29")

    assert shop.poll(request_id, 3600.0) == IN_PROGRESS
    assert shop.poll(shop.pay(), 3.0)["status"] != "BUSY"


@pytest.mark.parametrize("when", [0.1, 1.0])
def test_main_ends_the_running_request_without_a_result(tmp_path: Path, when: float) -> None:
    shop = Driver(tmp_path)
    request_id = shop.pay()
    shop.now += when
    assert shop.raw("POST", f"/smartterminals/{T1}/main").status == 200

    assert shop.poll(request_id) == COMPLETE
    assert shop.poll(request_id, 60.0) == COMPLETE
    assert shop.get("/transactions")["results"] == []


def test_main_after_the_result_keeps_it(tmp_path: Path) -> None:
    shop = Driver(tmp_path)
    request_id = shop.pay()
    shop.now += 2.1
    shop.raw("POST", f"/smartterminals/{T1}/main")

    assert shop.poll(request_id) == COMPLETE | {"transactionId": 10001}


def test_main_does_not_touch_the_other_reader(tmp_path: Path) -> None:
    shop = Driver(tmp_path)
    request_id = shop.pay(terminal=T2)
    shop.now += 1.0
    shop.raw("POST", f"/smartterminals/{T1}/main")

    assert shop.poll(request_id, 3.0) == COMPLETE | {"transactionId": 10001}


def test_a_card_already_in_is_processed_after_main(tmp_path: Path) -> None:
    shop = Driver(tmp_path, conducted(Conduct(card_in=0.5)))
    request_id = shop.pay()
    shop.now += 1.6
    shop.raw("POST", f"/smartterminals/{T1}/main")

    assert shop.poll(request_id) == IN_PROGRESS
    assert shop.poll(request_id, 1.0) == COMPLETE | {"transactionId": 10001}


def test_a_card_already_in_may_hide_behind_a_bare_complete(tmp_path: Path) -> None:
    """The worst case of a cancel: the end seems proven, and then the money moves."""
    shop = Driver(tmp_path, conducted(Conduct(card_in=0.5, main_hides=True)))
    request_id = shop.pay()
    shop.now += 1.6
    shop.raw("POST", f"/smartterminals/{T1}/main")

    assert shop.poll(request_id, 0.3) == COMPLETE
    assert shop.poll(request_id, 0.2) == COMPLETE | {"transactionId": 10001}


def test_a_tip_given_at_the_reader_changes_the_total_only(tmp_path: Path) -> None:
    shop = Driver(tmp_path)
    sale = shop.get(f"/transactions/{shop.paid('12.50', allowTips='true')}")

    assert (sale["amountBase"], sale["amountTip"], sale["amountTotal"]) == ("12.50", "1.00", "13.50")


def test_a_request_is_purged_a_day_after_its_end(tmp_path: Path) -> None:
    shop = Driver(tmp_path)
    request_id = shop.pay()
    shop.now += 2.5 + 86_399

    assert shop.raw("GET", f"/smartterminals/requests/{request_id}").status == 200
    shop.now += 1.0
    assert shop.call("GET", f"/smartterminals/requests/{request_id}").status == 404


def test_a_request_continues_while_no_process_runs(tmp_path: Path) -> None:
    """Another world over the same directory, later: the request continued at its own times."""
    first = Driver(tmp_path)
    request_id = first.pay()
    first.world.close()
    later = Driver(tmp_path)
    later.now += 3600.0

    assert later.poll(request_id) == COMPLETE | {"transactionId": 10001}
    with later.world.moment() as m:
        record = m.books.transaction(10001)
    assert record is not None
    assert pytest.approx(first.now + 2.0) == record["created"]


def test_a_seed_gives_the_same_ids_again(tmp_path: Path) -> None:
    first, second, other = (Driver(tmp_path / n, seed=s) for n, s in (("a", 5), ("b", 5), ("c", 6)))
    ids = [shop.pay() for shop in (first, second, other)]

    assert ids[0] == ids[1] != ids[2]


# -- cards ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "allowed", "method"),
    [
        (CardEntry.CHIP, {}, "CHIP"),
        (CardEntry.CHIP, {"keyed": "ALLOW"}, "CHIP"),
        (CardEntry.TAP, {"keyed": "ALLOW"}, "TAP"),
        (CardEntry.KEYED, {"keyed": "ALLOW"}, "KEYED"),
        (CardEntry.KEYED, {}, "CHIP"),
    ],
)
def test_keyed_allow_is_a_permission(tmp_path: Path, entry: CardEntry, allowed: dict[str, str], method: str) -> None:
    shop = Driver(tmp_path, conducted(Conduct(entry=entry)))

    assert shop.get(f"/transactions/{shop.paid(**allowed)}")["method"] == method


def test_a_customer_s_card_may_have_another_brand(tmp_path: Path) -> None:
    shop = Driver(tmp_path, conducted(Conduct(brand=Brand.AMERICAN_EXPRESS)))

    assert shop.get(f"/transactions/{shop.paid()}")["vault"]["accountType"] == "AMERICAN_EXPRESS"


def test_a_second_card_replaces_the_decline_of_the_same_request(tmp_path: Path) -> None:
    shop = Driver(tmp_path, conducted(Conduct(customer=Customer.DECLINED, second=Customer.PAYS)))
    seen = shop.course(shop.pay(), 2.0, 3.49, 3.5, 4.0)
    numbers = [s["transactionId"] for s in seen]

    assert [s["status"] for s in seen] == ["IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS", "COMPLETE"]
    assert numbers == [10001, 10001, 10002, 10002]
    assert [shop.get(f"/transactions/{n}")["response"]["approved"] for n in (10001, 10002)] == [False, True]


@pytest.mark.parametrize("silent", [False, True])
def test_a_sale_may_be_booked_after_a_bare_complete(tmp_path: Path, silent: bool) -> None:
    shop = Driver(tmp_path, conducted(Conduct(booked=3.0, silent=silent)))
    request_id = shop.pay(invoiceNumber="7")
    before = shop.poll(request_id, 4.0)
    found_before = shop.get("/transactions?invoiceNumber=7")["results"]
    shop.now += 0.5

    assert (before, found_before) == (COMPLETE, [])
    assert shop.poll(request_id) == COMPLETE | ({} if silent else {"transactionId": 10001})
    assert len(shop.get("/transactions?invoiceNumber=7")["results"]) == 1


def test_a_search_may_lag_behind_the_books(tmp_path: Path) -> None:
    shop = Driver(tmp_path, Scenario("lag", "", search_lag=5.0))
    number = shop.paid(invoiceNumber="7")
    seen = [shop.get("/transactions?invoiceNumber=7")["results"], shop.get(f"/transactions/{number}")["transactionId"]]
    shop.now += 5.0

    assert seen == [[], number]
    assert [t["transactionId"] for t in shop.get("/transactions?invoiceNumber=7")["results"]] == [number]


def test_the_bank_may_approve_a_part_and_the_terminal_may_hold(tmp_path: Path) -> None:
    shop = Driver(tmp_path, Scenario("two", "", (Rule(Conduct(approves="7.00"), nth=1), Rule(Conduct(held=True)))))
    partly, held = (shop.get(f"/transactions/{shop.paid()}") for _ in range(2))

    assert (partly["amountTotal"], partly["status"]) == ("7.00", "CAPTURE")
    assert (held["amountTotal"], held["status"]) == ("12.50", "HOLD")


# -- other tills ----------------------------------------------------------------------------------


def test_another_till_may_hold_the_reader(tmp_path: Path) -> None:
    """Its payment succeeds and is in the books under another invoice number."""
    shop = Driver(tmp_path, Scenario("other", "", tills=(Till(Act.CHARGE),)))
    sale = shop.pay(invoiceNumber="7")

    assert shop.poll(sale, 3.0) == {"status": "BUSY"}
    assert [(t["amountBase"], "invoiceNumber" in t) for t in shop.get("/transactions")["results"]] == [("12.50", False)]


def test_another_till_may_reset_the_reader_while_the_card_is_in(tmp_path: Path) -> None:
    """A bare COMPLETE, and the sale is booked when the card is done."""
    conduct = Conduct(acts=4.0, card_in=3.0, main_hides=True)
    shop = Driver(tmp_path, Scenario("reset", "", (Rule(conduct),), tills=(Till(Act.RESET, after=1.5),)))

    assert shop.course(shop.pay(), 1.4, 1.5, 3.9, 4.0) == [
        IN_PROGRESS, COMPLETE, COMPLETE, COMPLETE | {"transactionId": 10001},
    ]  # fmt: skip


def test_only_the_nth_payment_meets_the_other_till(tmp_path: Path) -> None:
    shop = Driver(tmp_path, Scenario("other", "", tills=(Till(Act.CHARGE, terminal="T1", nth=2, amount="3.00"),)))
    ends = []
    for _ in range(3):
        ends.append(shop.poll(shop.pay(), 5.0)["status"])

    assert ends == ["COMPLETE", "BUSY", "COMPLETE"]
    assert [t["amountBase"] for t in shop.get("/transactions")["results"]] == ["12.50", "3.00", "12.50"]


def test_an_intermediary_may_rewrite_numbers(tmp_path: Path) -> None:
    shop = Driver(tmp_path, "numbers-as-text")
    said = shop.get(f"/transactions/{shop.paid(invoiceNumber='7', amountTax='0.80')}")

    assert (said["transactionId"], said["terminalId"], said["amountBase"], said["amountTotal"]) == (
        "10001", "10001", 12.5, 13.3,
    )  # fmt: skip
    assert (said["invoiceNumber"], said["response"]["approved"]) == ("7", True)
