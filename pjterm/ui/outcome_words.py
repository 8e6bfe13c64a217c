"""An outcome in words: the outcome word, the money, what it means, what was not done, what to type next.

Every display of a result takes its words from here: the live view, plain lines, the line on stdout, `why`.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from pjterm.core import card, parts, wire
from pjterm.core.entry import CHANGED, MOVED, NEVER_TAKEN
from pjterm.core.evidence.facts import NEVER_SENT, NOT_CHARGED
from pjterm.core.hints import command_line, for_profile
from pjterm.core.model import Kind, Outcome
from pjterm.core.money import dollars
from pjterm.core.text import harmless
from pjterm.core.verdicts.contradiction import CHARGED_TWICE, GIVEN_BACK_TWICE, PARTLY_APPROVED, TWICE
from pjterm.ui.moments import ago, clock
from pjterm.ui.next_step import next_command
from pjterm.ui.report import Report
from pjterm.ui.tones import Tone, tone_of
from pjterm.values import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """A result in pieces; each display arranges them as it has room."""

    word: str
    tone: Tone
    amount: str | None = None
    """The total: `$21.00`."""
    parts: str | None = None
    """Its parts, if there are several: `$20.00 + $1.00 tip`."""
    sentences: tuple[str, ...] = ()
    receipt: tuple[str, ...] = ()
    """Card, approval code and time."""
    ids: tuple[str, ...] = ()
    """Transaction or signature."""
    shows: str | None = None
    """The command that shows its receipt or image."""
    next: str | None = None
    repeated: bool = False
    """Whether it is an old result, shown again: it must not look like a new one."""

    def pieces(self) -> list[str]:
        """All of it but the next command, in groups: `APPROVED: $12.50`, `Visa ···· 1111`."""
        money = self.amount or ""
        if self.parts:
            money += f" ({self.parts})"
        said = [s for s in (money, " ".join(self.sentences), *self.receipt, *self.ids) if s]
        return [f"{self.word}: {said[0]}", *said[1:]] if said else [self.word]

    def line(self) -> str:
        """The same on one line."""
        return "  ".join(self.pieces())


_WORDS = {
    Outcome.OPEN: "STILL OPEN", Outcome.BUSY: "READER BUSY", Outcome.UNREACHABLE: "NOT REACHED",
    Outcome.UNKNOWN: "NOT KNOWN YET",
}  # fmt: skip
_REPEATED = {
    Outcome.APPROVED: "ALREADY PAID", Outcome.REFUNDED: "ALREADY REFUNDED", Outcome.VOIDED: "ALREADY VOIDED",
    Outcome.ADJUSTED: "ALREADY ADJUSTED",
    Outcome.SIGNED: "ALREADY SIGNED", Outcome.ANSWERED: "ALREADY ANSWERED", Outcome.DECLINED: "ALREADY DECLINED",
}  # fmt: skip

_KNOWN = {GIVEN_BACK_TWICE: "GIVEN BACK TWICE", PARTLY_APPROVED: "PARTLY PAID"}
"""What is known, though an operator must say what becomes of it; by the code of its verdict."""

_ANOTHERS = "Another till or program is using {reader}"
_OURS = "Another request from this machine is using {reader} (key {key})"
_MEANS: tuple[tuple[Outcome, tuple[Kind | None, ...], str], ...] = (
    (Outcome.CANCELLED, (Kind.PAYMENT,), "Not paid: cancelled or timed out at the reader. Nothing was charged."),
    (Outcome.CANCELLED, (Kind.REFUND,), "Cancelled or timed out at the reader. Nothing was refunded."),
    (Outcome.CANCELLED, (Kind.SIGNATURE, Kind.PROMPT, Kind.INPUT, Kind.READ), "Ended at the reader without an answer."),
    (Outcome.CANCELLED, (Kind.CANCEL,), "The reader is idle. A card that was already in may still be charged."),
    (Outcome.BUSY, (Kind.PAYMENT,), f"{_ANOTHERS}. Nothing was charged."),
    (Outcome.BUSY, (Kind.REFUND,), f"{_ANOTHERS}. Nothing was refunded."),
    (Outcome.BUSY, (), f"{_ANOTHERS}."),
    (Outcome.UNREACHABLE, (Kind.PAYMENT,), "The reader did not answer. Nothing was charged."),
    (Outcome.UNREACHABLE, (Kind.REFUND,), "The reader did not answer. Nothing was refunded."),
    (Outcome.UNREACHABLE, (), "The reader did not answer."),
    (Outcome.UNKNOWN, (Kind.PAYMENT,), "The customer may have been charged. Do not take another card."),
    (Outcome.UNKNOWN, (Kind.REFUND,), "The money may have gone back. Do not refund again."),
    (Outcome.UNKNOWN, (Kind.VOID,), "It may be voided already."),
    (Outcome.VOIDED, (Kind.VOID,), "The customer is not charged; the bank releases the hold within days."),
    (Outcome.VOIDED, (Kind.PAYMENT,), "This sale was voided: the customer is not charged."),
    (Outcome.ENTERED, (), "The reader sent what was typed."),
    (Outcome.READ, (), "The reader sent what was swiped."),
)
"""What an outcome means for these kinds (none: any); the first that fits counts."""
NOTHING_RUNS = "Nothing of it runs on the reader anymore."
_BOOKED = (*MOVED, Outcome.DECLINED)
_CHARGING = (Kind.PAYMENT, Kind.REFUND)
_FRESH = timedelta(minutes=2)
_REASONS = (Outcome.UNKNOWN, Outcome.OPEN, Outcome.VOIDED)
"""Outcomes whose verdict's sentence says why; a requested void needs no reason."""


