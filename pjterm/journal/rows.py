"""Rows of the journal as values, and values as rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pjterm.core.entry import Entry, NewEntry, Scope
from pjterm.core.model import Kind, Outcome, Result, Status, Terminal
from pjterm.core.times import moment, precise
from pjterm.journal.faults import UNREADABLE
from pjterm.values import dataclass

if TYPE_CHECKING:  # reading a list of entries needs no facts
    from pjterm.core.evidence.facts import Fact

IS_UNRESOLVED = "(outcome IS NULL OR outcome IN ('open', 'unknown'))"
_NUMBERS = frozenset(
    ("id", "terminal_id", "named", "attempt", "original_id", "transaction_id", "entry_id", "number"),
)
"""Columns that hold no text."""


def columns_of(new_entry: NewEntry, now: datetime, prior_ids: frozenset[int]) -> dict[str, Any]:
    """The columns of an entry whose POST is about to leave."""
    return {
        "environment": new_entry.scope.environment, "login": new_entry.scope.login, "key": new_entry.key,
        "kind": new_entry.kind.value, "profile": new_entry.profile, "terminal_name": new_entry.terminal.name,
        "smart_terminal_id": new_entry.terminal.smart_terminal_id,
        "terminal_id": new_entry.terminal.terminal_id, "fingerprint": new_entry.fingerprint,
        "created_at": precise(now), "started_at": precise(now),
        "amount": text_of(new_entry.amount), "total": text_of(new_entry.total),
        "invoice_number": new_entry.invoice_number, "named": int(new_entry.named),
        "prior_ids": json.dumps(sorted(prior_ids)), "original_id": new_entry.original_id,
        "expect": new_entry.expect, "sent_at": precise(now), "operator": new_entry.by,
    }  # fmt: skip


def changes_by(fact: Fact) -> dict[str, Any]:
    """The columns that one fact fills; None leaves a column as it is."""
    from pjterm.core.evidence.facts import Accepted, Answered, Observed, TerminalReset

    match fact:
        case Accepted():
            return {"request_id": fact.request_id}
        case Answered():
            return {"transaction_id": fact.transaction.transaction_id}
        case Observed():
            r = Result() if fact.source == "webhook" else fact.result  # what only a webhook names may be another's
            return {
                "status": fact.status if fact.status in Status.__members__ else None,
                "transaction_id": r.transaction_id, "signature_id": r.signature_id,
                "prompt_button": r.prompt_button, "input_value": r.input_value, "read_data": r.read_data,
            }  # fmt: skip
        case TerminalReset():
            return {"reset_at": precise(fact.at)}
        case _:
            return {}


def text_of(amount: Decimal | None) -> str | None:
    """An amount as stored."""
    return None if amount is None else str(amount)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def entry_of(row: sqlite3.Row) -> Entry:
    """The entry that a row holds."""
    return _entry(tuple(row.keys()), tuple(row))  # these are compared in a quarter of the time that rows take


@lru_cache(64)
def _entry(names: tuple[str, ...], values: tuple[Any, ...]) -> Entry:
    """One command reads the same row a dozen times."""
    has = dict(zip(names, values, strict=True))

    def at(name: str) -> datetime | None:
        return None if has[name] is None else moment(has[name])

    return Entry(
        id=has["id"],
        scope=Scope(has["environment"], has["login"]),
        key=has["key"],
        kind=Kind(has["kind"]),
        profile=has["profile"],
        terminal=Terminal(has["terminal_name"], has["smart_terminal_id"], has["terminal_id"]),
        fingerprint=has["fingerprint"],
        started_at=moment(has["started_at"]),
        amount=_decimal(has["amount"]),
        total=_decimal(has["total"]),
        invoice_number=has["invoice_number"],
        named=bool(has["named"]),
        attempt=has["attempt"],
        prior_ids=frozenset(json.loads(has["prior_ids"])),
        original_id=has["original_id"],
        expect=has["expect"],
        request_id=has["request_id"],
        status=has["status"],
        outcome=None if has["outcome"] is None else Outcome(has["outcome"]),
        says=has["says"],
        transaction_id=has["transaction_id"],
        signature_id=has["signature_id"],
        prompt_button=has["prompt_button"],
        input_value=has["input_value"],
        read_data=has["read_data"],
        transaction=None if has["transaction_json"] is None else json.loads(has["transaction_json"]),
        signature_file=has["signature_file"],
        sent_at=at("sent_at"),
        result_at=at("result_at"),
        finished_at=at("finished_at"),
        reset_at=at("reset_at"),
        shown_at=at("printed_at"),
        by=has["operator"],
    )


@dataclass(frozen=True, slots=True)
class Close:
    """One close, as it was written."""

    number: int
    day: str
    document: dict[str, Any]


def close_of(row: sqlite3.Row) -> Close:
    """The close that a row holds."""
    return Close(int(row["number"]), str(row["day"]), dict(json.loads(row["document"])))


def is_readable(row: sqlite3.Row, value_of: Callable[[sqlite3.Row], object]) -> bool:
    """Whether commands can read a row, which was read `lossless`."""
    has = {name: value for name, value in zip(row.keys(), row, strict=True) if value is not None}
    try:
        "".join(value for name, value in has.items() if name not in _NUMBERS).encode()  # not a BLOB, and UTF-8
        value_of(row)
    except UNREADABLE:
        return False
    return all(isinstance(has[name], int) for name in _NUMBERS & has.keys())
