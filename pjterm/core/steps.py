"""What to do next about one request, as values: the rooms of the core choose them, `flow` carries them out."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from pjterm.core.model import Verdict
from pjterm.values import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Poll:
    """GET the request's status now."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """GET this transaction now."""

    transaction_id: int


@dataclass(frozen=True, slots=True)
class Search:
    """GET all transactions with the sale's invoice number now."""


@dataclass(frozen=True, slots=True)
class LookAround:
    """GET the account's transactions since the POST, whatever their number."""


@dataclass(frozen=True, slots=True)
class Control:
    """Search for something that certainly exists."""


@dataclass(frozen=True, slots=True)
class ResetTerminal:
    """POST /main now: a fresh poll said IN_PROGRESS without a result."""


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Nothing is due before this moment, unless a fact arrives."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Finished:
    """Following is over: with a verdict, or `open` or `unknown` when nothing could be proven."""

    verdict: Verdict


Step = Poll | LookUp | Search | LookAround | ResetTerminal | WaitUntil | Finished


def when_due(step: T, due: datetime, now: datetime) -> T | WaitUntil:
    """The step, or the wait until it is due."""
    return step if due <= now else WaitUntil(due)
