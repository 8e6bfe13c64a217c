"""What is happening, for the user: one sentence, and what Ctrl-C does.

A pure function of what is known, what is being done and the time. No protocol: that is for `-v` and `why`.
"""

from __future__ import annotations

from datetime import datetime, tzinfo

from pjterm.core.evidence.facts import Fact, LookUpFailed, PollFailed, SearchFailed, no_answer
from pjterm.core.evidence.states import Progress
from pjterm.core.following.activity import Activity, CtrlC, Doing
from pjterm.core.model import Kind, Status, Transaction
from pjterm.ui.moments import clock
from pjterm.ui.progress import Header
from pjterm.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class Moment:
    """What a situation is derived from, besides the header."""

    known: Progress
    activity: Activity
    failing_since: datetime | None = None
    """Since when nothing was answered, while that lasts."""
    why: str = ""
    """Why the last question was not answered."""
    missing: str = "No status"
    """What its answer would have been."""

    def after(self, fact: Fact, known: Progress) -> Moment:
        """The next moment, with this as what is known."""
        match fact:
            case PollFailed(at=at, why=why) | SearchFailed(at=at, why=why) | LookUpFailed(at=at, why=why):
                since = self.failing_since or at
                return replace(self, known=known, failing_since=since, why=why, missing=_MISSING[type(fact)])
            case _:
                return replace(self, known=known, failing_since=None, why="")

    def during(self, activity: Activity, known: Progress) -> Moment:
        """The next moment, with this as what is being done; also an answer that is no news ends a failure."""
        since = self.failing_since if activity.failing else None
        return replace(self, activity=activity, known=known, failing_since=since)


_MISSING = {PollFailed: "No status", SearchFailed: "No search result", LookUpFailed: "The transaction is not readable"}
_ANSWERED = (
    "the API ", "something between ", "HTTP ", "this login may not ", "the search returned ", "the answer does not ",
)  # fmt: skip
"""How it begins why an answer is of no use, rather than why none came."""
AT_READER = {
    Kind.PAYMENT: "Customer: tap, insert or swipe the card.",
    Kind.REFUND: "Customer: present the card that gets the money back.",
    Kind.SIGNATURE: "Customer: read the terms and sign on the reader.",
    Kind.PROMPT: "Customer: press one of the buttons.",
    Kind.INPUT: "Customer: type the phone number on the reader.",
    Kind.READ: "Customer: swipe the card (not a payment card).",
}
"""What the customer is to do once the reader shows the request."""

_ENDED = {Status.BUSY: "The reader is busy with something else", Status.NO_CONNECTION: "The reader was not reached"}


def sentence(header: Header, moment: Moment, now: datetime, zone: tzinfo | None = None) -> str:
    """The situation in one sentence."""
    said = _sentence(header, moment, now, zone)
    if moment.failing_since is not None and moment.activity.doing is not Doing.FINISHING:
        if moment.activity.doing is Doing.FOLLOWING:
            said = "The customer may go on at the reader."
        return f"{_silent(moment, clock(moment.failing_since, zone))}; trying again. {said}"
    return said


def _silent(moment: Moment, since: str) -> str:
    """Says what there was no answer to since then; one that is of no use does not count as silence."""
    if not moment.why.startswith(_ANSWERED):
        return f"No answer from PayJunction since {since}"
    return f"{moment.missing} since {since} ({moment.why.split(': ')[0]})"


# -- the sentence ------------------------------------------------------------------------------------


def _sentence(header: Header, moment: Moment, now: datetime, zone: tzinfo | None) -> str:
    known, doing, until = moment.known, moment.activity.doing, moment.activity.until
    match doing:
        case Doing.CHECKING:
            return _checking(known)
        case Doing.HOLDING_BACK:
            return f"The last try ended without a result. Making sure of that{_left(until, now)} before sending again…"
        case Doing.WATCHING:
            return f"Another pjterm is working on this. Watching it{_by(until, zone)}."
        case Doing.READING:
            return "Reading what the bank said…" if header.at_reader else "Reading the transaction…"
        case Doing.SEARCHING if known.purged_at is not None:
            money = header.kind is None or header.kind.is_money
            return f"PayJunction no longer has this request.{' Searching for its transaction…' if money else ''}"
        case Doing.SEARCHING:
            return _searching(header, known, _by(until, zone))
        case Doing.UNCLEAR:
            return _unclear(header, _by(until, zone))
        case Doing.PROVING if known.reset_at is not None:
            may = "may still get the refund" if header.kind is Kind.REFUND else "may still be charged"
            late = f"a card already in {may}; " if _moves_money(header) else ""
            return f"The reader was reset. Making sure{_left(until, now)}: {late}nothing is decided yet."
        case Doing.PROVING:
            how = _ENDED.get(known.end or Status.COMPLETE, "The reader ended without a result")
            how = "The card was declined, and the reader finished" if declined_cards(known) else how
            return f"{how}. Making sure that nothing was {_moved(header)}…"
        case Doing.CANCELLING if declined_cards(known) and known.reset_at is None:
            return f"Not cancelled. {_at_the_reader(header, known)}"
        case Doing.CANCELLING:
            what = "refund" if header.kind is Kind.REFUND else "payment"
            wins = f" A {what} that is approved now still counts." if _moves_money(header) else ""
            return f"Cancelling…{wins}"
        case Doing.LAST_LOOK:
            return "Time is up. Looking once more…"
        case Doing.FINISHING:
            return _finishing(header, known)
        case Doing.FOLLOWING:
            return _at_the_reader(header, known)


