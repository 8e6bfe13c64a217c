"""Which signals a command listens to."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator

import pytest

from pjterm.flow.inbox import Inbox
from pjterm.flow.signals import Signals, unwinding

if sys.platform == "win32":
    pytest.skip("signals of POSIX", allow_module_level=True)

ALL = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def put_back() -> Iterator[None]:
    before = {s: signal.getsignal(s) for s in ALL}
    yield
    for signum, handler in before.items():
        signal.signal(signum, handler)


@pytest.mark.usefixtures("put_back")
@pytest.mark.parametrize("ignored", ALL)
def test_what_was_ignored_at_the_start_stays_ignored(ignored: signal.Signals) -> None:
    """`nohup`, and the shell of a script for what it runs in the background, say so before a program starts."""
    for signum in ALL:
        signal.signal(signum, signal.SIG_IGN if signum is ignored else signal.SIG_DFL)
    Signals(Inbox()).install()
    with unwinding():
        heeded = {s for s in ALL if callable(signal.getsignal(s))}

    assert heeded == set(ALL) - {ignored}
