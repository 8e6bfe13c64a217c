"""Requests of real clients, sent byte for byte as captured, with ids that exist here.

A request that names something (a transaction, a vault, a request at a reader) gets a fresh one of its kind, made
just before; the second call of a pair gets the id from the first one's reply. The clock is the test's own, so that
no limit is reached by accident.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pjterm.simulator.server.embedded import Embedded
from pjterm.simulator.shop.inventory import APPLICATION_KEY
from tests.simulator.driver import BASIC, CARD, HEADERS, NOON, T1, T2

REQUESTS: list[dict[str, Any]] = json.loads((Path(__file__).parents[2] / "data" / "client_requests.json").read_text())
_PAIR = re.compile(r"(.*), call ([0-9]) of [0-9]")


@dataclass(slots=True)
class Answer:
    """The answer to a request."""

    status: int
    headers: dict[str, str]
    body: bytes
    sent: str
    """The body of the request, as sent."""

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else {}


@dataclass
class Replay:
    """Sends the captured requests to one simulator, in order."""

    directory: Path
    now: float = NOON
    answers: list[Answer] = field(default_factory=list)
    charged: str = ""
    """The transaction of the previous request."""

    def run(self) -> list[Answer]:
        """Send all of them."""
        with Embedded(self.directory, clock=lambda: self.now) as self.simulator:
            self.port = int(self.simulator.url.rsplit(":", 1)[1])
            for index, request in enumerate(REQUESTS):
                self.now += 1.0
                self.answers.append(self._send(request, self._ids(index, request)))
        return self.answers

    # -- what a request names -----------------------------------------------------------------

    def _ids(self, index: int, request: dict[str, Any]) -> dict[str, str]:
        """The captured ids, and their replacements here."""
        text = request["path"] + "?" + request["body"]
        ids = {"terminalId=123456": "terminalId=10001", "terminalId=11649": "terminalId=10001",
               "terminalId=1": "terminalId=10001", "88888888-4444-4444-4444-cccccccccccc": T1}  # fmt: skip
        if "terminalId=10001" in text:
            ids.pop("terminalId=1")
        if "/deposits/" in text:
            ids["88888888-4444-4444-4444-cccccccccccc"] = self._deposit()
        for old, make in self._makers().items():
            if re.search(_alone(old), text):
                ids[old] = (self._earlier(index, request) if make == self._charge else None) or make()
                self.charged = ids[old] if make == self._charge else self.charged
        if "/customers/916" in text or "/schedules?" in text:
            self._customer()
            self._schedule()
        return ids

    def _makers(self) -> dict[str, Callable[[], str]]:
        return {
            "9275": self._charge, "74600": self._charge, "12345": self._charge, "916": self._customer,
            "942": self._vault, "9b5fda91-1cab-4d31-8950-0439c82e38ab": self._webhook, "10026": self._schedule,
            "b58cb128-2e99-4da8-b93e-711f1fc7d5db": self._request, "477": self._settlement,
            "60d2e500711b4bf2b42f8efe7a8c5cc4": self._signature,
            "e321790e-c030-4501-aa99-09e35158c1a6": self._invoice,
        }  # fmt: skip

    def _earlier(self, index: int, request: dict[str, Any]) -> str | None:
        """The transaction of the first call of this pair, or of the preceding verification."""
        pair = _PAIR.fullmatch(request["what"])
        if pair is not None and pair[2] != "1" and request["client"].startswith("activemerchant"):
            return str(self.answers[index + 1 - int(pair[2])].json["transactionId"])
        if request["what"] == "charge by transactionId after verify":
            return str(self.answers[-1].json["transactionId"])
        return self.charged if request["what"] == "level 3 get" else None

    def _charge(self) -> str:
        form = CARD | {"amountBase": "10.00", "amountTax": "0.80", "amountTip": "1.00"}
        return str(self.call("POST", "/transactions", **form)["transactionId"])

    def _customer(self) -> str:
        return str(self.call("POST", "/customers", firstName="Ada")["customerId"])

    def _vault(self) -> str:
        return str(self.call("POST", f"/customers/{self._customer()}/vaults", **CARD)["vaultId"])

    def _webhook(self) -> str:
        form = {"event": "TRANSACTION", "url": "http://127.0.0.1:1/"}
        return str(self.call("POST", "/webhooks", **form)["webhookId"])

    def _request(self) -> str:
        path = f"/smartterminals/{T2}/request-payment"
        return str(self.call("POST", path, amountBase="1.00", terminalId="10001")["requestPaymentId"])

    def _signature(self) -> str:
        self.now += 60.0
        form = {"terms": "Sign.", "terminalId": "10001"}
        request_id = self.call("POST", f"/smartterminals/{T2}/request-signature", **form)["requestId"]
        self.now += 5.0
        return str(self.call("GET", f"/smartterminals/requests/{request_id}")["signatureId"])

    def _schedule(self) -> str:
        form = CARD | {"amountBase": "1.00", "scheduleType": "PERIODIC", "interval": "DAY", "startDate": "2027-01-01"}
        return str(self.call("POST", "/schedules", **form)["scheduleId"])

    def _invoice(self) -> str:
        form = {"amountBase": "1.00", "terminalId": "10001", "notificationType": "NONE"}
        return str(self.call("POST", "/invoices", **form)["invoiceId"])

    def _settlement(self) -> str:
        self._charge()
        self.now += 86_400.0
        return str(self.call("GET", "/settlements")["results"][0]["settlementId"])

    def _deposit(self) -> str:
        self._settlement()
        return str(self.call("GET", "/deposits")["results"][0]["depositId"])

    # -- the wire -----------------------------------------------------------------------------

    def call(self, method: str, path: str, **form: str) -> Any:
        """An additional call by the test."""
        self.now += 1.0
        headers = [(k, v) for k, v in HEADERS.items()]
        body = urlencode(form)
        answer = self._exchange(method, path, [*headers, ("Content-Length", str(len(body)))], body)
        assert answer.status == 200, answer.body
        return answer.json

    def _send(self, request: dict[str, Any], ids: dict[str, str]) -> Answer:
        self.now += 1.0
        path, body = (_put(ids, request[part]) for part in ("path", "body"))
        headers = [(name, _SECRETS.get(value, value)) for name, value in request["headers"]]
        names = {name.lower() for name, _ in headers}
        if body and "content-length" not in names:
            headers.append(("Content-Length", ""))
        length = str(len(body.encode()))
        headers = [(n, length if n == "Content-Length" and v != "0" else v) for n, v in headers]
        return self._exchange(request["method"], path, headers, body)

    def _exchange(self, method: str, path: str, headers: list[tuple[str, str]], body: str) -> Answer:
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", *(f"{n}: {v}" for n, v in headers)]
        head = "\r\n".join([*lines, "Connection: close", "", ""]).encode()
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(head)
            if any(n == "Expect" for n, _ in headers):
                assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
            connection.sendall(b"0\r\n\r\n" if ("Transfer-Encoding", "chunked") in headers else body.encode())
            reply = http.client.HTTPResponse(connection, method=method)
            reply.begin()
            return Answer(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read(), body)


def _put(ids: dict[str, str], text: str) -> str:
    for old, new in ids.items():
        text = re.sub(_alone(old), new, text)
    return text


def _alone(text: str) -> str:
    """A pattern for an id that is not part of a longer number or word."""
    return rf"(?<![0-9A-Za-z]){re.escape(text)}(?![0-9A-Za-z])"


_SECRETS = {"Basic base64(LOGIN:PASSWORD)": BASIC, "KEY": APPLICATION_KEY}
