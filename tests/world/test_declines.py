"""A decline is final only when the request has ended: the customer may have another card."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.world import faults
from tests.world.books import WRITINGS
from tests.world.reader import RedX, Stays, Tap, customer
from tests.world.till import KILLED, Run, Till, World

LINE = ("charge", "12.34", "-t", "T1", "-k", "K1")
ANOTHER = customer(Tap(approved=False, card="1111"), Tap(after=5.0, card="2222"))
"""The first card is declined, the second approved, on the same request."""
DECLINED = customer(Tap(approved=False))


def declined_id(world: World) -> int:
    return next(b.id for b in world.books.all if not b.approved)


def lost(world: World, till: Till, *more: str) -> Run:
    """A charge whose answer is lost: there is no request id, only the results of a search."""
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    return till.run(*LINE, *more)


@pytest.mark.parametrize("via", ["poll", "relay"])
def test_a_second_card_is_waited_for_even_with_until_result(world: World, till: Till, via: str) -> None:
    world.relay(till)
    world.t1.next(ANOTHER)
    run = till.run(*LINE, "--until", "result", "--via", via)

    assert (0, f"{world.sale().id}\n") == (run.code, run.out)


FOR_LESS = Tap(approved=False, code="10", base=700, card="1111")
"""The card has only a part of the amount, and the gateway declines that (S-10)."""


@pytest.mark.parametrize(("acts", "code"), [((FOR_LESS, Tap(after=5.0, card="2222")), 0), ((FOR_LESS, RedX()), 3)])
def test_a_partial_decline_is_a_decline_and_a_second_card_may_follow(
    world: World, till: Till, acts: tuple[Tap | RedX, ...], code: int
) -> None:
    world.t1.next(customer(*acts))
    run = till.run(*LINE)

    assert (code, "approved only" in run.err) == (run.code, False)


def test_after_a_partial_decline_another_card_is_charged(world: World, till: Till) -> None:
    world.t1.next(customer(FOR_LESS))
    till.run(*LINE)
    again = till.run(*LINE, "--another-card")

    assert (again.code, len(world.paid())) == (0, 1)


def test_a_decline_is_not_final_at_the_deadline_while_the_request_runs(world: World, till: Till) -> None:
    world.t1.next(ANOTHER)

    assert till.run(*LINE, "--timeout", "4").code == 8


def test_after_that_deadline_the_second_card_answers_the_same_key(world: World, till: Till) -> None:
    world.t1.next(ANOTHER)
    till.run(*LINE, "--timeout", "4")
    again = till.run(*LINE)

    assert (again.code, world.taken) == (0, 1)


def test_a_signal_after_the_first_card_detaches(world: World, till: Till) -> None:
    world.t1.next(ANOTHER)
    first = till.start(*LINE)
    world.wait(4.0)
    first.terminate()

    assert first.end().code == 143


def test_after_that_signal_resume_finds_the_second_card(world: World, till: Till) -> None:
    world.t1.next(ANOTHER)
    first = till.start(*LINE)
    world.wait(4.0)
    first.terminate()
    first.end()

    assert till.run("resume", "K1").code == 0


def test_a_transaction_declined_first_and_approved_later_is_approved(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(approved=False, flips=1.5), finishing=4.0))

    assert till.run(*LINE).code == 0


def test_a_changed_transaction_is_read_again_if_the_search_after_the_end_trims_it(world: World, till: Till) -> None:
    world.books.showing.trimmed = ("response",)
    world.t1.next(customer(Tap(approved=False, flips=1.5), finishing=4.0))

    assert till.run(*LINE).code == 0


def test_a_webhook_alone_does_not_end_a_request_with_a_declined_first_card(world: World, till: Till) -> None:
    relay = world.relay(till)
    world.t1.next(customer(Tap(approved=False), Tap(after=9.0, card="2222")))
    first = till.start(*LINE)
    world.wait(4.0)
    relay.say(next(iter(world.service.requests)), {"status": "COMPLETE"})

    assert first.end().code == 0


def test_an_approval_just_after_the_end_is_reported_under_the_same_key(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(approved=False, flips=3.0)))
    till.run(*LINE)
    world.wait(5.0)
    again = till.run(*LINE)

    assert (again.code, world.taken) == (0, 1)


def test_without_search_permission_an_approval_after_the_end_is_reported(world: World, till: Till) -> None:
    """Only reading that transaction again can show it."""
    world.service.login("shop").may_search = False
    world.t1.next(customer(Tap(approved=False, flips=10.0)))
    first = till.run("charge", "12.34", "-t", "T1", "--json")
    world.wait(30.0)

    assert (first.code, till.run("resume", first.json["key"]).code) == (3, 0)


def test_without_search_permission_a_decline_is_read_again_after_the_poll_that_shows_the_end(
    world: World, till: Till
) -> None:
    """The relay named it only with the end, so it was read after that; it was approved before the poll."""
    world.service.login("shop").may_search = False
    world.relay(till).change = lambda shown: [] if shown["status"] == "IN_PROGRESS" else [shown]
    world.t1.next(customer(Tap(approved=False, flips=1.5), finishing=0.1))

    assert till.run("charge", "12.34", "-t", "T1").code == 0


def test_without_search_permission_a_decline_is_read_again_until_the_read_succeeds(world: World, till: Till) -> None:
    """It is approved just before the reader ends, and then the network fails for a moment."""
    world.service.login("shop").may_search = False
    world.t1.next(customer(Tap(approved=False, flips=1.0), RedX(2.0)))
    world.faults.add(faults.no_connection(), "transaction", skip=1, times=2)

    assert till.run("charge", "12.34", "-t", "T1").code == 0


def test_a_decline_found_by_search_waits_for_the_second_card(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(approved=False), Tap(after=3.0, card="2222")))

    assert lost(world, till, "--timeout", "30").code == 0


def test_a_decline_found_by_search_is_final_in_the_end(world: World, till: Till) -> None:
    world.t1.next(DECLINED)

    assert lost(world, till, "--timeout", "30").code == 3


def test_a_decline_just_found_is_not_final_at_the_deadline(world: World, till: Till) -> None:
    world.t1.next(DECLINED)

    assert lost(world, till, "--timeout", "4").code == 9


@pytest.mark.parametrize(("second", "code"), [((Tap(after=3.0, card="2222"),), 0), ((), 3)], ids=["one", "none"])
def test_a_decline_missing_from_the_search_by_number_is_searched_by_account_and_time(
    world: World, till: Till, second: tuple[Tap, ...], code: int
) -> None:
    """A webhook named the decline but not the second card; the filter compares another spelling than is shown."""
    world.books.showing.stored, world.books.showing.as_sent = "zeros", True
    world.relay(till).change = lambda shown: [] if shown.get("transactionId") == 10002 else [shown]
    world.t1.next(customer(Tap(approved=False), *second))

    assert lost(world, till, "--timeout", "30").code == code


def test_a_decline_after_the_end_of_its_request_is_final(world: World, till: Till) -> None:
    world.t1.next(DECLINED)

    assert till.run(*LINE).code == 3


def test_resolving_with_the_declined_one_of_two_does_not_hide_the_approved_one(world: World, till: Till) -> None:
    world.faults.add(faults.lost_request(faults.page(502)), "search", skip=1, times=1e9, until=30.0)
    world.t1.next(customer(Tap(approved=False), Tap(after=3.0, card="2222")))
    lost(world, till, "--timeout", "10")
    world.wait(20.0)
    till.run("resume", "K1", "--transaction", str(declined_id(world)), "--yes")

    assert till.run(*LINE).code == 0


# -- a second card after a final decline -----------------------------------------------------------------


@pytest.mark.parametrize("before_its_end", range(8))
def test_a_killed_process_s_searches_make_no_decline_final(place: Path, before_its_end: int) -> None:
    """Killed a few steps before reporting declined; the second card was booked a moment later."""
    kill_at = 0
    for path in (place / "rehearsal", place / "world"):
        with World(path) as world:
            till, second = world.till(), Tap(after=1.0, card="2222", booked=3.0, shown=None)
            world.t1.next(customer(Tap(approved=False, card="1111"), second))
            first = till.run(*LINE, kill_at=kill_at)
            kill_at = len(first.process.steps) - before_its_end
            world.wait(5.0)
            again = till.run("resume", "K1")

    assert (first.code, again.code) == (KILLED, 0)


# -- a second card whose number is stored in another spelling ----------------------------------------------------


def second_card_unseen(world: World, writing: str, booked: float = 0.0) -> None:
    """No status names the second card's booking, and a search by our number shows neither of the two."""
    world.books.showing.stored = writing
    second = Tap(after=1.0, card="2222", booked=booked, shown=None)
    world.t1.next(customer(Tap(approved=False, card="1111"), second))


