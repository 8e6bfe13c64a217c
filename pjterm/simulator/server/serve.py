"""`pjterm simulator serve`: the simulator as a process of its own, until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pjterm.errors import Unavailable, UsageFault, reason
from pjterm.simulator.api import subscriptions
from pjterm.simulator.api.world import World
from pjterm.simulator.server import running
from pjterm.simulator.server.http_server import HOST, Server
from pjterm.simulator.server.sender import sending
from pjterm.simulator.shop import customer, webhooks
from pjterm.simulator.shop.moment import Moment, Setting
from pjterm.simulator.shop.scenario_files import guesses_of, load


def run(
    *,
    port: int,
    directory: Path | None,
    speed: float = 1.0,
    seed: int | None = None,
    scenario: str | None = None,
    webhook_url: str | None = None,
    allow_outbound: bool = False,
    facts: Mapping[str, Any] | None = None,
    announce: Callable[[str, int], None],
    warn: Callable[[str], None],
) -> None:
    """Serve until a signal; `announce` gets URL and port once calls are answered.

    While it runs, `simulator.json` in `directory` names it. Each start begins the scenario again, plugs the readers in
    and ends their waiting for keys, but keeps requests and transactions (beside another running simulator it does not
    begin again, and `warn` gets a sentence about that). Without a directory the books are in memory, and no other
    command finds it. Raises `UsageFault` for a bad scenario, speed or webhook URL, and `Unavailable` if the port is
    in use.
    """
    if not 0 < speed <= 1000:
        raise UsageFault(f"--speed must be more than 0 and at most 1000, not {speed:g}")
    setting = Setting(
        speed=speed, seed=seed, scenario=load(scenario), allow_outbound=allow_outbound, facts=guesses_of(facts)
    )  # fmt: skip
    if webhook_url is not None:
        _check(webhook_url, allow_outbound)
    beside = None if directory is None else running.find(directory)
    if beside is not None:
        warn(f"another simulator runs on these books: {beside}. Both show the same readers, requests and transactions."
             " Give one of them --state DIR or --memory to keep them apart.")  # fmt: skip
    world = World(directory, time.time, setting)
    with world.moment() as m:
        if beside is None:
            m.books.begin_scenario()
            customer.begin(m)
        _subscribe(m, webhook_url, alone=beside is None)
    asyncio.run(_serve(world, port, directory, announce))


def _check(webhook_url: str, allow_outbound: bool) -> None:
    if subscriptions.fault_of_url(webhook_url) is not None:
        raise UsageFault(f"--webhook-url: {webhook_url!r} is neither an https URL nor http on loopback")
    if not allow_outbound and not subscriptions.is_loopback(webhook_url):
        raise UsageFault(
            "--webhook-url: webhooks go to loopback only", hint="add --allow-outbound to send them elsewhere"
        )


def _subscribe(m: Moment, webhook_url: str | None, *, alone: bool) -> None:
    """Add `--webhook-url` as an unlisted subscription; it replaces that of an earlier run."""
    for old in m.books.subscriptions():
        if old.hidden and alone:
            m.books.unsubscribe(old.id)
    if webhook_url is not None:
        webhooks.subscribe_hidden(m, webhook_url)


async def _serve(world: World, port: int, directory: Path | None, announce: Callable[[str, int], None]) -> None:
    stop = asyncio.Event()
    _stop_on_signals(stop)
    server = Server(world)
    try:
        await _listen(server, port)
        async with sending(server):
            if directory is not None:
                running.record(directory, server.url)
            announce(server.url, server.port)
            await stop.wait()
    finally:
        if directory is not None:
            running.erase(directory)
        await server.stop()


def _stop_on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:  # in a script's background a Ctrl-C is meant for others
            continue
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows: its event loop has no signal handlers
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))


async def _listen(server: Server, port: int) -> None:
    try:
        await server.start(port)
    except (OSError, OverflowError) as e:
        raise Unavailable(
            f"{HOST}:{port} cannot be listened on: {reason(e)}", hint="choose another --port, or 0 for a free one"
        ) from e
