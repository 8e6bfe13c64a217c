"""The receipts and signatures of the service (RCPT, STR); tests can vary them by fields."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.world.books import Booking, dollars


def png(width: int = 40, height: int = 20, row: Callable[[int], bytes] | None = None) -> bytes:
    """A gray image, row by row; by default a stroke on white."""
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
    """The service's answers about a transaction's receipt and signature."""

    signed: bool = False
    image: bytes = STROKE
    """The image of every signature."""
    lines: list[str] = field(default_factory=lambda: ["Springfield Rentals", "Thank you."])
    """Additional text on a receipt."""

    def page(self, b: Booking) -> str:
        """The receipt for letter paper."""
        rows = {"Transaction": str(b.id), "Card": f"************{b.card}", "Total": f"${dollars(b.total)}"}
        cells = "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in rows.items())
        paragraphs = "".join(f"<p>{line}</p>" for line in self.lines)
        return (
            f"<!DOCTYPE html><html><head><title>No</title></head><body>{paragraphs}<table>{cells}</table></body></html>"
        )

    def about(self, at: str) -> dict[str, Any]:
        """The description of the receipt, and of its signature if there is one."""
        said: dict[str, Any] = {"terms": "4.20", "signatureUpToDate": True, "created": at, "lastModified": at}
        if self.signed:
            said |= {"signatureStatus": "SIGNED", "signature": {
                "signedBy": {"ipAddress": "10.0.173.101"}, "dateSigned": at, "source": "EQUINOX", "device": "L5200",
                "deviceVersion": "1.0",
            }}  # fmt: skip
        return said
