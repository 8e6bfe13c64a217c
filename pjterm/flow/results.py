"""How following one request ended, and how its sale stands at the end of the command."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from pjterm.core.entry import Entry
from pjterm.core.evidence.facts import Fact
from pjterm.core.evidence.states import Progress, replay
from pjterm.core.model import Verdict
from pjterm.errors import PjtermError
from pjterm.values import dataclass


@dataclass(slots=True)
class FollowResult:
    """How following ended: the verdict, what is known, and whether a signal interrupted it."""

    verdict: Verdict
    known: Progress
    facts: list[Fact]
    interrupted: bool = False
    signum: int | None = None
    proven_at: datetime | None = None
    """When the verdict was first known; the reader may have been busy for longer."""

    def resolution(self, entry: Entry, verdict: Verdict) -> Resolution:
        """The resolution for this entry, which may know more than following saw."""
        return Resolution(entry, verdict, self.facts, None, self.interrupted, self.signum)


@dataclass(frozen=True)
class Resolution:
    """How a sale stands at a command's end: its entry, what decided it, by which facts."""

    entry: Entry
    verdict: Verdict
    facts: list[Fact]
    error: PjtermError | None = None
    interrupted: bool = False
    signum: int | None = None
    accepted_only: bool = False
    replayed: bool = False
    """Whether the result was known before this command, which sent nothing."""

    @property
    def stopped(self) -> bool:
        """Whether a signal ended it."""
        return self.interrupted or self.signum is not None

    @cached_property
    def known(self) -> Progress:
        """All that the facts say together."""
        return replay(self.facts)
