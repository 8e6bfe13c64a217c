"""What a close carries over from earlier ones, as a pure function."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pjterm.core.calendar import Calendar
from pjterm.reports import closing
from pjterm.reports.transaction_line import Line, line

DAY = {"day": "2026-11-22", "begin": "2026-11-22T00:00:00Z", "end": "2026-11-23T00:00:00Z"}


def declined() -> Line:
    found = line({
        "transactionId": 10001, "action": "CHARGE", "status": "DECLINED", "created": "2026-11-22T12:00:00Z",
        "amountBase": "20.00", "amountTotal": "20.00", "response": {"approved": False, "code": "05"},
    })  # fmt: skip
    assert found is not None
    return found


def test_a_declined_sale_has_the_same_outcome_word_as_all_json() -> None:
    assert closing.transaction_item(declined())["outcome"] == "declined"


def test_a_decline_in_capitals_from_an_older_close_is_not_carried_over() -> None:
    then: dict[str, Any] = {**DAY, "transactions": [{**closing.transaction_item(declined()), "outcome": "DECLINED"}]}
    now = datetime(2026, 11, 23, tzinfo=UTC)
    days = closing.looked_at([then], now.date(), Calendar(UTC).bounds, now)

    assert [d.day for d in days] == ["2026-11-22"]
    assert closing.carried([declined()], days, closing.known([then]), []) == []
