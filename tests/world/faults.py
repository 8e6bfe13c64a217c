"""What goes wrong between a till and the service, on the way there or on the way back.

A fault before the service sees the request leaves no trace; after that, the request has taken effect. A till
cannot distinguish the two unless the answer itself proves it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from tests.world.service import Call, Reply, error

HTML = "text/html"
_PAGE = b"<!DOCTYPE html><html><head><title>%d</title></head><body>Access denied by gateway.</body></html>"


class Where(Enum):
    """At which point of an exchange it happens."""

    CONNECT = "no connection is made"
    BEFORE = "the service never sees it"
    AFTER = "the service has taken it"


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer arrives."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection breaks; `part` is how much of the answer arrived, if it was on its way."""

    part: float = 0.0


What = Silence | Cut | Reply


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in one exchange."""

    where: Where
    what: What = Silence()

    def __str__(self) -> str:
        what = f"{self.what.status} {self.what.kind}" if isinstance(self.what, Reply) else repr(self.what)
        return f"{self.where.value}: {what}"


def page(status: int, **headers: str) -> Reply:
    """The answer of a proxy or a firewall instead of the service."""
    return Reply(status, _PAGE % status, HTML, headers)


def no_connection() -> Fault:
    """The network is down."""
    return Fault(Where.CONNECT)


def lost_request(what: What = Silence()) -> Fault:
    """The request never arrives."""
    return Fault(Where.BEFORE, what)


def lost_answer(what: What = Silence()) -> Fault:
    """The request is taken, but its answer is lost."""
    return Fault(Where.AFTER, what)


def says(status: int, message: str = "No.", **headers: str) -> Fault:
    """The service's own rejection: nothing is taken."""
    reply = error(status, (message, None, None))
    reply.headers.update(headers)
    return Fault(Where.BEFORE, reply)


UNAUTHORIZED = says(401, "Authentication failed. The API login and/or password is wrong.")
SLOW_DOWN = says(429, "Too many requests.")


@dataclass(slots=True)
class Rule:
    """A fault and the calls that it affects."""

    fault: Fault
    name: str | None = None
    skip: int = 0
    times: float = 1
    since: float = 0.0
    until: float = float("inf")
    by: str | None = None
    """The machine whose calls it affects; None means any machine."""
    met: int = 0


@dataclass(slots=True)
class Faults:
    """The faults of one history."""

    rules: list[Rule] = field(default_factory=list)
    random: Callable[[Call, str], Fault | None] | None = None
    """Decides about every call that no rule matches."""
    met: list[tuple[Call, Fault]] = field(default_factory=list)

    def add(self, fault: Fault, name: str | None = None, **more: object) -> Rule:
        """Let calls with this name meet a fault: skip the first `skip`, then affect the next `times`."""
        rule = Rule(fault, name, **more)  # type: ignore[arg-type]
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        """Remove all faults."""
        self.rules.clear()
        self.random = None

    def meet(self, call: Call, machine: str) -> Fault | None:
        """The fault that this call meets, if any."""
        for rule in self.rules:
            if rule.name not in (None, call.name) or rule.by not in (None, machine):
                continue
            if not rule.since <= call.at < rule.until:
                continue
            rule.met += 1
            if rule.skip < rule.met <= rule.skip + rule.times:
                self.met.append((call, rule.fault))
                return rule.fault
        fault = self.random(call, machine) if self.random is not None else None
        if fault is not None:
            self.met.append((call, fault))
        return fault
