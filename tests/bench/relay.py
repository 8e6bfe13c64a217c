"""How fast the relay is compared with the alternatives: `python -m tests.bench relay`.

The load comes from `load.c` (built with the system's compiler into a temporary folder), one new
connection per event, as PayJunction sends. The servers take turns, three rounds each, and medians are
shown, so that a busy machine affects all alike. `--express DIR` names a folder with `node_modules`
that has express; without it, Node's bare `http` with verification is measured, which is faster than
express. `--events N` sets how many events the large store has (default 5,000,000: minutes, 5 GB).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

from pjterm.events.event import Arrival, now_ms
from pjterm.events.sqlite.store import SqliteStore
from pjterm.events.store import Filters
from tests.relay.simulated import COMMAND, SECRETS, environment, simulator
from tests.relay.speak import Process, body, read_reply, request

ROUNDS = 3
EVENTS = 10_000
CONNECTIONS = 32
FOLLOWERS = 500
CHARGES = 30

_THREADED = """
import hmac, http.server, json, sqlite3, sys, threading
db = sqlite3.connect(sys.argv[1], check_same_thread=False, isolation_level=None)
db.execute("PRAGMA journal_mode=WAL"); db.execute("PRAGMA synchronous=FULL")
db.execute("CREATE TABLE event (id TEXT, body BLOB)")
lock = threading.Lock()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        mac = hmac.digest(b"pjterm-test-secret", body, "sha256").hex()
        good = hmac.compare_digest(mac, self.headers.get("X-Pj-Signature", ""))
        if good:
            with lock:
                db.execute("INSERT INTO event VALUES (?, ?)", (json.loads(body)["id"], body))
        self.send_response(204 if good else 401); self.end_headers()
    def log_message(self, *args): pass
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 1024
server = Server(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""

_VERIFY = """
const crypto = require('crypto');
const good = (body, sig) => {
  const mac = crypto.createHmac('sha256', 'pjterm-test-secret').update(body).digest('hex');
  JSON.parse(body);
  return sig.length === mac.length && crypto.timingSafeEqual(Buffer.from(sig), Buffer.from(mac));
};
"""

_NODE_HTTP = (
    _VERIFY
    + """
const server = require('http').createServer((q, r) => {
  const parts = []; q.on('data', d => parts.push(d));
  q.on('end', () => {
    r.statusCode = good(Buffer.concat(parts), q.headers['x-pj-signature'] || '') ? 204 : 401;
    r.end();
  });
}).listen(0, '127.0.0.1', () => console.log(server.address().port));
"""
)

_EXPRESS = (
    _VERIFY
    + """
const express = require('express'), app = express();
app.post('/webhooks/:profile', express.raw({ type: '*/*', limit: '64kb' }), (q, r) =>
  r.status(good(q.body, q.get('X-Pj-Signature') || '') ? 204 : 401).end());
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
"""
)


def main(argv: list[str]) -> int:
    """Run all rows, or the named ones."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench relay")
    parser.add_argument("rows", nargs="*", choices=[[], "ingest", "followers", "ending", "large"])
    parser.add_argument("--express", type=Path)
    parser.add_argument("--events", type=int, default=5_000_000)
    given = parser.parse_args(argv)
    wanted = given.rows or ["ingest", "followers", "ending", "large"]
    with tempfile.TemporaryDirectory(prefix="relay-bench-") as name:
        folder = Path(name)
        if "ingest" in wanted:
            ingest(folder, given.express)
        if "followers" in wanted:
            followers(folder)
        if "ending" in wanted:
            ending(folder)
        if "large" in wanted:
            large(folder, given.events)
    return 0


def rows() -> None:
    """The rows that take less than a minute."""
    main(["ingest", "followers", "ending"])


def show(*cells: str) -> None:
    print("  " + cells[0].ljust(52) + "".join(cell.rjust(14) for cell in cells[1:]), flush=True)


# -- ingest -------------------------------------------------------------------------------------------


def ingest(folder: Path, express: Path | None) -> None:
    """Events per second and p99, one connection each, compared with the alternatives."""
    load = build_load(folder)
    servers: dict[str, list[str]] = {"relay": [], "threads, a commit per event": [sys.executable, "-c", _THREADED]}
    if shutil.which("node"):
        servers["Node http, verified, nothing stored"] = ["node", "-e", _NODE_HTTP]
        if express is not None:
            servers["Node express, verified, nothing stored"] = ["node", "-e", _EXPRESS]
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in servers}
    with ExitStack() as running:
        ports = {
            name: running.enter_context(server(folder, name, command, express)) for name, command in servers.items()
        }
        for _ in range(ROUNDS):
            for name, port in ports.items():
                many = EVENTS // 5 if name.startswith("threads") else EVENTS
                found[name].append(measure(load, port, many))
    show(f"new connection per event, {CONNECTIONS} at once", "events/s", "p50 ms", "p99 ms", "relay is")
    rates = {name: statistics.median(r[0] for r in got) for name, got in found.items()}
    for name, got in found.items():
        p50, p99 = (statistics.median(r[n] for r in got) for n in (1, 2))
        show(name, f"{rates[name]:,.0f}", f"{p50:.1f}", f"{p99:.1f}", f"{rates['relay'] / rates[name]:.1f}x")


@contextmanager
def server(folder: Path, name: str, command: list[str], express: Path | None) -> Iterator[int]:
    if not command:
        with relay(folder / "ingest") as process:
            yield process.client.port
        return
    where = str(folder / f"{len(name)}.sqlite")
    env = os.environ | ({"NODE_PATH": str(express / "node_modules")} if express else {})
    running = subprocess.Popen([*command, where], stdout=subprocess.PIPE, text=True, env=env)
    assert running.stdout is not None
    yield int(running.stdout.readline())
    running.terminate()
    running.wait()


@contextmanager
def relay(state_dir: Path) -> Iterator[Process]:
    process = Process(state_dir).start()
    yield process
    process.stop()


def build_load(folder: Path) -> Path:
    source, built = Path(__file__).with_name("load.c"), folder / "load"
    subprocess.run(["cc", "-O2", "-o", str(built), str(source)], check=True)
    return built


def measure(load: Path, port: int, many: int) -> tuple[float, float, float]:
    """Events per second, p50 and p99 in milliseconds."""
    data = b"".join(struct.pack(">I", len(r)) + r for r in (request(body()) for _ in range(many)))
    done = subprocess.run([str(load), str(port), str(CONNECTIONS)], input=data, capture_output=True, check=True)
    asked, seconds, kept, p50, p99, _ = (float(word) for word in done.stdout.split())

    assert asked == kept == many
    return kept / seconds, p50 / 1000, p99 / 1000


# -- followers ----------------------------------------------------------------------------------------


def followers(folder: Path) -> None:
    """From sending the POST to the follower's line, and the followers' cost in memory."""
    show("from the POST to the follower's line", "p50 ms", "p99 ms", "memory MiB")
    for many in (1, FOLLOWERS):
        with relay(folder / f"followers-{many}") as process, ExitStack() as open_streams:
            requests = [str(uuid.uuid4()) for _ in range(many)]
            streams = [open_streams.enter_context(process.client.stream(f"?requestId={r}")) for r in requests]
            for stream in streams:
                stream.block()
            took = [latency(process, streams[n % many].sock, requests[n % many]) for n in range(1000)]
            p50, p99 = statistics.median(took), statistics.quantiles(took, n=100)[98]
            show(f"{many} following, each its own request", f"{p50:.2f}", f"{p99:.2f}", f"{process.memory_mib():.0f}")


def latency(process: Process, follower: socket.socket, name: str) -> float:
    """Milliseconds until the line of this event arrives: heartbeats and earlier events do not count."""
    event_id = str(uuid.uuid4())
    data = request(body(event_id=event_id, request=name))
    started = time.perf_counter()
    with process.client.connect() as sock:
        sock.sendall(data)
        seen = b""
        while event_id.encode() not in seen:
            seen += follower.recv(65536)
        took = (time.perf_counter() - started) * 1000

        assert read_reply(sock).status == 204
    return took


# -- the end of a charge ------------------------------------------------------------------------------


def ending(folder: Path) -> None:
    """From the moment the reader is done to the end of the whole `pjterm charge` process."""
    took = []
    process = Process(folder / "state", SECRETS).start()
    with simulator(folder, process.url, "--speed", "10"):
        for _ in range(CHARGES):
            command = [COMMAND, "charge", "12.50", "--via", "relay", "--json", "--force", "-t", "T1"]
            done = subprocess.run(command, env=environment(folder), capture_output=True, check=True)
            ended = time.time()
            name = json.loads(done.stdout)["requestId"]
            events = [item["event"] for item in process.client.page(f"?requestId={name}")["items"]]
            complete = next(e["created"] for e in events if e["data"]["status"] == "COMPLETE")
            took.append((ended - datetime.fromisoformat(complete).timestamp()) * 1000)
    process.stop()
    p90 = statistics.quantiles(took, n=10)[8]
    show("device COMPLETE to the end of `pjterm charge`", "median ms", "p90 ms")
    show(f"{CHARGES} charges, followed by relay", f"{statistics.median(took):.0f}", f"{p90:.0f}")


# -- many events --------------------------------------------------------------------------------------


def large(folder: Path, many: int) -> None:
    """The same work on a store of 5 thousand events and on a large one, through the relay's listener."""
    load = build_load(folder)
    small, huge = folder / "small", folder / "huge"
    fill(small, 5_000)
    fill(huge, many)
    show("store of", "5,000", f"{many:,}", "ratio")
    with relay(small) as one, relay(huge) as other:
        rates = [[measure(load, p.client.port, EVENTS)[0] for p in (one, other)] for _ in range(ROUNDS)]
        compare("ingest, events/s", [statistics.median(column) for column in zip(*rates, strict=True)], more=True)
    with ExitStack() as opened:
        stores = [SqliteStore(f / "events.sqlite", readonly=True) for f in (small, huge)]
        for store in stores:
            opened.callback(store.close)
        compare("resume: 100 events after a cursor, ms", [timed(partial(resume, s)) for s in stores])
        compare("filter by request, ms", [timed(partial(by_request, s)) for s in stores])


def compare(what: str, pair: list[float], *, more: bool = False) -> None:
    digits = ",.0f" if more else ".3f"
    show(what, f"{pair[0]:{digits}}", f"{pair[1]:{digits}}", f"{pair[1] / pair[0]:.2f}")


def fill(state_dir: Path, many: int) -> None:
    """Four events per request, with random ids, in groups of 500."""
    store = SqliteStore(state_dir / "events.sqlite")
    headers = request(b"").partition(b"\r\n\r\n")[0] + b"\r\n"
    while store.newest() < many:
        names = [str(uuid.uuid4()) for _ in range(125)]
        store.append([made(name, n, headers) for name in names for n in range(4)])
    store.close()


def made(name: str, number: int, headers: bytes) -> Arrival:
    content = body(request=name, status="COMPLETE" if number == 3 else "IN_PROGRESS")
    event_id = json.loads(content)["id"]
    return Arrival("labs", True, now_ms(), event_id, "SMARTTERMINAL_REQUEST", name, "COMPLETE", content, headers)


def timed(work: Callable[[], object]) -> float:
    """Median milliseconds of 300 runs."""
    took = []
    for _ in range(300):
        started = time.perf_counter()
        work()
        took.append((time.perf_counter() - started) * 1000)
    return statistics.median(took)


def resume(store: SqliteStore) -> None:
    after = int.from_bytes(os.urandom(6), "big") % (store.newest() - 100)

    assert len(store.read(after, 100)) == 100


def by_request(store: SqliteStore) -> None:
    cursor = 1 + int.from_bytes(os.urandom(6), "big") % 5_000
    event = store.get(cursor)

    assert event is not None
    assert store.read(0, 100, Filters(request_id=event.arrival.request_id))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
