"""The bench's report: a plain table, and JUnit XML for build servers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as XML

from pjterm.errors import UsageFault
from pjterm.simulator.bench.verdicts import Item

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 cannot hold
_HEAD = ("scenario", "", "said", "truth", "seconds")


def table(items: Sequence[Item]) -> list[str]:
    """Lines of text: one per scenario, and under a failed one why, with the calls that led there."""
    rows = [_HEAD, *((i.scenario, word(i), i.said, i.truth, f"{i.seconds:.1f}") for i in items)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(_HEAD))]
    lines = [_row(_HEAD, widths)]
    for item, row in zip(items, rows[1:], strict=True):
        lines.append(_row(row, widths))
        if not item.passed:
            lines += [f"    {item.why}", *(f"      {call}" for call in item.calls)]
    failed = sum(not i.passed for i in items)
    return [*lines, f"{len(items) - failed} of {len(items)} passed"]


def word(item: Item) -> str:
    """How a run ended, so that a failure catches the eye."""
    return "passed" if item.passed else "FAILED"


def _row(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def check_junit(path: Path) -> None:
    """Raises `UsageFault` where the report could not be written, before a run that takes minutes."""
    new = not path.exists()
    try:
        path.open("ab").close()
        if new:
            path.unlink()
    except OSError as e:
        raise _unwritable(path, e) from e


def write_junit(items: Sequence[Item], path: Path) -> None:
    """Write the report for a build server. Raises `UsageFault` when the file cannot be written."""
    failed = sum(not i.passed for i in items)
    suite = XML.Element(
        "testsuite", name="pjterm simulator verify", tests=str(len(items)), failures=str(failed), errors="0",
        skipped="0", time=f"{sum(i.seconds for i in items):.3f}",
    )  # fmt: skip
    for item in items:
        _case(suite, item)
    try:
        XML.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as e:
        raise _unwritable(path, e) from e


def _unwritable(path: Path, e: OSError) -> UsageFault:
    return UsageFault(f"--junit: {path} cannot be written: {e.strerror}")


def _case(suite: XML.Element, item: Item) -> None:
    case = XML.SubElement(
        suite, "testcase", classname="simulator", name=item.scenario, time=f"{item.seconds:.3f}"
    )
    if not item.passed:
        failure = XML.SubElement(case, "failure", message=_clean(item.why))
        failure.text = _clean("\n".join([item.why, *item.calls]))
    if item.output:
        XML.SubElement(case, "system-out").text = _clean(item.output)


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("?", text)
