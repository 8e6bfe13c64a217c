"""What the live view shows, state by state: the scenes of the golden screens and of the pictures.

Each is made as the program makes it: from facts, the current knowledge and activity, and the text of a result.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from pjterm.core.evidence.facts import (
    Accepted,
    Evidence,
    Fact,
    LookedUp,
    Lost,
    Observed,
    PollFailed,
    Purged,
    Sent,
    TerminalReset,
)
from pjterm.core.evidence.states import replay
from pjterm.core.following.activity import Activity, CtrlC, Doing
from pjterm.core.model import Kind, Outcome, Result, Transaction
from pjterm.core.verdicts.contradiction import CHARGED_TWICE
from pjterm.errors import ApiRejected, Detail, PjtermError
from pjterm.ui.frame import Ending, Frame
from pjterm.ui.outcome_words import words_of
from pjterm.ui.progress import Header
from pjterm.ui.report import Report
from pjterm.ui.situation import Moment

START = datetime(2026, 11, 22, 16, 3, 26, tzinfo=UTC)
ZONE = timezone(timedelta(hours=1))
HEADER = Header("simulator", "simulator", Kind.PAYMENT, "T1", amount="12.50", key="order-1042", started_at=START)
REQUEST = "c1a2f3d4-0000-4000-8000-5e6f7a8b9c0d"
HOSTILE = "\x1b[2J\x1b[31mGONE\x07 [red]markup[/red] [link=x]y[/link] \u202etxet\u202c " + "W" * 130


def booked(**changes: Any) -> dict[str, Any]:
    """A transaction as the API returns it."""
    plain: dict[str, Any] = {
        "transactionId": 10045, "terminalId": 10001, "action": "CHARGE", "amountBase": "20.00", "amountTip": "1.00",
        "amountTotal": "21.00", "invoiceNumber": "42", "status": "CAPTURE", "created": "2026-11-22T16:03:30Z",
        "response": {"approved": True, "code": "00", "message": "Approved", "processor": {"approvalCode": "PJ20AP"}},
        "vault": {"type": "CARD", "accountType": "VISA", "lastFour": "1111"},
    }  # fmt: skip
    return {**plain, **changes}


APPROVED = booked()
DECLINED = booked(
    amountBase="12.50", amountTotal="12.50", amountTip=None, status="DECLINED",
    response={"approved": False, "code": "05", "message": "Declined (do not honor)"},
)  # fmt: skip
READ = Transaction(10045, "CHARGE", Decimal("20.00"), 10001, "42", "CAPTURE", True, "00", "Approved", APPROVED)

REFUSED = replace(READ, approved=False, code="05", status="DECLINED", raw=DECLINED)


def at(seconds: float) -> datetime:
    """A time within the scene."""
    return START + timedelta(seconds=seconds)


def polled(seconds: float, status: str, **result: Any) -> Observed:
    """A poll's answer."""
    return Observed(at(seconds), "poll", status, Result(**result), at(seconds))


CONNECTING: tuple[Fact, ...] = (Sent(at(0.1)), Accepted(at(0.4), REQUEST), polled(1.0, "CONNECTING"))
AT_READER = (*CONNECTING, polled(1.6, "IN_PROGRESS"))
RESULT = (*AT_READER, polled(3.8, "IN_PROGRESS", transaction_id=10045))
PROVEN = (*RESULT, LookedUp(at(4.0), READ))
IDLE = (*PROVEN, polled(5.0, "COMPLETE", transaction_id=10045))


def running(
    facts: tuple[Fact, ...],
    seconds: float,
    doing: Doing,
    *,
    header: Header = HEADER,
    until: float | None = 300,
    ctrl_c: CtrlC = CtrlC.CANCELS,
    failing: float | None = None,
    notices: tuple[str, ...] = (),
) -> Frame:
    """A frame while the request runs."""
    end = None if until is None else at(until)
    since = None if failing is None else at(failing)
    moment = Moment(replay(facts), Activity(doing, end, ctrl_c), since)
    lines = tuple(Evidence(at(seconds), "notice", text) for text in notices)
    return Frame(header, moment, at(seconds), seconds, lines, None, until)


