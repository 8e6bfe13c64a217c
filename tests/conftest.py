"""What every test gets: its own directories, no home, no network except loopback.

The failure itself says what was forgotten: a test that reaches for the home directory or for an external
host did not pass in what it should have.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import ipaddress
import itertools
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo  # noqa: F401  (its first import asks for paths under the home directory)

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

for _number in (signal.SIGINT, *(getattr(signal, name) for name in ("SIGHUP", "SIGQUIT") if hasattr(signal, name))):
    if (
        signal.getsignal(_number) is signal.SIG_IGN
    ):  # by a shell's `&` or nohup: ignored signals stay ignored in commands
        signal.signal(_number, signal.default_int_handler if _number == signal.SIGINT else signal.SIG_DFL)
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each of a thousand processes would compile the program again

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")  # the time of an example depends on the machine, not on the example

_HERE = ("localhost", "")
_TESTS = itertools.count()
TESTS = Path(__file__).parent
WAITING = (
    "simulator/bench/test_verify.py", "cli/test_signals.py", "relay/test_fleet.py", "relay/test_commands.py",
    "cli/test_resets.py", "integrations/test_integrations.py", "relay/test_login.py", "test_readme.py",
    "cli/test_silence.py", "completions/test_completions.py", "completions/test_install.py", "cli/test_machines.py",
    "cli/test_terminals.py", "cli/test_keys.py", "relay/test_serve.py", "relay/test_charge.py",
)  # fmt: skip
"""Files that mostly wait for processes, the longest first."""
WORKING = ("world/test_histories.py", "world/test_dispute.py", "world/test_probe.py", "world/test_planted.py")
"""The longest of those that mostly compute."""
EACH_BY_ITSELF = (
    "relay/test_fleet.py", "relay/test_charge.py", "core/test_states.py", "core/test_world.py",
    "world/test_histories.py", "relay/test_login.py", "cli/test_silence.py",
)  # fmt: skip
"""Files whose tests share nothing expensive; those of all others share a simulator or a relay and stay together."""


class Forgotten(AssertionError):
    """A test touched the real world; the message says what should have been passed in."""


class Spread(LoadFileScheduling):  # type: ignore[misc]
    """Tests that belong together go to one worker."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Spread:
    return Spread(config, log)


def pytest_configure() -> None:
    """Collecting tests creates no garbage, and searching for some takes a tenth of its time."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Collected tests are permanent: from here on, only their own garbage is searched for."""
    gc.freeze()
    gc.enable()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Each worker begins loading the tests elsewhere, so that in a fresh clone they compile for each other."""
    if (worker := getattr(session.config, "workerinput", None)) is None or session.config.args != [TESTS.name]:
        return
    sys.dont_write_bytecode = False
    paths = sorted(TESTS.rglob("test_*.py"))
    begin = len(paths) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
    for path in (*paths[begin:], *paths[:begin]):
        with contextlib.suppress(Exception):  # reported when it is collected
            importlib.import_module(".".join(path.relative_to(TESTS.parent).with_suffix("").parts))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Distribute waiting tests among computing ones so that no processor is idle; the last part only computes."""
    groups = [list(group) for _, group in itertools.groupby(items, key=lambda item: _group(item.nodeid))]
    waiting = _by_place([g for g in groups if _file(g) in WAITING], WAITING)
    working = _by_place([g for g in groups if _file(g) not in WAITING], WORKING)
    begins = [(n / len(working), g) for n, g in enumerate(working)]
    begins += [(0.85 * n / len(waiting), g) for n, g in enumerate(waiting)]
    items[:] = [item for _, group in sorted(begins, key=lambda begin: begin[0]) for item in group]


def _group(nodeid: str) -> str:
    """What one worker gets: all tests of a file, except for files that do not benefit from that."""
    file = nodeid.partition("::")[0]
    return nodeid if file.removeprefix("tests/") in EACH_BY_ITSELF else file


def _file(group: list[pytest.Item]) -> str:
    return group[0].path.relative_to(TESTS).as_posix()


def _by_place(groups: list[list[pytest.Item]], first: tuple[str, ...]) -> list[list[pytest.Item]]:
    places = {name: n for n, name in enumerate(first)}
    return sorted(groups, key=lambda group: places.get(_file(group), len(places)))


@pytest.fixture(autouse=True)
def own_directories(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A state and a configuration directory, not created yet, and none of the tester's environment."""
    for name in [n for n in os.environ if n.startswith("PJTERM_")]:
        monkeypatch.delenv(name)
    own = tmp_path_factory.getbasetemp() / f"own-{next(_TESTS)}"
    monkeypatch.setenv("PJTERM_STATE_DIR", str(own / "state"))
    monkeypatch.setenv("PJTERM_CONFIG_DIR", str(own / "config"))


@pytest.fixture(scope="session", autouse=True)
def no_home() -> Iterator[None]:
    """The home directory belongs to a user: code under test gets its directories passed in."""
    expand = os.path.expanduser

    def refuse(path: Any) -> Any:
        if os.fspath(path)[:1] in ("~", b"~"):
            raise Forgotten(f"{path!r} is the home directory: hand in tmp_path, or set PJTERM_STATE_DIR")
        return expand(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os.path, "expanduser", refuse)
        yield


@pytest.fixture(scope="session", autouse=True)
def only_loopback() -> Iterator[None]:
    """Tests connect to 127.0.0.1 and ::1 and to no name that would need a lookup."""
    look_up = socket.getaddrinfo

    def refuse(host: Any, *rest: Any, **more: Any) -> Any:
        _check(host)
        return look_up(host, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", _guarded(socket.socket.connect_ex))
        patch.setattr(socket, "getaddrinfo", refuse)
        yield


def _guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _check(address[0])
        return connect(self, address)

    return guarded


def _check(host: Any) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or name in _HERE:
        return
    try:
        inside = ipaddress.ip_address(name).is_loopback or ipaddress.ip_address(name).is_unspecified
    except ValueError:
        inside = False
    if not inside:
        raise Forgotten(f"{name} is no loopback address: start a server on 127.0.0.1, or use a transport")
