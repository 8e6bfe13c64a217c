"""Only the outcome that was printed counts as shown, and no other one of the same key."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pjterm.cli.shared.result import remember_shown
from pjterm.core.entry import Entry
from pjterm.core.model import Kind, Outcome, Verdict
from pjterm.journal.store import Journal
from pjterm.ui.report import Report
from tests.child import SCOPE, new_entry
from tests.core.make import at, booked


@pytest.mark.parametrize("printed", [Outcome.CANCELLED, Outcome.APPROVED])
def test_an_approval_of_another_command_was_not_shown_by_this_one(tmp_path: Path, printed: Outcome) -> None:
    journal, shown = Journal(tmp_path), list[Entry]()
    journal.record(journal.add(new_entry("K1"), at(0)), Verdict(Outcome.APPROVED, "paid", booked(7)), at(5))
    context: Any = SimpleNamespace(scope=SCOPE, journal=journal, remember_shown=shown.append)
    remember_shown(context, Report(Kind.PAYMENT, printed, 0, key="K1", environment="labs"))
    journal.close()

    assert [e.key for e in shown] == ["K1"] * (printed is Outcome.APPROVED)
