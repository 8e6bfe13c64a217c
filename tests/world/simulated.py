"""The product's own simulator in place of the service, in the same virtual time."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pjterm.simulator.api import world as simulator
from pjterm.simulator.api.replies import Call as SimulatorCall
from pjterm.simulator.api.replies import Reply as SimulatorReply
from pjterm.simulator.server.http_server import Exchange
from pjterm.simulator.shop import scenarios as rules
from pjterm.simulator.shop.inventory import APPLICATION_KEY, LOGIN, PASSWORD, READERS
from pjterm.simulator.shop.moment import Setting
from pjterm.simulator.shop.scenario_files import read
from tests.world.machine import RUNNING
from tests.world.service import START, URL, Access, Call, Reply
from tests.world.till import Till, World
from tests.world.transport import Broke

T1 = READERS[0].id


class Simulated:
    """The service as a machine's network sees it."""

    def __init__(self, world: World, setting: Setting) -> None:
        self.time = world.time
        self.books = simulator.World(None, lambda: START.timestamp() + self.time.now, setting)
        self.calls: list[tuple[Call, Reply]] = []
        self.exchanges: list[Exchange] = []
        """The same as the simulator sees it."""
        self._at_the_end: list[dict[str, Any]] | None = None

    def close(self) -> None:
        """Close it; the books remain readable."""
        self._at_the_end = self.transactions
        self.books.close()

    def login(self, name: str) -> Access:
        """Its only login."""
        return Access(name, PASSWORD, APPLICATION_KEY)

    def handle(self, call: Call, authorization: str, app_key: str) -> Reply:
        """Answer a call."""
        headers = {
            "authorization": authorization, "x-pj-application-key": app_key, "accept": "*/*",
            "content-type": "application/x-www-form-urlencoded",
        }  # fmt: skip
        found = self.ask(call.method, call.path, urlencode(call.query), headers, urlencode(call.form).encode())
        if found.fault is not None:
            if found.fault.fault is not rules.Fault.SLOW:
                raise Broke
            RUNNING.get().wait(self.books.setting.scaled(found.fault.seconds))
        said = {"x-pj-request-id": f"{len(self.calls):032d}", **found.headers}
        reply = Reply(found.status, found.body, found.content_type, said)
        self.calls.append((call, reply))
        return reply

    def ask(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> SimulatorReply:
        """The simulator's own answer."""
        call = SimulatorCall(method, path, query, headers, body, URL)
        found = self.books.call(call)
        self.exchanges.append(Exchange(self.books.clock(), call, found))
        return found

    def stamp(self) -> str:
        """The `Date` of its answers."""
        return format_datetime(START + timedelta(seconds=self.time.now), usegmt=True)

    def showing(self, later: float) -> list[str]:
        """The requests still running on a reader that many seconds later."""
        with self.books.moment(self.books.now() + later) as m:
            return [r.id for at in READERS for r in m.books.all_on(at.id) if r.ended is None]

    @property
    def transactions(self) -> list[dict[str, Any]]:
        """The booked transactions, newest first."""
        if self._at_the_end is not None:
            return self._at_the_end
        with self.books.moment() as m:
            return list(m.books.transactions())


def simulated(root: Path, scenario: str = "") -> tuple[World, Simulated, Till]:
    """A world with the simulator as its service, playing this scenario, and a till in it."""
    world = World(root)
    service: Any = Simulated(world, Setting(scenario=read("test", scenario)))
    world.service = service
    return world, service, world.till(login=LOGIN, aliases={"T1": T1})
