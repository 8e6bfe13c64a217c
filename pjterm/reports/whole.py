"""Whether a transaction, as returned, has every field that the books need.

Items of a search come trimmed (TXLIST), or have an unreadable number or time. A sum without them
would be wrong by an unknown amount, so each is read by its id, and what is still unreadable is reported.
"""

from __future__ import annotations

from typing import Any

from pjterm.core import parts, wire
from pjterm.reports.transaction_line import Line, line
from pjterm.values import dataclass


@dataclass(frozen=True, slots=True)
class Unread:
    """An incomplete transaction, and what is missing."""

    transaction_id: int | None
    says: str

    def __str__(self) -> str:
        return self.says if self.transaction_id is None else f"transaction {self.transaction_id}: {self.says}"


def unsaid(item: Any) -> tuple[str, ...]:
    """The names of missing or unreadable fields; empty for a complete transaction."""
    found = line(item)
    if found is None:
        return ("transactionId",)
    t = found.transaction
    said = {"action": bool(t.action), "status": bool(t.status), "created": found.created is not None}
    said["response.approved"] = t.approved is not None
    if t.action != "VERIFY":  # which moves nothing
        said["amountTotal"] = wire.stated_total(t) is not None
        said |= {name: wire.money(t.raw[name]) is not None for name in t.raw if _is_amount(t.raw, name)}
    return tuple(name for name, is_said in said.items() if not is_said)


def _is_amount(raw: dict[str, Any], name: str) -> bool:
    return name.startswith("amount") and raw[name] not in (None, "")  # an old sample has empty ones


def is_trimmed(item: Any) -> bool:
    """Whether an item of a search must be read by its id: it is incomplete, has no card, or does not add up."""
    found = line(item)
    if found is None or unsaid(item):
        return True
    t = found.transaction
    return t.action != "VERIFY" and (found.card is None or parts.total(parts.of(t)) != found.total)


def read(item: Any) -> Line | Unread:
    """A transaction as a line of the books, or what it lacks to be one."""
    found, missing = line(item), unsaid(item)
    if found is None:
        return Unread(None, "an item without an id cannot be read")
    return Unread(found.transaction.transaction_id, f"{', '.join(missing)} cannot be read") if missing else found
