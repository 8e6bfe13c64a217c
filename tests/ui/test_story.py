"""The story of `why`: one sentence per fact, no repetition, and nothing that a customer typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from pjterm.core.evidence import facts as f
from pjterm.core.model import Kind, Outcome, Result, Transaction
from pjterm.core.money import Money
from pjterm.ui.story import story

NEW_YORK = ZoneInfo("America/New_York")
BEGAN = datetime(2026, 11, 25, 17, 3, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def booked(*, approved: bool = True, code: str = "00") -> Transaction:
    amount = Money(Decimal("12.50"))
    return Transaction(10082, "CHARGE", amount, 10001, "1", "CAPTURE", approved, code, None, {"amountTotal": "12.50"})


def story_of(*facts: f.Fact, kind: Kind = Kind.PAYMENT) -> list[str]:
    return [line[12:] for line in story(facts, kind, NEW_YORK) if line.startswith("  ")]


def test_a_payment_is_told_from_the_request_to_the_end_at_the_reader() -> None:
    found = story(
        [
            f.Sent(at(0)), f.Accepted(at(1), "r1"), f.Observed(at(2), "poll", "IN_PROGRESS"),
            f.LookedUp(at(3), booked()), f.Observed(at(4), "webhook", "COMPLETE", Result(transaction_id=10082)),
        ], Kind.PAYMENT, NEW_YORK,
    )  # fmt: skip

    assert found == [
        "Nov 25, 2026, America/New_York (UTC-05:00)",
        "  12:03:00  The request was sent.",
        "  12:03:01  PayJunction took the request.",
        "  12:03:02  The reader asked for the card.",
        "  12:03:03  The transaction was read: transaction 10082, approved, $12.50.",
        "  12:03:04  The reader named transaction 10082.",
        "  12:03:04  The reader finished.",
    ]


def test_a_repeated_fact_is_told_once_per_try() -> None:
    waiting = f.Observed(at(2), "poll", "IN_PROGRESS")

    assert story_of(f.Sent(at(0)), waiting, waiting, f.Sent(at(9)), waiting) == [
        "The request was sent.", "The reader asked for the card.",
        "Sent again (try 2).", "The reader asked for the card.",
    ]  # fmt: skip


def test_typed_and_swiped_values_are_never_shown() -> None:
    seen = f.Observed(at(1), "poll", "COMPLETE", Result(input_value="5551234567", read_data="%B4111"))

    assert story_of(seen, kind=Kind.INPUT) == [
        "The customer typed the number.", "The card was read.", "The reader finished.",
    ]  # fmt: skip


def test_a_lost_answer_is_followed_by_what_the_search_found() -> None:
    assert story_of(f.Lost(at(1), "timed out"), f.Searched(at(2), (booked(approved=False, code="05"),))) == [
        "The answer was lost (timed out); it may have been taken all the same.",
        "A search by invoice number found: transaction 10082, declined (code 05), $12.50.",
    ]


def test_every_kind_of_fact_has_its_sentence() -> None:
    every: list[f.Fact] = [
        f.Sent(at(0)), f.Accepted(at(0), "r1"), f.Answered(at(0), booked()), f.NotTaken(at(0), Outcome.REJECTED, "no"),
        f.Lost(at(0), "cut"), f.Observed(at(0), "poll", "BUSY"), f.PollFailed(at(0), "502"), f.Purged(at(0)),
        f.LookedUp(at(0), booked()), f.LookUpFailed(at(0), 1, "502"), f.Searched(at(0), ()),
        f.Controlled(at(0), True, "found"), f.SearchFailed(at(0), "502"), f.TerminalReset(at(0)),
        f.OperatorSaid(at(0), "not charged"),
    ]  # fmt: skip

    assert [len(story_of(fact)) for fact in every] == [1] * len(every)


def test_an_undocumented_status_is_not_shown() -> None:
    assert story_of(f.Observed(at(0), "poll", "CONNECTING"), f.Observed(at(0), "poll", "\x1b[2J")) == []
