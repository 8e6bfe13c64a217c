"""Shop and till of `tests.cli.till` in this process and in virtual time, for tests whose subject is no process.

The same simulator and the same command line: what lies between them is the world's (`tests.world.simulated`).
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
"""The shop's other name: the environment `simulator` speaks to this machine only."""
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
    """A simulator in a world of its own."""

    url = URL

    def __init__(self, root: Path, scenario: str | None, speed: float) -> None:
        self.world = World(root)
        self.service = Simulated(self.world, Setting(speed=speed, scenario=_scenario(scenario)))
        self.exchanges = self.service.exchanges
        service: Any = self.service
        self.world.service = service
        self.world.shortcut = True

    def close(self) -> None:
        """It is over; all that it answered was as documented."""
        numbers_as_text = self.service.books.setting.scenario.numbers_as_text
        self.service.close()
        for exchange in self.exchanges if not numbers_as_text else ():
            documented.check(exchange.call, exchange.reply)

    def till(self, name: str = "till", **profile: Any) -> Till:
        """A till of this shop, on a machine of its own."""
        return Till(self, name, **profile)

    def moment(self, later: float = 0.0) -> AbstractContextManager[Moment]:
        return self.service.books.moment(self.service.books.clock() + later)

    def call(self, method: str, path: str, form: dict[str, str]) -> bytes:
        """A second later, for the API allows one call per 0.1 s and login."""
        self.world.wait(1.0)
        headers = {name.lower(): value for name, value in WHO.items()}
        headers["content-type"] = "application/x-www-form-urlencoded"
        reply = self.service.ask(method, path, "", headers, urlencode(form).encode())
        assert reply.status < 300, reply
        self.world.wait(1.0)
        return reply.body

    def play(self, scenario: str | None) -> None:
        """These rules from now on."""
        self.service.books.play(_scenario(scenario))

    def begin_anew(self) -> None:
        """Another service: its books are empty, and it counts from the beginning."""
        self.service.books.reset()

    @contextmanager
    def losing(self, lose: Lose) -> Iterator[None]:
        """Calls meet what `lose` says meanwhile."""
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
    """By its name, or out of the text of a file."""
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
        """Write the config file anew; the shop is at its URL and at SIMULATOR, and nobody listens at any other."""
        (self.config / "config.toml").write_text(profile(url, terminal, account, **more))
        self.forget()
        self._till.machine.network.up = url in (URL, SIMULATOR)

    def forget(self) -> None:
        """Its files were changed by somebody else."""
        self._till.read = self._till.secrets = None

    def lose_journal(self) -> None:
        """The journal is gone, without a trace."""
        self._till.lose_journal()

    def run(self, *argv: str, **environ: str) -> Run:
        """Run a command in a pipe to its end."""
        self._till.environ = environ
        if environ:
            self.forget()
        return _told(self._till.run(*argv))

    def start(self, *argv: str) -> Running:
        """Run a command beside the test."""
        self._till.environ = {}
        return self._till.start(*argv)

    def run_at(self, columns: int, *argv: str) -> Run:
        """Run it with a stdout of so many columns."""
        return _told(self._till.run(*argv, columns=columns))


def _told(ended: Ended) -> Run:
    return Run(ended.code, ended.out, ended.err)


class Stage:
    """Where one test plays: the shops it opens, which are closed after it."""

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
