"""A simulator in the test process, whose readers the test controls.

Everything here uses the control routes of `pjterm.simulator.api.control`, as a test in any other language would.
"""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from pjterm.simulator.bench.calls import in_words
from pjterm.simulator.server.embedded import Embedded
from pjterm.simulator.server.http_server import Exchange
from pjterm.simulator.shop.inventory import ACCOUNT, APPLICATION_KEY, LOGIN, PASSWORD, WEBHOOK_SECRET, reader_named

SPEED = 20.0  # connecting takes 10 ms, and a customer acts 0.1 s after the payment was accepted
_PATIENCE = 30.0  # seconds; an answer takes milliseconds


class Simulator:
    """A simulated PayJunction on a free loopback port, with its books in memory."""

    login, password, app_key, webhook_secret = LOGIN, PASSWORD, APPLICATION_KEY, WEBHOOK_SECRET
    account = ACCOUNT.terminal_id

    def __init__(self) -> None:
        self._exchanges: list[Exchange] = []
        self._embedded = Embedded(speed=SPEED, seen=self._exchanges.append)
        self.url = self._embedded.start()

    def __enter__(self) -> Simulator:
        return self

    def __exit__(self, *_: object) -> None:
        self._embedded.close()

    def __repr__(self) -> str:
        return f"<pjterm simulator at {self.url}>"

    def reset(self) -> None:
        """Empty the books, plug in the readers and let them wait, end scenario and webhooks, as before each test."""
        self._post("/-/reset")
        self._exchanges.clear()
        self._post("/-/readers/wait")

    def reader(self, name: str = "T1") -> Reader:
        """The reader `T1` or `T2`."""
        found = reader_named(name)
        if found is None:
            raise ValueError(f"there is no reader {name!r}: T1 or T2")
        return Reader(self, name, found.id)

    def scenario(self, scenario: str) -> None:
        """Play a scenario from now on, by its name (`pjterm simulator scenarios`) or as TOML.

        It applies to calls and webhooks, but not to customers, because readers wait for the test.
        """
        self._post("/-/scenario", **({"toml": scenario} if "\n" in scenario or "=" in scenario else {"name": scenario}))

    def transactions(self) -> list[dict[str, Any]]:
        """Everything booked, oldest first, as GET /transactions/{id} returns it."""
        return self._items("/-/transactions")

    def calls(self) -> list[dict[str, Any]]:
        """The calls so far, oldest first: `method`, `path`, `status`, `answered`, and `ignored` parameters."""
        return self._items("/-/calls")

    def webhooks_to(self, url: str) -> None:
        """Send the webhooks about requests to this URL, signed with `webhook_secret`."""
        self._post("/-/webhooks", url=url)

    def settle(self) -> None:
        """Close the day's batch now."""
        self._post("/-/settle")

    def forward(self, seconds: float) -> None:
        """Move the simulator's clock forward; what is due by then happens."""
        self._post("/-/clock", forward=seconds)

    def story(self) -> str:
        """What was called, what was booked and what the readers show, as text."""
        calls = in_words(list(self._exchanges)) or ["none"]
        booked = [_booked(t) for t in self.transactions()] or ["nothing"]
        readers = [line for screen in self._items("/-/readers") for line in _shown(screen)]
        parts = {"calls, oldest first": calls, "booked": booked, "readers": readers}
        return "\n".join(line for title, lines in parts.items() for line in (title, *(f"  {li}" for li in lines)))

    # -- the control routes -------------------------------------------------------------------

    def _items(self, path: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self._call("GET", path, None)["items"]
        return items

    def _post(self, path: str, **body: Any) -> None:
        self._call("POST", path, json.dumps(body))

    def _call(self, method: str, path: str, body: str | None) -> dict[str, Any]:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_PATIENCE)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            answer = connection.getresponse()
            said = json.loads(answer.read() or b"{}")
        finally:
            connection.close()
        if answer.status >= 400:
            raise ValueError("; ".join(e["message"] for e in said["errors"]))
        return dict(said)


class Reader:
    """One reader, and its customer.

    An action happens at once if the reader is waiting for it. Otherwise the customer of the next request that it
    fits will do it, so a test may tap before its program charges.
    """

    def __init__(self, simulator: Simulator, name: str, smart_terminal_id: str) -> None:
        self._simulator = simulator
        self.name = name
        self.id = smart_terminal_id

    def __repr__(self) -> str:
        return f"<reader {self.name} of {self._simulator!r}>"

    @property
    def shows(self) -> dict[str, Any]:
        """Its screen: `state` (idle, waiting, done), `kind`, `amount`, `text`, `buttons`, `planned`, and more."""
        return next(s for s in self._simulator._items("/-/readers") if s["reader"] == self.name)

    def tap(self, **how: Any) -> None:
        """Present a card that is approved. `how`: `tip="2.00"`, `brand="MASTERCARD"`, any key of a [[request]]."""
        self._do("tap", **how)

    def decline(self, code: str = "05", **how: Any) -> None:
        """Present a card that is declined, with this response code."""
        self._do("decline", code=code, **how)

    def second_card(self, code: str = "05", **how: Any) -> None:
        """Present a card that is declined, then one that is approved, on the same request."""
        self._do("second-card", code=code, **how)

    def press(self, label: str) -> None:
        """Press a button of a prompt."""
        self._do("press", value=label)

    def digits(self, value: str) -> None:
        """Type ten digits and confirm."""
        self._do("digits", value=value)

    def sign(self) -> None:
        """Sign."""
        self._do("sign")

    def swipe(self, data: str = "") -> None:
        """Swipe a card that is read for its data."""
        self._do("swipe", value=data)

    def cancel(self) -> None:
        """Press the red X."""
        self._do("cancel")

    def leave(self) -> None:
        """Let the customer go away, so that the reader gives up."""
        self._do("leave")

    def unplug(self) -> None:
        """Turn the reader off, until `plug`."""
        self._do("unplug")

    def plug(self) -> None:
        """Turn the reader on again."""
        self._do("plug")

    def _do(self, key: str, **body: Any) -> None:
        self._simulator._post(f"/-/readers/{self.name}/{key}", next=True, **body)


def _booked(t: dict[str, Any]) -> str:
    invoice = f", invoice {t['invoiceNumber']}" if "invoiceNumber" in t else ""
    return f"{t['transactionId']} {t['action']} {t['amountTotal']} {t['status']}, code {t['response']['code']}{invoice}"


def _shown(screen: dict[str, Any]) -> list[str]:
    name, doing = screen["reader"], f"{screen['state']} ({screen['kind']})" if screen["kind"] else screen["state"]
    lines = [f"{name}: {doing if screen['plugged'] else 'unplugged'}"]
    return lines + [f"{name}: {key} was done, and no request took it" for key in screen["planned"]]
