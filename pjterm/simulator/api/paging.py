"""Lists in pages: `results`, and `next` and `prev` if there are such pages (PAGE)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from pjterm.simulator.api.desk import Desk
from pjterm.simulator.api.replies import Reply, as_json


def page(desk: Desk, rows: list[dict[str, Any]], more: bool) -> Reply:
    """One page as a reply: `rows` are its items, `more` says whether others follow."""
    offset, limit = desk.paging()
    reply: dict[str, Any] = {}
    if more:
        reply["next"] = _link(desk, offset + limit)
    if offset > 0:
        reply["prev"] = _link(desk, max(0, offset - limit))
    return as_json(reply | {"results": rows})


def page_of(desk: Desk, rows: list[dict[str, Any]]) -> Reply:
    """The page of a short list that the call asks for."""
    offset, limit = desk.paging()
    return page(desk, rows[offset : offset + limit], len(rows) > offset + limit)


def _link(desk: Desk, offset: int) -> str:
    """The caller's own query with another offset and the same limit."""
    kept = [(n, v) for n, v in parse_qsl(desk.call.query, keep_blank_values=True) if n != "offset"]
    return f"{desk.call.base}{desk.call.path}?{urlencode([*kept, ('offset', str(offset))])}"
