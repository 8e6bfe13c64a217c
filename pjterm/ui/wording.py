"""Evidence and named failures as lines of text."""

from __future__ import annotations

import re
from datetime import tzinfo
from typing import TYPE_CHECKING

from pjterm.core.text import harmless
from pjterm.errors import PjtermError

_SAYS_UNDONE = (
    r"(?i)(nothing|no file) (was|is|has been) (sent|changed|written|stored|cancelled|started|served|asked)|sent nothing"
    r"|not sent|was not (removed|reset|closed|accepted|deleted|resolved)"
)
"""What was not done, if the failure's own message says it."""

if TYPE_CHECKING:  # printing a failure does not need these
    from pjterm.ui.report import Report


def evidence_lines(report: Report, zone: tzinfo | None) -> list[str]:
    """The chain of evidence: time in that zone, source, what it says."""
    from pjterm.ui.moments import day_and_clock

    return [harmless(f"{day_and_clock(e.at, zone)}  {e.source:<11} {e.says}") for e in report.evidence]


def error_lines(error: PjtermError, undone: str = "") -> list[str]:
    """A named failure: what is wrong, the API's own words; then what was not done, and what to type next."""
    lines = [f"pjterm: {harmless(error.message)}"]
    if len(error.details) > 1:
        lines += [harmless(f"  {d.parameter or '-'}: {d.message}") for d in error.details]
    if error.pj_request_id is not None:
        lines.append(harmless(f"  For PayJunction's support: X-Pj-Request-Id {error.pj_request_id}"))
    hints = [_sentence(harmless(line)) for line in (error.hint or "").split("\n")]
    undone = "" if re.search(_SAYS_UNDONE, f"{error.message} {error.hint}") else undone
    first = " ".join(part for part in (undone, hints[0]) if part)
    return [*lines, *(f"  {line}" for line in (first, *hints[1:]) if line)]


def next_lines(text: str) -> list[str]:
    """The hint as lines, after `next:`."""
    return [harmless(line) for line in f"next: {text}".split("\n")]


def _sentence(hint: str) -> str:
    return f"Next: {hint}" if hint.startswith("pjterm ") else hint[:1].upper() + hint[1:]