@pytest.mark.parametrize("writing", [w for w in WRITINGS if w not in ("whole", "case")])
def test_a_second_card_is_not_called_declined_however_its_number_is_stored(
    world: World, till: Till, writing: str
) -> None:
    second_card_unseen(world, writing)
    run = till.run(*LINE)

    assert (run.code in (0, 9), len(world.paid())) == (True, 1)


@pytest.mark.parametrize("writing", [w for w in WRITINGS if w not in ("whole", "case")])
@pytest.mark.parametrize("line", [("status", "K1"), ("resume", "K1"), (*LINE, "--another-card")], ids=" ".join)
def test_a_second_card_booked_after_the_end_is_reported_however_its_number_is_stored(
    world: World, till: Till, writing: str, line: tuple[str, ...]
) -> None:
    second_card_unseen(world, writing, booked=3.0)
    first = till.run(*LINE)
    world.wait(5.0)
    asked = till.run(*line)

    assert (first.code, asked.code in (0, 9), world.taken) == (3, True, 1)


def test_a_decline_shown_by_a_search_ends_the_search(world: World, till: Till) -> None:
    world.t1.next(DECLINED)
    searches = [c.query for c in till.run(*LINE).process.calls if c.name == "search"]

    assert ["invoiceNumber" in query for query in searches] == [True] * 2


