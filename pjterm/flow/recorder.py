"""Writes to the journal that may fail: after the POST, a journal that cannot be written stops nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pjterm.core.entry import Entry
from pjterm.core.evidence.facts import Fact
from pjterm.errors import JournalUnusable
from pjterm.journal.store import Journal

T = TypeVar("T")


class Recorder:
    """Records what happens after the POST; if the journal fails, it warns once and goes on."""

    def __init__(self, journal: Journal, notice: Callable[[str], None]) -> None:
        self._journal = journal
        self._notice = notice
        self._failed = False

    def note(self, entry: Entry | None, fact: Fact) -> None:
        """Store a fact."""
        if entry is not None:
            self.keep(lambda: self._journal.note(entry, fact))

    def keep(self, write: Callable[[], T]) -> T | None:
        """Make one write; None if it fails."""
        try:
            return write()
        except JournalUnusable as error:
            if not self._failed:
                self._failed = True
                self._notice(f"{error.message}; going on without it")
            return None
