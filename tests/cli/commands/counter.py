"""What others do at the counter: charges made elsewhere, directly through the API."""

from __future__ import annotations

import json
from typing import Any

from pjterm.simulator.shop.ledger import Card, Order, book
from tests.cli.any_shop import AnyShop

CARD = {"cardNumber": "4444333322221111", "cardExpMonth": "12", "cardExpYear": "2030"}


def call(shop: AnyShop, method: str, path: str, **form: str) -> Any:
    """One call by another program with the same login; returns the JSON."""
    body = shop.call(method, path, form)
    return json.loads(body) if body else None


def charged(shop: AnyShop, amount: str = "12.50", **form: str) -> int:
    """A keyed charge that no till of the test tracks; its transaction id."""
    booked = call(shop, "POST", "/transactions", action="CHARGE", amountBase=amount, **CARD, **form)
    return int(booked["transactionId"])


def many(shop: AnyShop, amounts: list[str]) -> list[int]:
    """Charges written directly into the books, for lists too long to send one by one."""
    with shop.moment() as m:
        orders = [Order("CHARGE", {"amountBase": a}, Card(f"{n:016d}"), "API", "KEYED") for n, a in enumerate(amounts)]
        return [int(book(m, order)["transactionId"]) for order in orders]


def statuses(shop: AnyShop) -> dict[int, str]:
    """The current status of each booked transaction: CAPTURE, VOID, DECLINED."""
    return {b.id: b.status for b in shop.books(0.0)}


def refunds(shop: AnyShop) -> list[str]:
    """Totals of the booked refunds, oldest first."""
    return [f"{b.total:.2f}" for b in shop.books(0.0) if b.action == "REFUND" and b.status != "VOID"]
