"""The check before a key is sent again: what each answer, and each silence, means for the next POST."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pjterm.core.entry import Entry
from pjterm.core.evidence.facts import Accepted, Fact, LookedUp, Observed, PollFailed, Searched, SearchFailed
from pjterm.core.model import Outcome, Result, Transaction, Verdict
from pjterm.core.sending.absence import Clear, Decided, Reopened, Unproven
from pjterm.errors import Unavailable
from pjterm.flow.absence import Absences
from pjterm.flow.inbox import Interrupted
from tests.core.make import REQUEST, at, booked
from tests.flow.stage import CHARGE, Says, Stage

OTHER = booked(5, invoice_number="555")


def status(value: str) -> Says:
    return lambda now: Observed(now, "poll", value, Result(), now)


def ended(value: str, since: float) -> list[Fact]:
    """Accepted, and two polls that show this end."""
    polls = [Observed(at(since + n), "poll", value, Result(), at(since + n)) for n in (0.5, 1.5)]
    return [Accepted(at(since), REQUEST), *polls]


def shows(*found: Transaction, perhaps: tuple[Transaction, ...] = (), gap: str | None = None) -> Says:
    return lambda now: Searched(now, found, now, perhaps, gap=gap)


def around(*perhaps: Transaction, gap: str | None = None) -> Says:
    return lambda now: Searched(now, (), now, perhaps, around=True, gap=gap)


@pytest.fixture
def entry(stage: Stage) -> Entry:
    """A payment that ended without a result 4 s ago."""
    made = stage.entry(CHARGE)
    for fact in ended("COMPLETE", 0.5):
        stage.journal.note(made, fact)
    made = stage.journal.record(made, Verdict(Outcome.CANCELLED, "ended"), at(2))
    stage.time.pass_by(5.0)
    stage.say(
        poll=status("COMPLETE"), search=shows(), look_around=around(), control=shows(OTHER), sample=lambda _: (OTHER,)
    )  # fmt: skip
    return made


def look(stage: Stage, entry: Entry) -> Any:
    flow = stage.flow
    absences = Absences(
        stage.api, stage.api, stage.journal, flow.records, stage.inbox, stage.reporter, stage.clock.now,
    )  # fmt: skip
    return absences.look(entry, wait=True)[0]


def test_finding_nothing_but_the_control_allows_a_new_try(stage: Stage, entry: Entry) -> None:
    assert look(stage, entry) == Clear(frozenset())


def test_nothing_is_requested_until_8_seconds_after_the_end(stage: Stage, entry: Entry) -> None:
    look(stage, entry)

    assert 9.0 <= stage.time.now < 9.5


def test_a_late_approval_answers_the_key(stage: Stage, entry: Entry) -> None:
    stage.say(search=shows(booked(7, invoice_number=entry.invoice_number)))
    shown = look(stage, entry)

    assert (type(shown), shown.verdict.outcome) == (Decided, Outcome.APPROVED)


def test_a_request_that_is_still_running_is_reopened(stage: Stage, entry: Entry) -> None:
    """A reader that was not reached is silence: it may have been reached after all."""
    again = stage.journal.try_again(entry, at(5), frozenset())
    for fact in ended("NO_CONNECTION", 5.0):
        stage.journal.note(again, fact)
    again = stage.journal.record(again, Verdict(Outcome.UNREACHABLE, "not reached"), at(7))
    stage.say(poll=status("IN_PROGRESS"))

    assert look(stage, again) == Reopened()


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"poll": lambda now: PollFailed(now, "502")}, "502"),
        ({"search": lambda now: SearchFailed(now, "504")}, "504"),
        ({"look_around": lambda now: SearchFailed(now, "504")}, "504"),
        ({"look_around": around(gap="the search ends with a full page")}, "the search ends with a full page"),
        ({"control": shows()}, "the same search does not find transaction 5"),
        ({"control": lambda now: SearchFailed(now, "503")}, "503"),
        ({"sample": [Unavailable("no route")]}, "no route"),
        ({"sample": lambda _: (replace(OTHER, invoice_number=None),)}, "none of the transactions shown has an invoice "
         "number"),
        ({"search": shows(gap="the search ends with a full page")}, "the search ends with a full page"),
    ],
    ids=[
        "poll", "search", "by account", "full page by account", "blind control", "control", "sample", "no numbers",
        "full page",
    ],
)  # fmt: skip
def test_a_check_that_cannot_finish_in_15_seconds_proves_nothing(
    stage: Stage, entry: Entry, answers: dict[str, Any], why: str
) -> None:
    stage.say(**answers)

    assert look(stage, entry) == Unproven(why)
    assert stage.time.now < 9.0 + 15.0 + 1.0


def test_a_search_before_the_control_was_visible_is_repeated(stage: Stage, entry: Entry) -> None:
    """The search lagged until then, so a payment that it did not show may have been booked."""
    own = booked(7, invoice_number=entry.invoice_number)
    stage.say(search=[shows(), shows(own)], control=[shows(), shows(OTHER)], look_around=around())
    shown = look(stage, entry)

    assert (type(shown), shown.verdict.outcome) == (Decided, Outcome.APPROVED)


def test_the_sale_itself_among_the_control_samples_is_the_answer(stage: Stage, entry: Entry) -> None:
    own = booked(7, invoice_number=entry.invoice_number)
    stage.say(sample=lambda _: (own, OTHER))
    shown = look(stage, entry)

    assert (type(shown), shown.verdict.outcome) == (Decided, Outcome.APPROVED)


def test_an_account_without_transactions_counts_as_empty(stage: Stage, entry: Entry) -> None:
    stage.say(sample=lambda _: ())

    assert look(stage, entry) == Clear(frozenset())


def test_a_transaction_that_may_be_this_sale_even_after_a_read_proves_nothing(stage: Stage, entry: Entry) -> None:
    unsaid = booked(7, invoice_number=None)
    stage.say(search=shows(perhaps=(unsaid,)), look_up=lambda now: LookedUp(now, unsaid))

    assert look(stage, entry) == Unproven("transaction 7 may be this sale's")


def test_another_spelling_of_our_invoice_number_proves_nothing(stage: Stage, entry: Entry) -> None:
    spelled = booked(7, invoice_number=f"00000{entry.invoice_number}")
    stage.say(look_around=around(spelled), look_up=lambda now: LookedUp(now, spelled))

    assert look(stage, entry) == Unproven("transaction 7 may be this sale's")


def test_the_control_is_the_newest_approved_sale_of_the_journal(stage: Stage, entry: Entry) -> None:
    earlier = stage.journal.add(replace(stage.state(CHARGE).new, key="earlier", invoice_number="555"), at(0))
    stage.journal.record(earlier, Verdict(Outcome.APPROVED, "", booked(5)), at(0))
    stage.say(sample=[AssertionError("no sample is needed")])

    assert look(stage, entry) == Clear(frozenset())


def test_ctrl_c_ends_the_wait_for_a_late_booking(stage: Stage, entry: Entry) -> None:
    stage.inbox.put(Interrupted())
    found = look(stage, entry)

    assert (found, stage.api.asked) == (Unproven("you stopped it"), [])
