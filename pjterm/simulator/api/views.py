"""A transaction as a reply shows it (TXGET). A key without a value is absent, never an empty string, as recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pjterm.simulator.shop.issuer import APPROVAL_CODE
from pjterm.simulator.shop.ledger import ADDRESS, AMOUNTS, PERSON, settlement_id, total
from pjterm.simulator.shop.spelling import seconds_z

_TEXTS = ("invoiceNumber", "purchaseOrderNumber")


def whole(record: Mapping[str, Any], version: str, base: str) -> dict[str, Any]:
    """The reply of GET /transactions/{id}, with its keys in the recorded order."""
    sides = {side: person(record[side]) for side in ("billing", "shipping") if record[side]}
    return brief(record, version, base) | sides


def brief(record: Mapping[str, Any], version: str, base: str) -> dict[str, Any]:
    """An item of a search: without the contact blocks (a guess at "trimmed", TXLIST)."""
    number, amounts = record["transactionId"], record["amounts"]
    shown: dict[str, Any] = {"transactionId": number, "uri": f"{base}/transactions/{number}"}
    shown |= {"terminalId": record["terminalId"], "action": record["action"]}
    shown |= {n: amounts[n] for n in AMOUNTS if n in amounts} | {"amountTotal": f"{total(record):.2f}"}
    if version >= "2023-05-16" and record["surcharge"]:
        shown["surcharge"] = {"percentage": float(record["surcharge"]), "status": "APPLIED"}
    shown |= {k: record[k] for k in _TEXTS if k in record}
    shown["method"] = record["method"]
    if version >= "2020-04-21":
        shown["service"] = record["service"]
    shown["status"] = record["status"]
    if record["signed"]:
        shown["signatureStatus"] = "SIGNED"
    shown |= {"created": seconds_z(record["created"]), "lastModified": seconds_z(record["modified"])}
    shown |= {"response": _response(record), "settlement": _settlement(record)}
    vault = {"type": record["kind"], "accountType": record["brand"], "lastFour": record["card"][-4:]}
    return shown | {"vault": vault}


def _response(record: Mapping[str, Any]) -> dict[str, Any]:
    """Refunds are not authorized, and have no approval code, as recorded."""
    approved = record["code"] == "00"
    authorized = approved and record["action"] != "REFUND"
    processor: dict[str, Any] = {"authorized": authorized}
    if authorized:
        processor["approvalCode"] = APPROVAL_CODE
    if record["level3"] is not None:
        processor["level3Eligible"] = record["level3"]
    avs = record["avs"]
    processor["avs"] = {"status": "REQUESTED", **avs} if avs else {"status": "NOT_REQUESTED"}
    processor["cvv"] = {"status": "REQUESTED" if record["cvv"] else "NOT_REQUESTED"}
    decision = {"approved": approved, "code": record["code"], "message": record["message"]}
    return decision | {"processor": processor}


def _settlement(record: Mapping[str, Any]) -> dict[str, Any]:
    number = settlement_id(record)
    return {"settled": True, "settlementId": number} if number else {"settled": False}


def person(given: Mapping[str, str]) -> dict[str, Any]:
    """A contact with only the given keys; its address is a block of its own."""
    shown: dict[str, Any] = {n: given[n] for n in PERSON if n in given}
    address = {n: given[n] for n in ADDRESS if n in given}
    return shown | ({"address": address} if address else {})
