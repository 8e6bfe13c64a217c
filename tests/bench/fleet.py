"""Relays on one JetStream stream, beside a relay with its own file: `python -m tests.bench fleet`.

One real server that syncs before it acknowledges. Ingest: the load of `load.c`, relays taking turns, medians of
three rounds. Latency: from the POST at one relay to the follower's line at the other. `--seconds N` (60) bounds
the lanes: 1,000 of them, a payment a minute, four webhooks each, over two relays.
"""

from __future__ import annotations

import argparse
import os
import random
import select
import statistics
import tempfile
import time
import uuid
from pathlib import Path

from tests.bench.relay import build_load, measure, relay, show
from tests.relay.broker import Broker
from tests.relay.speak import Process, body, read_reply, request

ROUNDS = 3
EVENTS = 6_000
LANES = 1_000
WEBHOOKS = ("CONNECTING", "IN_PROGRESS", "IN_PROGRESS", "COMPLETE")


def main(argv: list[str]) -> int:
    """All rows."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench fleet")
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="fleet-bench-") as name:
        folder = Path(name)
        broker = Broker(folder / "broker").start()
        options = {"store": f"{broker.url}/BENCH", "monitors": [broker.monitor]}
        one, two = (Process(folder / n, options).start() for n in ("one", "two"))
        try:
            through(one, two)
            ingest(folder, one)
            lanes(broker, (one, two), given.seconds)
        finally:
            for process in (one, two):
                process.stop()
            broker.kill()
    return 0


def through(one: Process, two: Process) -> None:
    """From the POST at one relay to the line at the other's follower."""
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


def ingest(folder: Path, shared: Process) -> None:
    load = build_load(folder)
    with relay(folder / "alone") as alone:
        rates = [[measure(load, p.client.port, EVENTS)[0] for p in (alone, shared)] for _ in range(ROUNDS)]
    file, stream = (statistics.median(column) for column in zip(*rates, strict=True))
    show("durable ingest, events/s", "own file", "stream", "ratio")
    show("goal: ratio at least 0.60", f"{file:,.0f}", f"{stream:,.0f}", f"{stream / file:.2f}")


def lanes(broker: Broker, relays: tuple[Process, Process], seconds: float) -> None:
    """A payment a minute at each lane, its webhooks half a second apart, at either relay."""
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
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
