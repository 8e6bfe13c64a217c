"""`pjterm relay serve`: check the options, take the lock and the port, and run until a signal."""

from __future__ import annotations

import asyncio
import functools
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from pjterm.core.urls import check_url, is_loopback
from pjterm.errors import PjtermError, UsageFault, reason
from pjterm.events.event import REPEATS_DAYS, now_ms
from pjterm.events.store import Store
from pjterm.relay.client import address
from pjterm.relay.client.queries import prove
from pjterm.relay.server import stores
from pjterm.relay.server.log import Log, as_json, as_words
from pjterm.relay.server.relay import Relay, RelayOptions
from pjterm.relay.server.secret_source import SecretSource
from pjterm.relay.server.sockets import find, limits, listen, url_of
from pjterm.relay.server.stores import StoreOptions
from pjterm.relay.server.verify import verify_kept
from pjterm.system.tls import trusting
from pjterm.values import dataclass

_STOP_SECONDS = 2.0
_LAST_SECONDS = 4.5
_PROOF_SECONDS = 0.5
_MOST_DAYS = 36_500
DEFAULT_DAYS = 400.0


@dataclass(frozen=True)
class ServeOptions:
    """The options of `relay serve`."""

    state_dir: Path
    host: str = "127.0.0.1"
    port: int = 8710
    store: StoreOptions = StoreOptions()
    forwards: Sequence[str] = ()
    retention_days: float = DEFAULT_DAYS


def run(
    options: ServeOptions,
    secrets: SecretSource,
    *,
    announce: Callable[[str, int], None],
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve until SIGTERM or SIGINT (forever, if not on the main thread).

    `announce` is called with URL and port once connections are accepted; before that, `say` with what the operator
    should know. Raises `UsageFault` for refused options, `Unavailable` if the port or the store is in use.
    """
    _check(options, secrets)
    if 0 < options.retention_days < REPEATS_DAYS:
        say(f"--retention {options.retention_days:g}: PayJunction repeats a delivery for {REPEATS_DAYS} days; "
            "the hashes of events are kept for as long, so that a repeat is still recognized")  # fmt: skip
    log = Log(sys.stderr, now_ms, as_words if sys.stderr is not None and sys.stderr.isatty() else as_json)
    with asyncio.Runner() as runner, closing(log):
        store = stores.open_store(
            options.store, options.state_dir, loop=runner.get_loop(), retention_days=options.retention_days,
            verify=lambda *kept: verify_kept(secrets.current, *kept), log=log, say=say,
        )  # fmt: skip
        with closing(store), listen(options.host, options.port) as listener:
            for target in options.forwards:
                _not_to_itself(target, listener)
            earlier = address.earlier(options.state_dir)
            address.remember_store(options.state_dir, stores.store_file(options.store, options.state_dir))
            runner.run(_serve(options, store, secrets, listener, announce, log, earlier))


def _check(options: ServeOptions, secrets: SecretSource) -> None:
    check_unsigned(secrets.current.allow_unsigned, options.host, secrets.production_profiles())
    for url in options.forwards:
        check_url(url, "--forward")
        trusting(url)  # a variable that names no certificates should fail now, not at the first event
    if not 0 <= options.retention_days <= _MOST_DAYS:  # also refuses nan
        raise UsageFault(f"--retention: 0 (keep all) to {_MOST_DAYS:,} days")
    find(options.host, options.port)
    stores.check(options.store)
    stores.store_file(options.store, options.state_dir)


def check_unsigned(allow_unsigned: bool, host: str, production: frozenset[str] | set[str]) -> None:
    """Refuse `--allow-unsigned` off loopback and in production: anyone who reaches the port could add events."""
    if not allow_unsigned:
        return
    if not is_loopback(host):
        raise UsageFault(f"--allow-unsigned is refused with --host {host}: it would let the network in")
    if production:
        names = ", ".join(sorted(production))
        raise UsageFault(f"--allow-unsigned is refused with a production profile ({names})")


async def _serve(
    options: ServeOptions,
    store: Store,
    secrets: SecretSource,
    listener: socket.socket,
    announce: Callable[[str, int], None],
    log: Log,
    earlier: address.Earlier | None,
) -> None:
    relay = Relay(RelayOptions(options.host, options.state_dir, options.retention_days, limits()), store, secrets, log)
    ending = asyncio.Event()
    _on_signals(ending, relay, log)
    asyncio.get_running_loop().set_exception_handler(relay.trouble)
    if options.forwards:
        from pjterm.relay.server.forwarder import Forwarder

        for target in dict.fromkeys(options.forwards):
            relay.add_forward(Forwarder(target, store, log))
    await relay.start(listener)
    try:
        url = url_of(options.host, listener)
        address.announce(options.state_dir, url)
        log("serving", url=url, profiles=secrets.current.served(), newest=relay.hub.newest)
        announce(url, listener.getsockname()[1])
        await ending.wait()
    finally:
        try:
            address.withdraw(options.state_dir, await _outlived(earlier))
        except (PjtermError, OSError) as error:  # what is half way in must be answered all the same
            log("address-kept", why=reason(error))
        await relay.stop(_STOP_SECONDS)
        await asyncio.get_running_loop().shutdown_default_executor()  # before the store that its threads read is closed
        log("stopped", newest=relay.hub.newest)


async def _outlived(earlier: address.Earlier | None) -> address.Earlier | None:
    """The relay that was recorded before this one, if it still answers."""
    if earlier is None or not await asyncio.to_thread(prove, earlier.where, _PROOF_SECONDS):
        return None
    return earlier


def _on_signals(ending: asyncio.Event, relay: Relay, log: Log) -> None:
    """End on SIGTERM and SIGINT, reread the secrets on SIGHUP; a signal ignored at the start stays ignored."""
    if threading.current_thread() is not threading.main_thread():
        return

    def end(name: str) -> None:
        log("ending", signal=name)
        ending.set()
        _end_for_certain()

    loop = asyncio.get_running_loop()
    wanted = {name: functools.partial(end, name) for name in ("SIGTERM", "SIGINT", "SIGBREAK")}  # Ctrl-Break: Windows
    for name, act in (wanted | {"SIGHUP": relay.refresh_secrets}).items():
        number = getattr(signal, name, None)
        if number is None or signal.getsignal(number) is signal.SIG_IGN:
            continue
        try:
            loop.add_signal_handler(number, act)
        except NotImplementedError:  # Windows: its event loop has no signal handlers
            signal.signal(number, functools.partial(_later, loop, act))


def _later(loop: asyncio.AbstractEventLoop, act: Callable[[], None], *_: object) -> None:
    loop.call_soon_threadsafe(act)


def _end_for_certain() -> None:
    """End the process in time even if a disk or a keyring hangs; everything answered is already on disk."""
    timer = threading.Timer(_LAST_SECONDS, os._exit, (0,))
    timer.daemon = True
    timer.start()


def _not_to_itself(target: str, listener: socket.socket) -> None:
    parts = check_url(target, "--forward")
    host, port = listener.getsockname()[:2]
    own = is_loopback(host) or host in ("0.0.0.0", "::")
    if own and is_loopback(parts.hostname or "") and (parts.port or 80) == port:
        raise UsageFault("--forward: that is this relay itself")
