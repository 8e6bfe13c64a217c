"""The login, the sale and the requests of these tests, and a clock that only pauses move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from pjterm.api import client
from pjterm.api.client import Api
from pjterm.api.login import Login
from pjterm.core.model import POST_PATIENCE, Kind, Sale, Terminal

BASE = "http://127.0.0.1:9"
LOGIN = Login("shop", "p:ässword", "5e9bbf7c-0000-4000-8000-000000000000")
NUMBER = "123456789012345678"
SALE = Sale("k", Kind.PAYMENT, Terminal("T1", "u", 10001), Decimal("12.50"), NUMBER)
BOOKED = {
    "transactionId": 7, "action": "CHARGE", "amountBase": "12.50", "terminalId": 10001, "invoiceNumber": NUMBER,
    "status": "CAPTURE", "response": {"approved": True, "code": "00", "message": "Approved"},
}  # fmt: skip
PATH = "/smartterminals/u/request-payment"
FORM = (("terminalId", "10001"), ("amountBase", "12.50"))
LIMIT = {"errors": [{"message": "Rate limit exceeded."}]}
RESOURCE = {"errors": [{"message": "Max vault limit for customer has been reached."}]}
LIMITED = {"errors": [{"message": "This API user is limited to other terminals.", "parameter": "limit"}]}
FIELD = {"errors": [{"message": "This field is required.", "parameter": "terms", "type": "required"}]}


class Clock:
    """A clock that only pauses move."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.pauses: list[float] = []

    def now(self) -> datetime:
        return self.at

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.at += timedelta(seconds=seconds)


def send(
    client: Api, clock: Clock, seconds: float = 60.0, path: str = PATH, form: Any = FORM, method: str = "POST"
) -> client.SendResult:
    deadline = clock.now() + timedelta(seconds=seconds)
    again_until = min(deadline, clock.now() + POST_PATIENCE)
    return client.send(path, form, deadline, lambda: again_until, method)
