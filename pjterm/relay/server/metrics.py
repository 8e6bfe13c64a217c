"""What the relay counts, in the text format of Prometheus (0.0.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from pjterm import __version__
from pjterm.values import dataclass, field


@dataclass
class Metrics:
    """Sums since the start."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Answers by route (`webhooks`, `followers`, `other`) and status."""
    kept: int = 0
    repeats: int = 0
    commits: int = 0
    commit_seconds: float = 0.0
    failures: int = 0
    evicted: int = 0
    timeouts: int = 0
    waiting: int = 0
    """Connections whose request is not complete (now, not in total)."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """A current value, with at most one label."""

    name: str
    help: str
    value: float
    label: tuple[str, str] | None = None


def render(metrics: Metrics, gauges: Iterable[Gauge]) -> str:
    """The whole page."""
    return "\n".join([*_counters(metrics), *_gauges(gauges), ""])


def _counters(metrics: Metrics) -> Iterator[str]:
    yield from _head("pjterm_relay_answers_total", "Answers by route and status.", "counter")
    for (route, status), many in sorted(metrics.answers.items()):
        yield f'pjterm_relay_answers_total{{route="{route}",status="{status}"}} {many}'
    for name, words, value in (
        ("events_kept_total", "New events on disk.", metrics.kept),
        ("repeats_total", "Deliveries of events that were kept before.", metrics.repeats),
        ("commits_total", "Group commits.", metrics.commits),
        ("commit_seconds_total", "Seconds spent in group commits.", metrics.commit_seconds),
        ("commit_failures_total", "Group commits the store refused.", metrics.failures),
        ("evicted_total", "Idle connections given up for new ones.", metrics.evicted),
        ("timeouts_total", "Requests that were not complete in time.", metrics.timeouts),
    ):
        yield from _head(f"pjterm_relay_{name}", words, "counter")
        yield f"pjterm_relay_{name} {value}"


def _gauges(gauges: Iterable[Gauge]) -> Iterator[str]:
    yield from _head("pjterm_relay_info", "Which version runs.", "gauge")
    yield f'pjterm_relay_info{{version="{__version__}"}} 1'
    described: set[str] = set()
    for gauge in gauges:
        name = f"pjterm_relay_{gauge.name}"
        if name not in described:
            described.add(name)
            yield from _head(name, gauge.help, "gauge")
        label = "" if gauge.label is None else f'{{{gauge.label[0]}="{_escaped(gauge.label[1])}"}}'
        yield f"{name}{label} {gauge.value:.15g}"


def _head(name: str, words: str, kind: str) -> tuple[str, str]:
    return f"# HELP {name} {words}", f"# TYPE {name} {kind}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
