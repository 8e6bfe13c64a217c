"""The answers to webhooks, as bytes."""

from __future__ import annotations

from pjterm.relay.server.http1 import answer

_REASONS = {
    204: "No Content", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 408: "Request Timeout", 413: "Content Too Large",
    431: "Request Header Fields Too Large", 503: "Service Unavailable",
}  # fmt: skip

KEPT = answer(204, _REASONS[204])


def refused_response(status: int, why: str) -> bytes:
    """The response to a refused request; `why` is our own text and never echoes the request."""
    headers = {405: ("Allow: POST",), 503: ("Retry-After: 5",)}.get(status, ())
    return answer(status, _REASONS[status], b'{"error": "%s"}' % why.encode(), *headers)
