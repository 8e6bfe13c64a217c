"""Judging one delivery: is it signed by us two, and is it an event? Pure, on the raw bytes.

The signature comes first (HMAC-SHA256 over the body as received, SECURE), so that no byte of an
unsigned body is ever parsed. What JSON readers disagree about is refused (400): duplicate keys, NaN,
invalid UTF-8, a byte order mark, nesting deeper than 64.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pjterm.events.model import Arrival

MOST_BODY = 64 * 1024
"""Largest body in bytes (contract); the documented ones have about 200."""
DEEPEST = 64

_SIGNATURE = re.compile(rb"[0-9a-f]{64}")
_PLAIN = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,255}")


class Refused(Exception):
    """A delivery that is not taken: the status to answer, a word for counting, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


@dataclass(frozen=True)
class Keys:
    """The webhook secrets by profile (several are valid while one is being rotated).

    A profile without any may only be served with `allow_unsigned`, and never one in `production`.
    """

    secrets: Mapping[str, tuple[bytes, ...]] = field(repr=False)
    allow_unsigned: bool = False
    production: frozenset[str] = frozenset()

    def verify(self, profile: str, body: bytes, signature: bytes | None) -> bool:
        """Whether the body is signed with one of the profile's secrets; `Refused` unless it may come in.

        False is only ever returned where unsigned events are allowed.
        """
        if not self.serves(profile):
            raise Refused(404, "unknown profile")
        secrets = self.secrets[profile]
        if self._unsigned(profile) and (signature is None or not secrets):
            return False
        if signature is None:
            raise Refused(401, "signature missing")
        # Every secret is tried even after a match: the time tells nothing about which one it was.
        matches = [hmac.compare_digest(sign(secret, body), signature) for secret in secrets]
        if not any(matches) or not _SIGNATURE.fullmatch(signature):
            raise Refused(401, "signature wrong")
        return True

    def serves(self, profile: str) -> bool:
        """Whether any delivery of this profile could come in; without a secret only where unsigned ones do."""
        secrets = self.secrets.get(profile)
        return bool(secrets) or (secrets is not None and self._unsigned(profile))

    def _unsigned(self, profile: str) -> bool:
        return self.allow_unsigned and profile not in self.production


def sign(secret: bytes, body: bytes) -> bytes:
    """The value of `X-Pj-Signature` for a body: lower-case hex (SECURE)."""
    return hmac.digest(secret, body, "sha256").hex().encode()


def read_event(profile: str, verified: bool, received_ms: int, body: bytes, headers: bytes) -> Arrival:
    """Make an arrival of a verified body; `Refused` (400) for what is no event.

    Ids may be strings or numbers (HOOKS); a status or request id of another type is no status.
    """
    event = _parse(body)
    data = event.get("data")
    event_id, kind = _word(event.get("id")), event.get("type")
    if event_id is None or not isinstance(kind, str) or _word(kind) is None or not isinstance(data, dict):
        raise Refused(400, "no id, type or data")
    status = data.get("status")
    return Arrival(
        profile=profile,
        verified=verified,
        received_ms=received_ms,
        event_id=event_id,
        type=kind,
        request_id=_word(data.get("requestId")),
        status=_word(status) if isinstance(status, str) else None,
        body=body,
        headers=headers,
    )


def _word(value: object) -> str | None:
    """A short plain string, or a whole number as one; else None."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        return str(value)
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else None


def _parse(body: bytes) -> dict[str, Any]:
    try:
        text = body.decode()
        if body.count(b"[") + body.count(b"{") > DEEPEST:
            _check_depth(text)
        event = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"not JSON: {type(error).__name__}") from error
    if not isinstance(event, dict):
        raise Refused(400, "not a JSON object")
    return event


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate keys")
    return members


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_no_constant)
_OUTSIDE_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"|([\[{])|([\]}])', re.DOTALL)


def _check_depth(text: str) -> None:
    depth = 0
    for token in _OUTSIDE_STRINGS.finditer(text):
        depth += (token[1] is not None) - (token[2] is not None)
        if depth > DEEPEST:
            raise ValueError("nested too deep")