def words_of(report: Report, now: datetime, zone: tzinfo | None = None) -> Words:
    """A result in words, at this moment and in this zone."""
    amount, consists_of = _money(report)
    return Words(
        word=_word(report, now, zone),
        repeated=report.replayed or (report.kind is Kind.CANCEL and _is_old(report, now)),
        tone=_tone(report),
        amount=amount,
        parts=consists_of,
        sentences=tuple(_sentences(report, now, zone)),
        receipt=tuple(_receipt(report, now, zone)),
        ids=tuple(_ids(report)),
        shows=_shows(report),
        next=next_command(report),
    )


def headline(outcome: Outcome) -> str:
    """The one word of an outcome."""
    return _WORDS.get(outcome, outcome.value.upper())


def outcome_word(report: Report) -> str:
    """The outcome in a list for people: money that is only held is called so."""
    held = report.outcome is Outcome.APPROVED and card.is_held(report.transaction)
    return "approved, held" if held else report.outcome.value


def _tone(report: Report) -> Tone:
    """An unexpected answer counts as not done; a proven cancellation as done."""
    if report.is_unexpected:
        return Tone.NOTHING
    if report.kind is Kind.CANCEL and report.exit_code == 0:
        return Tone.DONE
    return tone_of(report.outcome)


def _word(report: Report, now: datetime, zone: tzinfo | None) -> str:
    held = report.outcome is Outcome.APPROVED and card.is_held(report.transaction)
    if report.replayed or _is_old(report, now):
        at = _when(report, now)
        word = ("ALREADY HELD" if held else _REPEATED.get(report.outcome)) if report.replayed else None
        word = word or ("APPROVED, HELD" if held else headline(report.outcome))
        return word if at is None else f"{word} {ago(at, now, zone)}"
    if held:
        return "APPROVED, HELD"
    if report.error is not None and report.error.code == CHARGED_TWICE:
        return "REFUNDED TWICE" if report.kind is Kind.REFUND else "CHARGED TWICE"
    if report.error is not None and report.error.code in _KNOWN:
        return _KNOWN[report.error.code]
    return headline(report.outcome)


def _when(report: Report, now: datetime) -> datetime | None:
    """When the money moved, or was refused; a void or a tip changes what was booked before."""
    if report.outcome in CHANGED:
        return report.changed_at
    seen = report.result_at or report.finished_at
    return card.moved_at(report.transaction, report.sent_at, seen, now) if report.outcome in _BOOKED else seen


def _is_old(report: Report, now: datetime) -> bool:
    """Whether it happened before this command, which only found it: it must not look new."""
    at = _when(report, now) if report.outcome in _BOOKED else None
    return at is not None and now - at > _FRESH


def _money(report: Report) -> tuple[str | None, str | None]:
    """The total and its parts: as booked; before that, the total requested."""
    booked = wire.transaction(report.transaction)
    whole = None if booked is None or report.outcome is Outcome.UNKNOWN else wire.total(booked)
    if report.error is not None and report.error.code == PARTLY_APPROVED:
        return None, None  # its sentence says how much of what
    if booked is None or whole is None:
        return (None if report.asked is None else f"${report.asked}"), None
    of = f" of ${report.asked}" if report.unpaid is not None else ""
    return f"${dollars(whole)}{of}", parts.consists_of(parts.of(booked))


def _sentences(report: Report, now: datetime, zone: tzinfo | None) -> list[str]:
    found = ["Nothing was sent now."] if report.replayed else []
    if report.kind is Kind.CANCEL and _is_old(report, now):
        found.append(NOTHING_RUNS)
    if report.went_back is not None:
        what = "All" if report.went_back == report.amount_total else f"${report.went_back}"
        under = " and ".join(map(harmless, report.went_back_under))
        found.append(f"{what} of it went back since{under and f', under key {under}'}.")
    if report.changed_since is not None:
        found.append(f"Changed since: {harmless(report.changed_since)}.")
    found += _meaning(report, zone)
    if report.kept is not None:
        found.append(f"Only its last two characters are kept: …{harmless(report.kept)}.")
    if report.outcome in _REASONS and report.says and (report.outcome, report.kind) != (Outcome.VOIDED, Kind.VOID):
        found.append(_as_sentence(report.says))
    if not found and report.error is not None:
        found.append(_as_sentence(report.error.message))
    if report.outcome in NEVER_TAKEN and "nothing was" not in " ".join(found).lower():
        found.append(_undone(report))
    return found


