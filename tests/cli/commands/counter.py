"""What other people at the counter do: charges that were made elsewhere, straight through the API."""

from __future__ import annotations

import json
from typing import Any

from pjterm.simulator.shop.ledger import Card, Order, book
from tests.cli.any_shop import AnyShop

CARD = {"cardNumber": "4444333322221111", "cardExpMonth": "12", "cardExpYear": "2030"}


def call(shop: AnyShop, method: str, path: str, **form: str) -> Any:
    """One call of another program with the same login; answers the JSON."""
    body = shop.call(method, path, form)
    return json.loads(body) if body else None


def charged(shop: AnyShop, amount: str = "12.50", **form: str) -> int:
    """A keyed charge that no till of the test knows; its transaction id."""
    booked = call(shop, "POST", "/transactions", action="CHARGE", amountBase=amount, **CARD, **form)
    return int(booked["transactionId"])


def many(shop: AnyShop, amounts: list[str]) -> list[int]:
    """Charges put straight into the books, for lists too long to be sent one by one."""
    with shop.moment() as m:
        orders = [Order("CHARGE", {"amountBase": a}, Card(f"{n:016d}"), "API", "KEYED") for n, a in enumerate(amounts)]
        return [int(book(m, order)["transactionId"]) for order in orders]


def statuses(shop: AnyShop) -> dict[int, str]:
    """Status of each booked transaction now: CAPTURE, VOID, DECLINED."""
    return {b.id: b.status for b in shop.books(0.0)}


def refunds(shop: AnyShop) -> list[str]:
    """Totals of the refunds that are booked, oldest first."""
    return [f"{b.total:.2f}" for b in shop.books(0.0) if b.action == "REFUND" and b.status != "VOID"]
