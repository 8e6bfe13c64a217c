"""114 requests of eight clients and of the documented samples: each gets what its sender needs."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from pjterm.simulator.server.connections import without_zero_length
from tests.simulator.server.replay import REQUESTS, Answer, Replay

STATUS: dict[str, Callable[[int], bool]] = {
    "any": lambda s: s < 500,
    "any 2xx": lambda s: 200 <= s < 300,
    "2xx": lambda s: 200 <= s < 300,
    "4xx": lambda s: 400 <= s < 500,
    "200": lambda s: s == 200,
    "204": lambda s: s == 204,
    "404": lambda s: s == 404,
    "204 (or 200)": lambda s: s in (200, 204),
    "200 or 204 only (201 is treated as a failure)": lambda s: s in (200, 204),
    "2xx; >= 400 raises": lambda s: 200 <= s < 300,
    "< 400; 429 -> waits 100 ms and resends, also the POST, at most 5 times": lambda s: s < 400,
}
MESSAGES = {
    'exactly one error, message "404 Not Found"': r"404 Not Found",
    'exactly one error, message "Amount Base must be greater than 0."': r"Amount Base must be greater than 0\.",
    'a message matching "Transaction Id 0 does not exist" although 0000 is sent': r"Transaction Id 0 does not exist\.",
    'a message containing "Card Number is not a valid card number"': r"Card Number is not a valid card number\.",
    'JSON errors[] whose joined messages contain "invalid application key"': r".*invalid application key.*",
    'message containing "Transaction Id 1 does not exist" (or a transaction) = credentials good; '
    '"Authentication failed" = bad': r"Transaction Id 1 does not exist",
}


def is_uuid(value: Any) -> bool:
    return bool(str(uuid.UUID(value)) == value)


def is_date(value: Any) -> bool:
    return datetime.fromisoformat(value).tzinfo is not None


VALUE: dict[str, Callable[[Any], bool]] = {
    "number": lambda v: type(v) is int,
    "> 0": lambda v: type(v) is int and v > 0,
    "string": lambda v: isinstance(v, str) and v != "",
    "read": lambda v: isinstance(v, str),
    "uuid": is_uuid,
    "url": lambda v: v.startswith("http"),
    "array": lambda v: isinstance(v, list),
    "present": lambda v: v is not None,
    "CARD or ACH": lambda v: v in ("CARD", "ACH"),
    "00 or 85 = approved": lambda v: v == "00",
    "its presence means no error": lambda v: type(v) is int,
    "false raises": lambda v: v is True,
    "0.98 after the second call: a lower amountBase with status=CAPTURE is kept": lambda v: v in ("0.99", "0.98"),
    "0.99 (of a 1.49 charge)": lambda v: v in ("1.49", "0.99"),
    "must be exactly CAPTURE, anything else is shown as failure with response.message": lambda v: v == "CAPTURE",
    "compared with the order total at two decimals": lambda v: re.fullmatch(r"[0-9]+\.[0-9]{2}", v) is not None,
    "{status REQUESTED, requested ADDRESS_AND_ZIP, match {ZIP true, ADDRESS true}}": lambda v: v == {
        "status": "REQUESTED", "requested": "ADDRESS_AND_ZIP", "match": {"ZIP": True, "ADDRESS": True}
    },
}  # fmt: skip
ABSENT = ("absent", "absent on the last page")


def sums_up(body: dict[str, Any]) -> bool:
    names = [n for n in body if n.startswith("amount") and n != "amountTotal"]
    return sum(round(float(body[n]) * 100) for n in names) == round(float(body["amountTotal"]) * 100)


# Checks of several keys at once, or of a value that only the request knows.
SPECIAL: dict[str, Callable[[dict[str, Any], dict[str, list[str]]], bool]] = {
    "any": lambda body, _: "transactionId" in body,
    "response.processor.level3Eligible": lambda body, _: "response" in body,
    "billing.address.{address,city,state,country,zip}": lambda body, sent: all(
        body["billing"]["address"][n] == sent[f"billing{n.capitalize()}"][0]
        for n in ("address", "city", "state", "country", "zip")
    ),
    "billing.companyName": lambda body, sent: body["billing"]["companyName"] == sent["billingCompanyName"][0],
    "shipping.address": lambda body, sent: body["shipping"]["address"]["address"] == sent["shippingAddress"][0],
    "jobTitle": lambda body, sent: body["jobTitle"] == sent["jobTitle"][0],
    "transactionId / signatureId / promptButton": lambda body, _: "status" in body,
    "amount*": lambda body, _: sums_up(body),
    "created/lastModified": lambda body, _: is_date(body["created"]) and is_date(body["lastModified"]),
    "settlement, vault, billing, shipping, response": lambda body, _: all(
        isinstance(body.get(n, {}), dict) for n in ("settlement", "vault", "billing", "shipping", "response")
    ),
    "response.processor.avs.match.{ADDRESS,ZIP}": lambda body, _: all(
        type(v) is bool for v in body["response"]["processor"]["avs"]["match"].values()
    ),
    "results[0].customerId (search)": lambda body, _: "results" in body or type(body["customerId"]) is int,
    "customerId (create)": lambda body, _: "results" in body or type(body["customerId"]) is int,
    "results[].serialNumber, smartTerminalId, nickName, created": lambda body, _: all(
        is_date(r["created"]) and r["serialNumber"] and r["smartTerminalId"] and r["nickName"] for r in body["results"]
    ),
    "settlementId": lambda body, _: type(body["settlementId"]) is int,
}


def found(body: Any, path: str) -> list[Any]:
    """The values at a path like `results[].nickName`; an absent key is None."""
    values = [body]
    for step in path.split("."):
        name, several, _ = step.partition("[]")
        values = [v.get(name) for v in values]
        if several:
            values = [item for v in values for item in v]
            assert values, path
    return values


def holds(answer: Answer, key: str, wanted: Any) -> bool:
    """Whether one key of a reply is as its sender needs it."""
    if key in SPECIAL:
        return SPECIAL[key](answer.json, parse_qs(answer.sent))
    if wanted in ("new sum", "that of the original", "same number"):
        return sums_up(answer.json)
    (*values,) = found(answer.json, key)
    if wanted in ABSENT:
        return values == [None]
    test = VALUE.get(wanted) if isinstance(wanted, str) else None
    return all(test(v) if test is not None else v == wanted for v in values)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[Answer]:
    return Replay(tmp_path_factory.mktemp("clients")).run()


@pytest.mark.parametrize("index", range(len(REQUESTS)), ids=lambda n: f"{n}-{REQUESTS[n]['client'].split()[0]}")
def test_a_real_client_gets_what_it_needs(answers: list[Answer], index: int) -> None:
    answer, expect = answers[index], REQUESTS[index]["expect"]

    assert STATUS[expect["status"]](answer.status), (answer.status, answer.body)
    if answer.status < 400:
        assert dict.fromkeys(expect.get("keys", {}), True) == {
            k: holds(answer, k, wanted) for k, wanted in expect.get("keys", {}).items()
        }, answer.body
    elif expect.get("errors") in MESSAGES:
        (error,) = answer.json["errors"]
        assert re.fullmatch(MESSAGES[expect["errors"]], error["message"])


def test_every_answer_has_an_id_for_support(answers: list[Answer]) -> None:
    assert len({uuid.UUID(a.headers["x-pj-request-id"]) for a in answers}) == len(REQUESTS)


def test_replies_are_json_without_a_charset_and_receipts_html(answers: list[Answer]) -> None:
    kinds = {a.headers.get("content-type") for a in answers if a.status != 204}

    assert kinds == {"application/json", "text/html", "image/png"}


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\nA: b\r\n\r\n0\r\n\r\n",
         b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n0\r\n\r\n"),
        (b"POST / HTTP/1.1\r\ncontent-length:0\r\ntransfer-encoding:chunked\r\n\r\n",
         b"POST / HTTP/1.1\r\ntransfer-encoding:chunked\r\n\r\n"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", None),
        (b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", None),
        (b"terms=Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", None),
        (b"", None),
    ],
)  # fmt: skip
def test_only_a_zero_length_beside_chunked_encoding_is_dropped(data: bytes, kept: bytes | None) -> None:
    assert without_zero_length(data) == (data if kept is None else kept)
