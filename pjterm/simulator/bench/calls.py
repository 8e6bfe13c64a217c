"""Describes the calls of an integration, for the report."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from pjterm.simulator.api.limits import PER_LOGIN, PER_REQUEST
from pjterm.simulator.server.http_server import Exchange
from pjterm.simulator.shop.scenarios import Fault

_TOO_SOON = f" (too soon: {PER_LOGIN} s between calls, {PER_REQUEST} s between polls of one request)"
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}")
_PAYMENT = re.compile(r"/smartterminals/[^/]+/request-payment/?|/transactions/?")


def in_words(exchanges: Sequence[Exchange]) -> list[str]:
    """One line per call; equal ones in a row are merged."""
    merged: list[tuple[str, int]] = []
    for line in map(_line, exchanges):
        if merged and merged[-1][0] == line:
            merged[-1] = (line, merged[-1][1] + 1)
        else:
            merged.append((line, 1))
    return [line if times == 1 else f"{line} ({times} times)" for line, times in merged]


def payments(exchanges: Sequence[Exchange]) -> int:
    """How many payments were requested, whether or not they were answered; a refused request does not count."""
    posts = (e for e in exchanges if e.call.method == "POST" and _PAYMENT.fullmatch(e.call.path))
    return sum(e.reply.status < 400 or e.reply.spoiled for e in posts)


def subscribed(exchanges: Sequence[Exchange]) -> bool:
    """Whether webhooks were subscribed to."""
    posts = (e for e in exchanges if e.call.method == "POST" and e.call.path.rstrip("/") == "/webhooks")
    return any(e.reply.status < 300 for e in posts)


def _line(exchange: Exchange) -> str:
    reply, path = exchange.reply, _ID.sub("…", exchange.call.path)[:120]
    ignored = f", ignored: {', '.join(reply.ignored)[:120]}" if reply.ignored else ""
    rule = reply.fault
    if rule is not None and rule.fault is not Fault.SLOW:
        return f"{exchange.call.method} {path} -> {'not taken' if rule.fault.before else 'taken'}, no answer"
    said = _TOO_SOON if reply.status == 429 and not reply.spoiled else _gist(reply.body)
    return f"{exchange.call.method} {path} -> {reply.status}{said}{ignored}"


def _gist(body: bytes) -> str:
    """The status of a poll, or the decision about a transaction, if there is one."""
    try:
        said = json.loads(body or b"null")
    except ValueError:
        return " (no JSON)"
    if not isinstance(said, dict):
        return ""
    shown = [str(said[k]) for k in ("status", "transactionId") if k in said]
    return f" {' '.join(shown)}" if shown else ""
