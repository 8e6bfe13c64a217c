"""The rows of the tables as values: requests at readers, transactions, webhooks to deliver."""

from __future__ import annotations

import json
from typing import Any

from pjterm.values import asdict, dataclass, field


@dataclass(slots=True)
class Request:
    """One request on a reader: what was requested, what it shows, and its remaining steps."""

    id: str
    reader: str
    kind: str
    version: str
    accepted: float
    form: dict[str, str]
    buttons: list[str]
    conduct: dict[str, Any]
    steps: list[tuple[float, str]]
    status: str = "CONNECTING"
    result: dict[str, Any] = field(default_factory=dict)
    """What poll and webhook show; may lag behind `outcome`."""
    outcome: dict[str, Any] = field(default_factory=dict)
    """What really came of it."""
    elsewhere: bool = False
    """Whether it is another till's in the scenario, not the program's under test."""
    holds: bool = False
    """Whether it occupies the reader."""
    card_in: bool = False
    ended: float | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where the webhooks of one event go; hidden ones come from `--webhook-url` and the control route."""

    id: str
    event: str
    url: str
    secret: str = field(repr=False)
    created: float
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook yet to be delivered. `signing` is right, wrong or none."""

    id: int
    subscription: str
    body: bytes
    signing: str
    created: float
    attempts: int
    due: float


# What records of layout 1 lack.
_EARLIER = {"batch": None, "brand": "VISA", "kind": "CARD", "avs": None, "cvv": False, "surcharge": None,
            "elsewhere": False}  # fmt: skip


def transaction(text: str) -> dict[str, Any]:
    return _EARLIER | dict(json.loads(text))


def request(text: str) -> Request:
    data = json.loads(text)
    data["steps"] = [(at, what) for at, what in data["steps"]]
    return Request(**data)


def text(row: Request) -> str:
    """A request as its table stores it."""
    return json.dumps(asdict(row))
