"""A tip is added or changed before settlement, exactly, and never when it can no longer be changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import faults
from tests.world.books import Booking
from tests.world.till import Run, Till, World


def paid(world: World, till: Till, amount: str = "20", key: str = "K1") -> Booking:
    """A sale of this till."""
    till.run("charge", amount, "-t", "T1", "-k", key)
    return world.books.all[-1]


def error(run: Run) -> tuple[int, Any]:
    return run.code, run.error_code


def test_a_tip_is_added_then_changed_then_removed(world: World, till: Till) -> None:
    booking = paid(world, till)

    totals = []
    for amount in ("2.00", "3.50", "0"):
        run = till.run("tip", "K1", amount, "--json")
        assert (0, "adjusted", "tip", booking.id) == (
            run.code, run.json["outcome"], run.json["kind"], run.json["transactionId"],
        )  # fmt: skip
        totals.append((booking.total, run.json["transaction"]["amountTotal"]))

    assert totals == [(2200, "22.00"), (2350, "23.50"), (2000, "20.00")]


def test_each_command_accepts_any_name_of_the_sale(world: World, till: Till) -> None:
    booking = paid(world, till)
    request = str(till.run("requests", "show", "K1", "--json").json["item"]["requestId"])

    outs = [till.run("tip", name, "1").out for name in ("K1", str(booking.id), f"tx:{booking.id}", request)]

    assert [f"{booking.id}\n"] * 4 == outs


def test_the_same_tip_again_sends_nothing(world: World, till: Till) -> None:
    paid(world, till)
    till.run("tip", "K1", "2", "-k", "t")
    changes = sum(call.method == "PUT" for call in world.service.calls)

    runs = [till.run("tip", "K1", "2", "-k", "t"), till.run("tip", "K1", "2")]

    assert [run.code for run in runs] == [0, 0]
    assert changes == sum(call.method == "PUT" for call in world.service.calls)


@pytest.mark.parametrize(
    ("later", "now"), [(("tip", "K1", "1.50"), "the tip is $1.50"), (("void", "K1"), "it is void")]
)
def test_a_repeat_after_a_later_tip_change_shows_the_current_tip(till: Till, later: tuple[str, ...], now: str) -> None:
    till.run("charge", "12.34", "-t", "T1", "-k", "K1")
    first = till.run("tip", "K1", "2.00", "-k", "tip-1")
    till.run(*later, "-k", "later", "--yes")
    again = till.run("tip", "K1", "2.00", "-k", "tip-1")

    assert ("Changed since" in first.err, f"Changed since: {now} (key later)." in again.err) == (False, True)


def test_an_existing_tip_is_no_later_change(till: Till) -> None:
    till.run("charge", "12.34", "-t", "T1", "-k", "K1")
    for key in ("tip-1", "tip-2"):
        till.run("tip", "K1", "2.00", "-k", key)

    assert "Changed since" not in till.run("why", "tip-1").out


def test_a_key_used_for_another_tip_is_refused(world: World, till: Till) -> None:
    booking = paid(world, till)
    till.run("tip", "K1", "2", "-k", "t")

    assert (error(till.run("tip", "K1", "3", "-k", "t", "--json")), booking.total) == ((10, "key-differs"), 2200)


@pytest.mark.parametrize("what", [faults.Cut(), faults.Silence(), faults.page(502)], ids=str)
def test_a_lost_answer_is_resolved_by_reading(world: World, till: Till, what: faults.What) -> None:
    booking = paid(world, till)
    world.faults.add(faults.lost_answer(what), "void")

    run = till.run("tip", "K1", "2", "--json")

    assert (run.code, run.json["outcome"], booking.total) == (0, "adjusted", 2200)


def test_a_tip_that_never_arrived_is_sent_again(world: World, till: Till) -> None:
    booking = paid(world, till)
    world.faults.add(faults.lost_request(faults.Cut()), "void")

    assert (till.run("tip", "K1", "2").code, booking.total) == (0, 2200)


def test_an_unreadable_tip_is_unknown_and_resume_resolves_it(world: World, till: Till) -> None:
    booking = paid(world, till)
    world.faults.add(faults.lost_request(faults.Cut()), "void", times=3)

    lost = till.run("tip", "K1", "2", "-k", "t", "--json")
    again = till.run("tip", "K1", "2")
    resumed = till.run("resume", "t", "--json")

    assert (9, f"pjterm tip {booking.id} 2.00") == (lost.code, lost.json["error"]["hint"].partition(": ")[2])
    assert (again.code, resumed.code, resumed.json["outcome"]) == (0, 0, "adjusted")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": "VOID"}, "void-already"), ({"settled": True}, "settled"),
        ({"approved": False, "status": "DECLINED"}, "not-charged"), ({"action": "REFUND"}, "not-charged"),
    ],
)  # fmt: skip
def test_an_unchangeable_transaction_is_refused_with_the_reason(
    world: World, till: Till, change: dict[str, Any], code: str
) -> None:
    booking = paid(world, till)
    for name, value in change.items():
        setattr(booking, name, value)

    run = till.run("tip", f"tx:{booking.id}", "2", "--json")

    assert ((10, code), 2000) == (error(run), booking.total)
    assert f"pjterm transactions show {booking.id}" in run.json["error"]["hint"]


def test_a_partially_refunded_charge_keeps_its_tip(world: World, till: Till) -> None:
    booking = paid(world, till)
    till.run("refund", "5", "--transaction", "K1", "-y")

    assert (error(till.run("tip", "K1", "2", "--json")), booking.total) == ((10, "refunded"), 2000)


def test_a_race_with_the_batch_is_the_service_s_rejection(world: World, till: Till) -> None:
    booking = paid(world, till)
    world.service.on_call.append(lambda call: setattr(booking, "settled", call.method == "PUT"))

    assert (till.run("tip", "K1", "2").code, booking.total) == (11, 2000)


def test_above_20_percent_of_the_other_amounts_requires_force(world: World, till: Till) -> None:
    booking = paid(world, till)
    till.run("tip", "K1", "1")

    runs = [till.run("tip", "K1", amount, "--json") for amount in ("4.00", "4.01", "5.00")]
    forced = till.run("tip", "K1", "5.00", "--force")

    assert [error(run) for run in runs] == [(0, None), (10, "large-tip"), (10, "large-tip")]
    assert (forced.code, booking.total) == (0, 2500)


def test_a_tip_is_part_of_the_sale_from_then_on(world: World, till: Till) -> None:
    booking = paid(world, till)
    till.run("tip", "K1", "2")

    sale = till.run("requests", "show", "K1", "--json").json["item"]
    refund = till.run("refund", "--transaction", "K1", "-y", "--json")

    assert (sale["outcome"], sale["transaction"]["amountTotal"]) == ("approved", "22.00")
    assert (refund.code, world.books.all[-1].total) == (0, 2200), booking.id


def test_a_tip_neither_blocks_a_void_nor_reduces_what_can_be_refunded(world: World, till: Till) -> None:
    booking = paid(world, till)
    till.run("tip", "K1", "2")
    world.faults.add(faults.lost_request(faults.Cut()), "void", times=3)
    till.run("tip", "K1", "3", "-k", "lost")

    assert (till.run("void", "K1", "-y").code, booking.status) == (0, "VOID")


def test_a_tip_under_production_limits_requires_confirmation(world: World, till: Till) -> None:
    booking = paid(world, till)
    till.configure(more='confirm_above = "0"')

    asked = [till.run("tip", "K1", "2", "--json"), till.run("tip", "K1", "2", answers="n\n")]
    passed = till.run("tip", "K1", "2", "-y")

    assert [run.code for run in asked] == [10, 10]
    assert (passed.code, booking.total) == (0, 2200)


@pytest.mark.parametrize("amount", ["-1", "1.005", "x", "1e1", "", "1000001"])
def test_an_invalid_amount_is_2_and_nothing_is_read(world: World, till: Till, amount: str) -> None:
    calls = len(world.service.calls)

    assert (2, calls) == (till.run("tip", "10001", amount, "--json").code, len(world.service.calls))


def test_a_dry_run_shows_the_request(world: World, till: Till) -> None:
    booking = paid(world, till)

    reported = till.run("tip", "K1", "2", "--dry-run", "--json").json

    assert (reported["method"], reported["form"], booking.total) == ("PUT", {"amountTip": "2.00"}, 2000)


def test_books_agree_after_a_tip(world: World, till: Till) -> None:
    paid(world, till)
    till.run("tip", "K1", "2")

    report, compared = till.run("report", "--json").json, till.run("reconcile", "--json")

    assert tuple(report["items"][0][name] for name in ("amountBase", "amountTip", "amountTotal")) == (
        "20.00",
        "2.00",
        "22.00",
    )
    assert (compared.code, compared.json["items"]) == (0, [])
