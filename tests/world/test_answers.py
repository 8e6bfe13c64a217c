"""Which answers are rejections, which are lost, and how values of another type are read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import faults
from tests.world.faults import Cut, Fault, Silence, Where
from tests.world.reader import Answer, RedX, Tap, customer
from tests.world.service import Reply
from tests.world.till import Till, World

pytestmark = pytest.mark.usefixtures("whole_way")

LINE = ("charge", "12.34", "-t", "T1", "-k", "K1")

LOST = {
    "a 403 page": faults.lost_answer(faults.page(403)),
    "a 404 page": faults.lost_answer(faults.page(404)),
    "a 429 page": faults.lost_answer(faults.page(429)),
    "a 400 page": faults.lost_answer(faults.page(400)),
    "a 407 page": faults.lost_answer(faults.page(407)),
    "a 502 page": faults.lost_answer(faults.page(502)),
    "a redirect": faults.lost_answer(faults.page(302, location="https://captive.example/")),
    "a page with 200": faults.lost_answer(faults.page(200)),
    "JSON that is no error": Fault(Where.AFTER, Reply(403, b'{"blocked": true}')),
    "JSON errors without a message": Fault(Where.AFTER, Reply(429, b'{"errors": [{"title": "Slow down"}]}')),
    "half an answer": faults.lost_answer(Cut(0.5)),
    "silence": faults.lost_answer(Silence()),
    "a reset": faults.lost_answer(Cut()),
}
"""Answers that say nothing about a POST that was taken."""


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST)
def test_an_answer_that_is_not_the_api_s_counts_as_lost_and_the_payment_is_found(
    world: World, till: Till, fault: Fault
) -> None:
    world.faults.add(fault, "request-payment")
    run = till.run(*LINE)

    assert (run.code, world.taken) == (0, 1)


@pytest.mark.parametrize("status", [403, 404, 429, 502])
def test_a_page_instead_of_the_api_proves_nothing_although_the_post_never_arrived(
    world: World, till: Till, status: int
) -> None:
    world.faults.add(faults.lost_request(faults.page(status)), "request-payment")
    run = till.run(*LINE, "--timeout", "20")

    assert (run.code, world.taken) == (9, 0)


@pytest.mark.parametrize(("status", "code"), [(400, 11), (404, 11), (401, 4), (403, 4)])
def test_the_api_s_own_rejection_is_final(world: World, till: Till, status: int, code: int) -> None:
    world.faults.add(faults.says(status, "No."), "request-payment")
    run = till.run(*LINE)

    assert (code, 0) == (run.code, world.taken)


def test_an_answer_with_the_api_s_request_id_is_a_rejection(world: World, till: Till) -> None:
    reply = Reply(404, b"", "text/plain", {"X-Pj-Request-Id": "9d2a3f6e-0000-4000-8000-000000000000"})
    world.faults.add(Fault(Where.BEFORE, reply), "request-payment")

    assert till.run(*LINE).code == 11


def test_the_api_s_own_429_is_waited_out(world: World, till: Till) -> None:
    world.faults.add(faults.SLOW_DOWN, "request-payment", times=3)
    run = till.run(*LINE)

    assert (run.code, world.taken) == (0, 1)


def test_a_key_answered_by_a_web_page_is_not_resent(world: World, till: Till) -> None:
    world.faults.add(faults.lost_answer(faults.page(403)), "request-payment")
    world.t1.next(customer(Tap(after=20.0)))
    till.run(*LINE, "--timeout", "5")
    again = till.run(*LINE)

    assert (again.code, world.taken) == (0, 1)


PAGES = [faults.page(status) for status in (200, 302, 401, 403, 404)]


@pytest.mark.parametrize("fault", PAGES, ids=lambda f: f"{f.status} page")
def test_polls_answered_by_a_proxy_for_good_end_in_a_search(world: World, till: Till, fault: Reply) -> None:
    world.faults.add(faults.lost_request(fault), "poll", times=1e9)
    run = till.run(*LINE, "--timeout", "30")

    assert (run.code, world.taken) == (0, 1)


# -- values of another type -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "result", "out"),
    [
        (("input",), {"inputValue": 8006010230}, "8006010230"),
        (("sign",), {"signatureId": 4711}, "4711"),
        (("prompt", "How many?", "-b", "1", "-b", "2"), {"promptButton": 1}, "1"),
    ],
    ids=["inputValue", "signatureId", "promptButton"],
)
def test_a_number_instead_of_a_text_is_read_as_its_digits(
    world: World, till: Till, argv: tuple[str, ...], result: dict[str, Any], out: str
) -> None:
    world.t1.next(customer(Answer(result)))
    run = till.run(*argv)

    assert (0, f"{out}\n") == (run.code, run.out)


@pytest.mark.parametrize(
    ("argv", "result"),
    [
        (("read",), {"readData": "\ud83d"}),
        (("input",), {"inputValue": "\udc00 1"}),
        (("sign",), {"signatureId": "a\ud800"}),
        (("prompt", "Sure?"), {"promptButton": "\ud800"}),
    ],
    ids=lambda given: str(given[0]) if isinstance(given, tuple) else "",
)
def test_a_lone_surrogate_in_one_answer_blocks_no_other_sale(
    world: World, till: Till, argv: tuple[str, ...], result: dict[str, Any]
) -> None:
    """JSON can contain a lone surrogate, but no file can."""
    world.t1.next(customer(Answer(result)))
    first = till.run(*argv)

    assert (first.code, till.run(*LINE).code) == (0, 0)


@pytest.mark.parametrize("value", [True, "12x", [], {}, 1.5, -4, 0], ids=repr)
def test_an_unreadable_result_is_not_an_absent_one(world: World, till: Till, value: object) -> None:
    world.t1.next(customer(RedX()))
    world.service.status_as = lambda shown: (
        {**shown, "transactionId": value} if shown["status"] == "COMPLETE" else shown
    )

    assert till.run(*LINE, "--timeout", "20").code == 9


def test_a_key_s_invoice_number_survives_json_floats(world: World, till: Till) -> None:
    till.run(*LINE)
    number = world.sale().invoice or ""

    assert (15, number) == (len(number), str(int(float(number))))


def test_the_same_key_has_the_same_number_on_another_till(world: World, till: Till) -> None:
    till.run(*LINE)
    again = world.till("other").run(*LINE)

    assert (again.code, world.taken) == (0, 1)


def test_a_label_in_another_unicode_form_matches_the_expected_one(world: World, till: Till) -> None:
    world.t1.next(customer(Answer({"promptButton": "Cafe\u0301"})))
    run = till.run("prompt", "Where?", "-b", "Caf\u00e9", "-b", "Bar", "--expect", "Caf\u00e9")

    assert run.code == 0


def test_an_unexpected_answer_is_an_answer(world: World, till: Till) -> None:
    world.t1.next(customer(Answer({"promptButton": "No"})))
    run = till.run("prompt", "More?", "--expect", "Yes", "--json")

    assert (run.code, run.json["outcome"], run.json["promptButton"]) == (3, "answered", "No")


def test_plain_lines_name_the_pressed_button(world: World, till: Till) -> None:
    world.t1.next(customer(Answer({"promptButton": "No"})))

    assert 'ANSWERED: The customer pressed "No".\n' in till.run("prompt", "More?").err


def test_a_declined_card_is_not_an_end_without_a_result(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(approved=False)))
    run = till.run(*LINE)

    assert (run.code, "ended without a result" in run.err) == (3, False)


def test_an_unexpected_answer_is_still_printed(world: World, till: Till) -> None:
    world.t1.next(customer(Answer({"promptButton": "No"})))
    run = till.run("prompt", "More?", "--expect", "Yes")

    assert (run.code, run.out) == (3, "No\n")


def test_an_unknown_last_status_is_unknown_at_the_deadline(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=60.0)))
    world.service.status_as = lambda shown: {**shown, "status": "THINKING"}

    assert till.run(*LINE, "--timeout", "5").code == 9


def test_no_tap_is_requested_while_a_transaction_is_undecided(world: World, till: Till) -> None:
    world.books.showing.rewrite = lambda said, _: said["response"].pop("approved", None)
    run = till.run(*LINE, "--timeout", "10")

    assert (run.code, run.err.count("Customer: tap"), "Reading what the bank said" in run.err) == (9, 1, True)
