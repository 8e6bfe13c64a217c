"""An arrival as a message of the stream, and back. Pure.

The payload is the webhook's body, byte for byte; one header holds the rest of what was received, and what
the relay knows. The subject is `pjterm.STREAM.PROFILE.REQUEST`, so that other programs can subscribe to a part
of the stream.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from hashlib import blake2b, sha256
from typing import NamedTuple

from pjterm.events.event import LATEST_MS, Arrival
from pjterm.events.sqlite.replica import Message
from pjterm.events.webhook import read_event

MESSAGE_ID = "Nats-Msg-Id"
ARRIVAL = "Pjterm-Arrival"
LARGEST = 128 * 1024
"""Bytes of the largest message, rounded up: a body of 64 KiB, a head of 16 KiB in base64, and our own header."""
_UNSAFE = re.compile(rb"[^A-Za-z0-9-]")
_LONGEST_WORD = 200
_MOST_SENT = 256
_encode = json.JSONEncoder(separators=(",", ":")).encode


def subjects(stream: str) -> str:
    """All subjects of a stream."""
    return f"pjterm.{stream}.>"


def subject(stream: str, arrival: Arrival) -> str:
    """Where this arrival is published: one subject per profile and request (`_`: about none)."""
    request = "_" if arrival.request_id is None else _word(arrival.request_id)
    return f"pjterm.{stream}.{_word(arrival.profile)}.{request}"


def _word(text: str) -> str:
    """Encode any text as one word of a subject: `_` and two hex digits for what is not allowed; long text is hashed."""
    word = _UNSAFE.sub(lambda found: b"_%02x" % found[0][0], text.encode()).decode()
    return word if len(word) <= _LONGEST_WORD else f"_h{blake2b(text.encode(), digest_size=16).hexdigest()}"


def message_id(arrival: Arrival) -> str:
    """The same id for the same delivery at any relay, so that the server refuses the second one.

    A verified delivery has another id than the same one unverified, so it is never refused as its repeat. 16 bytes,
    because the server holds every id of three days in memory.
    """
    name = f"{arrival.profile}\0{arrival.event_id}\0".encode()
    digest = sha256(name + arrival.body).digest()[:16]  # half the time of blake2b on processors with SHA instructions
    return base64.b64encode(digest).decode().rstrip("=") + ("" if arrival.verified else ".u")


def headers(arrival: Arrival, relay: str, *, restored: bool = False) -> dict[str, str]:
    """The message's headers; `relay` is the identity of the relay that received or `restored` it."""
    known = {
        "profile": arrival.profile, "verified": arrival.verified, "receivedMs": arrival.received_ms,
        "id": arrival.event_id, "type": arrival.type, "requestId": arrival.request_id,
        "status": arrival.status, "relay": relay, "headers": base64.b64encode(arrival.headers).decode(),
    } | ({"restored": True} if restored else {})  # fmt: skip
    return {MESSAGE_ID: message_id(arrival), ARRIVAL: _encode(known)}


Verify = Callable[[str, bytes, bytes], bool]
"""Whether the signature in these headers matches this profile's secret and body."""


class Parser:
    """Parses messages for the relay of this identity; what another relay published is verified like a new delivery.

    Anyone who may publish to the stream could claim that a message was verified, or received in the year 144,683.
    """

    def __init__(self, relay: str, verify: Verify) -> None:
        self._relay = relay
        self._verify = verify

    def parse(self, sequence: int, at_us: int, found: Mapping[str, str], payload: bytes) -> Message | None:
        """Parse a message; None if no pjterm relay sent it."""
        try:
            known = json.loads(found[ARRIVAL])
            profile, received_ms = known["profile"], known["receivedMs"]
            headers = base64.b64decode(known["headers"], validate=True)
            if not isinstance(profile, str) or not isinstance(received_ms, int) or not 0 <= received_ms <= LATEST_MS:
                return None
            profile.encode()  # a lone surrogate, which no store takes, raises ValueError
            verified = known["verified"] is True and self._verify(profile, payload, headers)
            arrival = read_event(profile, verified, received_ms, payload, headers)
        except (KeyError, TypeError, ValueError, RecursionError):
            return None
        restored = known.get("restored") is True
        return Message(sequence, arrival, known.get("relay") == self._relay and not restored, restored, at_us)


class Published:
    """What this relay published a moment ago, so that it need not be parsed when it comes back."""

    def __init__(self) -> None:
        self._sent: dict[str, tuple[Arrival, Mapping[str, str]]] = {}

    def note(self, arrival: Arrival, headers: Mapping[str, str]) -> None:
        """Remember that this arrival was published with these headers; the oldest are dropped when there are many."""
        self._sent[headers[MESSAGE_ID]] = arrival, headers
        if len(self._sent) > _MOST_SENT:
            del self._sent[next(iter(self._sent))]

    def take(self, found: Mapping[str, str], payload: bytes) -> Arrival | None:
        """Remove and return the arrival of a message that was published here, if it came back byte for byte."""
        arrival, headers = self._sent.pop(found.get(MESSAGE_ID, ""), (None, None))
        return arrival if arrival is not None and arrival.body == payload and headers == found else None


class Place(NamedTuple):
    """A delivered message's sequence number in the stream and in this consumer, its time, and how many are pending."""

    sequence: int
    number: int
    at_us: int
    pending: int


def place(reply: str) -> Place:
    """The place of a delivered message, from its reply subject.

    `$JS.ACK.[DOMAIN.ACCOUNT.]STREAM.CONSUMER.DELIVERED.SEQUENCE.IN-CONSUMER.TIME.PENDING[.TOKEN]` (ADR-15 of the
    NATS architecture pages: nine words, or eleven and more). Raises `ValueError` for any other.
    """
    words = reply.split(".")
    first = 5 if len(words) == 9 else 7
    if len(words) not in (9, 11, 12) or words[:2] != ["$JS", "ACK"]:
        raise ValueError(f"not a place in a stream: {reply}")
    sequence, number, at_ns, pending = (int(word) for word in words[first : first + 4])
    return Place(sequence, number, at_ns // 1_000, pending)
