"""A shop as the tests query it, wherever it runs: its calls, its books, and actions at its counter."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

from pjterm.simulator.server.http_server import Exchange
from pjterm.simulator.shop import batches, customer
from pjterm.simulator.shop.inventory import ACCOUNT, READERS
from pjterm.simulator.shop.keys import Key, Press
from pjterm.simulator.shop.ledger import total
from pjterm.simulator.shop.moment import Moment

LATER = 3600.0  # how far the books are advanced before they are read: nothing may still be running


@dataclass(frozen=True, slots=True)
class Booked:
    """One transaction in the simulator's books."""

    id: int
    action: str
    amount: Decimal
    total: Decimal
    approved: bool
    status: str
    invoice: str | None


class AnyShop(ABC):
    """The calls that the simulator received, and what it booked."""

    url: str
    exchanges: list[Exchange]

    @abstractmethod
    def moment(self, later: float = 0.0) -> AbstractContextManager[Moment]:
        """The books, that many seconds from now."""

    @abstractmethod
    def call(self, method: str, path: str, form: dict[str, str]) -> bytes:
        """The answer to another program with the same login; a rejection raises."""

    @property
    def posts(self) -> list[str]:
        """Every call that was not a read, by the last part of its path (`request-payment`, `main`).

        A call that met a limit (429) was not taken and was sent again, so it does not count.
        """
        sent = [e for e in self.exchanges if e.call.method != "GET" and e.reply.status != 429]
        return [e.call.path.rsplit("/", 1)[-1] for e in sent]

    @property
    def calls(self) -> list[str]:
        """Every call as `GET /path 200`."""
        return [f"{e.call.method} {e.call.path} {e.reply.status}" for e in self.exchanges]

    def forms(self, name: str) -> list[dict[str, list[str]]]:
        """The forms posted to `…/name`."""
        posted = [e for e in self.exchanges if e.call.method == "POST" and e.call.path.endswith(name)]
        return [parse_qs(e.call.body.decode(), keep_blank_values=True) for e in posted]

    def books(self, later: float = LATER) -> list[Booked]:
        """All bookings in the end, oldest first."""
        with self.moment(later) as m:
            found = [_booked(r) for r in m.books.transactions()]
        return sorted(found, key=lambda b: b.id)

    def tap(self, reader: str = "T1") -> None:
        """Present a card to the reader now, whenever the scenario's customer would have done it."""
        at = next(r for r in READERS if r.name == reader)
        with self.moment() as m:
            customer.press(m, at, Press(Key.TAP))

    def close_batch(self, ago: float = 0.0) -> None:
        """Close the account's batch, with everything in it, that many seconds ago."""
        with self.moment(-ago) as m:
            batches.close(m, ACCOUNT)

    def purge(self) -> None:
        """Forget all requests, as the API does a day after their end."""
        with self.moment(LATER) as m:
            m.books.purge(m.now + 1.0)

    def charges(self) -> list[Booked]:
        """Approved charges that were not voided: what customers have paid."""
        return [b for b in self.books() if b.action == "CHARGE" and b.approved and b.status != "VOID"]


def _booked(r: dict[str, Any]) -> Booked:
    amount = Decimal(r["amounts"]["amountBase"])
    return Booked(
        r["transactionId"], r["action"], amount, total(r), r["code"] == "00", r["status"], r.get("invoiceNumber")
    )
