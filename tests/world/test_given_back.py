"""A void and a refund of one sale by two tills: a double refund is always reported."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import faults
from tests.world.books import Booking
from tests.world.service import Call
from tests.world.till import Run, Till, World

REFUND = ("refund", "--transaction", "10001", "-k", "R1", "--yes")
VOID = ("void", "10001", "--yes")


@pytest.fixture
def paid(till: Till) -> Till:
    """A till that took $12.34: transaction 10001."""
    till.run("charge", "12.34", "-t", "T1", "-k", "K1")
    return till


def refunds_are_found_late(world: World, seconds: float) -> None:
    """A search finds refunds only after a while."""
    add = world.books.add

    def lagging(now: float, **more: Any) -> Booking:
        return add(now, **more | ({"searchable_after": seconds} if more.get("action") == "REFUND" else {}))

    world.books.add = lagging  # type: ignore[method-assign]


def both(world: World, till: Till) -> Run:
    """One till's refund is not found yet when another one voids the sale."""
    refunds_are_found_late(world, 20.0)
    till.run(*REFUND)
    world.wait(2.0)
    voided = world.till("other").run(*VOID)
    world.wait(60.0)
    return voided


def voided_meanwhile(world: World) -> None:
    """Another till voids the sale at the very moment of the refund."""

    def void(call: Call) -> None:
        if call.name == "post":
            sale = world.books.all[0]
            world.time.after(0.01, lambda: setattr(sale, "status", "VOID"))

    world.service.on_call.append(void)


def found_from_now_on(world: World, call: Call) -> None:
    """A void arrives: from now on a search finds the refund."""
    if call.name == "void":
        world.books.all[1].searchable_at = 0.0


def test_a_refund_mentions_that_the_sale_was_voided_meanwhile(world: World, paid: Till) -> None:
    voided_meanwhile(world)
    run = paid.run(*REFUND, "--json")

    assert (run.code, run.error_code, run.json["error"]["hint"]) == (
        9, "given-back-twice", "the refund is too much: pjterm void 10002"
    )  # fmt: skip


def test_a_void_mentions_that_a_refund_came_in_between(world: World, paid: Till) -> None:
    """The search before the void misses the refund, and the one after it finds it."""
    refunds_are_found_late(world, 1e6)
    paid.run(*REFUND)
    world.service.on_call.append(lambda call: found_from_now_on(world, call))
    run = world.till("other").run(*VOID, "--json")

    assert (run.code, run.error_code, "10001" in run.err, "pjterm void 10002" in run.err) == (
        9, "given-back-twice", True, True
    )  # fmt: skip


@pytest.mark.parametrize("line", [("resume", "R1"), REFUND, ("status", "R1")], ids=" ".join)
def test_later_commands_about_the_refund_report_it(world: World, paid: Till, line: tuple[str, ...]) -> None:
    voided = both(world, paid)
    asked = paid.run(*line, "--json")

    assert (voided.code, asked.code, asked.error_code) == (0, 9, "given-back-twice")


def test_voiding_it_again_reports_it(world: World, paid: Till) -> None:
    both(world, paid)
    again = paid.run(*VOID, "--json")

    assert (again.code, again.error_code) == (9, "given-back-twice")


def test_the_story_of_the_refund_mentions_both(world: World, paid: Till) -> None:
    both(world, paid)
    paid.run("resume", "R1")
    story = paid.run("why", "R1")

    assert (story.code, "given back twice" in story.out.casefold()) == (9, True)


def test_the_void_of_the_refund_resolves_it(world: World, paid: Till) -> None:
    both(world, paid)
    paid.run("resume", "R1")
    paid.run("void", "10002", "--yes")
    codes = [paid.run(*line).code for line in (("resume", "R1"), VOID)]

    assert codes == [3, 0]


def test_a_partial_refund_beside_a_void_is_a_double_too(world: World, paid: Till) -> None:
    voided_meanwhile(world)
    run = paid.run("refund", "5.00", *REFUND[1:], "--json")

    assert (run.code, run.error_code, "10002 of $5.00" in run.err) == (9, "given-back-twice", True)


@pytest.mark.parametrize("line", [REFUND, VOID])
def test_a_single_return_of_the_money_is_reported_although_later_reads_fail(
    world: World, paid: Till, line: tuple[str, ...]
) -> None:
    """After a refund the sale cannot be read, after a void no search is answered."""
    call, skip = ("transaction", 2) if line is REFUND else ("search", 1)
    world.faults.add(faults.lost_request(faults.page(502)), call, skip=skip, times=1e9)
    run = paid.run(*line)

    assert run.code == 0


def test_a_refund_after_a_void_moves_nothing_and_is_no_double(world: World, paid: Till) -> None:
    paid.run(*VOID)
    run = paid.run(*REFUND)

    assert (run.code, len(world.books.all)) == (10, 1)


