"""The state diagram of ARCHITECTURE.md, generated from `core/evidence/states.py` by trying every status in every state.

`python -m tests.state_diagram` writes it between its markers; `test_project.py` fails when it is stale.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from pjterm.core.evidence.facts import Accepted, Observed, Sent
from pjterm.core.evidence.states import Progress, advance
from pjterm.core.model import Result, Status

DOCUMENT = Path(__file__).resolve().parents[1] / ".github" / "ARCHITECTURE.md"
BEGIN, END = "<!-- states: begin -->", "<!-- states: end -->"
_AT = datetime(2026, 1, 1, tzinfo=UTC)
_RESULT = Result(transaction_id=1)
_SEEN = [(status, Result()) for status in Status] + [
    (status, _RESULT) for status in (Status.IN_PROGRESS, Status.COMPLETE)
]
_RANK = {"": 0, "SENT": 1, "ACCEPTED": 2, "CONNECTING": 3, "IN_PROGRESS": 4, "IN_PROGRESS_with_result": 5}


def name(known: Progress) -> str:
    """A state as one word in the diagram."""
    if known.sent_at is None:
        return ""
    if known.request_id is None:
        return "SENT"
    if known.status is None:
        return "ACCEPTED"
    return f"{known.status}_with_result" if known.results else known.status.value


def edges() -> dict[tuple[str, str], None]:
    """All moves from one state to another in the order in which they are found, beginning with the POST."""
    first = Progress()
    sent = advance(first, Sent(_AT))
    accepted = advance(sent, Accepted(_AT, "r"))
    found: dict[tuple[str, str], None] = {("", "SENT"): None, ("SENT", "ACCEPTED"): None}
    todo, done = [accepted], set[str]()
    while todo:
        here = todo.pop(0)
        if name(here) in done:
            continue
        done.add(name(here))
        for status, result in _SEEN:
            there = advance(here, Observed(_AT, "poll", status.value, result))
            if name(there) != name(here):
                found[name(here), name(there)] = None
                todo.append(there)
    return found


def steps(moves: dict[tuple[str, str], None]) -> list[tuple[str, str]]:
    """The moves without those that only skip a state in between: a poll may miss any of them.

    NO_CONNECTION is a possible end of CONNECTING, so it skips the same states. BUSY also occurs alone.
    """

    def skips(a: str, c: str) -> bool:
        begin = _RANK.get("CONNECTING" if a == "NO_CONNECTION" else a, 6)
        between = [b for b, rank in _RANK.items() if begin < rank < _RANK.get(c, 6)]
        return c != "BUSY" and any((a, b) in moves and (b, c) in moves for b in between)

    return [(a, c) for a, c in moves if not skips(a, c)]


def diagram() -> str:
    """The diagram as a Markdown code block that GitHub renders."""
    moves = edges()
    lines = [f"    {a or '[*]'} --> {b}" for a, b in steps(moves)]
    last = sorted({b for _, b in moves} - {a for a, _ in moves})
    lines += [f"    {state} --> [*]" for state in last]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])


def kept(document: str) -> str:
    """The diagram in the document."""
    found = re.search(re.escape(BEGIN) + r"\n(.*?)\n" + re.escape(END), document, re.DOTALL)
    assert found is not None, f"the document lost its markers {BEGIN} … {END}"
    return found[1]


if __name__ == "__main__":
    text = DOCUMENT.read_text("utf-8")
    DOCUMENT.write_text(text.replace(kept(text), diagram()), "utf-8")