def _checking(known: Progress) -> str:
    """An entry that `resume` takes up was sent long ago, and more is known since."""
    if known.sent_at is None:
        return "Checking before anything is sent…"
    since = (known.searched_at, known.reset_at)
    if known.operator is not None or any(at is not None and at > known.sent_at for at in since):
        return "Finding out what became of it…"
    return "Sending the request…"


def _at_the_reader(header: Header, known: Progress) -> str:
    if not known.in_progress_seen:
        return "Connecting to the reader…"
    refused = declined_cards(known)
    if any(t.code == "DT" for t in refused):  # its original is paid: another card would pay twice
        return "The card was declined as a duplicate: this sale seems paid already. Customer: press the red X."
    if refused:
        return "The card was declined. Customer: try another card, or press the red X."
    if any(r.transaction_id is not None for r in known.polled_results):
        return "Reading what the bank said…"
    if known.polled_results:
        return "The reader is finishing."
    return AT_READER.get(header.kind or Kind.CANCEL, "Customer: finish what the reader shows.")


def declined_cards(known: Progress) -> list[Transaction]:
    """The declined cards that this request has named; after one, another is waited for."""
    tried = (known.transactions.get(r.transaction_id or 0) for r in known.polled_results)
    return [t for t in tried if t is not None and t.approved is False]


def _finishing(header: Header, known: Progress) -> str:
    if (known.has_ended and known.end is Status.COMPLETE) or not header.at_reader:
        return "The reader is idle." if header.at_reader else "Done."
    ended = _ENDED.get(known.end or Status.COMPLETE)
    if ended is not None and not known.polled_results:
        return f"{ended}."
    return "Customer: take the card. The reader is finishing." if _moves_money(header) else "The reader is finishing."


def _searching(header: Header, known: Progress, by: str) -> str:
    what, again = ("refund", "refund") if header.kind is Kind.REFUND else ("sale", "charge")
    if known.has_ended and declined_cards(known):
        calls = f"PayJunction calls it a duplicate of another {what}"
        return f"{calls}. Searching for that one{by}… Do not {again} again."
    lost = "" if known.answered is not None else f"{no_answer(known.lost)}. "
    if header.kind is Kind.VOID:
        return f"{lost}Looking whether the transaction is void{by}…"
    if header.kind is Kind.TIP:
        return f"{lost}Looking whether the tip was changed{by}…"
    if not lost:
        return f"PayJunction has answered. Making sure that nothing else was booked for this{by}…"
    reset = "The reader was reset. " if known.reset_at is not None else ""
    if header.kind is not None and not header.kind.is_money:
        return f"{reset or lost}Nothing is charged by this."
    if not header.at_reader:
        return f"{lost}Searching for the refund{by}… Do not refund again."
    if reset:
        done = "refunded" if header.kind is Kind.REFUND else "charged"
        return f"{reset}Searching{by} whether a card already in was {done}… Do not {again} again."
    paying = "The customer may be paying. " if header.kind is Kind.PAYMENT else ""
    return f"{lost}{paying}Searching for the {what}{by}… Do not {again} again."


def _unclear(header: Header, by: str) -> str:
    says = "PayJunction says neither that it runs nor that it ended"
    if header.kind is not None and not header.kind.is_money:
        return f"{says}. Asking again{by}…"
    again = "refund" if header.kind is Kind.REFUND else "charge"
    return f"{says}. Asking and searching{by}… Do not {again} again."


def _by(until: datetime | None, zone: tzinfo | None) -> str:
    return "" if until is None else f" until {clock(until, zone)}"


def _left(until: datetime | None, now: datetime) -> str:
    if until is None:
        return ""
    seconds = max(0, round((until - now).total_seconds()))
    return f" ({seconds} s)"


def _moves_money(header: Header) -> bool:
    return header.kind in (Kind.PAYMENT, Kind.REFUND, None) and header.at_reader


def _moved(header: Header) -> str:
    return {Kind.PAYMENT: "charged", Kind.REFUND: "refunded"}.get(header.kind or Kind.CANCEL, "missed")


# -- what Ctrl-C does --------------------------------------------------------------------------------


def hint(header: Header, moment: Moment) -> str | None:
    """What Ctrl-C does at this moment."""
    doing, known = moment.activity.doing, moment.known
    if doing is Doing.HOLDING_BACK:
        return "Ctrl-C stops; nothing is sent then"
    if doing is Doing.CHECKING:
        return None if known.sent_at is not None else "Ctrl-C stops; nothing is sent then"
    if doing is Doing.WATCHING:
        return "Ctrl-C stops watching; the other pjterm goes on"
    if doing in (Doing.FINISHING, Doing.READING):
        return None
    match moment.activity.ctrl_c:
        case CtrlC.CANCELS:
            asks = known.in_progress_seen and (not known.polled_results or declined_cards(known))
            return "Ctrl-C cancels" + ("; so does the red X on the reader" if asks else "")
        case CtrlC.TWICE_EXITS:
            what = "it" if not _moves_money(header) else "the refund" if header.kind is Kind.REFUND else "the sale"
            return f"Ctrl-C twice exits; {what} stays open, and pjterm resume finds out later"
        case CtrlC.EXITS if doing in (Doing.CANCELLING, Doing.PROVING):
            what = "the refund may still be made" if header.kind is Kind.REFUND else "the payment may still be taken"
            return "Ctrl-C exits at once" + (f"; {what}" if _moves_money(header) else "")
        case CtrlC.EXITS:
            return "Ctrl-C exits; nothing is cancelled by that"
