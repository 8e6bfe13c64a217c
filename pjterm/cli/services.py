"""What a command works with, each part created on first use, so that `--help` touches no file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pjterm.cli.streams import Streams
from pjterm.errors import AuthFailed, JournalDamaged, PjtermError, Unavailable, UsageFault
from pjterm.values import dataclass, field

if TYPE_CHECKING:
    from pjterm.api.client import Api
    from pjterm.api.login import Login
    from pjterm.api.rate_limit import Pace
    from pjterm.api.transport import Exchange
    from pjterm.core.entry import Scope
    from pjterm.core.jump import Jump
    from pjterm.flow.assembly import Flow
    from pjterm.flow.inbox import Inbox
    from pjterm.flow.protocols import RelayFeed, Reporter
    from pjterm.flow.signals import Signals
    from pjterm.journal.store import Journal
    from pjterm.relay.client.address import RelayAddress
    from pjterm.settings.credentials import Credentials
    from pjterm.settings.profile import Profile
    from pjterm.settings.profiles import Config
    from pjterm.system.clock import Clock
    from pjterm.system.jumps import Jumps
    from pjterm.system.log import Log

T = TypeVar("T")
HOST_PATIENCE = 5.0  # seconds; a simulator answers at once


@dataclass
class Services(Streams):
    """Files, profile, clock, journal, API, relays. Tests pass their own environment and streams."""

    profile_name: str | None = None
    quiet: bool = False
    verbose: bool = False
    open_things: ExitStack = field(default_factory=ExitStack)
    wrap_notice: Callable[[str], None] | None = None
    on_exchange: Callable[[Exchange], None] | None = None
    """Called with each exchange, too."""
    embedded_at: str | None = None
    """Where the simulator inside this process listens, once it does: at another port than that of any other process."""
    asks_of_earlier: bool = False
    """Whether it is about a request that may have been sent: the journal answers without secrets, too."""
    said_simulator: bool = False
    """Whether stderr says already that no card is charged."""

    def notice(self, text: str) -> None:
        """A sentence on stderr, unless quiet."""
        if not self.quiet:
            self.warn(text)

    def warn(self, text: str) -> None:
        """A warning on stderr, even with `--quiet`."""
        from pjterm.core.text import harmless

        if self.wrap_notice is not None:
            self.wrap_notice(text)
        else:
            self.error_line(harmless(text))

    def say_simulator(self) -> None:
        """Say once, even with `--quiet`, that this is the built-in simulator, if it is."""
        if self.profile.builtin and not self.said_simulator:
            self.warn("[simulator: no card is charged]")
        self.said_simulator = True

    def say_unasked_simulator(self) -> None:
        """The same at the end of a command that used the built-in simulator because no profile was chosen."""
        if not self.__dict__.keys().isdisjoint(("api", "scope")) and not self.names_profile():
            self.say_simulator()

    def error_line(self, text: str) -> None:
        """Write a line to stderr; a command in it is for this command's profile."""
        super().error_line(self.addressed(text))

    # -- files ---------------------------------------------------------------------------------------

    @cached_property
    def config_dir(self) -> Path:
        from pjterm.settings import directories

        return directories.config_dir(self.environ)

    @cached_property
    def state_dir(self) -> Path:
        from pjterm.settings import directories
        from pjterm.system.files import foreign_owner

        place = directories.state_dir(self.environ)
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

    @property
    def profile_if_any(self) -> Profile | None:
        """The profile; None where none is chosen, or it cannot be read."""
        try:
            return self.profile
        except PjtermError:
            return None

    def names_profile(self) -> bool:
        """Whether the user named the profile."""
        from pjterm.cli import profile_choice

        return profile_choice.named(self.profile_name, self.environ) is not None

    def is_default(self, profile: str | None) -> bool:
        """Whether a command typed without `-p` is for this profile in every shell."""
        from pjterm.cli import profile_choice

        try:
            return profile_choice.is_default(profile, self.config)
        except PjtermError:  # none is, while the file cannot be read
            return False

    def addressed(self, text: str) -> str:
        """A text whose commands are for this command's profile, also where another one is the default."""
        profile: Profile | None = self.__dict__.get("profile")
        if profile is None or "pjterm " not in text:
            return text
        from pjterm.core.hints import for_profile

        return for_profile(text, None if self.is_default(profile.name) else profile.name, self._is_gone)

    def _is_gone(self, profile: str) -> bool:
        """Whether an entry was sent with a profile that was removed since."""
        from pjterm.settings import profiles

        try:
            profiles.find(self.config, profile)
        except AuthFailed:
            return True
        except PjtermError:  # what is there is not known while the file cannot be read
            return False
        return False

    @cached_property
    def credentials(self) -> Credentials:
        from pjterm.settings import credentials

        found = credentials.read(self.profile, self.config_dir, self.environ)
        self.log.hide(found.password, found.app_key)
        if found.overridden:
            self.notice(f"using {', '.join(found.overridden)} from the environment")
        return found

    @cached_property
    def scope(self) -> Scope:
        """The environment and the login that keys belong to."""
        from pjterm.core.entry import Scope
        from pjterm.settings import credentials

        login = credentials.login_of(self.profile, self.environ)
        return Scope(self.profile.environment.value, self.credentials.login if login is None else login)

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
        """A key for a sale without one: 20 characters with 100 random bits."""
        from random import SystemRandom  # as `secrets` does, which loads more

        return "".join(SystemRandom().choices("abcdefghijkmnpqrstuvwxyz23456789", k=20))

    @cached_property
    def journal(self) -> Journal:
        made = self.make_journal(self.state_dir)
        self.open_things.callback(made.close)
        return made

    def as_recorded(self, found: Sequence[T]) -> Sequence[T]:
        """Return what was read from the journal, with a warning if it is damaged.

        Raises `JournalDamaged` if nothing was found in a damaged one.
        """
        if not found:
            self.journal.check_sound()
            return found
        try:
            self.journal.check_sound()
        except JournalDamaged:
            self.warn("the journal is damaged: what is shown may be untrue or incomplete; see: pjterm journal verify")
        return found

    def make_journal(self, directory: Path) -> Journal:
        """The journal of a state directory."""
        from pjterm.journal.store import Journal

        return Journal(directory, now=self.clock.now, ahead=self.clock.ahead, jump=self.jump)

    @cached_property
    def jumps(self) -> Jumps:
        """What notices that the wall clock was set; it may also be set while this command runs."""
        made = self.make_jumps()
        self.open_things.callback(made.look, leaving=True)
        return made

    def jump(self) -> Jump | None:
        """The last time that the wall clock was set, as far as commands have noticed, and those before."""
        found = None
        for ago, by in self.jumps.look():
            from pjterm.core.jump import Jump

            found = Jump(self.clock.now() - timedelta(seconds=ago), timedelta(seconds=by), found)
        return found

    def make_jumps(self) -> Jumps:
        """Remembers how far the wall clock was from the one that cannot be set."""
        from pjterm.system.jumps import Jumps

        return Jumps(self.state_dir / "clock.json", self.clock.wall)

    @cached_property
    def base_url(self) -> str:
        """Where the API is: the profile's URL, a running simulator, or one inside this process."""
        if self.profile.base_url is not None:
            return self.profile.base_url
        from pjterm.simulator.server import running

        found = running.find(self.state_dir)
        if found is not None:
            return found
        from pjterm.settings import facts_file
        from pjterm.simulator.server.embedded import Embedded

        facts = facts_file.guesses(self.config_dir)
        self.embedded_at = self.open_things.enter_context(Embedded(self.state_dir, facts=facts)).url
        return self.embedded_at

    @cached_property
    def api(self) -> Api:
        from pjterm.api.login import Login

        try:
            who = self.credentials
            return self.api_for(self.profile, self.base_url, Login(who.login, who.password, who.app_key))
        except (AuthFailed, UsageFault) as fault:
            if not self.asks_of_earlier:
                raise
            for line in (f"PayJunction cannot be asked: {fault.message}", *(fault.hint or "").splitlines()):
                self.warn(line)
            missing = fault if isinstance(fault, AuthFailed) else AuthFailed(fault.message, hint=fault.hint)
            return self.api_for(self.profile, self.base_url, Login(self.scope.login, "", "", missing))

    def api_for(self, profile: Profile, base_url: str, login: Login) -> Api:
        """The client of a profile, which need not be this command's. No simulator answers one for production."""
        from urllib.parse import urlsplit

        with suppress(OSError):  # then the pace is kept only within this process; the journal reports it itself
            self.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        api = self.make_api(
            base_url,
            login,
            self.make_pace("simulator" if base_url == self.embedded_at else urlsplit(base_url).netloc, login.login),
            now=self.clock.now,
            pause=self.inbox.pause,
            on_exchange=self._exchange,
            again=self.notice,
        )
        self.open_things.callback(api.close)
        _check_host(profile, api)
        return api

    def make_api(self, base_url: str, login: Login, *args: Any, **more: Any) -> Api:
        """The client of one login at one host; the CA bundle is read while httpx is loaded, as each takes 40 ms."""
        from pjterm.system import tls

        if login.missing is None:
            tls.begin(base_url)
        from pjterm.api.client import Api

        return Api(base_url, login, *args, **more)

    def make_flow(self, reporter: Reporter, via: str) -> Flow:
        """The flow of this command."""
        from pjterm.flow.assembly import Flow

        feed = self.relay_feed(via)
        return Flow(self.api, self.journal, self.clock, self.inbox, reporter, self.signals, feed)

    def make_pace(self, host: str, login: str) -> Pace:
        """The pace of one login at one host, shared by all processes of this user."""
        from pjterm.api.rate_limit import Pace

        return Pace(self.state_dir, host, login)

    def _exchange(self, e: Exchange) -> None:
        end = str(e.status) if e.status is not None else f"failed ({e.fault})"
        line = f"{e.method} {e.path} {end} {e.milliseconds} ms {e.pj_request_id or '-'}"
        self.log.line(line)
        if self.on_exchange is not None:
            self.on_exchange(e)
        if self.verbose:
            self.warn(line)

    def relays(self, via: str) -> list[RelayAddress]:
        """The relays to follow by."""
        if via == "poll" or (via == "auto" and not self.profile.relay):
            return []
        from pjterm.cli import relay_choice
        from pjterm.settings import credentials

        def token() -> str | None:
            try:
                return credentials.secret(self.profile, "relay_token", self.config_dir, self.environ)
            except (AuthFailed, UsageFault):
                if not self.asks_of_earlier:
                    raise
                return None

        found = relay_choice.relays(self.profile, via, self.state_dir, token, self.notice)
        self.log.hide(*(relay.token for relay in found))
        return found

    def relay_feed(self, via: str) -> RelayFeed | None:
        """The relay to listen to, if there is one; its code is loaded only then."""
        addresses = self.relays(via)
        if not addresses:
            return None
        from pjterm.flow.relay_feed import RelayFeed

        return RelayFeed(addresses, self.inbox, self.clock.now)

    def close(self) -> None:
        """Stop what this command started."""
        self.open_things.close()


def _check_host(profile: Profile, api: Api) -> None:
    """Before a production profile uses a host that is not PayJunction's, check that it is not a simulator."""
    if profile.environment.value != "production" or profile.foreign_url is None:
        return
    with suppress(PjtermError), api.hurried(HOST_PATIENCE):  # without an answer, the call itself will show it
        api.accounts()
    if (api.server or "").startswith("pjterm-simulator"):
        raise UsageFault(
            f"profile {profile.name} is production, but {profile.foreign_url} is a simulator; nothing was sent",
            hint="remove its base_url, or make it a profile of the simulator's environment",
        )
