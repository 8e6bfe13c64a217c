"""Relays on one JetStream stream, beside a relay with its own file: `python -m tests.bench fleet`.

Real servers that sync before they acknowledge. Ingest: the load of `load.c`, relays taking turns, medians of
five rounds. Latency: from the POST at one relay to the follower's line at the other. `--seconds N` (60) limits
the lanes: 1,000 of them, a payment a minute, four webhooks each, over two relays.
"""

from __future__ import annotations

import argparse
import os
import random
import select
import socket
import statistics
import sys
import tempfile
import time
import uuid
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any

from pjterm.events.event import Arrival
from pjterm.events.jetstream import messages
from tests.bench.relay import CONNECTIONS, build_load, measure, relay, show
from tests.events.broker import Broker, store_folder, three
from tests.relay.speak import Process, body, read_reply, request

ROUNDS = 5
EVENTS = 6_400
LANES = 1_000
WEBHOOKS = ("CONNECTING", "IN_PROGRESS", "IN_PROGRESS", "COMPLETE")


def main(argv: list[str]) -> int:
    """Run all rows."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench fleet")
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="fleet-bench-") as name:
        folder = Path(name)
        broker = Broker(folder / "broker").start()
        one, two = (Process(folder / n, options(broker)).start() for n in ("one", "two"))
        try:
            through(one, two)
            lanes(broker, (one, two), given.seconds)
        finally:
            for process in (one, two):
                process.stop()
            broker.kill()
        ingest(folder)
    return 0


def through(one: Process, two: Process) -> None:
    """From the POST at one relay to the line at the other one's follower."""
    took = []
    for _ in range(500):
        name = str(uuid.uuid4())
        with two.client.stream(f"?requestId={name}") as stream:
            stream.block()
            started = time.perf_counter()
            with one.client.connect() as sock:
                sock.sendall(request(body(request=name)))
                select.select([stream.sock], [], [], 10)
                took.append((time.perf_counter() - started) * 1000)

                assert read_reply(sock).status == 204
    p50, p99 = statistics.median(took), statistics.quantiles(took, n=100)[98]
    show("publish to follower through two relays", "p50 ms", "p99 ms")
    show("goal: p50 < 10 ms", f"{p50:.2f}", f"{p99:.2f}")


def ingest(folder: Path) -> None:
    """Durable ingest by one relay: with its own file, and on streams whose servers sync before they acknowledge.

    One server syncs each event separately; three (all on this disk and these processors) sync in groups. Their rates
    for a bare publisher show their own limits. A stream in memory shows what the relay itself costs.
    """
    load = build_load(folder)
    show(f"durable ingest, events/s, {CONNECTIONS} connections", "events/s", "of own file's")
    with relay(folder / "alone") as alone, store_folder() as memory, ExitStack() as ending:
        kinds = {
            "one server on this disk (goal: 0.60)": [Broker(folder / "disk").start()],
            "three servers on this disk": three(folder / "three"),
            "a server in memory": [Broker(memory).start()],
        }
        for server in chain.from_iterable(kinds.values()):
            ending.callback(server.kill)
        streams = [Process(folder / f"relay-{n}", options(*servers)) for n, servers in enumerate(kinds.values())]
        for stream in streams:
            ending.callback(stream.start().stop)
        rates = [[measure(load, p.client.port, EVENTS)[0] for p in (alone, *streams)] for _ in range(ROUNDS)]
        file, *shared = (statistics.median(column) for column in zip(*rates, strict=True))
        of_file = [statistics.median(rate[n] / rate[0] for rate in rates) for n in range(1, len(rates[0]))]
        for stream in streams:
            stream.stop()
        show("a relay with a file of its own", f"{file:,.0f}", "1.00")
        for (name, servers), rate, ratio in zip(kinds.items(), shared, of_file, strict=True):
            show(f"a relay, {name}", f"{rate:,.0f}", f"{ratio:.2f}")
            bare = statistics.median(publish(servers[0], n) for n in range(ROUNDS))
            show("  without it, for a bare publisher", f"{bare:,.0f}", f"{bare / file:.2f}")


def publish(broker: Broker, round_: int) -> float:
    """Messages per second of a publisher that only writes prepared bytes, with the load's concurrency."""
    ready = [_message(f"{round_}-{n}") for n in range(EVENTS)]
    with socket.create_connection(("127.0.0.1", broker.port)) as sock, sock.makefile("rb") as answers:
        answers.readline()
        sock.sendall(b'CONNECT {"verbose":false,"headers":true}\r\nSUB bare.answers 1\r\n')
        started = time.perf_counter()
        sent = answered = 0
        while answered < EVENTS:
            if sent < EVENTS and sent - answered <= CONNECTIONS // 2:
                sock.sendall(b"".join(ready[sent : sent + CONNECTIONS]))
                sent += CONNECTIONS
            line = answers.readline()
            if line.startswith(b"MSG"):
                assert b'"seq"' in answers.read(int(line.split()[-1]) + 2)
                answered += 1
        return EVENTS / (time.perf_counter() - started)


def _message(name: str) -> bytes:
    content = body(event_id=name)
    got = Arrival("labs", True, 0, name, "SMARTTERMINAL_REQUEST", name, "COMPLETE", content, request(content)[:400])
    lines = "".join(f"{key}: {value}\r\n" for key, value in messages.headers(got, "bare").items())
    head = f"NATS/1.0\r\n{lines}\r\n".encode()
    return b"HPUB %s bare.answers %d %d\r\n%b%b\r\n" % (
        messages.subject("BENCH", got).encode(), len(head), len(head) + len(content), head, content,
    )  # fmt: skip


def options(*servers: Broker) -> dict[str, Any]:
    places = ",".join(server.url.removeprefix("nats://") for server in servers)
    return {"store": f"nats://{places}/BENCH", "monitors": [server.monitor for server in servers]}


def lanes(broker: Broker, relays: tuple[Process, Process], seconds: float) -> None:
    """A payment a minute in each lane, its webhooks half a second apart, at either relay."""
    assert broker.process is not None
    processes = [p.process.pid for p in relays] + [broker.process.pid]
    before = [cpu(pid) for pid in processes]
    payments = int(LANES / 60 * seconds)
    starts = sorted(random.uniform(0, seconds) for _ in range(payments))
    due = sorted((at + n * 0.5, str(number), status) for number, at in enumerate(starts)
                 for n, status in enumerate(WEBHOOKS))  # fmt: skip
    began = time.monotonic()
    late = 0.0
    for at, number, status in due:
        wait = at - (time.monotonic() - began)
        if wait > 0:
            time.sleep(wait)
        late = max(late, -wait)

        assert random.choice(relays).client.deliver(body(request=f"lane-{number}", status=status)).status == 204
    took = time.monotonic() - began
    used = [(cpu(pid) - old) / took for pid, old in zip(processes, before, strict=True)]
    show(f"{LANES:,} lanes, a payment a minute, {took:.0f} s", "CPU of a core", "memory MiB")
    for name, share, pid in zip(("relay one", "relay two", "server"), used, processes, strict=True):
        show(name, f"{share:.1%}", f"{memory(pid):.0f}")
    show(f"{len(due):,} webhooks; the latest was sent {late * 1000:.0f} ms late; ten times the lanes:",
         f"{max(used) * 10:.0%} at most")  # fmt: skip


def cpu(pid: int) -> float:
    """Seconds of processor time so far."""
    if sys.platform == "win32":
        raise NotImplementedError
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> float:
    if sys.platform == "win32":
        raise NotImplementedError
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
