"""The bench's report: a plain table, and JUnit XML for build servers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as XML

from pjterm.errors import UsageFault
from pjterm.simulator.bench.verdicts import Item, inconclusive

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 cannot hold
_HEAD = ("scenario", "", "said", "truth", "seconds")


def table(items: Sequence[Item]) -> list[str]:
    """Lines of text: one per scenario; below a failed one why, what to change, its calls and the last output."""
    rows = [_HEAD, *((i.scenario, word(i), i.said, i.truth, f"{i.seconds:.1f}") for i in items)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(_HEAD))]
    lines = [_row(_HEAD, widths)]
    for item, row in zip(items, rows[1:], strict=True):
        lines.append(_row(row, widths))
        if not item.passed and not item.skipped:
            lines += [f"    {line}" for line in _details(item)]
    return [*lines, summary(items)]


def _details(item: Item) -> list[str]:
    return [item.why, *(f"  {call}" for call in item.calls), *advice(item)]


def advice(item: Item) -> list[str]:
    """What to change after a failure, and the command's last lines of output."""
    if item.passed:
        return []
    said = [f"stderr: {line}" for line in item.last_words]
    return [*([f"hint: {item.hint}"] if item.hint else []), *said]


def summary(items: Sequence[Item]) -> str:
    """The last line: how many passed, or that the control failed and so nothing was proven."""
    if inconclusive(items):
        return "INCONCLUSIVE: the control failed; no other scenario was run"
    return f"{sum(i.passed for i in items)} of {len(items)} passed"


def word(item: Item) -> str:
    """How a run ended, in capitals if it failed; or that there was none."""
    return "skipped" if item.skipped else "passed" if item.passed else "FAILED"


def _row(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def check_junit(path: Path) -> None:
    """Raise `UsageFault` if the report could not be written, before a run that takes minutes."""
    new = not path.exists()
    try:
        path.open("ab").close()
        if new:
            path.unlink()
    except OSError as e:
        raise _unwritable(path, e) from e


def write_junit(items: Sequence[Item], path: Path) -> None:
    """Write the report for a build server. Raises `UsageFault` if the file cannot be written."""
    skipped = sum(i.skipped for i in items)
    failed = sum(not i.passed for i in items) - skipped
    suite = XML.Element(
        "testsuite", name="pjterm simulator verify", tests=str(len(items)), failures=str(failed), errors="0",
        skipped=str(skipped), time=f"{sum(i.seconds for i in items):.3f}",
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
    case = XML.SubElement(suite, "testcase", classname="simulator", name=item.scenario, time=f"{item.seconds:.3f}")
    if item.skipped:
        XML.SubElement(case, "skipped", message=item.why)
    elif not item.passed:
        failure = XML.SubElement(case, "failure", message=_clean(item.why))
        failure.text = _clean("\n".join(_details(item)))
    for name, text in (("system-out", item.stdout), ("system-err", item.stderr)):
        if text:
            XML.SubElement(case, name).text = _clean(text)


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("?", text)
