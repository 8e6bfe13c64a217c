"""Which signals a command handles, and what they do."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

from pjterm.errors import LeaveNow
from pjterm.flow.inbox import Inbox, Interrupted, Leave
from pjterm.flow.signals import POST_GRACE, Signals, unwinding

if sys.platform == "win32":
    pytest.skip("signals of POSIX", allow_module_level=True)

ALL = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
CHANGED = (*ALL, signal.SIGALRM)


@pytest.fixture
def put_back() -> Iterator[None]:
    before = {s: signal.getsignal(s) for s in CHANGED}
    yield
    for signum, handler in before.items():
        signal.signal(signum, handler)


@pytest.mark.usefixtures("put_back")
@pytest.mark.parametrize("ignored", ALL)
def test_signals_ignored_at_the_start_stay_ignored(ignored: signal.Signals) -> None:
    """`nohup` and shells (for background jobs of a script) set a signal to ignored before a program starts."""
    for signum in ALL:
        signal.signal(signum, signal.SIG_IGN if signum is ignored else signal.SIG_DFL)
    Signals(Inbox()).install()
    with unwinding():
        heeded = {s for s in ALL if callable(signal.getsignal(s))}

    assert heeded == set(ALL) - {ignored}


# -- what they do ---------------------------------------------------------------------------------------------


class Alarms(Signals):
    """Signals that record their alarms; `works` is false on Windows."""

    works = True

    def __init__(self, inbox: Inbox) -> None:
        super().__init__(inbox)
        self.alarms: list[float] = []

    def set_alarm(self, seconds: float) -> bool:
        self.alarms.append(seconds)
        return self.works


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def signals(inbox: Inbox) -> Alarms:
    made = Alarms(inbox)
    made.arm()
    return made


@pytest.mark.parametrize("signum", ALL)
def test_a_signal_before_anything_was_sent_ends_the_command(inbox: Inbox, signum: signal.Signals) -> None:
    with pytest.raises(LeaveNow):
        Alarms(inbox).receive(signum)

    assert inbox.get(0) is None


def test_the_first_ctrl_c_cancels_and_the_second_detaches(signals: Alarms, inbox: Inbox) -> None:
    signals.receive(signal.SIGINT)
    signals.receive(signal.SIGINT)

    assert [inbox.get(0), inbox.get(0)] == [Interrupted(), Leave(signal.SIGINT)]
    assert signals.wanted


def test_sigterm_interrupts_a_read(signals: Alarms) -> None:
    with pytest.raises(LeaveNow), signals.may_leave():
        signals.receive(signal.SIGTERM)

    with pytest.raises(LeaveNow), signals.may_leave():
        raise AssertionError("nothing is read anymore")


def test_sigterm_gives_a_post_one_more_second(signals: Alarms) -> None:
    with signals.may_leave(post=True):
        signals.receive(signal.SIGTERM)
        with pytest.raises(LeaveNow):
            signals.grace_is_over()

    assert signals.alarms == [POST_GRACE, 0]
    signals.grace_is_over()  # it was answered: nothing is interrupted


def test_without_alarms_sigterm_ends_a_post_at_once(signals: Alarms) -> None:
    signals.works = False

    with pytest.raises(LeaveNow), signals.may_leave(post=True):
        signals.receive(signal.SIGTERM)


@pytest.mark.parametrize("signum", ALL)
def test_a_signal_while_a_command_reports_its_end_is_ignored(
    signals: Alarms, inbox: Inbox, signum: signal.Signals
) -> None:
    signals.end()
    signals.receive(signum)
    with signals.may_leave():
        signals.receive(signum)

    assert (inbox.get(0), signals.signum) == (None, None)


def test_a_second_signal_does_not_interrupt_the_exit(inbox: Inbox) -> None:
    signals = Alarms(inbox)
    with pytest.raises(LeaveNow) as left, signals.may_leave():
        signals.receive(signal.SIGTERM)
    signals.receive(signal.SIGHUP)

    assert left.value.signum == signal.SIGTERM


def test_a_signal_swallowed_by_python_ends_the_command_before_anything_is_sent(inbox: Inbox) -> None:
    """An exception raised while a generator is discarded is printed and dropped."""
    signals = Alarms(inbox)
    with suppress(LeaveNow):
        signals.receive(signal.SIGINT)

    with pytest.raises(LeaveNow):
        signals.arm()


@pytest.mark.usefixtures("put_back")
def test_a_signal_during_unwinding_is_ignored() -> None:
    for signum in ALL:
        signal.signal(signum, signal.SIG_DFL)

    def work() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGHUP)

    with pytest.raises(LeaveNow), unwinding():
        work()

    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.usefixtures("put_back")
def test_the_handlers_and_alarms_are_the_system_s() -> None:
    inbox = Inbox()
    signals = Signals(inbox)
    signals.install()
    signals.arm()
    with signals.may_leave(post=True):
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(LeaveNow):
            signal.raise_signal(signal.SIGALRM)

    assert (inbox.get(0), signal.getitimer(signal.ITIMER_REAL)) == (Leave(signal.SIGTERM), (0.0, 0.0))
