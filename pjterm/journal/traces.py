"""What a journal that was here has left behind: its log, its owners, or what was set aside of it."""

from __future__ import annotations

from pathlib import Path


def traces(path: Path) -> list[Path]:
    """The files beside `path` that only a journal there leaves."""
    left = [path.with_name(name) for name in (f"{path.name}-wal", "journal.owners")]
    return [p for p in left if p.exists()] + set_aside(path)


def set_aside(path: Path) -> list[Path]:
    """Journals that were set aside as damaged, oldest first."""
    return sorted(path.parent.glob("journal.broken-*.sqlite"))
