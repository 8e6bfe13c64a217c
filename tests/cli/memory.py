"""Shop and till of `tests.cli.till` in this process and in virtual time, for tests that need no real process.

The same simulator and the same command line; the layer between them is the world's (`tests.world.simulated`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pjterm.simulator.shop.inventory import LOGIN
from pjterm.simulator.shop.moment import Moment, Setting
from pjterm.simulator.shop.scenario_files import load, read
from pjterm.simulator.shop.scenarios import Scenario
from tests.cli.any_shop import AnyShop
from tests.cli.proxy import Lose, Loss
from tests.cli.till import SECRETS_FILE, WHO, Run, profile
from tests.simulator import documented
from tests.world.faults import Cut, Fault, Silence, lost_answer, lost_request, page, says
from tests.world.service import URL, Call
from tests.world.simulated import Simulated
from tests.world.till import Run as Ended
from tests.world.till import Running, World

SIMULATOR = "http://127.0.0.1:8700"
"""The shop's other URL: the environment `simulator` connects only to this machine."""
FAULTS: dict[Loss, Callable[[], Fault]] = {
    Loss.RESET_BEFORE: lambda: lost_request(Cut()),
    Loss.RESET_AFTER: lambda: lost_answer(Cut()),
    Loss.HTTP_500: lambda: lost_answer(says(500).what),
    Loss.HTTP_502: lambda: lost_answer(page(502)),
    Loss.TRUNCATED: lambda: lost_answer(Cut(0.5)),
    Loss.STALL: lambda: lost_answer(Silence()),
    Loss.NOT_FOUND: lambda: lost_answer(says(404, "404 Not Found").what),
}


class Shop(AnyShop):
    """A simulator in its own world."""

    url = URL

    def __init__(self, root: Path, scenario: str | None, speed: float) -> None:
        self.world = World(root)
        self.service = Simulated(self.world, Setting(speed=speed, scenario=_scenario(scenario)))
        self.exchanges = self.service.exchanges
        service: Any = self.service
        self.world.service = service
        self.world.shortcut = True

    def close(self) -> None:
        """Close it and check that all its answers were as documented."""
        numbers_as_text = self.service.books.setting.scenario.numbers_as_text
        self.service.close()
        for exchange in self.exchanges if not numbers_as_text else ():
            documented.check(exchange.call, exchange.reply)

    def till(self, name: str = "till", **profile: Any) -> Till:
        """A till of this shop, on its own machine."""
        return Till(self, name, **profile)

    def moment(self, later: float = 0.0) -> AbstractContextManager[Moment]:
        return self.service.books.moment(self.service.books.clock() + later)

    def call(self, method: str, path: str, form: dict[str, str]) -> bytes:
        """Wait a second first, since the API allows one call per 0.1 s and login."""
        self.world.wait(1.0)
        headers = {name.lower(): value for name, value in WHO.items()}
        headers["content-type"] = "application/x-www-form-urlencoded"
        reply = self.service.ask(method, path, "", headers, urlencode(form).encode())
        assert reply.status < 300, reply
        self.world.wait(1.0)
        return reply.body

    def play(self, scenario: str | None) -> None:
        """Play this scenario from now on."""
        self.service.books.play(_scenario(scenario))

    def begin_anew(self) -> None:
        """Start another service: empty books, and ids from the beginning."""
        self.service.books.reset()

    @contextmanager
    def losing(self, lose: Lose) -> Iterator[None]:
        """While the block runs, calls meet the fault that `lose` returns."""
        faults = self.world.faults
        faults.random = lambda call, _machine: _fault(call, lose)
        try:
            yield
        finally:
            faults.random = None


def _fault(call: Call, lose: Lose) -> Fault | None:
    loss = lose(call.method, call.path)
    return None if loss is None else FAULTS[loss]()


def _scenario(named: str | None) -> Scenario:
    """A scenario by its name, or from the text of a file."""
    return read("scenario", named) if named is not None and "\n" in named else load(named)


class Till:
    """One machine and its profile `till-1`."""

    def __init__(
        self, shop: Shop, name: str, *, terminal: str | None = "T1", account: int | None = 10001, **more: Any
    ) -> None:
        self._till = shop.world.till(name, login=LOGIN)
        (self.config / "credentials.toml").write_text(SECRETS_FILE)
        self.write_profile(shop.url, terminal=terminal, account=account, **more)

    @property
    def config(self) -> Path:
        return self._till.config

    @property
    def state(self) -> Path:
        return self._till.state

    def write_profile(self, url: str, *, terminal: str | None = "T1", account: int | None = 10001, **more: Any) -> None:
        """Rewrite the config file; the shop listens at its URL and at SIMULATOR, and no other URL answers."""
        (self.config / "config.toml").write_text(profile(url, terminal, account, **more))
        self.forget()
        self._till.machine.network.up = url in (URL, SIMULATOR)

    def forget(self) -> None:
        """Drop cached state after another program changed the files."""
        self._till.read = self._till.secrets = None

    def lose_journal(self) -> None:
        """Delete the journal without a trace."""
        self._till.lose_journal()

    def run(self, *argv: str, **environ: str) -> Run:
        """Run a command in a pipe to its end."""
        self._till.environ = environ
        if environ:
            self.forget()
        return _run(self._till.run(*argv))

    def start(self, *argv: str) -> Running:
        """Start a command that runs alongside the test."""
        self._till.environ = {}
        return self._till.start(*argv)

    def run_at(self, columns: int, *argv: str) -> Run:
        """Run it with a stdout of that many columns."""
        return _run(self._till.run(*argv, columns=columns))


def _run(ended: Ended) -> Run:
    return Run(ended.code, ended.out, ended.err)


class Stage:
    """The shops of one test, closed after it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.stack = ExitStack()
        self._count = 0

    def open(self, scenario: str | None = None, speed: float = 50.0, **profile: Any) -> tuple[Shop, Till]:
        """A shop and a till whose profile points at it. A scenario with newlines is a file's text."""
        self._count += 1
        shop = Shop(self._root / f"shop-{self._count}", scenario, speed)
        self.stack.enter_context(shop.world)
        self.stack.enter_context(closing(shop))
        return shop, shop.till(**profile)
