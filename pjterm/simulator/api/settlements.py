"""GET /settlements and /deposits of the simulated accounts' batches (SETL, SET1, DEPL, DEP1)."""

from __future__ import annotations

from typing import Any

from pjterm.simulator.api.desk import Desk
from pjterm.simulator.api.paging import page_of
from pjterm.simulator.api.replies import Refused, Reply, Wrong, as_json, not_found
from pjterm.simulator.shop.batches import DEPOSIT, SETTLEMENT


def settlements(desk: Desk) -> Reply:
    """The list, newest first; its items have no breakdown."""
    form = desk.form
    wanted = form.account([a.terminal_id for a in desk.m.setting.accounts], required=False)
    form.check()
    rows = [s for s in desk.books.documents(SETTLEMENT) if wanted in (None, s["terminalId"])]
    return page_of(desk, [{k: v for k, v in s.items() if k != "breakdown"} for s in rows])


def settlement(desk: Desk, number: str) -> Reply:
    """One, with its breakdown; 404 for an unknown number (guess)."""
    return as_json(_known(desk, SETTLEMENT, number))


def deposits(desk: Desk) -> Reply:
    """The list, newest first, by merchant number if one is given."""
    _check_underwritten(desk)
    wanted = desk.form.get("merchantNumber")
    rows = [d for d in desk.books.documents(DEPOSIT) if wanted in ("", d["merchantNumber"])]
    return page_of(desk, rows)


def deposit(desk: Desk, deposit_id: str) -> Reply:
    """One deposit."""
    _check_underwritten(desk)
    return as_json(_known(desk, DEPOSIT, deposit_id.lower()))


def _known(desk: Desk, kind: str, name: str) -> dict[str, Any]:
    found = desk.books.document(kind, name)
    if found is None:
        raise not_found()
    return found


def _check_underwritten(desk: Desk) -> None:
    if not desk.m.setting.guesses.underwritten:
        raise Refused(403, Wrong("You do not have permission to access deposits."))
