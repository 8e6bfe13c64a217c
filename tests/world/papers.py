"""The receipts and signatures of the service (RCPT, STR); what a test may want to see otherwise is a field."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.world.books import Booking, dollars


def png(width: int = 40, height: int = 20, row: Callable[[int], bytes] | None = None) -> bytes:
    """A gray image, by its rows; a stroke on white, if nothing else is said."""
    drawn = row or (lambda y: bytes(255 * (x != 2 * y) for x in range(width)))
    rows = b"".join(b"\0" + drawn(y) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


STROKE = png()


@dataclass(slots=True)
class Papers:
    """What the service answers for a transaction's papers."""

    signed: bool = False
    image: bytes = STROKE
    """Of every signature."""
    lines: list[str] = field(default_factory=lambda: ["Springfield Rentals", "Thank you."])
    """What stands on a receipt beside the sale."""

    def page(self, b: Booking) -> str:
        """The receipt for letter paper."""
        rows = {"Transaction": str(b.id), "Card": f"************{b.card}", "Total": f"${dollars(b.total)}"}
        cells = "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in rows.items())
        told = "".join(f"<p>{line}</p>" for line in self.lines)
        return f"<!DOCTYPE html><html><head><title>No</title></head><body>{told}<table>{cells}</table></body></html>"

    def about(self, at: str) -> dict[str, Any]:
        """What is known of the receipt, and of its signature where it has one."""
        said: dict[str, Any] = {"terms": "4.20", "signatureUpToDate": True, "created": at, "lastModified": at}
        if self.signed:
            said |= {"signatureStatus": "SIGNED", "signature": {
                "signedBy": {"ipAddress": "10.0.173.101"}, "dateSigned": at, "source": "EQUINOX", "device": "L5200",
                "deviceVersion": "1.0",
            }}  # fmt: skip
        return said
