"""Who is told while a request runs: plain lines on stderr, ndjson on stdout, several at once, or nobody.

The live view of a terminal is in `screen`, which is loaded only where stderr is one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pjterm.cli.context import current
from pjterm.core.facts import Accepted, Fact, Lost, NotTaken, Observed, Sent
from pjterm.core.model import Outcome, Verdict
from pjterm.core.states import Progress
from pjterm.output import harmless, headline, one_line
from pjterm.progress import Header, banner, expected_now, status_json, status_line, what
from pjterm.watch import Audience


@dataclass
class Nobody:
    """`--quiet`."""

    def saw(self, fact: Fact, known: Progress) -> None:
        """Nothing is shown."""

    def proven(self, verdict: Verdict, known: Progress) -> None:
        """Nothing is shown."""

    def notice(self, text: str) -> None:
        """Nothing is shown, but for what must not be overlooked: money that moved after all."""
        context = current()
        if text.startswith("ATTENTION:") and context is not None:
            context.warn(text)


@dataclass
class Plain:
    """One line a change, where stderr is no terminal."""

    header: Header
    line: Callable[[str], None]
    told: Outcome | None = None
    """The verdict that stands on the screen already."""
    _expected: str = ""

    def start(self) -> None:
        """The environment and what is being done."""
        self.line(f"[{banner(self.header)}] {what(self.header)}")

    def saw(self, fact: Fact, known: Progress) -> None:
        """A change, and what the customer is expected to do when that changes too."""
        self.line(f"{fact.at.astimezone():%H:%M:%S} {status_line(fact)}")
        expected = expected_now(self.header.kind, known)
        if isinstance(fact, Observed) and expected != self._expected:
            self._expected = expected
            self.line(f"         customer: {expected}")

    def proven(self, verdict: Verdict, known: Progress) -> None:
        """The verdict as a plain word."""
        self.told = verdict.outcome
        self.line(f"{headline(verdict.outcome)}: {harmless(verdict.says)}")

    def notice(self, text: str) -> None:
        """A sentence."""
        self.line(harmless(text))


@dataclass
class NdJson:
    """One object a line on stdout, as it happens; the result line is written at the end by others."""

    write: Callable[[str], object]
    request: Callable[[str | None], dict[str, object]]
    _begun: bool = False

    def saw(self, fact: Fact, known: Progress) -> None:
        """The request line once it was sent and answered (or lost), then each status."""
        if isinstance(fact, NotTaken):
            return
        if not self._begun and not isinstance(fact, Sent):
            self._begun = True
            self.write(one_line({"type": "request", **self.request(known.request_id)}))
        if isinstance(fact, Accepted | Lost):
            return
        line = status_json(fact)
        if line is not None:
            self.write(one_line(line))

    def proven(self, verdict: Verdict, known: Progress) -> None:
        """The result line tells it."""

    def notice(self, text: str) -> None:
        """Notices are for people."""


@dataclass
class Both:
    """Several audiences at once."""

    members: tuple[Audience, ...]

    def saw(self, fact: Fact, known: Progress) -> None:
        """To all."""
        for member in self.members:
            member.saw(fact, known)

    def proven(self, verdict: Verdict, known: Progress) -> None:
        """To all."""
        for member in self.members:
            member.proven(verdict, known)

    def notice(self, text: str) -> None:
        """To all."""
        for member in self.members:
            member.notice(text)
