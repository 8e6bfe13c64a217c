"""The page that shows the readers in a browser, and headers that let it call nothing but this simulator."""

from __future__ import annotations

import base64
import re
from functools import cache
from hashlib import sha256
from importlib.resources import files

_INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


@cache
def page() -> bytes:
    """The HTML."""
    return files("pjterm.simulator.api").joinpath("readers.html").read_bytes()


@cache
def headers() -> dict[str, str]:
    """Allow only its own script and style, by their hashes, and only its own origin; forbid framing."""
    allowed = {kind: f"'sha256-{_hash(content)}'" for kind, content in _INLINE.findall(page().decode())}
    policy = {
        "default-src": "'none'", "script-src": allowed["script"], "style-src": allowed["style"],
        "connect-src": "'self'", "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'",
    }  # fmt: skip
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def _hash(text: str) -> str:
    return base64.b64encode(sha256(text.encode()).digest()).decode()
