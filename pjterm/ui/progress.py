"""A request under way, as text: what is being done, what changed, what the customer is expected to do now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pjterm.core.model import Kind, Status
from pjterm.core.text import harmless
from pjterm.core.times import stamp

if TYPE_CHECKING:  # what never followed a request needs none of these
    from pjterm.core.facts import Fact
    from pjterm.core.states import Progress


@dataclass(frozen=True, slots=True)
class Header:
    """What is being done, for the head of the view and the first plain line."""

    environment: str
    profile: str
    kind: Kind | None
    terminal: str
    amount: str | None = None
    key: str | None = None
    text: str | None = None
    """The prompt's text or the signature's terms."""
    started_at: datetime | None = None
    at_reader: bool = True
    """Whether a customer stands at a reader; a void and a linked refund need none."""
    host: str | None = None
    """Where requests go, if not to PayJunction's own host."""


def banner(header: Header) -> str:
    """The environment in words nobody can overlook; the simulator says that no card is charged."""
    at = "" if header.host is None else f" at {header.host}"
    match header.environment:
        case "production":
            return f"PRODUCTION{at}: real cards are charged"
        case "simulator":
            return "simulator: no card is charged"
        case other:
            return f"{other}{at}: test environment, no real money"


def what(header: Header) -> str:
    """The request in a few words: `payment of 12.50 on T1`."""
    amount = "" if header.amount is None else f" of {header.amount}"
    where = f" on {header.terminal}" if header.terminal else ""
    return harmless(f"{header.kind or 'request'}{amount}{where}")


_AT_THE_END = {
    Status.COMPLETE: "the reader is free again",
    Status.BUSY: "nothing; the reader works on something else",
    Status.NO_CONNECTION: "nothing; the reader was not reached",
}


def expected_now(kind: Kind | None, known: Progress) -> str:
    """What the customer at the reader is expected to do now."""
    if known.end is not None:
        return _AT_THE_END[known.end]
    if known.results:
        return "nothing more; the reader finishes (receipt, card removal)"
    if not known.in_progress_seen:
        return "nothing yet; the reader is being connected to"
    return {
        Kind.PAYMENT: "tap, insert or swipe a card (the red X cancels)",
        Kind.REFUND: "present the card that gets the money back (the red X cancels)",
        Kind.SIGNATURE: "read the terms and sign on the screen",
        Kind.PROMPT: "read the text and press one of the buttons",
        Kind.INPUT: "type the phone number on the keypad",
        Kind.READ: "swipe the (non-payment) card",
    }.get(kind or Kind.CANCEL, "finish what the reader shows")


def status_line(fact: Fact) -> str:
    """One change as a plain line: source and what it says."""
    from pjterm.core.evidence import evidence

    line = evidence(fact)
    return harmless(f"{line.source}: {line.says}")


def status_json(fact: Fact) -> dict[str, Any] | None:
    """One change as an ndjson object; typed numbers and track data are in the result only."""
    from pjterm.core.facts import Observed

    if not isinstance(fact, Observed):
        return None
    line: dict[str, Any] = {
        "type": "status", "at": stamp(fact.at), "source": fact.source, "status": fact.status
    }  # fmt: skip
    result = fact.result
    for name, value in (
        ("transactionId", result.transaction_id),
        ("signatureId", result.signature_id),
        ("promptButton", result.prompt_button),
    ):
        if value is not None:
            line[name] = value
    return line
