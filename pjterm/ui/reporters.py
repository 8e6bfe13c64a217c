"""Who is told while a request runs: plain lines on stderr, ndjson on stdout, several at once, or only warnings.

The live view of a terminal is in `live`, which is loaded only where stderr is one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pjterm.core.facts import Accepted, Fact, Lost, NotTaken, Observed, Sent
from pjterm.core.model import Outcome, Verdict
from pjterm.core.states import Progress
from pjterm.core.text import harmless, one_line
from pjterm.flow.runtime import Reporter
from pjterm.ui.progress import Header, banner, expected_now, status_json, status_line, what
from pjterm.ui.wording import headline


@dataclass
class Quiet:
    """`--quiet`: nothing but what must not be overlooked, which goes to `warn`."""

    warn: Callable[[str], None]

    def on_fact(self, fact: Fact, known: Progress) -> None:
        """Nothing is shown."""

    def on_verdict(self, verdict: Verdict, known: Progress) -> None:
        """Nothing is shown."""

    def on_notice(self, text: str) -> None:
        """Money that moved after all is said even here."""
        if text.startswith("ATTENTION:"):
            self.warn(text)


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

    def on_fact(self, fact: Fact, known: Progress) -> None:
        """A change, and what the customer is expected to do when that changes too."""
        self.line(f"{fact.at.astimezone():%H:%M:%S} {status_line(fact)}")
        expected = expected_now(self.header.kind, known)
        if isinstance(fact, Observed) and expected != self._expected:
            self._expected = expected
            self.line(f"         customer: {expected}")

    def on_verdict(self, verdict: Verdict, known: Progress) -> None:
        """The verdict as a plain word."""
        self.told = verdict.outcome
        self.line(f"{headline(verdict.outcome)}: {harmless(verdict.says)}")

    def on_notice(self, text: str) -> None:
        """A sentence."""
        self.line(harmless(text))


@dataclass
class NdJson:
    """One object a line on stdout, as it happens; the result line is written at the end by others."""

    write: Callable[[str], object]
    request: Callable[[str | None], dict[str, object]]
    _begun: bool = False

    def on_fact(self, fact: Fact, known: Progress) -> None:
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

    def on_verdict(self, verdict: Verdict, known: Progress) -> None:
        """The result line tells it."""

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

    def on_notice(self, text: str) -> None:
        """To all."""
        for member in self.members:
            member.on_notice(text)
