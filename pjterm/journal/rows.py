"""Rows of the journal as values, and values as rows."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pjterm.core.entry import Entry, NewEntry, Scope
from pjterm.core.model import Kind, Outcome, Status, Terminal
from pjterm.core.times import moment, precise

if TYPE_CHECKING:  # reading a list of entries needs no facts
    from pjterm.core.facts import Fact

IS_UNSETTLED = "(outcome IS NULL OR outcome IN ('open', 'unknown'))"


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
    """The columns that one fact fills; a `None` leaves what is there."""
    from pjterm.core.facts import Accepted, Answered, Observed, TerminalReset

    match fact:
        case Accepted():
            return {"request_id": fact.request_id}
        case Answered():
            return {"transaction_id": fact.transaction.transaction_id}
        case Observed():
            r = fact.result
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
    """An amount as its column holds it."""
    return None if amount is None else str(amount)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def entry_of(row: sqlite3.Row) -> Entry:
    """The entry that a row holds."""

    def at(name: str) -> datetime | None:
        return None if row[name] is None else moment(row[name])

    created, started = at("created_at"), at("started_at")
    assert created is not None
    assert started is not None
    return Entry(
        id=row["id"],
        scope=Scope(row["environment"], row["login"]),
        key=row["key"],
        kind=Kind(row["kind"]),
        profile=row["profile"],
        terminal=Terminal(row["terminal_name"], row["smart_terminal_id"], row["terminal_id"]),
        fingerprint=row["fingerprint"],
        created_at=created,
        started_at=started,
        amount=_decimal(row["amount"]),
        total=_decimal(row["total"]),
        invoice_number=row["invoice_number"],
        named=bool(row["named"]),
        attempt=row["attempt"],
        prior_ids=frozenset(json.loads(row["prior_ids"])),
        original_id=row["original_id"],
        expect=row["expect"],
        request_id=row["request_id"],
        status=row["status"],
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
        says=row["says"],
        transaction_id=row["transaction_id"],
        signature_id=row["signature_id"],
        prompt_button=row["prompt_button"],
        input_value=row["input_value"],
        read_data=row["read_data"],
        transaction=None if row["transaction_json"] is None else json.loads(row["transaction_json"]),
        signature_file=row["signature_file"],
        sent_at=at("sent_at"),
        result_at=at("result_at"),
        finished_at=at("finished_at"),
        reset_at=at("reset_at"),
        shown_at=at("printed_at"),
        by=row["operator"],
    )
