"""Progress while a request runs: plain lines on stderr, ndjson on stdout, several at once, or only warnings.

The live view is in `live`, which is loaded only if stderr is a terminal.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from pjterm.core.evidence.facts import Accepted, Fact, Lost, NotTaken, Sent
from pjterm.core.evidence.states import Progress
from pjterm.core.following.activity import Activity, Doing
from pjterm.core.model import Outcome, Verdict
from pjterm.core.text import harmless, one_line
from pjterm.ui.moments import clock
from pjterm.ui.progress import Header, opening, status_json, status_line
from pjterm.ui.situation import Moment, hint, sentence
from pjterm.values import dataclass, field

if TYPE_CHECKING:
    from pjterm.flow.protocols import Reporter

_COUNTDOWN = re.compile(r" \([0-9]+ s\)")


@dataclass
class Quiet:
    """`--quiet`: nothing but warnings, which go to `warn`."""

    warn: Callable[[str], None]

    def on_fact(self, fact: Fact, known: Progress) -> None:
        """Nothing is shown."""

    def on_verdict(self, verdict: Verdict, known: Progress) -> None:
        """Nothing is shown."""

    def on_activity(self, activity: Activity, known: Progress) -> None:
        """Nothing is shown."""

    def on_notice(self, text: str) -> None:
        """Money that moved after all is reported even here."""
        if text.startswith("ATTENTION:"):
            self.warn(text)


@dataclass
class Plain:
    """One line a change, for pipes, dumb terminals and screen readers: nothing is redrawn or erased."""

    header: Header
    line: Callable[[str], None]
    now: Callable[[], datetime]
    zone: tzinfo | None = None
    verbose: bool = False
    ring: Callable[[], object] | None = None
    """Rings the terminal's bell: a line shows no control character."""
    shown: Outcome | None = None
    """The verdict that was already shown."""
    _moment: Moment = field(default_factory=lambda: Moment(Progress(), Activity(Doing.CHECKING)))
    _said: str = ""

    def start(self) -> None:
        """The environment and what is being done; for a question, what the customer reads."""
        self.line(opening(self.header))
        if self.header.text is not None:
            buttons = "".join(f"  [{label}]" for label in self.header.buttons)
            self.line(harmless(f"text: {self.header.text}{buttons}"))

    def on_fact(self, fact: Fact, known: Progress) -> None:
        """What is happening, if that changed; with `-v`, the fact itself."""
        if self.verbose:
            self.line(f"{clock(fact.at, self.zone)} {status_line(fact)}")
        self._show(self._moment.after(fact, known))

    def on_activity(self, activity: Activity, known: Progress) -> None:
        """What is being done from now on, and until when."""
        self._show(self._moment.during(activity, known))

    def _show(self, moment: Moment) -> None:
        self._moment = moment
        now = self.now()
        says = sentence(self.header, moment, now, self.zone)
        if moment.activity.doing is Doing.CANCELLING and (on_ctrl_c := hint(self.header, moment)) is not None:
            says = f"{says} {on_ctrl_c}."
        said = _COUNTDOWN.sub("", says)  # the remaining seconds are not news
        if said != self._said:
            self._said = said
            self.line(f"{clock(now, self.zone)} {harmless(says)}")

    def on_verdict(self, verdict: Verdict, known: Progress) -> None:
        """The verdict in words, as soon as it is known."""
        from pjterm.ui.outcome_words import words_of  # after the POST has left, because nothing before it needs this
        from pjterm.ui.report import report_so_far

        self.shown = verdict.outcome
        now = self.now()
        so_far = report_so_far(verdict, self.header, now, known)
        self.line(words_of(so_far, now, self.zone).line())
        if self.ring is not None:
            self.ring()

    def on_notice(self, text: str) -> None:
        """A sentence."""
        self.line(harmless(text))


@dataclass
class NdJson:
    """One object per line on stdout, as it happens; the result line is written at the end, elsewhere."""

    write: Callable[[str], object]
    request: Callable[[str | None], dict[str, object]]
    _begun: bool = False

    def on_fact(self, fact: Fact, known: Progress) -> None:
        """The request line of each try once it was sent and answered (or lost), then each status."""
        if isinstance(fact, NotTaken):
            return
        if isinstance(fact, Sent):
            self._begun = False
            return
        if not self._begun:
            self._begun = True
            self.write(one_line({"type": "request", **self.request(known.request_id)}))
        if isinstance(fact, Accepted | Lost):
            return
        line = status_json(fact)
        if line is not None:
            self.write(one_line(line))

    def on_verdict(self, verdict: Verdict, known: Progress) -> None:
        """The result line reports it."""

    def on_activity(self, activity: Activity, known: Progress) -> None:
        """That is for people."""

    def on_notice(self, text: str) -> None:
        """Notices are for people."""


@dataclass
class Several:
    """Several reporters at once."""

    members: tuple[Reporter, ...]

    def on_fact(self, fact: Fact, known: Progress) -> None:
        """To all."""
        for member in self.members:
            member.on_fact(fact, known)

    def on_verdict(self, verdict: Verdict, known: Progress) -> None:
        """To all."""
        for member in self.members:
            member.on_verdict(verdict, known)

    def on_activity(self, activity: Activity, known: Progress) -> None:
        """To all."""
        for member in self.members:
            member.on_activity(activity, known)

    def on_notice(self, text: str) -> None:
        """To all."""
        for member in self.members:
            member.on_notice(text)
