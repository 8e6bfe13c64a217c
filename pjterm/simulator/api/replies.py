"""Calls in, replies out: what the API layer takes and returns, independent of any HTTP library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pjterm.simulator.shop.scenarios import HttpRule
from pjterm.simulator.shop.spelling import json_bytes
from pjterm.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request: raw path and query, header names in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    base: str = "http://127.0.0.1"
    """Scheme, host and port as the caller wrote them; links in replies start with it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP response, and what the network does to it (`fault`)."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    fault: HttpRule | None = None
    ignored: tuple[str, ...] = ()
    """Parameters of the call that no handler read."""
    spoiled: bool = False
    """Whether this replaces the service's own response."""
    foreign: bool = False
    """Whether it comes from a proxy in between, and so lacks the service's headers."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers in addition to the service's own."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """One entry of an error body (ERR)."""

    message: str
    parameter: str | None = None
    type: str | None = None

    def view(self) -> dict[str, str]:
        extra = {"parameter": self.parameter, "type": self.type}
        return {"message": self.message} | {k: v for k, v in extra.items() if v is not None}


class Refused(Exception):
    """The API refuses: a status and one or several entries."""

    def __init__(self, status: int, *wrong: Wrong) -> None:
        super().__init__(status, wrong)
        self.status = status
        self.wrong = wrong

    def reply(self) -> Reply:
        """The error body, its entries sorted by parameter (ERR)."""
        ordered = sorted(self.wrong, key=lambda w: w.parameter or "")
        return as_json({"errors": [w.view() for w in ordered]}, self.status)


def as_json(value: Any, status: int = 200) -> Reply:
    """A JSON reply in UTF-8."""
    return Reply(status, json_bytes(value))


def not_found() -> Refused:
    """404 in the shape recorded from labs."""
    return Refused(404, Wrong("404 Not Found"))


def not_simulated(what: str) -> Refused:
    """501: a 404 would falsely say that the real service has no such route."""
    return Refused(501, Wrong(f"{what} is documented by PayJunction; this simulator does not have it."))
