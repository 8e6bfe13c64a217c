"""What exists in the simulated shop: two readers, one account, one merchant, one login."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

LOGIN = "simulator"
PASSWORD = "simulator"
APPLICATION_KEY = "00000000-0000-4000-8000-000000000000"
WEBHOOK_SECRET = "simulator"
MERCHANT_ID = "33333333-3333-4333-8333-333333333333"
FIRST_TRANSACTION_ID = 10001


@dataclass(frozen=True, slots=True)
class Reader:
    """A Smart Terminal: the UUID of the path, the name people know, and who stands before it."""

    id: str
    name: str
    serial: str
    card: str
    """The card this reader is shown when every customer brings the same one (last four digits count)."""

    def view(self) -> dict[str, str]:
        """The item of GET /smartterminals, as far as its fields are known."""
        return {"smartTerminalId": self.id, "nickName": self.name, "serialNumber": self.serial,
                "created": "2024-01-02T15:04:05Z"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Account:
    """A merchant account as GET /terminals tells it (TERM)."""

    terminal_id: int
    account_id: str
    company: str
    merchant_number: str
    nick_name: str

    def view(self, version: str) -> dict[str, Any]:
        """The item of GET /terminals in the shape of an API version (TERM, older pages too)."""
        if version < "2018-06-01":
            old = {"terminalId": self.terminal_id, "nickname": self.nick_name}
            return old | {"type": "CARD", "enabled": True}
        item: dict[str, Any] = {
            "terminalId": self.terminal_id,
            "accountId": self.account_id,
            "companyLegal": f"{self.company} LLC",
            "companyDba": self.company,
            "merchantNumber": self.merchant_number,
            "nickName": self.nick_name,
            "type": "CARD",
            "enabled": True,
        }
        return item | ({"surcharge": {"enabled": False}} if version >= "2023-05-16" else {})


READERS = (
    Reader("11111111-1111-4111-8111-111111111111", "T1", "SIM-0001", "4444333322221111"),
    Reader("22222222-2222-4222-8222-222222222222", "T2", "SIM-0002", "4444333322222222"),
)
ACCOUNT = Account(
    10001, "44444444-4444-4444-8444-444444444444", "Loopback Shop", "12345678", "Credit Card Batch"
)


def reader(smart_terminal_id: str) -> Reader | None:
    """The reader of a UUID (any case), or None."""
    return next((r for r in READERS if r.id == smart_terminal_id.lower()), None)