def ended(report: Report, seconds: float, *, header: Header = HEADER, notices: tuple[str, ...] = ()) -> Frame:
    """The last frame, with a result."""
    error = report.error
    details = () if error is None else tuple(f"{d.parameter or '-'}: {d.message}" for d in error.details)
    ending = Ending(words_of(report, at(seconds), ZONE), report.prompt_button, details)
    lines = tuple(Evidence(at(seconds), "notice", text) for text in notices)
    return Frame(header, Moment(replay(IDLE), Activity(Doing.FINISHING)), at(seconds), seconds, lines, ending)


def result(outcome: Outcome, code: int = 0, kind: Kind = Kind.PAYMENT, **more: Any) -> Report:
    """A result of this sale."""
    given: dict[str, Any] = {
        "key": "order-1042", "terminal_name": "T1", "amount": "12.50", "key_given": True,
        "typed": ("charge", "12.50", "-t", "T1", "--key", "order-1042"),
    }  # fmt: skip
    said = {**given, **more}
    return Report(kind, outcome, code, **{"asked": said["amount"], **said})


TWICE = "charged twice: transactions 10045 and 10046 are approved under its number"
PAID = result(
    Outcome.APPROVED, amount="20.00", transaction=APPROVED, transaction_id=10045, result_at=at(4),
)  # fmt: skip
PROMPT = replace(
    HEADER, kind=Kind.PROMPT, amount=None, key="ask-7", text="Paper receipt?", buttons=("Yes", "No")
)  # fmt: skip
SIGN = replace(
    HEADER, kind=Kind.SIGNATURE, amount=None, key="lease-9",
    text="I agree to the return policy: within 30 days, with the receipt, in the original packing.",
)  # fmt: skip
VOID = replace(HEADER, kind=Kind.VOID, terminal="transaction 10045", amount="21.00", parts="$20.00 + $1.00 tip",
               key="undo-1", at_reader=False)  # fmt: skip
PRODUCTION = replace(HEADER, environment="production", profile="till-1")
LABS = replace(HEADER, environment="labs", profile="till-1", amount="1249.99", parts="$1199.99 + $50.00 tax")

