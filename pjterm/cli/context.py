"""What a command works with, each thing made on first use, so that `--help` touches no file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from contextvars import ContextVar
from datetime import tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pjterm.cli.streams import Streams
from pjterm.errors import PjtermError, Unavailable
from pjterm.values import dataclass, field

if TYPE_CHECKING:
    from pjterm.api.client import Api
    from pjterm.api.rate_limit import Pace
    from pjterm.api.transport import Exchange, Login
    from pjterm.core.calendar import Calendar
    from pjterm.core.entry import Entry, Scope
    from pjterm.flow.assembly import Flow
    from pjterm.flow.inbox import Inbox
    from pjterm.flow.runtime import RelayFeed, Reporter
    from pjterm.flow.signals import Signals
    from pjterm.journal.store import Journal
    from pjterm.relay.client.address import RelayAddress
    from pjterm.settings.credentials import Credentials
    from pjterm.settings.profiles import Config, Profile
    from pjterm.system.clock import Clock
    from pjterm.system.log import Log


@dataclass
class Context(Streams):
    """Everything outside the command itself. Tests hand in their own environment and streams."""

    profile_name: str | None = None
    format: str = "text"
    quiet: bool = False
    verbose: bool = False
    bell: bool = False
    wide: bool = False
    open_things: ExitStack = field(default_factory=ExitStack)
    wrap_notice: Callable[[str], None] | None = None
    told: Callable[[], object] | None = None
    """Which verdict the lines on stderr have told already."""
    asked: dict[str, Any] = field(default_factory=dict)
    """What the result object can tell of the request when it fails early."""
    sending: bool = False
    """Whether an entry was written, so that its POST may have left."""
    names_earlier: bool = False
    """Whether the user named a key or request that may have been sent before this command."""
    timeout: float = 300.0
    """How long this command may take in all, seconds."""
    typed: tuple[str, ...] = ()
    """The command line, as it was typed."""
    command_path: str | None = None
    """The command with its groups: `pjterm requests show`."""
    sent_by: tuple[str, ...] = ()
    """That line, where this command sends a request: typed again it means the same request."""

    @classmethod
    def of(cls, profile: str | None, format_: str | None, quiet: bool, verbose: bool) -> Context:
        """The context of one command line."""
        context = cls(profile_name=profile, format=str(format_ or "text"), quiet=quiet, verbose=verbose)
        _current.set(context)
        return context

    def will_send(self) -> None:
        """An entry is about to be written, and its POST to leave."""
        self.sending = True

    @property
    def may_have_sent(self) -> str | None:
        """The key of an entry whose POST may have left, if this process got that far."""
        watch_key: str | None = self.asked.get("key")
        return watch_key if self.sending else None

    # -- files ---------------------------------------------------------------------------------------

    @cached_property
    def config_dir(self) -> Path:
        from pjterm.settings import profiles

        return profiles.config_dir(self.environ)

    @cached_property
    def state_dir(self) -> Path:
        from pjterm.settings import profiles
        from pjterm.system.files import foreign_owner

        place = profiles.state_dir(self.environ)
        if (problem := foreign_owner(place)) is not None:
            raise Unavailable(f"the state directory is not used: {problem}", hint="or name another PJTERM_STATE_DIR")
        return place

    @cached_property
    def log(self) -> Log:
        from pjterm.system.log import Log

        return Log(self.state_dir)

    @cached_property
    def config(self) -> Config:
        from pjterm.settings import profiles

        return profiles.load(self.config_dir)

    # -- who we are -----------------------------------------------------------------------------------

    @cached_property
    def profile(self) -> Profile:
        """The profile of this command."""
        from pjterm.cli import profile_choice

        name = profile_choice.named(self.profile_name, self.environ)
        return profile_choice.choose(name, self.environ, self.config, lambda: self.journal.holds_real_entries())

    def names_profile(self) -> bool:
        """Whether a person said which profile."""
        from pjterm.cli import profile_choice

        return profile_choice.named(self.profile_name, self.environ) is not None

    def is_default(self, profile: str | None) -> bool:
        """Whether a command typed without `-p` would be for this profile."""
        from pjterm.cli import profile_choice

        try:
            return profile_choice.is_default(profile, self.environ, self.config)
        except PjtermError:  # nothing is, while the file cannot be read
            return False

    @cached_property
    def credentials(self) -> Credentials:
        from pjterm.settings import credentials

        found = credentials.read(self.profile, self.config_dir, self.environ)
        self.log.hide(found.password, found.app_key)
        if found.overridden:
            self.notice(f"using {', '.join(found.overridden)} from the environment")
        return found

    @property
    def scope(self) -> Scope:
        """Keys belong to an environment and a login."""
        from pjterm.core.entry import Scope

        return Scope(self.profile.environment.value, self.credentials.login)

    # -- what is outside --------------------------------------------------------------------------------

    @cached_property
    def clock(self) -> Clock:
        from pjterm.system.clock import Clock

        return Clock()

    @cached_property
    def inbox(self) -> Inbox:
        from pjterm.flow.inbox import Inbox

        return Inbox()

    @cached_property
    def signals(self) -> Signals:
        from pjterm.flow.signals import Signals

        return Signals(self.inbox)

    def new_key(self) -> str:
        """The key of a sale that was given none."""
        from pjterm.flow.submit import new_key

        return new_key()

    @cached_property
    def journal(self) -> Journal:
        made = self.make_journal(self.state_dir)
        self.open_things.callback(made.close)
        return made

    def make_journal(self, directory: Path) -> Journal:
        """The journal of a state directory."""
        from pjterm.journal.store import Journal

        return Journal(directory, now=self.clock.now, ahead=self.clock.ahead)

    @cached_property
    def base_url(self) -> str:
        """Where the API is: the profile's URL, a running simulator, or one inside this process."""
        if self.profile.base_url is not None:
            return self.profile.base_url
        from pjterm.simulator.server import running

        found = running.find(self.state_dir)
        if found is not None:
            return found
        from pjterm.simulator.server.embedded import Embedded

        return self.open_things.enter_context(_started(Embedded(self.state_dir)))

    @cached_property
    def api(self) -> Api:
        from pjterm.api.transport import Login

        who = self.credentials
        return self.api_for(self.base_url, Login(who.login, who.password, who.app_key))

    def api_for(self, base_url: str, login: Login) -> Api:
        """The client of a login that may not be this profile's."""
        from urllib.parse import urlsplit

        with suppress(OSError):  # the pace is kept within this process then; a journal says it itself
            self.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        api = self.make_api(
            base_url,
            login,
            self.make_pace(urlsplit(base_url).netloc, login.login),
            now=self.clock.now,
            pause=self.inbox.pause,
            tell=self._exchange,
            again=self.notice,
        )
        self.open_things.callback(api.close)
        return api

    def make_api(self, *args: Any, **more: Any) -> Api:
        """The client of one login at one host."""
        from pjterm.api.client import Api

        return Api(*args, **more)

    def make_flow(self, reporter: Reporter, via: str) -> Flow:
        """The parts that work on a request, put together."""
        from pjterm.flow.assembly import Flow

        feed = self.relay_feed(via)
        return Flow(self.api, self.journal, self.clock, self.inbox, reporter, self.signals, feed)

    def make_pace(self, host: str, login: str) -> Pace:
        """The turns of one login at one host, shared by all processes of this user."""
        from pjterm.api.rate_limit import Pace

        return Pace(self.state_dir, host, login)

    def _exchange(self, e: Exchange) -> None:
        end = str(e.status) if e.status is not None else f"failed ({e.fault})"
        line = f"{e.method} {e.path} {end} {e.milliseconds} ms {e.pj_request_id or '-'}"
        self.log.line(line)
        if self.verbose:
            self.warn(line)

    def relays(self, via: str) -> list[RelayAddress]:
        """The relays to follow by."""
        if via == "poll" or (via == "auto" and not self.profile.relay):
            return []
        from pjterm.cli import relay_choice
        from pjterm.settings import credentials

        def token() -> str | None:
            return credentials.secret(self.profile, "relay_token", self.config_dir, self.environ)

        found = relay_choice.relays(self.profile, via, self.state_dir, token, self.notice)
        self.log.hide(*(relay.token for relay in found))
        return found

    def relay_feed(self, via: str) -> RelayFeed | None:
        """The relay to listen to, if there is one; nothing of it is loaded where there is none."""
        addresses = self.relays(via)
        if not addresses:
            return None
        from pjterm.flow.relay_feed import Listener

        return Listener(addresses, self.inbox, self.clock.now)

    # -- people -------------------------------------------------------------------------------------------

    @property
    def foreign_url(self) -> str | None:
        """The host of the profile that was chosen, where it is not PayJunction's own."""
        profile: Profile | None = self.__dict__.get("profile")
        return None if profile is None else profile.foreign_url

    def confirm(self, question: str) -> bool:
        """Put a question on stderr; only y or yes is a yes. A host that is not PayJunction's own is named in it."""
        return super().confirm(question if self.foreign_url is None else f"{question} (host: {self.foreign_url})")

    @property
    def is_simulator(self) -> bool:
        return self.profile.environment.value == "simulator"

    def notice(self, text: str) -> None:
        """A sentence on stderr, unless quiet."""
        if not self.quiet:
            self.warn(text)

    def warn(self, text: str) -> None:
        """A sentence on stderr that nobody may overlook, quiet or not."""
        from pjterm.core.text import harmless

        if self.wrap_notice is not None:
            self.wrap_notice(text)
        else:
            self.error_line(harmless(text))

    def remember_told(self, entry: Entry) -> None:
        """The near-duplicate rule asks whether anybody was ever told of an approval."""
        from pjterm.core.model import Outcome
        from pjterm.errors import JournalUnusable

        if entry.shown_at is not None or entry.outcome not in (Outcome.APPROVED, Outcome.REFUNDED):
            return
        try:
            self.journal.printed(entry.id, self.clock.now())
        except JournalUnusable as error:
            self.notice(error.message)

    @cached_property
    def zone(self) -> tzinfo | None:
        """The zone that times are shown in: the profile's, else this machine's (`None`)."""
        try:
            name = self.profile.timezone
        except PjtermError:  # what lists and shows needs no profile
            return None
        if name is None:
            return None
        from zoneinfo import ZoneInfo

        return ZoneInfo(name)

    @cached_property
    def calendar(self) -> Calendar:
        """That zone, and when the profile's business day begins."""
        from pjterm.core.calendar import Calendar

        try:
            return Calendar(self.zone, self.profile.day_starts)
        except PjtermError:
            return Calendar(self.zone)

    @cached_property
    def draws(self) -> bool:
        """Whether stderr is a terminal to draw on: one whose cursor moves, and nobody asked for plain lines."""
        from pjterm.ui.table import is_dumb

        return self.stderr_is_terminal and not is_dumb(self.environ) and not self.accessible

    @cached_property
    def accessible(self) -> bool:
        """Whether everything is to be read aloud: plain lines that stay, no redrawing, no pictures."""
        if self.environ.get("ACCESSIBLE") not in (None, "", "0"):
            return True
        try:
            return self.profile.accessible
        except PjtermError:  # the command that needs the profile names the problem
            return True

    @property
    def rings(self) -> bool:
        """Whether the bell rings at the verdict."""
        return self.bell or self.profile.bell

    @cached_property
    def one_screen(self) -> bool:
        """Whether stdout and stderr are the same terminal, so that a person sees what either gets."""
        if sys.platform == "win32":
            return self.stdout_is_terminal and self.stderr_is_terminal
        if not (self.stdout_is_terminal and self.stderr_is_terminal):
            return False
        try:
            out, err = os.fstat(self.stdout.fileno()), os.fstat(self.stderr.fileno())
        except (OSError, ValueError):
            return False
        return (out.st_dev, out.st_ino, out.st_rdev) == (err.st_dev, err.st_ino, err.st_rdev)

    def close(self) -> None:
        """Stop what this command started."""
        self.open_things.close()


_current: ContextVar[Context | None] = ContextVar("context", default=None)


def current() -> Context | None:
    """The context of the command that runs, for whoever reports its failure."""
    return _current.get()


class _started:
    """An embedded simulator as a context manager that gives its URL."""

    def __init__(self, simulator: Any) -> None:
        self._simulator = simulator

    def __enter__(self) -> str:
        url: str = self._simulator.start()
        return url

    def __exit__(self, *_: object) -> None:
        self._simulator.close()