def test_a_declined_card_is_not_accepted_as_the_sale_while_its_reader_takes_another(world: World, till: Till) -> None:
    """The command was killed after the first card, and an operator names what the Virtual Terminal shows."""
    world.t1.next(ANOTHER)
    first = till.start(*LINE)
    world.wait(4.0)
    first.kill()
    named = till.run("resume", "K1", "--transaction", str(declined_id(world)), "--yes", "--json")
    world.wait(10.0)

    assert (named.code, named.error_code, till.run("resume", "K1").code) == (10, "still-runs", 0)


@pytest.mark.parametrize(("amount", "code"), [("12.34", 0), ("5.00", 9)])
def test_a_decline_elsewhere_under_the_key_that_was_approved_later_is_not_resent(
    world: World, till: Till, amount: str, code: int
) -> None:
    """The first try had seen the decline before its own POST, and ended without money itself."""
    world.t2.next(customer(Tap(approved=False, flips=20.0)))
    world.till("other").run("charge", amount, "-t", "T2", "-k", "K1", "--timeout", "20")
    world.t1.next(customer(RedX()))
    till.run(*LINE)
    world.wait(30.0)
    again = till.run(*LINE)

    assert (again.code, world.taken) == (code, 2)


def declined_then_approved(world: World, till: Till) -> Run:
    """The answer is lost, so no end is seen: the decline is final after 12 s, and a second card follows 20 s later."""
    world.t1.next(customer(Tap(after=1.0, approved=False), Tap(after=30.0, card="2222")))
    first = lost(world, till, "--timeout", "12")
    world.wait(40.0)
    return first


