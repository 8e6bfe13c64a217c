"""Typed values are removed from the stream after a day, too."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nats.errors import Error as NatsError

from pjterm.events.store import Due
from tests.events.broker import Broker
from tests.events.shared import Shared
from tests.events.test_store import arrival
from tests.relay.speak import body

PHONE = b"8006010230"


@pytest.fixture
def stream() -> str:
    return f"S{secrets.token_hex(6)}"


def typed() -> Any:
    return replace(arrival(body(event_id="typed", request="r", inputValue=PHONE.decode()), at=10), private=True)


def day_later() -> Due:
    """A day from now, for messages that the stream takes now."""
    now = int(time.time() * 1000) + 86_400_000
    return Due(now, cut_ms=now - 1000)


def held(store: Shared) -> bytes:
    """All bodies in the stream."""
    link = store._link

    async def read() -> bytes:
        last = (await link.js.stream_info(link.url.stream)).state.last_seq
        found = b""
        for sequence in range(1, last + 1):
            try:
                found += (await link.js.get_msg(link.url.stream, sequence)).data or b""
            except NatsError:
                continue
        return found

    return link.call(read(), 10)


def wiped(store: Shared, due: Due) -> None:
    """Wait until everything due has been wiped."""
    store.age(due, 10)
    store._link.call(store._wiper.wipe(store._feed.log, due.cut_ms, 10), 10)


def test_only_typed_values_leave_the_stream_after_a_day(broker: Broker, stream: str, tmp_path: Path) -> None:
    store = Shared(broker, tmp_path / "one.sqlite", stream)
    store.append([typed(), arrival(body(event_id="other", promptButton="Yes"))])
    before = held(store)
    wiped(store, day_later())
    after, here = held(store), [event.cut for event in store.read(0, 10)]
    store.close()

    assert (PHONE in before, PHONE in after, b"Yes" in after, here) == (True, False, True, [True, False])


def test_a_typed_value_stays_for_a_day(broker: Broker, stream: str, tmp_path: Path) -> None:
    store = Shared(broker, tmp_path / "one.sqlite", stream)
    store.append([typed()])
    now = int(time.time() * 1000)
    wiped(store, Due(now, cut_ms=now - 86_400_000))
    after = held(store)
    store.close()

    assert PHONE in after


def test_the_second_relay_finds_the_value_gone_and_continues(broker: Broker, stream: str, tmp_path: Path) -> None:
    one, two = (Shared(broker, tmp_path / f"{n}.sqlite", stream) for n in "12")
    one.append([typed()])
    two.catch_up(5)
    for store in (one, two):
        wiped(store, day_later())
    one.append([arrival(body(event_id="next"))])
    two.catch_up(5)
    seen = [event.arrival.event_id for event in two.read(0, 10)]
    left = two._replica.typed_before(two._feed.log, 10**15, 9)
    for store in (one, two):
        store.close()

    assert (seen, left) == (["typed", "next"], [])
