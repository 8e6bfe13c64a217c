"""Bodies recorded from the real service check the simulator: names, types, formats of times and money."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pjterm.simulator.shop import webhooks
from tests.simulator.driver import T1, Driver
from tests.simulator.server.test_webhooks import queued, subscribe

RECORDED = json.loads(Path(__file__).with_name("recorded.json").read_text())
WEBHOOKS = json.loads((Path(__file__).parents[2] / "data" / "webhooks.json").read_text())["valid"]
NEWER = [text for text in WEBHOOKS if '" : ' in text]
MONEY = re.compile(r"[0-9]+\.[0-9]{2}")
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def unrecorded(body: Any, recorded: Any, where: str = "") -> list[str]:
    """The names and types in our body that the recorded one does not have."""
    if isinstance(body, dict) and isinstance(recorded, dict):
        return [
            fault
            for name, value in body.items()
            for fault in (
                unrecorded(value, recorded[name], f"{where}.{name}") if name in recorded else [f"{where}.{name}"]
            )
        ]
    if isinstance(body, list) and isinstance(recorded, list):
        return [fault for value in body for fault in unrecorded(value, recorded[0], f"{where}[]")]
    return [] if type(body) is type(recorded) and same_format(body, recorded) else [where]


def same_format(body: Any, recorded: Any) -> bool:
    return all(
        not (isinstance(recorded, str) and form.fullmatch(recorded)) or bool(form.fullmatch(body))
        for form in (MONEY, TIME)
    )


def test_a_transaction_has_no_unrecorded_field(shop: Driver) -> None:
    more = {"amountTax": "3", "amountShipping": "1", "amountSurcharge": "0.21", "allowTips": "true", "note": "n",
            "invoiceNumber": "5", "purchaseOrderNumber": "PO"}  # fmt: skip
    number = shop.paid("1.11", **more)
    shop.now += 86_400

    assert unrecorded(shop.get(f"/transactions/{number}"), RECORDED["transaction"]) == []
    assert unrecorded(shop.get(f"/transactions/{shop.paid('0.05')}"), RECORDED["transaction"]) == []
    assert unrecorded(shop.get("/transactions")["results"], [RECORDED["transaction"]]) == []


def test_receipts_lists_and_errors_have_no_unrecorded_field(shop: Driver) -> None:
    number = shop.paid()
    seen = {
        "receipt": shop.get(f"/transactions/{number}/receipts/latest"),
        "terminal": shop.get("/terminals")["results"][0],
        "smartterminal": shop.get("/smartterminals")["results"][0],
        "webhook": subscribe(shop),
        "error": shop.post(f"/smartterminals/{T1}/request-signature"),
    }

    assert {name: unrecorded(body, RECORDED[name]) for name, body in seen.items()} == {name: [] for name in seen}


@pytest.mark.parametrize("text", NEWER)
def test_the_newer_webhook_samples_are_reproduced_byte_for_byte(text: str) -> None:
    """Two spaces, ` : `, key order: as in the 2023 samples (with the result before the status)."""
    event = json.loads(text)

    assert webhooks.body_of(event["id"], event["created"], event["type"], event["data"]).decode() == text


@pytest.mark.parametrize(
    ("kind", "form", "result"),
    [
        ("prompt", [("text", "?"), ("buttons[]", "No")], "promptButton"),
        ("signature", [("terms", "x")], "signatureId"),
        ("input", [("type", "PHONE")], "inputValue"),
    ],
)
def test_a_request_sends_the_samples_sequence_of_webhooks(
    shop: Driver, kind: str, form: list[tuple[str, str]], result: str
) -> None:
    """The same statuses with the same fields in the same order as the 2023 flow of this kind."""
    flow = [[*json.loads(t)["data"], json.loads(t)["data"]["status"]] for t in NEWER]
    start = next(n for n, keys in enumerate(flow) if result in keys) - 2
    subscribe(shop)
    shop.raw("POST", f"/smartterminals/{T1}/request-{kind}", [("terminalId", "10001"), *form])
    shop.now += 3.0
    sent = [[*e["data"], e["data"]["status"]] for _, e in queued(shop)]

    # In the samples `data` is sorted by name; the position of the result is checked byte for byte above.
    assert [sorted(keys) for keys in sent] == [sorted(keys) for keys in flow[start : start + 4]]