@pytest.mark.parametrize("after", [0.0, 1000.0], ids=["soon", "after 15 minutes"])
@pytest.mark.parametrize(
    "line", [("status", "K1"), ("why", "K1"), ("resume", "K1"), LINE, (*LINE, "--another-card")], ids=" ".join
)
def test_every_command_about_the_sale_is_answered_by_the_second_card(
    world: World, till: Till, line: tuple[str, ...], after: float
) -> None:
    first = declined_then_approved(world, till)
    world.wait(after)
    asked = till.run(*line, "--json")
    outcome = (asked.json.get("item") or asked.json)["outcome"]

    assert (first.code, asked.code, outcome, world.taken) == (3, 0, "approved", 1)


@pytest.mark.parametrize("of", [declined_then_approved, lambda world, till: flips_after_the_end(world, till)])
def test_a_new_sale_of_the_same_amount_is_stopped_by_it(
    world: World, till: Till, of: Callable[[World, Till], Run]
) -> None:
    of(world, till)
    line = ("charge", "12.34", "-t", "T1", "-k", "K2")
    stopped = [till.run(*line) for _ in range(2)]

    assert ([r.code for r in stopped], "ATTENTION:" in stopped[0].err, world.taken) == ([10, 10], True, 1)


def flips_after_the_end(world: World, till: Till) -> Run:
    """A decline that lasts until the end is approved 30 s later."""
    world.t1.next(customer(Tap(after=1.0, approved=False, flips=30.0)))
    first = till.run(*LINE)
    world.wait(40.0)
    return first


def test_a_sale_after_a_plain_decline_is_not_stopped(world: World, till: Till) -> None:
    world.t1.next(DECLINED)
    lost(world, till, "--timeout", "12")

    assert till.run("charge", "12.34", "-t", "T1", "-k", "K2").code == 0


@pytest.mark.parametrize("after", [0.0, 1000.0], ids=["soon", "after 15 minutes"])
def test_a_void_by_its_key_voids_the_approval(world: World, till: Till, after: float) -> None:
    declined_then_approved(world, till)
    world.wait(after)
    voided = till.run("void", "K1", "--yes")

    assert (voided.code, world.paid()) == (0, [])


def test_a_sale_that_stays_declined_has_nothing_to_void(world: World, till: Till) -> None:
    world.t1.next(DECLINED)
    till.run(*LINE)
    voided = till.run("void", "K1", "--yes", "--json")

    assert (voided.code, voided.error_code, world.books.all[0].status) == (10, "not-charged", "DECLINED")


@pytest.mark.parametrize("after", [8.5, 9.0, 9.5, 10.0])
def test_a_second_card_just_before_the_deadline_is_found_by_a_search_at_the_deadline(
    world: World, till: Till, after: float
) -> None:
    world.t1.next(customer(Tap(after=1.0, approved=False), Tap(after=after, card="2222")))

    assert lost(world, till, "--timeout", "12").code == 0


def test_a_decline_without_any_answer_at_the_deadline_is_not_final(world: World, till: Till) -> None:
    world.t1.next(DECLINED)
    world.faults.add(faults.lost_request(faults.page(502)), "search", since=11.5, times=1e9)

    assert lost(world, till, "--timeout", "12").code == 9


def test_a_decline_that_is_not_final_is_named(world: World, till: Till) -> None:
    world.t1.next(DECLINED)
    run = lost(world, till, "--timeout", "4")

    assert (run.code, "declined so far" in run.err, "no transaction was found" in run.err) == (9, True, False)


# -- another card on purpose ----------------------------------------------------------------------------


def test_declined_names_another_card_as_the_next_step(world: World, till: Till) -> None:
    world.t1.next(DECLINED)

    assert "--another-card" in till.run(*LINE).err


def test_another_card_sends_the_same_key_and_number_again(world: World, till: Till) -> None:
    world.t1.next(DECLINED)
    till.run(*LINE)
    again = till.run(*LINE, "--another-card")
    numbers = {r.form["invoiceNumber"] for r in world.service.requests.values()}

    assert (again.code, world.taken, len(numbers)) == (0, 2, 1)


