"""Parsing a webhook's body: strict, so that no two parsers can read it differently. Pure.

What JSON parsers disagree about is refused: duplicate keys, NaN, floats beyond what a double holds, invalid
UTF-8, a byte order mark, nesting deeper than 64.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from pjterm.events.event import Arrival
from pjterm.system import strict_json

DEEPEST = 64
REQUEST = "SMARTTERMINAL_REQUEST"
_HARMLESS = frozenset((
    "requestId", "requestPaymentId", "status", "transactionId", "paymentId", "signatureId", "promptButton",
    "smartTerminalId", "created", "lastModified",
))  # fmt: skip
"""The fields of a request's event (STR) that are not private: any other may be a phone number or the track of a card,
whose names no page documents."""
_PLAIN = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]+")
_LONGEST = 255


class NotAnEvent(ValueError):
    """The body is not an event; the message says why and repeats nothing of it."""


def read_event(profile: str, verified: bool, received_ms: int, body: bytes, headers: bytes) -> Arrival:
    """Parse a body; raises `NotAnEvent`.

    Ids may be strings or numbers (HOOKS); a status or request id of any other type is ignored.
    """
    event = _parse(body)
    data = event.get("data")
    event_id, kind = id_of(event), event.get("type")
    if event_id is None or not isinstance(kind, str) or _word(kind) is None or not isinstance(data, dict):
        raise NotAnEvent("no id, type or data")
    request_id, status = _word(data.get("requestId")), data.get("status")
    status = _word(status) if isinstance(status, str) else None
    return Arrival(
        profile, verified, received_ms, event_id, kind, request_id, status, body, headers, is_private(kind, data)
    )


def id_of(event: Mapping[str, Any]) -> str | None:
    """The id by which an event is known: a plain string or a whole number; a hash of one that is too long."""
    value = event.get("id")
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _PLAIN.fullmatch(text):
        return None
    return text if len(text) <= _LONGEST else f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def is_private(kind: str, data: Mapping[str, Any]) -> bool:
    """Whether an event may hold what a customer typed or swiped."""
    return kind == REQUEST and not data.keys() <= _HARMLESS


def _word(value: object) -> str | None:
    """A short plain string, or a whole number as a string; else None."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        return str(value)
    return value if isinstance(value, str) and len(value) <= _LONGEST and _PLAIN.fullmatch(value) else None


def _parse(body: bytes) -> dict[str, Any]:
    try:
        text = body.decode()
        if body.count(b"[") + body.count(b"{") > DEEPEST:
            _check_depth(text)
        event = strict_json.read_unrepeated(text)
    except ValueError as error:
        raise NotAnEvent(f"not JSON: {type(error).__name__}") from error
    if not isinstance(event, dict):
        raise NotAnEvent("not a JSON object")
    return event


_OUTSIDE_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|([\[{])|([\]}])', re.DOTALL)
"""A string that is not closed ends the text: looked for anew from each quote in it, 64 KiB would take half a minute."""


def _check_depth(text: str) -> None:
    depth = 0
    for token in _OUTSIDE_STRINGS.finditer(text):
        depth += (token[1] is not None) - (token[2] is not None)
        if depth > DEEPEST:
            raise ValueError("nested too deep")
