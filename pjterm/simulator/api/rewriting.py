"""Replies as a proxy in between may rewrite them: ids as JSON strings, amounts as JSON numbers."""

from __future__ import annotations

import json
import re
from typing import Any

from pjterm.simulator.api.replies import Reply
from pjterm.simulator.shop.spelling import json_bytes
from pjterm.values import replace

_MONEY = re.compile(r"-?[0-9]+\.[0-9]{2}")


def numbers_as_text(reply: Reply) -> Reply:
    """A JSON reply with each number as text, and each amount as a number; any other reply unchanged."""
    if reply.content_type != "application/json" or not reply.body:
        return reply
    return replace(reply, body=json_bytes(_swapped(json.loads(reply.body))))


def _swapped(value: Any) -> Any:
    match value:
        case dict():
            return {name: _swapped(item) for name, item in value.items()}
        case list():
            return [_swapped(item) for item in value]
        case bool():
            return value
        case int() | float():
            return str(value)
        case str() if _MONEY.fullmatch(value):
            return float(value)
        case _:
            return value
