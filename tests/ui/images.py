"""Images of every kind, as file contents."""

from __future__ import annotations

import io

from PIL import Image


def photo(kind: str, mode: str, size: tuple[int, int] = (30, 10)) -> bytes:
    """A black image."""
    file = io.BytesIO()
    Image.new(mode, size).save(file, kind)
    return file.getvalue()
