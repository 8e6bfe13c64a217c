"""GET /terminals and GET /merchants (TERM, ACCT), and publishable keys for a browser."""

from __future__ import annotations

from pjterm.simulator.api.desk import Desk
from pjterm.simulator.api.paging import page_of
from pjterm.simulator.api.replies import Reply, as_json
from pjterm.simulator.shop.inventory import ACCOUNT, MERCHANT_ID


def terminals(desk: Desk) -> Reply:
    """The merchant accounts; their fields depend on the version."""
    return page_of(desk, [a.view(desk.version) for a in desk.m.setting.accounts])


def merchants(desk: Desk) -> Reply:
    """The merchant behind the login; only `id` is documented, the name is a guess."""
    return page_of(desk, [{"id": MERCHANT_ID, "name": ACCOUNT.company}])


def publishable_key(desk: Desk) -> Reply:
    """POST /publishablekeys: a key for the browser's tokenization, which is not simulated."""
    return as_json({"keyValue": desk.books.uuid()})
