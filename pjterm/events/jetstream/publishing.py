"""Publishing with acknowledgements: many events at once, one inbox for all their answers.

The client library's own way makes a future, a timer and two random tokens for each message, which costs
four times what the message itself does. Here each message has a number, and a group one future.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from pjterm.errors import Unavailable
from pjterm.events.jetstream import messages
from pjterm.events.model import Arrival

ACK_SECONDS = 5.0
"""How long an event may wait for its acknowledgement: a new leader is elected within 2 to 4 s."""
_TRY_SECONDS = 1.0
"""How long one try may take: what was sent just before a connection broke is never answered."""
_RETRY_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Ack:
    """The server's word that an event is kept: its place in the stream, and whether it was there before."""

    sequence: int
    duplicate: bool


@dataclass(slots=True, eq=False)
class _Group:
    """Messages that were sent together; `whole` is done when each was answered, one way or the other.

    One that is sent `again` may be refused as a repeat of the first try: that is no delivery.
    """

    whole: asyncio.Future[None]
    open: int
    again: bool
    acks: dict[int, Ack] = field(default_factory=dict)
    error: str = ""


class Publisher:
    """Publishes to one stream. Everything runs on the link's loop."""

    def __init__(self, client: Client, stream: str, identity: str) -> None:
        self._client = client
        self._stream = stream
        self._identity = identity
        self._inbox = client.new_inbox()
        self.sent = messages.Sent()
        self._number = 0
        self._unanswered: dict[int, tuple[_Group, int]] = {}

    async def start(self) -> None:
        """Listen for answers."""
        await self._client.subscribe(f"{self._inbox}.*", cb=self._answer)

    async def publish(self, arrivals: Sequence[Arrival], *, restored: bool = False) -> list[Ack]:
        """Publish these in order and wait until the stream has acknowledged each; else `Unavailable`.

        What is not acknowledged is published again under the same message id: the stream keeps it once.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + ACK_SECONDS
        acks: dict[int, Ack] = {}
        error = ""
        while len(acks) < len(arrivals):
            missing = [n for n in range(len(arrivals)) if n not in acks]
            group = _Group(loop.create_future(), len(missing), again=bool(error))
            await self._try(group, arrivals, missing, min(_TRY_SECONDS, until - loop.time()), restored)
            acks.update(group.acks)
            error = group.error
            if error and loop.time() + _RETRY_SECONDS >= until:
                raise Unavailable(f"JetStream stream {self._stream} does not acknowledge: {error}")
            if error:
                await asyncio.sleep(_RETRY_SECONDS)
        return [acks[n] for n in range(len(arrivals))]

    async def _try(
        self, group: _Group, arrivals: Sequence[Arrival], missing: Sequence[int], seconds: float, restored: bool
    ) -> None:
        """Publish what is missing, and wait for the answers."""
        sent: list[int] = []
        try:
            for place in missing:
                self._number += 1
                sent.append(self._number)
                await self._send(arrivals[place], group, self._number, place, restored)
        except (NatsError, OSError) as error:
            group.error = str(error) or type(error).__name__
            self._unanswered.pop(sent.pop(), None)
            group.open -= len(missing) - len(sent)
        try:
            if group.open:
                await asyncio.wait_for(group.whole, max(0.05, seconds))
        except TimeoutError:
            group.error = group.error or "no answer"
        finally:
            for number in sent:
                self._unanswered.pop(number, None)

    async def _send(self, arrival: Arrival, group: _Group, number: int, place: int, restored: bool) -> None:
        self._unanswered[number] = group, place
        headers = messages.headers(arrival, self._identity, restored=restored)
        if not restored:
            self.sent.note(arrival, headers)
        await self._client.publish(
            messages.subject(self._stream, arrival), arrival.body, reply=f"{self._inbox}.{number}", headers=headers
        )

    async def _answer(self, message: Msg) -> None:
        number = message.subject.rpartition(".")[2]
        group, place = self._unanswered.pop(int(number), (None, 0)) if number.isdecimal() else (None, 0)
        if group is None:
            return  # too late: it was given up
        told = _read(message)
        if isinstance(told, Ack):
            group.acks[place] = replace(told, duplicate=False) if group.again else told
        else:
            group.error = told
        group.open -= 1
        if not group.open and not group.whole.done():
            group.whole.set_result(None)


def _read(message: Msg) -> Ack | str:
    """The acknowledgement in an answer, or why there is none."""
    if message.headers and message.headers.get("Status"):
        return f"no stream takes it ({message.headers['Status']})"
    try:
        told = json.loads(message.data)
    except ValueError:
        return "an answer that is not JSON"
    if not isinstance(told, dict) or not isinstance(told.get("seq"), int) or "error" in told:
        error = told.get("error") if isinstance(told, dict) else None
        return str(error.get("description") or error) if isinstance(error, dict) else "an answer without a sequence"
    return Ack(told["seq"], told.get("duplicate") is True)
