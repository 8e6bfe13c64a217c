"""What PayJunction has booked: transactions, when each can be seen, and how each is written.

From the pages on transactions (TXGET, TXLIST, TXPOST, TXPUT, REFUND). Amounts are in cents. How the service
writes an invoice number, and what its search shows, can be set to what real services do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

COMPONENTS = ("amountBase", "amountTax", "amountShipping", "amountTip", "amountSurcharge")
PAGE_MOST = 50
"""The maximum and the default number of items on a page (PAGE)."""

Writing = Callable[[str], str | int | float | None]

WRITINGS: dict[str, Writing] = {
    "whole": lambda number: number,
    "trimmed": lambda number: number if len(number) <= 8 else number[:8] + "...",
    "ten": lambda number: number[:10],
    "float": lambda number: float(number) if number.isdigit() else number,
    "commas": lambda number: f"{int(number):,}" if number.isdigit() else number,
    "case": lambda number: number.swapcase(),
    "number": lambda number: int(number) if number.isdigit() else number,
    "absent": lambda _: None,
    "zeros": lambda number: number.zfill(20),
}
"""How a service may write an invoice number: as sent, or in one of eight other ways."""


@dataclass(slots=True)
class Booking:
    """One transaction. Times are seconds of the history."""

    id: int
    action: str
    amounts: dict[str, int]
    account: int
    login: str
    invoice: str | None
    order: str | None
    status: str
    approved: bool
    code: str
    at: float
    readable_at: float
    searchable_at: float
    card: str = "1111"
    request: str | None = None
    original: int | None = None
    by: Any = None
    """The process that booked it without a reader."""
    shown_at: float | None = None
    """When the status of its request showed it."""
    by_others: bool = False
    """Whether other software or the Virtual Terminal made it."""
    settled: bool = False
    history: list[tuple[float, str]] = field(default_factory=list)

    @property
    def base(self) -> int:
        return self.amounts["amountBase"]

    @property
    def total(self) -> int:
        return sum(self.amounts.values())

    @property
    def approved_at(self) -> float:
        """When it was approved, if it was declined first."""
        return next((at for at, what in self.history if what == "approved after all"), self.at)

    @property
    def void_at(self) -> float:
        """When it was voided, if ever."""
        return next((at for at, what in self.history if what == "void"), float("inf"))

    @property
    def took_money(self) -> bool:
        """Whether it is an approved charge that was not voided."""
        return self.action == "CHARGE" and self.stands

    @property
    def stands(self) -> bool:
        """Whether it is approved and was not voided."""
        return self.approved and self.status != "VOID"


def cents(text: str) -> int:
    """`12.50`, `12.5` or `12` as cents."""
    whole, _, part = text.partition(".")
    return int(whole or "0") * 100 + int((part + "00")[:2])


def dollars(amount: int) -> str:
    """Cents in the API's notation."""
    return f"{amount // 100}.{amount % 100:02d}"


@dataclass(slots=True)
class Showing:
    """How the service shows its transactions; the defaults follow its documentation."""

    writing: str = "whole"
    """How a reply writes an invoice number."""
    stored: str = "whole"
    """How the service stores an invoice number: its filter compares the query with that."""
    as_sent: bool = False
    """Whether only the filter uses the stored form, while replies write the number as it was sent."""
    filters: bool = True
    """Whether the search respects its filters."""
    trimmed: tuple[str, ...] = ()
    """Keys that items of a search omit."""
    rewrite: Callable[[dict[str, Any], bool], None] = lambda _said, _in_search: None
    """Rewrites a transaction; the flag says whether it is an item of a search."""
    paging: str = "whole"
    """`whole`; `loop`: the next page is this one; `miss`: the first item of each further page is missing;
    `move`: pages shift by one, so an item is repeated; `endless`: there is always another page; `last`: no page
    names a next one."""
    oldest_first: bool = False


