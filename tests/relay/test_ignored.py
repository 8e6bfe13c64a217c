"""A server in the background of a script: a signal ignored at its start stays ignored (a Ctrl-C for others)."""

from __future__ import annotations

import asyncio
import io
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pjterm.relay.server import serve as relay_serve
from pjterm.relay.server.log import Log
from pjterm.relay.server.relay import Relay, RelayOptions
from pjterm.relay.server.secret_source import SecretSource
from pjterm.simulator.server import serve as simulator_serve
from tests.events.memory import MemoryStore

if sys.platform == "win32":
    pytest.skip("signals of POSIX", allow_module_level=True)

ALL = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def put_back() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in ALL}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def heeded(install: Callable[[], None], ignored: signal.Signals | None) -> set[signal.Signals]:
    """The signals that a server handles when one of them was ignored before it started."""

    async def run() -> set[signal.Signals]:
        install()
        return {number for number in ALL if asyncio.get_running_loop().remove_signal_handler(number)}

    for number in ALL:
        signal.signal(number, signal.SIG_IGN if number is ignored else signal.SIG_DFL)
    return asyncio.run(run())


@pytest.mark.parametrize("ignored", [None, *ALL])
def test_a_relay_does_not_handle_ignored_signals(tmp_path: Path, ignored: signal.Signals | None) -> None:
    def install() -> None:
        log = Log(io.StringIO(), lambda: 0)
        relay = Relay(RelayOptions("127.0.0.1", tmp_path), MemoryStore(), SecretSource(dict), log)
        relay_serve._on_signals(asyncio.Event(), relay, log)
        log.close()

    assert heeded(install, ignored) == set(ALL) - {ignored}


@pytest.mark.parametrize("ignored", [None, signal.SIGINT, signal.SIGTERM])
def test_a_simulator_does_not_handle_ignored_signals(ignored: signal.Signals | None) -> None:
    found = heeded(lambda: simulator_serve._stop_on_signals(asyncio.Event()), ignored)

    assert found == {signal.SIGINT, signal.SIGTERM} - {ignored}


class LikeWindows(asyncio.SelectorEventLoop):
    """A loop without signal handlers."""

    def add_signal_handler(self, *_: object) -> None:
        raise NotImplementedError


def test_a_simulator_ends_on_a_loop_without_signal_handlers() -> None:
    async def run() -> bool:
        stop = asyncio.Event()
        simulator_serve._stop_on_signals(stop)
        signal.raise_signal(signal.SIGINT)
        return await asyncio.wait_for(stop.wait(), 60)

    with asyncio.Runner(loop_factory=LikeWindows) as runner:
        assert runner.run(run())


def test_a_relay_handles_signals_on_a_loop_without_signal_handlers(tmp_path: Path) -> None:
    async def run() -> bool:
        loop, read_again = asyncio.get_running_loop(), asyncio.Event()
        secrets = SecretSource(lambda: (loop.call_soon_threadsafe(read_again.set), dict[str, Any]())[1])
        log = Log(io.StringIO(), lambda: 0)
        relay = Relay(RelayOptions("127.0.0.1", tmp_path), MemoryStore(), secrets, log)
        await read_again.wait()  # at the start
        read_again.clear()
        relay_serve._on_signals(asyncio.Event(), relay, log)
        signal.raise_signal(signal.SIGHUP)
        await asyncio.wait_for(read_again.wait(), 60)
        log.close()
        return read_again.is_set()

    with asyncio.Runner(loop_factory=LikeWindows) as runner:
        assert runner.run(run())
