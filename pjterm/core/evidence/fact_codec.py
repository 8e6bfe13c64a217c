"""Facts as JSON text and back, so that the journal can keep them and `resume` can replay them.

Typed numbers and track data are not written into facts: the entry keeps them in one column that is
shortened after a day. A fact holds a mark where it had one, and `read` puts the entry's value back.
"""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from pjterm.core.evidence import facts
from pjterm.core.evidence.facts import Fact, Observed, Searched, Sent
from pjterm.core.model import Outcome, Result, Transaction
from pjterm.core.times import moment, precise
from pjterm.values import fields, is_dataclass, replace

_TYPES: dict[str, type[Any]] = {
    cls.__name__: cls
    for cls in (
        facts.Sent, facts.Accepted, facts.Answered, facts.NotTaken, facts.Lost, facts.Observed, facts.PollFailed,
        facts.Purged, facts.LookedUp, facts.LookUpFailed, facts.Searched, facts.Controlled, facts.SearchFailed,
        facts.TerminalReset, facts.OperatorSaid,
    )
}  # fmt: skip
_MARK = "(kept in the entry)"
_TIMES = ("at", "asked_at")
_AS_IT_IS = frozenset((str, int, bool, dict, type(None)))
_AS_TEXT = json.JSONEncoder(separators=(",", ":"))


def write(fact: Fact) -> tuple[str, str]:
    """A fact as its type's name and one JSON object."""
    if isinstance(fact, Observed):
        fact = replace(fact, result=_hide(fact.result))
    said = _plain(fact)
    if isinstance(fact, Sent) and fact.terms is None:
        del said["terms"]  # without it, a fact is written as before
    if isinstance(fact, Searched) and not fact.beside:
        del said["beside"]  # likewise
    return type(fact).__name__, _AS_TEXT.encode(said)


def read(kind: str, text: str, *, input_value: str | None = None, read_data: str | None = None) -> Fact:
    """The fact that `write` wrote, with the entry's kept values put back."""
    fact = _read(kind, text)
    if not isinstance(fact, Observed) or _MARK not in (fact.result.input_value, fact.result.read_data):
        return fact
    return replace(fact, result=_show(fact.result, input_value, read_data))


@lru_cache(256)
def _read(kind: str, text: str) -> Fact:
    """A fact as it was written: one command reads the same ones several times."""
    raw = json.loads(text)
    values: dict[str, Any] = {}
    for name, value in raw.items():
        values[name] = moment(value) if name in _TIMES and value is not None else value
    if kind == "NotTaken":
        values["outcome"] = Outcome(values["outcome"])
    if "result" in values:
        values["result"] = Result(**values["result"])
    if "transaction" in values:
        values["transaction"] = _transaction(values["transaction"])
    for name in ("found", "perhaps"):
        if name in values:
            values[name] = tuple(_transaction(t) for t in values[name])
    if "beside" in values:
        values["beside"] = tuple(values["beside"])
    fact: Fact = _TYPES[kind](**values)
    return fact


def _hide(result: Result) -> Result:
    if result.input_value is None and result.read_data is None:
        return result
    return replace(
        result,
        input_value=_MARK if result.input_value is not None else None,
        read_data=_MARK if result.read_data is not None else None,
    )


def _show(result: Result, input_value: str | None, read_data: str | None) -> Result:
    return replace(
        result,
        input_value=input_value if result.input_value == _MARK else result.input_value,
        read_data=read_data if result.read_data == _MARK else result.read_data,
    )


def _plain(value: Any) -> Any:
    kind: Any = type(value)
    if kind in _AS_IT_IS:
        return value
    if kind is datetime:
        return precise(value)
    if kind is Decimal:
        return str(value)
    if kind is tuple:
        return [_plain(v) for v in value]
    parts = {name: getattr(value, name) for name in _names(kind)}
    if not parts:
        return value
    return {name: part if type(part) in _AS_IT_IS else _plain(part) for name, part in parts.items()}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind)) if is_dataclass(kind) else ()


def _transaction(raw: dict[str, Any]) -> Transaction:
    amount, created = raw["amount_base"], raw.get("created")
    values = {
        "amount_base": None if amount is None else Decimal(amount),
        "created": None if created is None else moment(created),
    }
    return Transaction(**{**raw, **values})
