"""Jobs for tests that need real processes: `python -m tests.child JOB '{"…": …}'`, one JSON line out.

Each waits for a line on stdin first, so that a test can start all of them at the same time.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pjterm.core.entry import NewEntry, Scope
from pjterm.core.evidence.facts import Accepted
from pjterm.core.model import Kind, Terminal
from pjterm.errors import JournalUnusable
from pjterm.journal.store import Journal
from pjterm.system.locks import FLAGS, lock_byte, unlock_byte

SCOPE = Scope("labs", "shop")


def new_entry(key: str, **changes: Any) -> NewEntry:
    """A payment of 12.50 on T1, with these changes."""
    values: dict[str, Any] = {
        "scope": SCOPE, "key": key, "kind": Kind.PAYMENT, "profile": "till-1",
        "terminal": Terminal("T1", "88888888-4444-4444-4444-cccccccccccc", 10001),
        "fingerprint": "f", "amount": Decimal("12.50"), "invoice_number": "1" * 18,
    }  # fmt: skip
    return NewEntry(**{**values, **changes})


def enter(given: dict[str, Any]) -> Any:
    """Add one key unless it exists: guards and entry are one transaction."""
    journal = Journal(Path(given["directory"]))
    with journal.transaction(_now()):
        if (there := journal.by_key(SCOPE, given["key"])) is not None:
            return {"posts": False, "entry": there.id}
        entry = journal.add(new_entry(given["key"]), _now())
    return {"posts": True, "entry": entry.id}


def write_many(given: dict[str, Any]) -> Any:
    """Write this process's own entries, each with a request id."""
    journal = Journal(Path(given["directory"]))
    for n in range(given["count"]):
        entry = journal.add(new_entry(f"{given['name']}-{n}"), _now())
        journal.note(entry, Accepted(_now(), f"r-{given['name']}-{n}"))
    return {"last": entry.id}


def fill(given: dict[str, Any]) -> Any:
    """Write until the disk is full, in one transaction each or all in one, then once more after there is room."""
    if sys.platform == "win32":
        raise NotImplementedError
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    journal, written = Journal(Path(given["directory"])), 0
    journal.add(new_entry("first"), _now())
    resource.setrlimit(resource.RLIMIT_FSIZE, (given["bytes"], resource.RLIM_INFINITY))
    why = ""
    try:
        with journal.transaction(_now()) if given["at_once"] else contextlib.nullcontext():
            for _ in range(5000):
                journal.add(new_entry(f"k-{written}"), _now())
                written += 1
    except JournalUnusable as error:
        why = error.message
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    journal.add(new_entry("after"), _now())
    return {"written": written, "why": why}


def own(given: dict[str, Any]) -> Any:
    """Write an entry and keep running as its owner until killed."""
    entry = Journal(Path(given["directory"])).add(new_entry("owned"), _now())
    _tell({"entry": entry.id})
    time.sleep(60)
    return {}


def check_owner(given: dict[str, Any]) -> Any:
    """Check slowly whether another process owns an entry: the check holds its lock meanwhile."""
    file = os.open(given["owners"], FLAGS)
    lock_byte(file, given["entry"])
    _tell({})
    time.sleep(0.05)
    unlock_byte(file, given["entry"])
    time.sleep(60)
    return {}


def write_on(given: dict[str, Any]) -> Any:
    """Begin a write and never end it, like a suspended process."""
    with Journal(Path(given["directory"])).transaction(_now()):
        _tell({})
        time.sleep(60)
    return {}


def call(given: dict[str, Any]) -> Any:
    """Poll one request and read one transaction in turns, as fast as the pace allows."""
    from pjterm.api.client import Api
    from pjterm.api.login import Login
    from pjterm.api.rate_limit import Pace

    directory = Path(given["directory"])
    login = Login("shop", "secret", "app")
    api = Api(given["url"], login, Pace(directory, given["url"], "shop"), now=_now)
    for _ in range(given["count"]):
        api.poll(given["request"], None)
    return {}


def _now() -> datetime:
    return datetime.now(UTC)


def _tell(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    JOBS = {job.__name__: job for job in (enter, write_many, fill, own, check_owner, write_on, call)}
    sys.stdin.readline()
    _tell(JOBS[sys.argv[1]](json.loads(sys.argv[2])))