def test_each_declined_card_is_reported_with_its_reader(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(approved=False)), customer(Tap(approved=False)))
    till.run(*LINE)
    till.run(*LINE, "--another-card")
    items = till.run("report", "--json").json["items"]

    assert [(i["terminal"], i["outcome"], i["count"]) for i in items] == [("T1", "declined", 2)]


def test_the_next_step_after_another_unpaid_card_is_accepted(world: World, till: Till) -> None:
    """It suggested --another-card again, which is accepted only after a decline."""
    world.t1.next(DECLINED, customer(RedX()))
    till.run(*LINE)
    ended = till.run(*LINE, "--another-card")
    step = ended.err.splitlines()[-1].rpartition("pjterm ")[2]

    assert (ended.code, till.run(*step.split()).code) == (5, 0)


def test_a_declined_key_stays_closed_without_another_card(world: World, till: Till) -> None:
    world.t1.next(DECLINED)
    till.run(*LINE)
    again = till.run(*LINE)

    assert (again.code, world.taken) == (3, 1)


def test_another_card_requires_a_decline(world: World, till: Till) -> None:
    run = till.run(*LINE, "--another-card")

    assert (run.code, world.taken) == (10, 0)


def test_another_card_after_an_approval_sends_nothing(world: World, till: Till) -> None:
    till.run(*LINE)
    again = till.run(*LINE, "--another-card")

    assert (again.code, world.taken) == (0, 1)


def test_another_card_does_not_wait_8_seconds(world: World, till: Till) -> None:
    world.t1.next(DECLINED)
    first = till.run(*LINE)
    till.run(*LINE, "--another-card")
    posted = [c.at for c in world.service.calls if c.name == "request-payment"]

    assert posted[-1] - first.ended < 4.0


@pytest.mark.parametrize("flips", [15.0, 60.0])
def test_a_decline_approved_after_another_card_paid_is_a_double(world: World, till: Till, flips: float) -> None:
    world.t1.next(customer(Tap(approved=False, flips=flips)))
    till.run(*LINE)
    second = till.run(*LINE, "--another-card")
    world.wait(100.0)
    asked = [till.run(*line) for line in (("resume", "K1", "--json"), (*LINE, "--json"))]

    assert (second.code, [(r.code, r.error_code) for r in asked]) == (0, [(9, "charged-twice")] * 2)


def test_a_decline_approved_before_a_third_card_answers_instead(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(approved=False, flips=30.0)), DECLINED)
    till.run(*LINE)
    till.run(*LINE, "--another-card")
    world.wait(100.0)
    third = till.run(*LINE, "--another-card")

    assert (third.code, third.out, world.taken) == (0, f"{world.sale().id}\n", 2)


def test_a_final_decline_does_not_make_the_second_card_a_double(world: World, till: Till) -> None:
    world.t1.next(DECLINED)
    till.run(*LINE)
    till.run(*LINE, "--another-card")
    world.wait(100.0)

    assert till.run("resume", "K1").code == 0


def test_an_earlier_payment_under_a_forced_invoice_is_not_taken_for_our_decline(world: World, till: Till) -> None:
    line = ("charge", "12.34", "-t", "T1", "-k", "a2", "--invoice", "1042", "--force")
    world.service.others_charge("12.34", "1042")
    world.t1.next(DECLINED)
    till.run(*line)
    second = till.run(*line, "--another-card")

    assert (second.code, till.run("resume", "a2").code, len(world.paid("1042"))) == (0, 0, 2)


# -- a duplicate at the gateway -------------------------------------------------------------------------


def paid_by_another_till(world: World, lag: float) -> None:
    """Another till was paid under this key with the same card; a search shows it only after a while."""
    world.service.duplicates = True
    world.t1.next(customer(Tap(found=lag)))
    world.till("other").run(*LINE)


def test_a_duplicate_is_answered_by_the_paid_original_once_a_search_shows_it(world: World, till: Till) -> None:
    paid_by_another_till(world, 10.0)
    run = till.run(*LINE)

    assert (0, f"{world.sale().id}\n") == (run.code, run.out)


