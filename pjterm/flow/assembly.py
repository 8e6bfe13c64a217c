"""The parts of one command's flow, each constructed with what it uses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from pjterm.core.entry import Entry
from pjterm.core.evidence.facts import Fact
from pjterm.core.plan import Plan
from pjterm.flow.inbox import Inbox
from pjterm.flow.recorder import Recorder
from pjterm.flow.results import FollowResult
from pjterm.flow.signals import Signals
from pjterm.journal.store import Journal
from pjterm.system.clock import Clock
from pjterm.values import dataclass

if TYPE_CHECKING:
    from pjterm.api.client import Api
    from pjterm.flow.absence import Absences
    from pjterm.flow.booked_before import BookedBefore
    from pjterm.flow.by_hand import ByHand
    from pjterm.flow.counts import Counts
    from pjterm.flow.given_back import GivenBack
    from pjterm.flow.looks import Looks
    from pjterm.flow.protocols import Asker, RelayFeed, Reporter
    from pjterm.flow.records import Records
    from pjterm.flow.relay_line import RelayLine
    from pjterm.flow.resets import Resets
    from pjterm.flow.resolve import Resolver
    from pjterm.flow.submit import Submission


@dataclass
class Flow:
    """What one command is given from outside, and the parts that use it."""

    api: Api
    journal: Journal
    clock: Clock
    inbox: Inbox
    reporter: Reporter
    signals: Signals
    feed: RelayFeed | None = None

    def __post_init__(self) -> None:
        self.recorder = Recorder(self.journal, self.reporter.on_notice)

    @cached_property
    def records(self) -> Records:
        """What reads and writes the entries' facts."""
        return self.make_records()

    @cached_property
    def relay(self) -> RelayLine:
        """The relay, if there is one."""
        from pjterm.flow.relay_line import RelayLine

        return RelayLine(self.feed, self.reporter.on_notice)

    @cached_property
    def resets(self) -> Resets:
        """What resets readers."""
        from pjterm.flow.resets import Resets

        return Resets(self.api, self.journal, self.recorder, self.signals, self.clock.now)

    @cached_property
    def looks(self) -> Looks:
        """What looks at an entry once."""
        from pjterm.flow.looks import Looks

        return Looks(self.api, self.journal, self.records, self.recorder, self.reporter, self.clock.now)

    @cached_property
    def given_back(self) -> GivenBack:
        """What checks that no money went back twice."""
        from pjterm.flow.given_back import GivenBack

        return GivenBack(self.api, self.api, self.records, self.reporter, self.clock.now)

    @cached_property
    def counts(self) -> Counts:
        """What counts a sale once more."""
        from pjterm.flow.counts import Counts

        return Counts(
            self.api, self.journal, self.records, self.recorder, self.given_back, self.reporter, self.clock.now
        )

    @cached_property
    def resolver(self) -> Resolver:
        """What finds out how entries ended."""
        from pjterm.flow.resolve import Resolver

        return Resolver(
            self.api, self.journal, self.records, self.looks, self.recorder, self.follow, self.inbox, self.reporter,
            self.signals, self.counts, self.given_back, self.clock.now,
        )  # fmt: skip

    def make_records(self) -> Records:
        """They are read by what a verdict needs, so they are made after the POST."""
        from pjterm.flow.records import Records

        return Records(self.journal, self.recorder, self.reporter, self.clock.now)

    def make_absences(self) -> Absences:
        """The check for a late booking before a key is sent again."""
        from pjterm.flow.absence import Absences

        return Absences(self.api, self.api, self.journal, self.records, self.inbox, self.reporter, self.clock.now)

    def make_booked_before(self) -> BookedBefore:
        """The search before a POST for what others may have booked."""
        from pjterm.flow.booked_before import BookedBefore

        return BookedBefore(self.api, self.journal, self.records)

    def follow(
        self, plan: Plan, entry: Entry | None, facts: list[Fact], *, cancel_at: datetime | None = None
    ) -> FollowResult:
        """Follow one request to its end, its deadline, or until the user stops watching."""
        from pjterm.flow.loop import Following  # after the POST has left: nothing before it needs any of this

        following = Following(
            self.api, self.resets, self.journal, self.records, self.recorder, self.clock, self.inbox, self.reporter,
            self.signals, self.relay, entry, list(facts),
        )  # fmt: skip
        return following.run(plan, cancel_at)

    def by_hand(self) -> ByHand:
        """The ways out of an unknown."""
        from pjterm.flow.by_hand import ByHand

        return ByHand(
            self.api, self.api, self.journal, self.records, self.recorder, self.resolver, self.resets, self.looks,
            self.reporter, self.clock.now,
        )  # fmt: skip

    def submission(self, asker: Asker, entered: Callable[[], None]) -> Submission:
        """One sending; `entered` is called once the entry is written."""
        from pjterm.flow.post import Poster
        from pjterm.flow.submit import Submission

        poster = Poster(
            self.api, self.journal, lambda: self.records, self.recorder, self.follow, self.reporter, self.signals,
            self.clock.now, self.clock.wall,
        )  # fmt: skip
        return Submission(
            self.make_booked_before, self.journal, lambda: self.records, lambda: self.looks, self.make_absences,
            lambda: self.resolver, poster, lambda: self.counts, lambda: self.given_back, self.inbox, self.reporter,
            self.signals, asker, self.clock.now, self.clock.wall, entered,
        )  # fmt: skip
