"""A request in progress: what is being done and where, and its changes as ndjson or as a line of `-v`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pjterm.core.model import Kind
from pjterm.core.text import harmless
from pjterm.core.times import stamp
from pjterm.values import dataclass

if TYPE_CHECKING:  # what never followed a request needs none of these
    from pjterm.core.evidence.facts import Fact


@dataclass(frozen=True, slots=True)
class Header:
    """What is being done, for the head of the view and the first plain line."""

    environment: str
    profile: str
    kind: Kind | None
    terminal: str
    amount: str | None = None
    """The whole amount requested, extras included."""
    parts: str | None = None
    """Its parts, if there are several: `$20.00 + $1.60 tax`."""
    key: str | None = None
    text: str | None = None
    """The prompt's text or the signature's terms."""
    buttons: tuple[str, ...] = ()
    """The prompt's labels, in order."""
    started_at: datetime | None = None
    at_reader: bool = True
    """Whether it involves a customer at a reader; a void and a linked refund do not."""
    host: str | None = None
    """Where requests go, if not to PayJunction's own host."""


_ENVIRONMENTS = {
    "production": ("PRODUCTION", "real cards are charged"),
    "simulator": ("SIMULATOR", "no card is charged"),
    "labs": ("LABS", "test environment, no real money"),
}


def environment(name: str, host: str | None = None) -> tuple[str, str]:
    """The environment as a conspicuous word, and what it means for the customer."""
    word, means = _ENVIRONMENTS.get(name, (name.upper(), ""))
    return (word if host is None else f"{word} at {host}"), means


def label(name: str, host: str | None = None) -> str:
    """The same before a plain line."""
    word, means = environment(name, host)
    return f"[{word}: {means}]"


def what(header: Header) -> str:
    """Describe the request briefly: `payment of $12.50 on T1`."""
    amount = "" if header.amount is None else f" of ${header.amount}"
    preposition = "on" if header.at_reader else "for"
    where = f" {preposition} {header.terminal}" if header.terminal else ""
    return harmless(f"{header.kind or 'request'}{amount}{where}")


def opening(header: Header) -> str:
    """The first plain line: where, and what is being done."""
    key = f" (key {harmless(header.key)})" if header.key else ""
    return f"{label(header.environment, header.host)} {what(header)}{key}"


def status_line(fact: Fact) -> str:
    """One change as a plain line: source and what it says."""
    from pjterm.core.evidence.chain import evidence

    line = evidence(fact)
    return harmless(f"{line.source}: {line.says}")


def status_json(fact: Fact) -> dict[str, Any] | None:
    """One change as an ndjson object; typed numbers and track data are in the result only."""
    from pjterm.core.evidence.facts import Observed

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
