"""A disk that is always full; only Linux has one."""

from __future__ import annotations

from pathlib import Path

import pytest

FULL = Path("/dev/full")
on_a_full_disk = pytest.mark.skipif(not FULL.exists(), reason=f"this system has no {FULL}")
