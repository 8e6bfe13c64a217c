"""What other people at the counter do: charges that were made elsewhere, straight through the API."""

from __future__ import annotations

import base64
import json
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pjterm.simulator.api.world import World
from pjterm.simulator.shop.inventory import APPLICATION_KEY, LOGIN, PASSWORD
from pjterm.simulator.shop.ledger import Card, Order, book
from tests.cli.till import Shop

CARD = {"cardNumber": "4444333322221111", "cardExpMonth": "12", "cardExpYear": "2030"}
GAP = 0.11  # the API allows one call per 0.1 s and login
_BASIC = base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()


def call(shop: Shop, method: str, path: str, **form: str) -> Any:
    """One call of another program with the same login; answers the JSON."""
    time.sleep(GAP)
    request = urllib.request.Request(
        shop.url + path,
        method=method,
        data=urlencode(form).encode() if form else None,
        headers={
            "Authorization": f"Basic {_BASIC}",
            "X-PJ-Application-Key": APPLICATION_KEY,
            "Accept": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        body = reply.read()
    time.sleep(GAP)
    return json.loads(body) if body else None


def charged(shop: Shop, amount: str = "12.50", **form: str) -> int:
    """A keyed charge that no till of the test knows; its transaction id."""
    booked = call(shop, "POST", "/transactions", action="CHARGE", amountBase=amount, **CARD, **form)
    return int(booked["transactionId"])


def many(shop: Shop, amounts: list[str]) -> list[int]:
    """Charges put straight into the books, for lists too long to be sent one by one."""
    world = World(shop.directory, time.time)
    try:
        with world.moment() as m:
            orders = [Order("CHARGE", {"amountBase": a}, Card(f"{n:016d}"), "API", "KEYED")
                      for n, a in enumerate(amounts)]  # fmt: skip
            return [int(book(m, order)["transactionId"]) for order in orders]
    finally:
        world.close()


def scenario(directory: Path, text: str) -> str:
    """A scenario file's path."""
    path = directory / "scenario.toml"
    path.write_text(text)
    return str(path)


def statuses(shop: Shop) -> dict[int, str]:
    """Status of each booked transaction now: CAPTURE, VOID, DECLINED."""
    return {b.id: b.status for b in shop.books(0.0)}


def refunds(shop: Shop) -> list[str]:
    """Totals of the refunds that are booked, oldest first."""
    return [f"{b.total:.2f}" for b in shop.books(0.0) if b.action == "REFUND" and b.status != "VOID"]
