"""Evidence and named failures as lines for a person."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING

from pjterm.core.text import harmless
from pjterm.errors import PjtermError

if TYPE_CHECKING:  # a failure that is told has no use for these
    from pjterm.ui.report import Report


def evidence_lines(report: Report, zone: tzinfo | None) -> list[str]:
    """The chain of evidence: time in that zone, source, what it says."""
    return [harmless(f"{e.at.astimezone(zone):%Y-%m-%d %H:%M:%S}  {e.source:<11} {e.says}") for e in report.evidence]


def error_lines(error: PjtermError, undone: str = "") -> list[str]:
    """A named failure: what is wrong, the API's own words; then what was not done, and what to type next."""
    lines = [f"pjterm: {harmless(error.message)}"]
    if len(error.details) > 1:
        lines += [harmless(f"  {d.parameter or '-'}: {d.message}") for d in error.details]
    if error.pj_request_id is not None:
        lines.append(harmless(f"  X-Pj-Request-Id: {error.pj_request_id}"))
    hint = harmless(error.hint or "")
    said = f"{error.message} {hint}".lower()
    undone = "" if "nothing was" in said or "nothing is" in said else undone
    if hint.startswith("pjterm "):
        hint = f"Next: {hint}"
    last = " ".join(part for part in (undone, hint[:1].upper() + hint[1:]) if part)
    return [*lines, *([f"  {last}"] if last else [])]