def _undone(report: Report) -> str:
    """What did not happen. Where PayJunction could not be asked, another till may have sent the same sale."""
    if report.outcome is Outcome.UNAVAILABLE:
        return "This command sent nothing."
    return f"Nothing was {_done(report.kind)}." if report.kind in _CHARGING else "Nothing was done."


def _meaning(report: Report, zone: tzinfo | None) -> list[str]:
    if (held := held_until(report, zone)) is not None:
        return [held]
    if report.outcome is Outcome.DECLINED:
        return [_declined(report)]
    if report.outcome is Outcome.ANSWERED and report.prompt_button is not None:
        unwanted = " That is not the expected answer." if report.is_unexpected else ""
        return [f'The customer pressed "{harmless(report.prompt_button)}".{unwanted}']
    if report.error is not None and report.error.code in (*TWICE, PARTLY_APPROVED):
        return []
    if report.outcome is Outcome.CANCELLED and any(e.says == NOT_CHARGED for e in report.evidence):
        return [f"The operator said that nothing was {_done(report.kind)}."]  # whatever happened at the reader
    if report.outcome is Outcome.CANCELLED and _was_never_sent(report):
        done = [f"Nothing was {_done(report.kind)}."] if report.kind in _CHARGING else []
        return [_as_sentence(NEVER_SENT), *done]
    reader = report.terminal_name or "the reader"
    booked = wire.transaction(report.transaction)
    if report.outcome is Outcome.VOIDED and report.kind is Kind.VOID and booked is not None:
        if booked.action == "REFUND":
            return ["The refund is taken back: the customer does not get this money."]
        if booked.approved is False:
            return ["It was declined before: nothing had been charged."]
    for outcome, kinds, says in _MEANS:
        if outcome is report.outcome and (not kinds or (report.request_kind or report.kind) in kinds):
            if report.held_by is not None:
                says = says.replace(_ANOTHERS, _OURS)
            return [harmless(says.format(reader=reader, key=report.held_by))]
    return []


def held_until(report: Report, zone: tzinfo | None) -> str | None:
    """That the money is only held, and until when; a tip changes nothing about that."""
    if report.outcome not in (Outcome.APPROVED, Outcome.ADJUSTED) or not card.is_held(report.transaction):
        return None
    last = card.voided_by_itself(report.transaction)
    until = "" if last is None else f" PayJunction voids it by itself on {_day(last, zone)}."
    return f"Held on the card, not captured.{until}"


def _was_never_sent(report: Report) -> bool:
    """Whether its newest try was interrupted in time: the reader never had it."""
    posts = [e.says for e in report.evidence if e.source == "post"]
    return posts[-1:] == [f"not taken: {NEVER_SENT}"]


def _day(at: datetime, zone: tzinfo | None) -> str:
    local = at.astimezone(zone)
    return f"{local:%a %b} {local.day}"


def _declined(report: Report) -> str:
    """What the bank (or PayJunction) said, and what did not happen."""
    from pjterm.core.response_codes import in_one_line

    booked = wire.transaction(report.transaction)
    if booked is None or booked.code is None:
        said = harmless(report.says or "no reason was given")
        return f"The answer: {said.rstrip('.')}. Nothing was {_done(report.kind)}."
    message = harmless(booked.message or "").removeprefix("Declined").strip(" ()") or "declined"
    who = "The bank" if booked.code.isdigit() else "PayJunction"
    said = f"{who} said: {message} ({harmless(booked.code)}). Nothing was {_done(report.kind)}."
    if not report.at_reader or report.hint is not None:
        return said
    return f"{said} {in_one_line(booked.code)}"


def _done(kind: Kind | None) -> str:
    return "refunded" if kind is Kind.REFUND else "charged"


def _as_sentence(text: str) -> str:
    text = harmless(text.strip())
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".") if text else ""


def _receipt(report: Report, now: datetime, zone: tzinfo | None) -> list[str]:
    """What identifies the payment for the customer: card, approval code, time."""
    if report.outcome not in (*_BOOKED, *CHANGED):
        return []
    found = [str(used)] if (used := card.card_of(report.transaction)) is not None else []
    approval = card.approval_code(report.transaction)
    found += [f"approval {harmless(approval)}"] if approval is not None else []
    if (at := _when(report, now)) is not None and not report.replayed and not _is_old(report, now):
        found.append(clock(at, zone))
    return found


def _shows(report: Report) -> str | None:
    profile = report.next_profile
    if report.transaction_id is not None and report.outcome in MOVED:
        return for_profile(f"receipt: pjterm receipt {report.transaction_id}", profile)
    if report.outcome is Outcome.SIGNED and report.signature_id is not None and report.signature_file is None:
        return for_profile(f"image: {command_line('signature', harmless(report.signature_id))}", profile)
    return None


def _ids(report: Report) -> list[str]:
    found = []
    if report.transaction_id is not None:
        found.append(f"transaction {report.transaction_id}")
    if report.signature_id is not None or report.signature_file is not None:
        found.append(f"signature {harmless(report.signature_file or report.signature_id or '')}")
    if report.transaction_id is None and report.outcome is Outcome.OPEN and report.request_id is not None:
        found.append(f"request {harmless(report.request_id)}")
    return found