SCENES: dict[str, Frame] = {
    "checking": running((), 0.1, Doing.CHECKING, until=None),
    "connecting": running(CONNECTING, 1, Doing.FOLLOWING),
    "at-reader": running(AT_READER, 4, Doing.FOLLOWING, header=replace(HEADER, amount="20.00")),
    "reading": running(RESULT, 4, Doing.READING),
    "approved-finishing": replace(
        running(PROVEN, 4, Doing.FINISHING),
        ending=replace(ended(PAID, 4).ending or Ending(words_of(PAID, at(4))), final=False),
    ),
    "approved": ended(PAID, 5),
    "overtaken": ended(replace(PAID, overtaken=True), 9),
    "already-paid": ended(replace(PAID, replayed=True), 245),
    "held": ended(replace(PAID, transaction=booked(status="HOLD")), 5),
    "declined": ended(
        result(Outcome.DECLINED, 3, transaction=DECLINED, transaction_id=10045, result_at=at(4), says="declined"), 5
    ),
    "cancelling": running(AT_READER, 9, Doing.CANCELLING, ctrl_c=CtrlC.EXITS, until=39),
    "cancel-check": running(
        (*AT_READER, TerminalReset(at(10)), polled(10.5, "COMPLETE")), 12, Doing.PROVING, ctrl_c=CtrlC.EXITS, until=18
    ),
    "cancelled": ended(result(Outcome.CANCELLED, 5), 18),
    "cancel": ended(result(Outcome.CANCELLED, 0, Kind.CANCEL, request_kind=Kind.PAYMENT), 3),
    "cancelled-before": ended(result(Outcome.CANCELLED, 5, replayed=True, result_at=at(18)), 18.4),
    "busy": ended(result(Outcome.BUSY, 6), 2),
    "unreachable": ended(result(Outcome.UNREACHABLE, 7), 12),
    "ended-without-result": running(
        (*AT_READER, polled(9.5, "COMPLETE")), 11, Doing.PROVING, ctrl_c=CtrlC.EXITS, until=18
    ),
    "holding-back": running((), 2, Doing.HOLDING_BACK, until=8),
    "last-look": running(AT_READER, 300, Doing.LAST_LOOK, ctrl_c=CtrlC.EXITS),
    "purged": running((*CONNECTING, Purged(at(9000))), 9002, Doing.SEARCHING, ctrl_c=CtrlC.TWICE_EXITS, until=9300),
    "first-card-declined": running((*RESULT, LookedUp(at(6), REFUSED)), 7, Doing.FOLLOWING),
    "declined-check": running(
        (*RESULT, LookedUp(at(6), REFUSED), polled(7, "COMPLETE")), 7, Doing.PROVING, ctrl_c=CtrlC.EXITS, until=15
    ),
    "lost": running(
        (Sent(at(0.1)), Lost(at(2), "the connection broke")), 14, Doing.SEARCHING, ctrl_c=CtrlC.TWICE_EXITS
    ),
    "no-network": running(
        (*AT_READER, PollFailed(at(6), "no route")),
        21,
        Doing.FOLLOWING,
        failing=6,
        notices=("the relay does not answer; polling until it does",),
    ),
    "unknown": ended(
        result(Outcome.UNKNOWN, 9, says="PayJunction did not answer, and no transaction of this sale was found"), 300
    ),
    "charged-twice": ended(
        result(
            Outcome.UNKNOWN,
            9,
            says=TWICE,
            hint="one of them is too many: pjterm void 10046",
            error=PjtermError(TWICE, code=CHARGED_TWICE),
        ),
        9,
    ),
    "still-open": ended(
        result(Outcome.OPEN, 130, request_id=REQUEST, says="You stopped watching; the reader may still take it."), 7
    ),
    "watching": running(AT_READER, 3, Doing.WATCHING, ctrl_c=CtrlC.EXITS),
    "production": running(AT_READER, 4, Doing.FOLLOWING, header=PRODUCTION),
    "labs-tax": running(AT_READER, 4, Doing.FOLLOWING, header=LABS),
    "prompt": running(AT_READER, 3, Doing.FOLLOWING, header=PROMPT),
    "answered": ended(
        result(Outcome.ANSWERED, 0, Kind.PROMPT, key="ask-7", amount=None, prompt_button="Yes"), 5, header=PROMPT
    ),
    "refund": running(AT_READER, 3, Doing.FOLLOWING, header=replace(HEADER, kind=Kind.REFUND)),
    "sign": running(AT_READER, 3, Doing.FOLLOWING, header=SIGN),
    "signed": ended(
        result(
            Outcome.SIGNED,
            0,
            Kind.SIGNATURE,
            key="lease-9",
            amount=None,
            signature_id="60d2e500711b4bf2b42f8efe7a8c5cc4",
        ),
        9,
        header=SIGN,
    ),
    "voided": ended(
        result(
            Outcome.VOIDED,
            0,
            Kind.VOID,
            key="undo-1",
            amount="21.00",
            transaction=booked(status="VOID"),
            transaction_id=10045,
            original_id=10045,
            result_at=at(1),
            changed_at=at(1),
        ),
        1,
        header=VOID,
    ),
    "rejected": ended(
        result(
            Outcome.REJECTED,
            11,
            error=ApiRejected(
                "PayJunction refused the request",
                hint="pjterm terminals",
                details=(Detail("This field is required.", "amountBase"), Detail("unknown", "terminalId")),
            ),
        ),
        1,
    ),
    "hostile": ended(
        result(Outcome.REJECTED, 11, error=ApiRejected(HOSTILE, hint=HOSTILE, details=(Detail(HOSTILE, HOSTILE),))),
        2,
        header=replace(HEADER, terminal=HOSTILE, text=HOSTILE, key=None),
        notices=(HOSTILE,),
    ),
}
