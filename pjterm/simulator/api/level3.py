"""Level 3 data of a transaction: stored and shown (L3)."""

from __future__ import annotations

import json
import re
from typing import Any

from pjterm.simulator.api.desk import Desk
from pjterm.simulator.api.replies import Reply, as_json, not_found
from pjterm.simulator.shop import ledger

LEVEL3 = "level3"
_MONEY = ("amountDuty", "amountFreight")
_CODE = "summaryCommodityCode"
_ZIPS = ("destinationZip", "shipFromZip")
_MOST_ITEMS = 99


def show(desk: Desk, number: str) -> Reply:
    """GET /transactions/{id}/level3; 404 if there is none."""
    found = desk.books.document(LEVEL3, desk.transaction(number)["transactionId"])
    if found is None:
        raise not_found()
    return as_json(found)


def create(desk: Desk, number: str) -> Reply:
    """POST /transactions/{id}/level3: each `items[]` is a JSON object as text; only if there is none yet (L3)."""
    record, form = _changeable(desk, number), desk.form
    given = {n: form.money(n) for n in _MONEY} | {_CODE: form.get(_CODE)} | {n: form.text(n, 10) for n in _ZIPS}
    fields = {n: value for n, value in given.items() if value}
    if not re.fullmatch(r"([A-Za-z0-9]{4})?", given[_CODE]):
        form.wrong(_CODE)
    items = [_item(text) for text in form.several("items")]
    if not 1 <= len(items) <= _MOST_ITEMS or None in items:
        form.wrong("items")
    if record["level3"] is False or desk.books.document(LEVEL3, record["transactionId"]) is not None:
        form.wrong("transactionId")
    form.check()
    desk.books.keep(LEVEL3, record["transactionId"], fields | {"items": items})
    return show(desk, number)


def delete(desk: Desk, number: str) -> Reply:
    """DELETE /transactions/{id}/level3: 204."""
    record = _changeable(desk, number)
    desk.form.check()
    desk.books.discard(LEVEL3, record["transactionId"])
    return Reply(204)


def _changeable(desk: Desk, number: str) -> dict[str, Any]:
    """The transaction; it is noted if it is anything but an approved charge that has not settled (L3)."""
    record = desk.transaction(number)
    if record["action"] != "CHARGE" or record["code"] != "00" or ledger.is_settled(record):
        desk.form.wrong("transactionId")
    return record


def _item(text: str) -> dict[str, object] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
