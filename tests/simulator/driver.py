"""A simulator without a network, with a clock that only the test moves."""

from __future__ import annotations

import base64
import json
import weakref
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from pjterm.simulator.api.replies import Call, Reply
from pjterm.simulator.api.world import World
from pjterm.simulator.shop.inventory import APPLICATION_KEY, LOGIN, PASSWORD, READERS
from pjterm.simulator.shop.moment import Setting
from pjterm.simulator.shop.scenario_files import load
from pjterm.simulator.shop.scenarios import Scenario
from tests.simulator import documented

T1, T2 = (r.id for r in READERS)
NOON = 1_790_000_000.0 - 1_790_000_000.0 % 86_400 + 12 * 3600  # a day's 12:00 UTC
BASIC = "Basic " + base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()
HEADERS = {
    "authorization": BASIC,
    "x-pj-application-key": APPLICATION_KEY,
    "accept": "application/json",
    "content-type": "application/x-www-form-urlencoded",
}
CARD = {"cardNumber": "4444333322221111", "cardExpMonth": "12", "cardExpYear": "2030"}
Fields = dict[str, str] | list[tuple[str, str]]


class Driver:
    """Calls with credentials, a second apart, so that no limit is reached by accident."""

    def __init__(self, directory: Path, scenario: str | Scenario | None = None, **setting: Any) -> None:
        self.now = NOON
        chosen = scenario if isinstance(scenario, Scenario) else load(scenario)
        me = weakref.ref(self)
        self.world = World(directory, lambda: _now(me), Setting(scenario=chosen, **setting))
        weakref.finalize(self, self.world.close)

    def raw(self, method: str, target: str, form: Fields | None = None, **headers: str) -> Reply:
        """One call right now; headers as keywords, with `_` for `-`; an empty one is omitted."""
        parts = urlsplit(target)
        given = HEADERS | {k.replace("_", "-"): v for k, v in headers.items()}
        kept = {k: v for k, v in given.items() if v}
        call = Call(method, parts.path, parts.query, kept, urlencode(form or {}).encode())
        reply = self.world.call(call)
        if not self.world.setting.scenario.numbers_as_text:
            documented.check(call, reply)
        return reply

    def call(self, method: str, target: str, form: Fields | None = None, **headers: str) -> Reply:
        """One call, a second later."""
        self.now += 1.0
        return self.raw(method, target, form, **headers)

    def get(self, target: str, **headers: str) -> Any:
        return json.loads(self.call("GET", target, None, **headers).body)

    def post(self, target: str, form: Fields | None = None, **headers: str) -> Any:
        return json.loads(self.call("POST", target, form, **headers).body)

    def put(self, target: str, form: Fields) -> Any:
        return json.loads(self.call("PUT", target, form).body)

    def pay(self, amount: str = "12.50", terminal: str = T1, **more: str) -> str:
        """Start a payment now (no time passes); returns the request id."""
        version = {"pj_version": more.pop("version")} if "version" in more else {}
        form = {"amountBase": amount, "terminalId": "10001"} | more
        reply = self.raw("POST", f"/smartterminals/{terminal}/request-payment", form, **version)
        return str(json.loads(reply.body)["requestPaymentId"])

    def poll(self, request_id: str, after: float = 0.0) -> dict[str, Any]:
        """The state of a request after that many seconds; does not count against the limits."""
        self.now += after
        with self.world.moment() as m:
            found = m.books.request(request_id)
        assert found is not None
        return {"status": found.status} | found.result

    def course(self, request_id: str, *moments: float) -> list[dict[str, Any]]:
        """The states of a request after these numbers of seconds."""
        began = self.now
        return [self.poll(request_id, began + moment - self.now) for moment in moments]

    def paid(self, amount: str = "12.50", **more: str) -> int:
        """A complete payment, started a second from now; returns the transaction's id."""
        self.now += 1.0
        request_id = self.pay(amount, **more)
        return int(self.poll(request_id, 3.0)["transactionId"])


def _now(shop: weakref.ref[Driver]) -> float:
    alive = shop()
    assert alive is not None
    return alive.now


def wrong(reply: Reply) -> list[tuple[str | None, str | None]]:
    """Parameter and type of each entry in an error body."""
    return [(e.get("parameter"), e.get("type")) for e in json.loads(reply.body)["errors"]]