def test_a_duplicate_whose_original_is_not_found_is_unknown(world: World, till: Till) -> None:
    paid_by_another_till(world, 1e6)

    assert till.run(*LINE, "--timeout", "40").code == 9


def test_a_duplicate_never_suggests_another_card_or_a_new_key(world: World, till: Till) -> None:
    paid_by_another_till(world, 1e6)
    run = till.run(*LINE, "--timeout", "40")

    assert ("--another-card" in run.err, "new --key" in run.err) == (False, False)


def test_a_duplicate_of_another_sale_in_this_journal_is_declined(world: World, till: Till) -> None:
    world.service.duplicates = True
    till.run("charge", "12.34", "-k", "a1", "--invoice", "1042")
    second = till.run("charge", "12.34", "-k", "a2", "--invoice", "1042", "--force")

    assert (second.code, "a1" in second.err) == (3, True)


@pytest.mark.parametrize("finishing", [0.0, 0.7, 3.0])
def test_a_duplicate_of_another_sale_is_declined_however_long_its_reader_finishes(
    world: World, till: Till, finishing: float
) -> None:
    world.service.duplicates = True
    till.run("charge", "12.34", "-k", "a1", "--invoice", "1042")
    world.t1.next(customer(Tap(), finishing=finishing))
    second = till.run("charge", "12.34", "-k", "a2", "--invoice", "1042", "--force")

    assert (second.code, second.seconds < 10.0, "try another card" in second.err) == (3, True, False)


def test_another_card_at_the_reader_after_a_duplicate_is_a_payment(world: World, till: Till) -> None:
    world.service.duplicates = True
    till.run("charge", "12.34", "-k", "a1", "--invoice", "1042")
    world.t1.next(customer(Tap(), Tap(after=4.0, card="2222")))
    second = till.run("charge", "12.34", "-k", "a2", "--invoice", "1042", "--force")

    assert (second.code, len(world.paid("1042"))) == (0, 2)


def test_another_card_is_refused_after_a_duplicate_of_another_sale(world: World, till: Till) -> None:
    world.service.duplicates = True
    till.run("charge", "12.34", "-k", "a1", "--invoice", "1042")
    till.run("charge", "12.34", "-k", "a2", "--invoice", "1042", "--force")
    again = till.run("charge", "12.34", "-k", "a2", "--invoice", "1042", "--force", "--another-card")

    assert (again.code, world.taken) == (10, 2)


def test_a_decline_has_no_receipt_and_the_error_says_so(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(approved=False)))
    till.run(*LINE)
    run = till.run("receipt", "K1")

    assert (run.code, "was declined, so it has no receipt" in run.err, "pjterm explain" in run.err) == (11, True, True)


@pytest.mark.parametrize("command", ["receipt", "dispute"])
def test_a_code_from_outside_is_one_word_in_a_pasted_command(world: World, till: Till, command: str) -> None:
    declined = world.service.others_charge("7.00", approved=False).id
    world.books.showing.rewrite = lambda said, _: said.update(response={"approved": False, "code": "05; rm -rf ~ #"})
    hint = till.run(command, str(declined), "--json").json["error"]["hint"]

    assert shlex.split(hint)[-2:] == ["explain", "05; rm -rf ~ #"]


def blind(world: World) -> None:
    """No search is answered until the first card is declined."""
    world.faults.add(faults.lost_request(faults.page(502)), "search", skip=1, times=99, until=4.0)


@pytest.mark.parametrize("end", [{"says": "NO_CONNECTION"}, {"says": "BUSY"}, {"ends_early": 1.0}], ids=str)
def test_an_end_disproved_by_a_decline_is_not_believed_at_once(
    world: World, till: Till, end: dict[str, object]
) -> None:
    """The status says that the reader was not reached or is done, yet a card is declined and a second one paid."""
    world.t1.next(customer(Tap(approved=False, card="1111", shown=None), Tap(after=5.0, card="2222"), **end))
    blind(world)
    run = till.run(*LINE, "--json")

    assert (run.code, run.json["transactionId"]) == (0, world.sale().id)


