"""How PayJunction writes JSON and times, in replies and webhooks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any


def json_bytes(value: Any) -> bytes:
    """JSON with two spaces of indent, ` : ` between key and value, LF, no final newline (HDRS)."""
    return json.dumps(value, indent=2, separators=(",", " : "), ensure_ascii=False).encode("utf-8", "replace")


def seconds_z(when: float) -> str:
    """A REST timestamp: UTC, whole seconds, `Z` (TXGET)."""
    return datetime.fromtimestamp(int(when), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def millis_z(when: float) -> str:
    """A webhook timestamp: UTC with milliseconds (STR)."""
    return datetime.fromtimestamp(when, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