@pytest.mark.parametrize("line", [VOID, (*VOID, "-q")], ids=["void", "quiet"])
def test_a_login_that_sees_no_transactions_is_told_that_it_sees_no_refund_either(
    world: World, paid: Till, line: tuple[str, ...]
) -> None:
    """One till's refund is hidden from another one's login, which voids the sale, and stays hidden."""
    paid.run("refund", "10", *REFUND[1:])
    world.service.login("shop").sees = "none"
    other = world.till("other")
    said = [other.run(*line).err for _ in range(2)]

    assert ["ATTENTION: whether transaction 10001 was refunded, too, cannot be seen" in err for err in said] == [
        True, True
    ]  # fmt: skip


def test_why_says_that_the_void_was_not_proven_to_be_the_only_return(world: World, paid: Till) -> None:
    world.service.login("shop").sees = "none"
    paid.run(*VOID, "-k", "V1")

    assert "The search was proven not to show everything." in paid.run("why", "V1").out


def test_a_login_that_sees_the_sale_gets_no_such_warning(paid: Till) -> None:
    assert "cannot be seen" not in paid.run(*VOID).err


def test_a_refund_whose_mark_is_written_in_capitals_is_counted_by_another_till(world: World, paid: Till) -> None:
    def in_capitals(said: dict[str, Any], _: bool) -> None:
        if "purchaseOrderNumber" in said:
            said["purchaseOrderNumber"] = said["purchaseOrderNumber"].upper()

    world.books.showing.rewrite = in_capitals
    paid.run("refund", "10.00", "--transaction", "10001", "-k", "R1", "--yes")
    run = world.till("other").run("refund", "10.00", "--transaction", "10001", "-k", "R2", "--yes")

    assert (run.code, "$10.00" in run.err) == (10, True)


def test_the_key_of_another_sale_s_refund_is_not_answered_by_it(world: World, till: Till) -> None:
    """Two tills: each refund names its sale in the purchase order number."""
    first, second = world.service.others_charge("20.00"), world.service.others_charge("20.00")
    till.run("refund", "5", "--transaction", str(first.id), "-k", "R1", "--yes")
    world.wait(30.0)
    run = world.till("other").run("refund", "5", "--transaction", str(second.id), "-k", "R1", "--yes")

    assert (run.code, [b.original for b in world.books.all if b.action == "REFUND"]) == (10, [first.id])


def test_a_tip_is_not_added_to_a_transaction_that_another_sale_may_have_booked(world: World, till: Till) -> None:
    world.faults.add(faults.lost_request(faults.Cut()), "request-payment")
    running = till.start("charge", "20", "-t", "T1", "--invoice", "INV7", "-k", "K1", "--timeout", "20")
    world.wait(3.0)
    unrelated = world.service.others_charge("20.00", invoice="INV7")
    running.end()

    assert (till.run("tip", "K1", "3.00").code, unrelated.total) == (10, 2000)


def test_an_unknown_refund_by_one_login_stops_another_login_s(world: World, till: Till) -> None:
    sale = world.service.others_charge("20.00")
    world.faults.add(faults.lost_answer(faults.Cut()), "post")
    world.faults.add(faults.no_connection(), "search", times=10**9, since=0.2, until=20.0)
    till.run("refund", "15", "--transaction", str(sale.id), "-k", "R1", "--yes", "--timeout", "8")
    world.books.all[-1].searchable_at = world.time.now + 60.0
    rotated = world.till("other", machine=till.machine.name, login="shop-2")
    world.wait(10.0)

    assert rotated.run("refund", "4", "--transaction", str(sale.id), "-k", "R2", "--yes").code == 10


def test_the_void_of_a_refund_says_what_happens_to_the_money(world: World, till: Till) -> None:
    sale = world.service.others_charge("20.00")
    till.run("refund", "--transaction", str(sale.id), "-k", "R1", "--yes")
    run = till.run("void", "R1", "--yes")

    assert ("The refund is taken back" in run.err, "not charged" in run.err) == (True, False)


def test_a_declined_refund_asks_for_no_other_card(world: World, paid: Till) -> None:
    world.service.others_charge("10.00", action="REFUND", original=world.sale().id)
    run = paid.run(*REFUND)

    assert (run.code, "DECLINED" in run.err, "another card" in run.err) == (3, True, False)


def test_while_an_answer_is_verified_it_is_not_called_lost(world: World, paid: Till) -> None:
    """A search that ignores its filter shows another refund: below DECLINED, the answer was called lost."""
    world.books.showing.filters = False
    world.service.others_charge("10.00", action="REFUND", original=world.sale().id, invoice="OTHER-7")
    run = paid.run("refund", "10.00", "--transaction", "10001", "-k", "R2", "--yes")

    assert (run.code, "PayJunction has answered. Making sure" in run.err, "lost" in run.err) == (3, True, False)
