"""`pjterm relay serve`: check what was asked for, take lock and port, run until told to stop."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeGuard

from pjterm.core.urls import check_url, is_loopback
from pjterm.errors import Unavailable, UsageFault
from pjterm.events.sqlite.store import SqliteStore
from pjterm.events.store import Store
from pjterm.relay.client import address
from pjterm.relay.client.queries import prove
from pjterm.relay.server.listener import BACKLOG
from pjterm.relay.server.log import Log
from pjterm.relay.server.receiver import now_ms
from pjterm.relay.server.relay import Options, Relay
from pjterm.relay.server.secret_source import Secrets, SecretSource
from pjterm.relay.server.waiting import Limits

_FILES = 8192
_OWN_FILES = 64
_STOP_SECONDS = 2.0
_LAST_SECONDS = 4.5
_PROOF_SECONDS = 0.5
_MOST_DAYS = 36_500


def run(
    *,
    host: str,
    port: int,
    store: str | None,
    forwards: Sequence[str],
    allow_unsigned: bool,
    retention_days: float,
    secrets: Secrets | Callable[[], Secrets],
    state_dir: Path,
    announce: Callable[[str, int], None],
    production: frozenset[str],
    allow_unsynced: bool = False,
    monitors: Sequence[str] = (),
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve until SIGTERM or SIGINT (or, off the main thread, never ends by itself).

    `secrets` are the webhook secrets by profile, or a function that reads them anew; a profile with
    an empty tuple is served only with `allow_unsigned`. `store` is a URL (`sqlite:///PATH` or
    `nats://HOST:PORT/STREAM`), None for the one in `state_dir`. `announce` is called with URL and port
    once connections are taken, `say` with what a shared store's servers promise.
    Raises `UsageFault` for what may not be, `Unavailable` when port or store are taken.
    """
    keys = SecretSource(secrets, allow_unsigned=allow_unsigned, production=production)
    check_unsigned(allow_unsigned, host, production & keys.keys.secrets.keys())
    for url in forwards:
        check_url(url, "--forward")
    if not 0 <= retention_days <= _MOST_DAYS:  # not a number is neither
        raise UsageFault(f"--retention: 0 (keep all) to {_MOST_DAYS:,} days")
    if not is_jetstream(store) and (allow_unsynced or monitors):
        raise UsageFault("--allow-unsynced and --monitor go with --store nats://HOST:PORT/STREAM")
    file = store_file(None if is_jetstream(store) else store, state_dir)
    log = Log(sys.stderr, now_ms)
    with asyncio.Runner() as runner:
        if is_jetstream(store):
            events = open_shared(
                store, state_dir, loop=runner.get_loop(), retention_days=retention_days,
                allow_unsynced=allow_unsynced, monitors=monitors, log=log, say=say,
            )  # fmt: skip
        else:
            events = SqliteStore(file)
        try:
            with listen(host, port) as listener:
                for target in forwards:
                    _not_to_itself(target, listener)
                earlier = address.earlier(state_dir)
                address.remember_store(state_dir, file)
                options = Options(host, state_dir, retention_days, allow_unsigned, _limits())
                runner.run(_serve(options, events, keys, listener, forwards, announce, log, earlier))
        finally:
            events.close()
            log.close()


def check_unsigned(allow_unsigned: bool, host: str, production: frozenset[str] | set[str]) -> None:
    """Refuse `--allow-unsigned` off loopback and in production: whoever reaches the port adds events."""
    if not allow_unsigned:
        return
    if not is_loopback(host):
        raise UsageFault(f"--allow-unsigned is refused with --host {host}: it would let the network in")
    if production:
        names = ", ".join(sorted(production))
        raise UsageFault(f"--allow-unsigned is refused with a production profile ({names})")


def is_jetstream(store: str | None) -> TypeGuard[str]:
    """Whether a store URL names a stream that relays share."""
    return store is not None and store.startswith(("nats://", "tls://"))


def open_shared(
    url: str,
    state_dir: Path,
    *,
    loop: asyncio.AbstractEventLoop,
    retention_days: float,
    allow_unsynced: bool,
    monitors: Sequence[str],
    log: Log,
    say: Callable[[str], None],
) -> Store:
    """The JetStream store; `UsageFault` where its client is not installed."""
    try:
        from pjterm.events.jetstream.store import JetStreamStore
    except ModuleNotFoundError as error:
        raise UsageFault(
            "--store nats://: the NATS client is not installed", hint="pip install 'pjterm[fleet]'"
        ) from error
    return JetStreamStore(
        url, state_dir / "events.sqlite", loop=loop, retention_days=retention_days,
        allow_unsynced=allow_unsynced, monitors=monitors, say=log, tell_settings=say,
    )  # fmt: skip


