"""What a status code means: the named error of an answer that is no success."""

from __future__ import annotations

from typing import Any

from pjterm.api.transport import Reply
from pjterm.core import wire
from pjterm.errors import AnswerLost, ApiRejected, AuthFailed, Detail, PjtermError, RateLimited, Unavailable


def is_own(reply: Reply) -> bool:
    """Whether PayJunction itself answered: its JSON with `errors` (ERR), or its request id.

    Anything else comes from something on the way, such as a proxy or a firewall, and says nothing of what became of
    the request.
    """
    body = reply.json()
    return reply.pj_request_id is not None or (isinstance(body, dict) and isinstance(body.get("errors"), list))


def raise_for(reply: Reply, what: str) -> None:
    """Raise the named error of an answer that is no success."""
    if not 200 <= reply.status < 300:
        raise refusal(reply, what)


def refusal(reply: Reply, what: str) -> PjtermError:
    """The named error of an answer that is no success."""
    found = wire.details(reply.json())
    words = "; ".join(_one(d) for d in found) or f"HTTP {reply.status}"
    known: dict[str, Any] = {
        "http_status": reply.status, "pj_request_id": reply.pj_request_id, "details": found,
    }  # fmt: skip
    if 400 <= reply.status < 500 and not is_own(reply):
        return AnswerLost(f"something between here and PayJunction answered with HTTP {reply.status}", **known)
    if reply.status == 429 or (reply.status == 403 and wire.speaks_of_a_limit(found)):
        wait = reply.headers.get("retry-after", "")
        after = float(wait) if wait.isascii() and wait.isdigit() and len(wait) < 4 else None
        return RateLimited(f"the API asks to slow down: {words}", retry_after=after, **known)
    if reply.status == 401 or (reply.status == 403 and "limit" not in words.lower()):
        return AuthFailed(f"the API refuses the credentials: {words}", **known)
    if reply.status >= 500 or reply.status == 408:
        return AnswerLost(f"the API failed: HTTP {reply.status}", **known)
    if reply.status < 400:
        return AnswerLost(f"the API redirects (HTTP {reply.status}), which is not followed", **known)
    return ApiRejected(f"the API refuses {what}: {words}", **known)


def gave_up(error: PjtermError) -> PjtermError:
    """A read that was never answered started nothing."""
    if isinstance(error, Unavailable):
        return error
    return Unavailable(
        error.message, hint="nothing was started; try again", http_status=error.http_status,
        pj_request_id=error.pj_request_id, details=error.details,
    )  # fmt: skip


def _one(detail: Detail) -> str:
    """Its words, to stand within a sentence of ours."""
    words = detail.message.rstrip(".")
    return f"{detail.parameter}: {words}" if detail.parameter else words
