"""Whose a file is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pjterm.system.files import foreign_owner

if sys.platform == "win32":
    pytest.skip("owners of POSIX", allow_module_level=True)

SOMEBODY = 4242


@pytest.fixture
def planted(tmp_path: Path) -> tuple[Path, int]:
    """A file of a user who is not root, and that user."""
    path = tmp_path / "relay-token"
    path.write_text("x")
    if os.geteuid() == 0:
        os.chown(path, SOMEBODY, -1)
    return path, path.stat().st_uid


def test_what_another_user_owns_is_named(planted: tuple[Path, int]) -> None:
    path, owner = planted

    assert f"uid {owner}" in (foreign_owner(path, me=owner + 1) or "")


def test_what_this_user_or_root_owns_is_trusted(planted: tuple[Path, int]) -> None:
    path, owner = planted

    assert [foreign_owner(path, me=owner), foreign_owner(Path("/"), me=owner), foreign_owner(path, me=0)] == [None] * 3
