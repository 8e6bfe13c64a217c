"""Who owns a file, and how a new file replaces an old one."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import pytest

from pjterm.system.files import foreign_owner, mode_problem, replace_patiently, write_private

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


def test_a_file_of_another_user_is_named(planted: tuple[Path, int]) -> None:
    path, owner = planted

    assert f"uid {owner}" in str(foreign_owner(path, me=owner + 1))


def test_the_suggested_command_can_be_pasted_whatever_the_file_name(planted: tuple[Path, int]) -> None:
    """An apostrophe in the name used to leave the shell waiting for another one."""
    path, owner = planted[0].rename(planted[0].with_name("o'neil's token")), planted[1]
    path.chmod(0o644)
    found = [mode_problem(path), foreign_owner(path, me=owner + 1)]
    typed = [shlex.split(problem.command or "") for problem in found if problem is not None]

    assert typed == [["chmod", "600", str(path)], ["sudo", "chown", "-R", str(owner + 1), str(path)]]


def test_files_of_this_user_or_root_are_trusted(planted: tuple[Path, int]) -> None:
    path, owner = planted

    assert [foreign_owner(path, me=owner), foreign_owner(Path("/"), me=owner), foreign_owner(path, me=0)] == [None] * 3


class Scanner:
    """A virus scanner on Windows that has a file open for this many tries."""

    def __init__(self, tries: int) -> None:
        self.tries = tries
        self.pauses = 0

    def replace(self, source: Path, target: Path) -> None:
        self.tries -= 1
        if self.tries >= 0:
            raise PermissionError(13, "Access is denied")
        source.replace(target)

    def pause(self, _: float) -> None:
        self.pauses += 1


def test_on_windows_a_scanner_that_has_the_file_open_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("new")
    (tmp_path / "old").write_text("old")
    scanner = Scanner(3)
    replace_patiently(
        tmp_path / "new", tmp_path / "old", replace=scanner.replace, pause=scanner.pause, platform="win32"
    )

    assert ((tmp_path / "old").read_text(), scanner.pauses) == ("new", 3)


@pytest.mark.parametrize(("platform", "pauses"), [("win32", 19), ("linux", 0)])
def test_an_unwritable_place_is_finally_named(tmp_path: Path, platform: str, pauses: int) -> None:
    scanner = Scanner(1000)
    with pytest.raises(PermissionError):
        replace_patiently(tmp_path, tmp_path, replace=scanner.replace, pause=scanner.pause, platform=platform)

    assert scanner.pauses == pauses


def test_a_written_file_is_complete_and_private(tmp_path: Path) -> None:
    write_private(tmp_path / "below" / "file", b"hush")

    assert ((tmp_path / "below" / "file").read_bytes(), [p.name for p in (tmp_path / "below").iterdir()]) == (
        b"hush", ["file"]
    )  # fmt: skip