def store_file(url: str | None, state_dir: Path) -> Path:
    """The file a URL names: `sqlite:///PATH` (four slashes for an absolute one), None for the usual one."""
    if url is None:
        return state_dir / "events.sqlite"
    path = url.removeprefix("sqlite:///")
    if path == url or not path:
        raise UsageFault(f"--store: {url!r} is not sqlite:///PATH or nats://HOST:PORT/STREAM")
    return Path(path).expanduser()


def listen(host: str, port: int) -> socket.socket:
    """Bind; a port that is taken is `Unavailable` with the way out as hint."""
    if not 0 <= port <= 65535:
        raise UsageFault(f"--port: {port} is not between 0 and 65535")
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
    except (OSError, UnicodeError, OverflowError) as error:
        raise UsageFault(f"--host {host} --port {port}: {error}") from error
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            hint = "another relay may run here: pjterm relay status; or choose another --port (0: any)"
            raise Unavailable(f"port {port} of {host} is taken", hint=hint) from error
        raise UsageFault(f"cannot listen on {host} port {port}: {error.strerror}") from error
    listener.setblocking(False)
    return listener


def _limits() -> Limits:
    """As many waiting connections as the allowance of open files lets in besides the followers."""
    if sys.platform == "win32":
        return Limits()
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    return Limits(waiting=max(16, min(512, (soft - _OWN_FILES) // 4)))


async def _serve(
    options: Options,
    store: Store,
    keys: SecretSource,
    listener: socket.socket,
    forwards: Sequence[str],
    announce: Callable[[str, int], None],
    log: Log,
    earlier: address.Earlier | None,
) -> None:
    relay = Relay(options, store, keys, log)
    ending = asyncio.Event()
    _on_signals(ending, relay, log)
    if forwards:
        from pjterm.relay.server.forwarder import Forwarder

        for target in dict.fromkeys(forwards):
            relay.add_forward(Forwarder(target, store, log))
    await relay.start(listener)
    asyncio.get_running_loop().set_exception_handler(relay.trouble)
    try:
        url, port = _url(options.host, listener)
        address.announce(options.state_dir, _own_url(options.host, url, port))
        log("serving", url=url, profiles=sorted(filter(keys.keys.serves, keys.keys.secrets)), newest=relay.hub.newest)
        announce(_own_url(options.host, url, port), port)
        await ending.wait()
    finally:
        address.withdraw(options.state_dir, await _outlived(earlier))
        await relay.stop(_STOP_SECONDS)
        await asyncio.get_running_loop().shutdown_default_executor()  # before the store that its threads read is closed
        log("stopped", newest=relay.hub.newest)


async def _outlived(earlier: address.Earlier | None) -> address.Earlier | None:
    """The relay that was recorded here before this one, if it still answers."""
    if earlier is None or not await asyncio.to_thread(prove, earlier.where, _PROOF_SECONDS):
        return None
    return earlier


def _on_signals(ending: asyncio.Event, relay: Relay, log: Log) -> None:
    if threading.current_thread() is not threading.main_thread() or sys.platform == "win32":
        return

    def end(name: str) -> None:
        log("ending", signal=name)
        ending.set()
        _end_for_certain()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, end, "SIGTERM")
    loop.add_signal_handler(signal.SIGINT, end, "SIGINT")
    loop.add_signal_handler(signal.SIGHUP, relay.refresh_secrets)


def _end_for_certain() -> None:
    """Whatever hangs (a disk, a keyring), the process is gone in time: what was answered is on disk."""
    timer = threading.Timer(_LAST_SECONDS, os._exit, (0,))
    timer.daemon = True
    timer.start()


def _not_to_itself(target: str, listener: socket.socket) -> None:
    parts = check_url(target, "--forward")
    host, port = listener.getsockname()[:2]
    own = is_loopback(host) or host in ("0.0.0.0", "::")
    if own and is_loopback(parts.hostname or "") and (parts.port or 80) == port:
        raise UsageFault("--forward: that is this relay itself")


def _url(host: str, listener: socket.socket) -> tuple[str, int]:
    port = int(listener.getsockname()[1])
    return f"http://{f'[{host}]' if ':' in host else host}:{port}", port


def _own_url(host: str, url: str, port: int) -> str:
    """Where processes of this machine find it: a wildcard address is reached over loopback."""
    own = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "[::1]"}.get(host)
    return url if own is None else f"http://{own}:{port}"
