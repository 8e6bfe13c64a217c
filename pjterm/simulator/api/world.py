"""The whole simulator without a network: a call and the time in, a reply out.

Each call is one transaction of the shared file: the world is brought up to now, the call is handled, the result
is stored. The clock is an argument.
"""

from __future__ import annotations

import re
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path

from pjterm.simulator.api import routes
from pjterm.simulator.api.desk import Desk
from pjterm.simulator.api.limits import PER_LOGIN, PER_REQUEST, Limits
from pjterm.simulator.api.replies import Call, Refused, Reply, Wrong, as_json
from pjterm.simulator.api.rewriting import numbers_as_text
from pjterm.simulator.api.smartterminals import RETENTION_SECONDS
from pjterm.simulator.shop import clockwork
from pjterm.simulator.shop.books import Books
from pjterm.simulator.shop.moment import Moment, Setting
from pjterm.simulator.shop.scenarios import Fault, HttpRule, Scenario
from pjterm.simulator.shop.store import Connect, Store
from pjterm.values import replace

REMEMBERED = 500
FARTHEST = 1e9  # how far the clock goes forward in all: some 30 years
_FORWARD = "clock:forward"
_POLL = re.compile(r"/smartterminals/requests/([^/]+)/?")


class World:
    """A simulated PayJunction over a directory, or in memory; used by one thread at a time."""

    def __init__(
        self,
        directory: Path | None,
        clock: Callable[[], float],
        setting: Setting | None = None,
        connect: Connect = sqlite3.connect,
    ) -> None:
        self.setting = self._begun_with = setting or Setting()
        self.clock = clock
        self.calls: deque[tuple[Call, Reply]] = deque(maxlen=REMEMBERED)
        """The last API calls and their replies, without the bodies."""
        self._store = Store(directory, self.setting.seed, connect)
        self._limits = Limits()
        self._forward = 0.0
        try:
            with self.moment() as m:
                m.books.purge(m.now - RETENTION_SECONDS)
        except BaseException:
            self._store.close()
            raise

    def close(self) -> None:
        self._store.close()

    @contextmanager
    def moment(self, now: float | None = None) -> Iterator[Moment]:
        """Open the books at a time, after everything due by then has happened."""
        with self._store.open() as books:
            self._forward = float(books.meta(_FORWARD) or 0.0)
            m = Moment(books, (self.clock() if now is None else now) + self._forward, self.setting)
            clockwork.advance(m)
            yield m

    def now(self) -> float:
        """The world's time: the clock, and how far it is known to have been moved forward."""
        return self.clock() + self._forward

    # -- moving the world ---------------------------------------------------------------------

    def tick(self) -> float | None:
        """Bring the world up to now; return when the next thing is due."""
        with self.moment() as m:
            return m.books.wake_at()

    def go_forward(self, seconds: float) -> None:
        """Move the world's clock forward, and let everything happen that is due by then. Rate limits keep real time."""
        with self.moment() as m:
            if self._forward + seconds > FARTHEST:
                raise Refused(400, Wrong("forward: the clock goes 1e9 seconds forward in all.", "forward", "invalid"))
            m.books.set_meta(_FORWARD, repr(self._forward + seconds))
        self.tick()

    def play(self, scenario: Scenario) -> None:
        """Play another scenario from now on."""
        with self.moment() as m:
            m.books.begin_scenario()
        self.setting = replace(self.setting, scenario=scenario)

    def reset(self) -> None:
        """Empty the books and the list of calls, and restore the first setting and this machine's time."""
        with self.moment() as m:
            m.books.clear()
        self._forward = 0.0
        self.setting = self._begun_with
        self._limits = Limits()
        self.calls.clear()

    # -- calls --------------------------------------------------------------------------------

    def call(self, call: Call, arrived: float | None = None) -> Reply:
        """Answer an API call as of its arrival, even if a busy machine handles it later."""
        reply = self._reply(call, self.clock() if arrived is None else arrived)
        self.calls.append((replace(call, body=b""), replace(reply, body=b"")))
        return reply

    def _reply(self, call: Call, now: float) -> Reply:
        try:
            route, parts = routes.find(call)
            self._check_rate(call, routes.authenticate(call), now)
            routes.check_accept(call, route.produces)
            version = routes.version_of(call)
            form = routes.form_of(call)
        except Refused as no:
            return no.reply()
        rule = self._fault(call)
        with self.moment(now) as m:
            if rule is not None and rule.fault.before:
                if _hits(m.books, call, rule):
                    limited = rule.fault is Fault.RATE_LIMITED
                    return _spoiled(self._over_the_limit().reply() if limited else Reply(200), rule)
                rule = None
            reply = routes.handle(route, parts, Desk(m, call, form, version))
            if rule is not None and (reply.status >= 300 or not _hits(m.books, call, rule)):
                rule = None  # a refused call leaves the fault to the next one
        if self.setting.scenario.numbers_as_text:
            reply = numbers_as_text(reply)
        return reply if rule is None else _spoiled(reply, rule)

    def _check_rate(self, call: Call, login: str, now: float) -> None:
        poll = _POLL.fullmatch(call.path)
        in_time = self._limits.allows(f"login:{login}", PER_LOGIN, now)
        if in_time and poll and call.method == "GET":
            in_time = self._limits.allows(f"poll:{poll[1].lower()}", PER_REQUEST, now)
        if not in_time:
            raise self._over_the_limit()

    def _over_the_limit(self) -> Refused:
        return Refused(self.setting.guesses.limit_status, Wrong("API rate limit has been exceeded."))

    def _fault(self, call: Call) -> HttpRule | None:
        name = f"{call.method} {call.path.rstrip('/')}"
        return next((r for r in self.setting.scenario.http if fnmatchcase(name, r.call)), None)


def _hits(books: Books, call: Call, rule: HttpRule) -> bool:
    """Whether a fault meets this call: the first of each distinct call, or every one."""
    what = f"{call.method} {call.path.rstrip('/')}?{call.query}\n".encode() + call.body
    return rule.each or books.first_time(f"fault:{sha256(what).hexdigest()}")


def _spoiled(reply: Reply, rule: HttpRule) -> Reply:
    """What the caller gets instead; for a lost reply the server will break the connection."""
    match rule.fault:
        case Fault.REPLY_LOST | Fault.NOT_STARTED | Fault.SLOW:
            return replace(reply, fault=rule)
        case Fault.HTTP_500:
            instead = as_json({"errors": [{"message": "Internal server error."}]}, 500)
        case Fault.HTTP_502_HTML:
            instead = Reply(502, _BAD_GATEWAY, "text/html; charset=UTF-8", foreign=True)
        case Fault.TRUNCATED:
            instead = replace(reply, body=reply.body[: len(reply.body) // 2])
        case Fault.RATE_LIMITED:
            instead = reply
        case Fault.PROXY_PAGE:
            instead = Reply(403, _FORBIDDEN, "text/html; charset=UTF-8", foreign=True)
    return replace(instead, spoiled=True)


_PAGE = (
    "<!DOCTYPE html>\n<html><head><title>{title}</title></head>\n"
    "<body><center><h1>{title}</h1></center><hr><center>{by}</center></body></html>\n"
)
_BAD_GATEWAY = _PAGE.format(title="502 Bad Gateway", by="cloudflare").encode()
_FORBIDDEN = _PAGE.format(title="403 Forbidden", by="web application firewall").encode()
