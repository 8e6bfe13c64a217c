"""How a relay's events enter the inbox of one command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest

from pjterm.core.evidence.facts import Observed
from pjterm.core.model import Kind, Result
from pjterm.flow.inbox import Inbox, RelayEvent, RelayIs
from pjterm.flow.relay_feed import RelayFeed, heard_in
from pjterm.relay.client.address import RelayAddress
from tests.core.make import REQUEST, at

SEEN = {"requestId": REQUEST, "status": "IN_PROGRESS", "transactionId": 7}


def item(data: Any = SEEN, kind: str = "SMARTTERMINAL_REQUEST", verified: object = True) -> dict[str, Any]:
    return {"event": {"type": kind, "data": data}, "verified": verified}


@pytest.mark.parametrize("verified", [True, False, None, "true"])
def test_a_request_event_is_verified_only_by_a_true(verified: object) -> None:
    fact = Observed(at(1), "webhook", "IN_PROGRESS", Result(7))

    assert heard_in(item(verified=verified), Kind.PAYMENT, at(1)) == RelayEvent(REQUEST, fact, verified is True)


@pytest.mark.parametrize(
    "other",
    [
        item(kind="TRANSACTION"), item(None), item({"requestId": 5, "status": "COMPLETE"}),
        item({"requestId": REQUEST}), item([]), {"event": "x"}, {},
    ],
    ids=["another type", "no data", "a number for an id", "no status", "a list", "a text", "nothing"],
)  # fmt: skip
def test_anything_else_is_no_fact(other: dict[str, Any]) -> None:
    assert heard_in(other, Kind.PAYMENT, at(1)) is None


class Written:
    """A scripted stream."""

    made: list[Written]

    def __init__(
        self, address: RelayAddress, deliver: Callable[[dict[str, Any]], None], state: Callable[[bool], None], *,
        after: int | None, filters: Mapping[str, str], again: Callable[[], RelayAddress],
    ) -> None:  # fmt: skip
        self.address, self.deliver, self.state, self.again = address, deliver, state, again
        self.asked = (after, dict(filters))
        self.runs = False
        Written.made.append(self)

    def start(self) -> None:
        self.runs = True

    def stop(self) -> None:
        self.runs = False


@pytest.fixture
def inbox() -> Inbox:
    Written.made = []
    return Inbox()


FLEET = [RelayAddress(f"https://relay-{n}.example", "") for n in (1, 2, 3)]


def relay_feed(inbox: Inbox) -> RelayFeed:
    return RelayFeed(FLEET, inbox, lambda: at(1), cast(Any, Written))


def test_a_known_request_is_heard_from_its_first_event_and_an_unknown_one_from_now(inbox: Inbox) -> None:
    heard = relay_feed(inbox)
    heard.listen(None, Kind.PAYMENT)
    heard.listen(REQUEST, Kind.PAYMENT)

    assert [s.asked for s in Written.made] == [(None, {"type": "SMARTTERMINAL_REQUEST"}), (0, {"requestId": REQUEST})]
    assert [s.runs for s in Written.made] == [False, True]
    heard.stop()
    assert [s.runs for s in Written.made] == [False, False]


def test_only_facts_and_the_relay_s_state_enter_the_inbox(inbox: Inbox) -> None:
    relay_feed(inbox).listen(REQUEST, Kind.PAYMENT)
    (stream,) = Written.made
    stream.state(True)
    stream.deliver({})
    stream.deliver(item())

    assert (inbox.get(0), inbox.get(0), inbox.get(0)) == (RelayIs(True), heard_in(item(), Kind.PAYMENT, at(1)), None)


def test_each_reconnect_tries_the_next_relay_of_the_fleet(inbox: Inbox) -> None:
    relay_feed(inbox).listen(REQUEST, Kind.PAYMENT)
    (stream,) = Written.made

    assert [stream.address, *(stream.again() for _ in range(3))] == [*FLEET, FLEET[0]]
