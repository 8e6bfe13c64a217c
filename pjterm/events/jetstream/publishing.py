"""Publishing with acknowledgements: many events at once, one inbox for all their answers.

The client library makes a future, a timer and two random tokens for each message, which costs four times as much
as the message itself. Here each message has a number, and a group has one future.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from pjterm.errors import Unavailable, reason
from pjterm.events.event import Arrival
from pjterm.events.jetstream import messages
from pjterm.values import dataclass, field

ACK_SECONDS = 5.0
"""How long an event may wait for its acknowledgement: electing a new leader takes 2 to 4 s."""
_PATIENCE = 1.0
"""Seconds of silence after which a message is sent again, doubling each time: what was in flight when a connection
or a leader went down is never answered."""
_RETRY_SECONDS = 0.1
"""Seconds before a refused message is sent again."""


class Ack(NamedTuple):
    """The server's acknowledgement: the event's place in the stream, and whether it was there already.

    `again` marks the answer to a second try: what was there already may then be the first try itself.
    """

    sequence: int
    duplicate: bool
    again: bool = False


@dataclass(slots=True, eq=False)
class _Group:
    """Messages in flight together, by place in the group: acknowledged, refused (`error` says why), or unanswered.

    `stirred` is done when all are acknowledged or one is refused.
    """

    size: int
    stirred: asyncio.Future[None]
    acks: dict[int, Ack] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)
    error: str = "no answer"
    numbers: list[int] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return len(self.acks) == self.size

    def take(self, place: int, answer: Ack | str) -> None:
        """Take an answer: the first acknowledgement of a place counts, whichever try it answers."""
        if place in self.acks:
            return
        if isinstance(answer, Ack):
            self.acks[place] = answer
            self.refused.discard(place)
        else:
            self.error = answer
            self.refused.add(place)
        if (self.is_whole or self.refused) and not self.stirred.done():
            self.stirred.set_result(None)


class Publisher:
    """Publishes to one stream, on the link's event loop."""

    def __init__(self, client: Client, stream: str, identity: str) -> None:
        self._client = client
        self._stream = stream
        self._identity = identity
        self._inbox = client.new_inbox()
        self.sent = messages.Published()
        self._number = 0
        self._unanswered: dict[int, tuple[_Group, int, bool]] = {}

    async def start(self) -> None:
        """Listen for answers."""
        await self._client.subscribe(f"{self._inbox}.*", cb=self._answer)

    async def publish(self, arrivals: Sequence[Arrival], *, restored: bool = False) -> list[Ack]:
        """Publish these in order and wait until the stream has acknowledged each; raises `Unavailable`.

        What is not acknowledged is published again under the same message id, so the stream keeps it once.
        """
        group = _Group(len(arrivals), asyncio.get_running_loop().create_future())
        try:
            async with asyncio.timeout(ACK_SECONDS):
                await self._persist(group, arrivals, restored)
        except TimeoutError as error:
            raise Unavailable(f"JetStream stream {self._stream} does not acknowledge: {group.error}") from error
        finally:
            for number in group.numbers:
                self._unanswered.pop(number, None)
        return [group.acks[n] for n in range(len(arrivals))]

    async def _persist(self, group: _Group, arrivals: Sequence[Arrival], restored: bool) -> None:
        """Send until all are acknowledged, or this is cancelled."""
        due: Sequence[int] = range(len(arrivals))
        patience = _PATIENCE
        while not group.is_whole:
            group.refused.clear()
            group.stirred = asyncio.get_running_loop().create_future()
            await self._send(group, arrivals, due, restored)
            with suppress(TimeoutError):
                await asyncio.wait_for(group.stirred, patience)
            if group.refused:
                await asyncio.sleep(_RETRY_SECONDS)
                due = sorted(group.refused)
            else:
                patience *= 2
                is_out = self._client.pending_data_size == 0  # else the first copy has not even left
                due = [n for n in range(len(arrivals)) if n not in group.acks] if is_out else ()

    async def _send(self, group: _Group, arrivals: Sequence[Arrival], due: Sequence[int], restored: bool) -> None:
        again = bool(group.numbers)
        for place in due:
            arrival = arrivals[place]
            self._number += 1
            group.numbers.append(self._number)
            self._unanswered[self._number] = group, place, again
            headers = messages.headers(arrival, self._identity, restored=restored)
            if not restored:
                self.sent.note(arrival, headers)
            try:
                await self._client.publish(
                    messages.subject(self._stream, arrival), arrival.body, reply=f"{self._inbox}.{self._number}",
                    headers=headers,
                )  # fmt: skip
            except (NatsError, OSError) as error:
                group.take(place, reason(error))

    async def _answer(self, message: Msg) -> None:
        number = message.subject.rpartition(".")[2]
        waiting = self._unanswered.pop(int(number), None) if number.isdecimal() else None
        if waiting is None:
            return  # too late: the group was given up
        group, place, again = waiting
        answer = _read(message)
        group.take(place, answer._replace(again=True) if again and isinstance(answer, Ack) else answer)


def _read(message: Msg) -> Ack | str:
    """The acknowledgement in an answer, or why there is none."""
    if message.headers and message.headers.get("Status"):
        return f"no stream takes it ({message.headers['Status']})"
    try:
        answer = json.loads(message.data)
    except ValueError:
        return "an answer that is not JSON"
    if not isinstance(answer, dict) or not isinstance(answer.get("seq"), int) or "error" in answer:
        error = answer.get("error") if isinstance(answer, dict) else None
        return str(error.get("description") or error) if isinstance(error, dict) else "an answer without a sequence"
    return Ack(answer["seq"], answer.get("duplicate") is True)
