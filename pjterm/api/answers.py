"""One answer of PayJunction: its body, read within bounds, and the named error if it is not a success.

An exchange without an answer is either *never connected* (nothing can have been taken) or *broken* (anything may have
been).
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from pjterm.api.acts import about
from pjterm.core import wire
from pjterm.errors import (
    NOT_ALLOWED,
    NOT_FOUND,
    AnswerLost,
    ApiRejected,
    AuthFailed,
    Detail,
    PjtermError,
    RateLimited,
    Unavailable,
)
from pjterm.system import strict_json
from pjterm.values import dataclass

BODY_LIMIT = 16 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def pj_request_id(self) -> str | None:
        """PayJunction's id of the exchange, for their support."""
        return self.headers.get("x-pj-request-id")

    def json(self) -> Any:
        """The body as JSON, or `None` if it is not JSON (a proxy's HTML page, for example)."""
        try:
            return strict_json.read(self.body)
        except ValueError:
            return None


class NeverConnected(Unavailable):
    """No connection was made: nothing can have been taken."""

    code = "unreachable-api"
    refused = False
    """Whether the connection was refused: a restarting service is back soon, a wrong address stays wrong."""


class Broken(AnswerLost):
    """The connection failed after something may have been written."""


# -- its body ----------------------------------------------------------------------------------------


def http_date(said: str | None) -> datetime | None:
    """The time that a `Date` header says, in UTC; None if it says no plausible one."""
    try:
        at = parsedate_to_datetime(said or "")
    except (ValueError, OverflowError):
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)  # `-0000`, or no zone at all
    return at.astimezone(UTC) if at.year in wire.YEARS else None


def read_body(received: Iterable[bytes], encoding: str, limit: float) -> bytes:
    """The whole body, limited in size (before and after decompression) and in seconds."""
    began = time.monotonic()
    chunks, size = [], 0
    for chunk in received:
        size += len(chunk)
        if size > BODY_LIMIT:
            raise Broken(f"the answer is larger than {BODY_LIMIT} bytes")
        if time.monotonic() - began > limit:
            raise Broken(f"the answer did not end within {limit:g} s")
        chunks.append(chunk)
    return _inflated(b"".join(chunks), encoding)


def _inflated(body: bytes, encoding: str) -> bytes:
    """The body, decompressed if needed: compression is not requested, but some proxies compress anyway."""
    word = encoding.strip().lower()
    if word in ("", "identity"):
        return body
    if word != "gzip":
        raise Broken(f"the answer is encoded as {word!r}, which was not asked for")
    unpack = zlib.decompressobj(wbits=31)
    try:
        whole = unpack.decompress(body, BODY_LIMIT + 1)
    except zlib.error as error:
        raise Broken(f"the answer is not gzip: {error}") from error
    if len(whole) > BODY_LIMIT or not unpack.eof:
        raise Broken(f"the answer is larger than {BODY_LIMIT} bytes, or was cut")
    return whole


# -- what its status means ---------------------------------------------------------------------------


def is_own(reply: Reply) -> bool:
    """Whether PayJunction itself answered: its JSON with a message in `errors` (ERR), or its request id.

    Anything else comes from something in between, such as a proxy or a firewall, and says nothing about what became of
    the request.
    """
    return reply.pj_request_id is not None or any(d.message for d in wire.details(reply.json()))


def raise_for(reply: Reply, method: str, path: str) -> None:
    """Raise the named error of an answer that is not a success."""
    if not 200 <= reply.status < 300:
        raise error_of(reply, method, path)


def error_of(reply: Reply, method: str, path: str) -> PjtermError:
    """The named error of an answer to such a call that is not a success."""
    found = wire.details(reply.json())
    words = "; ".join(_one(d) for d in found) or f"HTTP {reply.status}"
    known: dict[str, Any] = {
        "http_status": reply.status, "pj_request_id": reply.pj_request_id, "details": found,
    }  # fmt: skip
    if 400 <= reply.status < 500 and not is_own(reply):
        return AnswerLost(f"something between here and PayJunction answered with HTTP {reply.status}", **known)
    if reply.status == 429 or (reply.status == NOT_ALLOWED and wire.speaks_of_a_limit(found)):
        wait = reply.headers.get("retry-after", "")
        after = float(wait) if wait.isascii() and wait.isdigit() and len(wait) < 4 else None
        return RateLimited(f"the API asks to slow down: {words}", retry_after=after, **known)
    if reply.status == 401:
        return AuthFailed(f"the API refuses the credentials: {words}", **known)
    if reply.status == NOT_ALLOWED and not wire.names_a_limit(found):
        return AuthFailed(f"this login may not {about(method, path)[1]}: {words}", **known)
    if reply.status >= 500 or reply.status == 408:
        return AnswerLost(f"the API failed: HTTP {reply.status}", **known)
    if reply.status < 400:
        return AnswerLost(f"the API redirects (HTTP {reply.status}), which is not followed", **known)
    what, _ = about(method, path)
    of_one = what.startswith(("transaction ", "the receipt", "the signature"))
    see = "see: pjterm transactions list" if reply.status == NOT_FOUND and of_one else None
    return ApiRejected(f"the API refuses {what}: {words}", hint=see, **known)


def wait_after(error: PjtermError | None, backoff: float) -> float:
    """Seconds before another try: what the API asks for, else `backoff`."""
    return (error.retry_after if isinstance(error, RateLimited) else None) or backoff


def gave_up(error: PjtermError) -> PjtermError:
    """An unanswered read changed nothing."""
    if isinstance(error, Unavailable):
        return error
    return Unavailable(
        error.message, hint="nothing was started; try again", http_status=error.http_status,
        pj_request_id=error.pj_request_id, details=error.details,
    )  # fmt: skip


def _one(detail: Detail) -> str:
    """Its message, to be used within a sentence."""
    words = detail.message.rstrip(".")
    return f"{detail.parameter}: {words}" if detail.parameter else words
