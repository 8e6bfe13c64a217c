"""The simulated shop's inventory: two readers, its accounts, one merchant, one login."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pjterm.values import dataclass

LOGIN = "simulator"
PASSWORD = "simulator"
APPLICATION_KEY = "00000000-0000-4000-8000-000000000000"
WEBHOOK_SECRET = "simulator"
MERCHANT_ID = "33333333-3333-4333-8333-333333333333"
FIRST_TRANSACTION_ID = 10001
FIRST_SETTLEMENT_ID = 501


@dataclass(frozen=True, slots=True)
class Reader:
    """A Smart Terminal: its UUID in paths, its name, and its customer's card."""

    id: str
    name: str
    serial: str
    card: str
    """The card of every customer here, if all bring the same one (the last four digits count)."""
    surcharges: bool
    """Whether its model can ask for a surcharge: only ZeroTouch and Portable can (SUR)."""

    def view(self) -> dict[str, str]:
        """The item of GET /smartterminals, as far as its fields are known."""
        return {"smartTerminalId": self.id, "nickName": self.name, "serialNumber": self.serial,
                "created": "2024-01-02T15:04:05Z"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Account:
    """A merchant account as GET /terminals shows it (TERM), and when its batches close."""

    terminal_id: int = 10001
    nick_name: str = "Credit Card Batch"
    kind: str = "CARD"
    enabled: bool = True
    surcharge: Decimal | None = None
    """Percentage on credit cards; None if the account is not surcharge-enabled (SUR)."""
    closes: str = "17:00"
    """Pacific local time at which a batch closes, or `never` (only by hand; S-AUTO, S-BATCH)."""
    company: str = "Loopback Shop"
    merchant_number: str = "12345678"

    @property
    def account_id(self) -> str:
        """The UUID that webhooks name in `Pj-Account`."""
        return f"44444444-4444-4444-8444-{444444434443 + self.terminal_id:012d}"

    def view(self, version: str) -> dict[str, Any]:
        """The item of GET /terminals in an API version's format (TERM and its older pages)."""
        if version < "2018-06-01":
            old = {"terminalId": self.terminal_id, "nickname": self.nick_name}
            return old | {"type": self.kind, "enabled": self.enabled}
        item: dict[str, Any] = {
            "terminalId": self.terminal_id,
            "accountId": self.account_id,
            "companyLegal": f"{self.company} LLC",
            "companyDba": self.company,
            "merchantNumber": self.merchant_number,
            "nickName": self.nick_name,
            "type": self.kind,
            "enabled": self.enabled,
        }
        return item | ({"surcharge": self._surcharge()} if version >= "2023-05-16" else {})

    def _surcharge(self) -> dict[str, Any]:
        if self.surcharge is None:
            return {"enabled": False}
        return {"enabled": True, "percentage": float(self.surcharge)}


READERS = (
    Reader("11111111-1111-4111-8111-111111111111", "T1", "SIM-0001", "4444333322221111", surcharges=True),
    Reader("22222222-2222-4222-8222-222222222222", "T2", "SIM-0002", "4444333322222222", surcharges=False),
)
ACCOUNT = Account()


def reader(smart_terminal_id: str) -> Reader | None:
    """The reader of a UUID (any case), or None."""
    return next((r for r in READERS if r.id == smart_terminal_id.lower()), None)


def reader_named(name: str) -> Reader | None:
    """The reader of that name, or None."""
    return next((r for r in READERS if r.name == name), None)
