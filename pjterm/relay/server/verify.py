"""Verifies that a delivery is signed with a secret of its profile. Pure, on the raw bytes.

The signature is checked first (HMAC-SHA256 over the body as received, SECURE), so that no byte of an
unsigned body is ever parsed.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping

from pjterm.relay.server.http1 import Refused
from pjterm.values import dataclass, field

MOST_BODY = 64 * 1024
"""Largest body in bytes; the documented ones have about 200."""

_SIGNATURE = re.compile(rb"[0-9a-f]{64}")


@dataclass(frozen=True)
class WebhookSecrets:
    """The webhook secrets by profile (several are valid while one is being rotated).

    A profile without a secret is served only with `allow_unsigned`, and never if it is in `production`. The secrets
    of the profiles in `unreadable` could not be read.
    """

    secrets: Mapping[str, tuple[bytes, ...]] = field(repr=False)
    allow_unsigned: bool = False
    production: frozenset[str] = frozenset()
    unreadable: frozenset[str] = frozenset()

    def verify(self, profile: str, body: bytes, signature: bytes | None) -> bool:
        """Whether the body is signed with one of the profile's secrets; raises `Refused` if it must be.

        So False is returned only where unsigned events are allowed.
        """
        if profile in self.unreadable:
            raise Refused(503, "the webhook secret of this profile cannot be read now")
        if not self.serves(profile):
            raise Refused(404, "unknown profile")
        secrets = self.secrets[profile]
        if self._unsigned(profile) and (signature is None or not secrets):
            return False
        if signature is None:
            raise Refused(401, "signature missing")
        # Every secret is tried even after a match, so that the timing does not tell which one it was.
        matches = [hmac.compare_digest(sign(secret, body), signature) for secret in secrets]
        if not any(matches) or not _SIGNATURE.fullmatch(signature):
            raise Refused(401, "signature wrong")
        return True

    def serves(self, profile: str) -> bool:
        """Whether this profile's deliveries can be accepted; without a secret, only if unsigned ones are."""
        secrets = self.secrets.get(profile)
        return bool(secrets) or (secrets is not None and self._unsigned(profile))

    def served(self) -> list[str]:
        """All profiles whose deliveries can be accepted."""
        return sorted(filter(self.serves, self.secrets))

    def _unsigned(self, profile: str) -> bool:
        return self.allow_unsigned and profile not in self.production


def sign(secret: bytes, body: bytes) -> bytes:
    """The value of `X-Pj-Signature` for a body: lower-case hex (SECURE)."""
    return hmac.digest(secret, body, "sha256").hex().encode()


def verify_kept(secrets: WebhookSecrets, profile: str, body: bytes, headers: bytes) -> bool:
    """Whether an event from a shared stream is signed with one of the profile's secrets.

    Its own claim to be verified proves nothing: anyone who may publish to the stream can write that.
    """
    signature = signature_in(headers)
    if signature is None or not _SIGNATURE.fullmatch(signature):
        return False
    return any(hmac.compare_digest(sign(secret, body), signature) for secret in secrets.secrets.get(profile, ()))


def signature_in(headers: bytes) -> bytes | None:
    """The value of `X-Pj-Signature` in a block of header lines, if it occurs exactly once."""
    lines = (line.partition(b":") for line in headers.split(b"\r\n"))
    found = [value.strip(b" \t") for name, _, value in lines if name.lower() == b"x-pj-signature"]
    return found[0] if len(found) == 1 else None