class Books:
    """All transactions of one merchant."""

    def __init__(self, start: datetime) -> None:
        self.all: list[Booking] = []
        self.showing = Showing()
        self._start = start
        self._next = 10_000

    def add(
        self,
        now: float,
        *,
        action: str = "CHARGE",
        amounts: dict[str, int],
        account: int,
        login: str,
        invoice: str | None = None,
        order: str | None = None,
        approved: bool = True,
        code: str | None = None,
        status: str | None = None,
        readable_after: float = 0.0,
        searchable_after: float = 0.0,
        **more: Any,
    ) -> Booking:
        """Book a transaction now."""
        self._next += 1
        booking = Booking(
            id=self._next,
            action=action,
            amounts=amounts,
            account=account,
            login=login,
            invoice=invoice or None,
            order=order or None,
            status=status or ("CAPTURE" if approved else "DECLINED"),
            approved=approved,
            code=code or ("00" if approved else "05"),
            at=now,
            readable_at=now + readable_after,
            searchable_at=now + searchable_after,
            **more,
        )
        self.all.append(booking)
        return booking

    def find(self, number: int, now: float) -> Booking | None:
        """A transaction by its id, once it can be read."""
        return next((b for b in self.all if b.id == number and b.readable_at <= now), None)

    def search(self, query: dict[str, str], now: float, sees: Callable[[Booking], bool]) -> list[Booking]:
        """The results of a search, newest first unless the service reverses them."""
        found = [b for b in self.all if b.searchable_at <= now and sees(b)]
        if self.showing.filters:
            found = [b for b in found if self._matches(b, query)]
        if not self.showing.oldest_first:
            found.reverse()
        return found

    def _matches(self, b: Booking, query: dict[str, str]) -> bool:
        for name, wanted in query.items():
            if name == "invoiceNumber":
                if not self._same_number(b.invoice, wanted):
                    return False
            elif name in ("startDate", "endDate"):
                at = self._start + timedelta(seconds=b.at)
                limit = datetime.fromisoformat(wanted)
                if at.replace(microsecond=0) < limit if name == "startDate" else at > limit:
                    return False
            elif name in _FIELDS and _FIELDS[name](b) != wanted:
                return False
        return True

    def _same_number(self, kept: str | None, wanted: str) -> bool:
        """A number is searched as it was sent, and compared with its stored form."""
        if kept is None:
            return False
        write = WRITINGS[self.showing.stored]
        return str(write(kept)) == wanted if self.showing.stored != "number" else kept.lstrip("0") == wanted.lstrip("0")

    def page(self, found: list[Booking], limit: int, offset: int) -> tuple[list[Booking], int | None]:
        """One page of the results, and the offset of the next one."""
        paging = self.showing.paging
        items = found[offset : offset + limit]
        following = offset + limit if offset + limit < len(found) else None
        if paging == "endless":
            return items, offset + limit
        if offset and paging == "miss":
            items = items[1:]
        if offset and paging == "move":
            items = found[offset - 1 : offset + limit - 1]
            following = offset + limit if offset + limit - 1 < len(found) else None
        if following is not None and paging == "loop":
            following = offset
        if paging == "last":
            following = None
        return items, following

    # -- the written form --------------------------------------------------------------------------------

    def write(self, b: Booking, *, in_search: bool = False) -> dict[str, Any]:
        """A transaction as the API writes it: keys without a value are omitted."""
        said: dict[str, Any] = {
            "transactionId": b.id,
            "uri": f"https://api.payjunctionlabs.com/transactions/{b.id}",
            "terminalId": b.account,
            "action": b.action,
            **{name: dollars(amount) for name, amount in b.amounts.items()},
            "amountTotal": dollars(b.total),
        }
        if b.invoice is not None:
            kept = b.invoice if self.showing.as_sent else WRITINGS[self.showing.stored](b.invoice)
            number = WRITINGS[self.showing.writing](kept) if isinstance(kept, str) else kept
            if number is not None:
                said["invoiceNumber"] = number
        if b.order is not None:
            said["purchaseOrderNumber"] = b.order
        said |= {
            "method": "KEYED" if b.request is None else "CHIP",
            "service": "VIRTUAL_TERMINAL" if b.by_others else "SMART_TERMINAL" if b.request else "API",
            "status": b.status,
            "created": self.clock(b.at),
            "lastModified": self.clock(b.history[-1][0] if b.history else b.at),
            "response": {
                "approved": b.approved,
                "code": b.code,
                "message": "Approved" if b.approved else _WORDS.get(b.code, "Declined"),
                "processor": {"authorized": b.approved, **({"approvalCode": "PJ20AP"} if b.approved else {})},
            },
            "settlement": {"settled": b.settled},
            "vault": {"type": "CARD", "accountType": "VISA", "lastFour": b.card},
        }
        if in_search:
            for name in self.showing.trimmed:
                said.pop(name, None)
        self.showing.rewrite(said, in_search)
        return said

    def clock(self, at: float) -> str:
        """A time of the history as the API writes it: UTC, whole seconds."""
        return _written(self._start, int(at))


@cache
def _written(start: datetime, second: int) -> str:
    return (start + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")


_WORDS = {"05": "Declined (do not honor)", "DT": "Declined (duplicate transaction)", "51": "Declined"}
_FIELDS: dict[str, Callable[[Booking], str | None]] = {
    "action": lambda b: b.action,
    "amountTotal": lambda b: dollars(b.total),
    "purchaseOrderNumber": lambda b: b.order,
    "terminalId": lambda b: str(b.account),
    "status": lambda b: b.status,
    "transactionId": lambda b: str(b.id),
    "lastFour": lambda b: b.card,
}