@pytest.mark.parametrize("says", ["NO_CONNECTION", "BUSY"])
def test_an_end_unchanged_for_eight_seconds_beside_a_decline_makes_it_final(
    world: World, till: Till, says: str
) -> None:
    world.t1.next(customer(Tap(approved=False, shown=None), says=says))
    blind(world)
    run = till.run(*LINE, "--json")

    assert (run.code, run.json["outcome"], run.ended - run.began < 20.0) == (3, "declined", True)


def test_while_polls_say_only_404_a_further_card_is_waited_for(world: World, till: Till) -> None:
    """PayJunction keeps a request for a day after its end (POLL), so a 404 says nothing about a new one."""
    world.t1.next(customer(Tap(after=2.0, approved=False), Tap(after=25.0, card="2222")))
    world.faults.add(faults.says(404, "404 Not Found"), "poll", times=8, since=4.0)

    assert (till.run(*LINE, "--timeout", "120").code, len(world.paid())) == (0, 1)


@pytest.mark.parametrize("name", [("-t", "T1"), ("K1",), ("--request",)], ids=" ".join)
def test_a_cancel_after_a_declined_card_ends_at_once_and_says_what_ends_the_request(
    world: World, till: Till, name: tuple[str, ...]
) -> None:
    """A result is there, so the reader is not reset; the next card may be paid."""
    world.t1.next(customer(Tap(approved=False), Tap(after=30.0, card="2222")))
    running = till.start(*LINE)
    world.wait(6.0)
    requested = till.run("requests", "show", "K1", "--json").json["item"]["requestId"]
    run = till.run("cancel", *name, *((requested,) if name == ("--request",) else ()))

    assert (run.code, run.seconds < 3.0, "cancelled: a card was declined" in run.err) == (10, True, True)
    assert "press the red X on the reader, or reset it: pjterm cancel -t T1 --any" in run.err
    assert (running.end().code, len(world.paid()), "main" in [c.name for c in world.service.calls]) == (0, 1, False)


def test_so_does_a_cancel_of_a_request_that_another_till_has_sent(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(approved=False), Stays(60.0)))
    till.run(*LINE, "--timeout", "5")
    requested = till.run("requests", "show", "K1", "--json").json["item"]["requestId"]
    run = world.till("other").run("cancel", "--request", requested, "-t", "T1")

    assert (run.code, run.seconds < 3.0, "cancelled: a card was declined" in run.err) == (10, True, True)


@pytest.mark.parametrize("how", ["Ctrl-C", "--cancel-on-timeout"])
def test_nothing_is_called_being_cancelled_while_a_declined_card_keeps_the_reader(
    world: World, till: Till, how: str
) -> None:
    world.t1.next(customer(Tap(approved=False), Tap(after=15.0, card="2222")))
    running = till.start(*LINE, *(() if how == "Ctrl-C" else ("--timeout", "6", "--cancel-on-timeout")))
    world.wait(6.0)
    if how == "Ctrl-C":
        running.interrupt()
    run = running.end()

    assert ("Cancelling" in run.err, run.code, len(world.paid())) == (False, 0, 1)
    assert "Not cancelled. The card was declined. Customer: try another card, or press the red X." in run.err


def test_after_the_end_of_a_duplicate_its_original_is_searched_for_and_nothing_is_cancelled(
    world: World, till: Till
) -> None:
    """It said that the red X cancels, where the reader had finished, and of who stopped watching, that it goes on."""
    world.t1.next(customer(Tap(approved=False, code="DT")))
    left = till.start(*LINE)
    world.wait(10.0)
    left.interrupt()
    world.wait(1.0)
    left.interrupt()
    run = left.end()

    assert "a duplicate of another sale. Searching for that one until 12:05:00… Do not charge again." in run.err
    assert [word for word in ("Making sure", "goes on", "Cancelling") if word in run.err] == []
    assert (run.code, "it has ended" in run.err) == (130, True), run.err
