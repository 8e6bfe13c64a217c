"""One command: how it was typed, what of it may have been sent, and how to ask the user."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from datetime import tzinfo
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pjterm.cli.services import Services
from pjterm.errors import PjtermError, UsageFault
from pjterm.values import dataclass, field

if TYPE_CHECKING:
    from pjterm.api.client import Api
    from pjterm.core.calendar import Calendar
    from pjterm.core.entry import Entry
    from pjterm.flow.signals import Signals
    from pjterm.settings.profile import Profile


@dataclass
class Context(Services):
    """What a command is given, and how it speaks to the user."""

    format: str = "text"
    bell: bool = False
    wide: bool = False
    shown: Callable[[], object] | None = None
    """Which verdict the lines on stderr have shown already."""
    asked: dict[str, Any] = field(default_factory=dict)
    """What the result object can say about the request if the command fails early, beside what was `given`."""
    given: dict[str, Any] = field(default_factory=dict)
    """The command's own arguments and options, as far as they could be read."""
    defaulted: dict[str, str] = field(default_factory=dict)
    """Options that were not typed, but are the profile's, and where it says so: `[profiles.till-1.charge] tax`."""
    wrong_default: UsageFault | None = None
    """What is wrong with a default in the profile; raised where the key does not answer."""
    sending: bool = False
    """Whether an entry was written, so that its POST may have left."""
    timeout: float = 300.0
    """How many seconds this command may take in all."""
    typed: tuple[str, ...] = ()
    """The command line, as it was typed."""
    command_path: Callable[[], str] | None = None
    """Says the command with its groups, `pjterm requests show`; Typer looks through the root's options for that."""
    sent_by: tuple[str, ...] = ()
    """The command line, if it sends a request: typed again, it means the same request."""

    @classmethod
    def of(cls, profile: str | None, format_: str | None, quiet: bool, verbose: bool) -> Context:
        """The context of one command line."""
        context = cls(profile_name=profile, format=str(format_ or "text"), quiet=quiet, verbose=verbose)
        _current.set(context)
        return context

    def will_send(self) -> None:
        """An entry is about to be written, and its POST to leave."""
        self.sending = True

    def reader_named(self, option: str | None) -> str | None:
        """The reader that the line names, or PJTERM_TERMINAL, if one of them does."""
        return self.environ.get("PJTERM_TERMINAL") if option is None else option

    def note_reader(self, given: dict[str, Any]) -> None:
        """Add to the line what PJTERM_TERMINAL says: typed again in another shell it would be for another reader."""
        reader = self.reader_named(None)
        if reader is None or given.get("terminal", "") is not None or given.get("transaction") is not None:
            return
        from pjterm.core.hints import option_words, with_options

        self.typed = tuple(with_options(self.typed, *option_words("-t", reader)))

    def ends(self) -> None:
        """From here on this command only says how it ended: signals that it has handlers for are ignored."""
        signals: Signals | None = self.__dict__.get("signals")
        if signals is not None:
            signals.end()

    @property
    def may_have_sent(self) -> str | None:
        """The key of an entry whose POST may have left, if this process got that far."""
        key: str | None = self.asked.get("key")
        return key if self.sending else None

    @property
    def may_have_changed(self) -> bool:
        """Whether anything at PayJunction may be different because of this command."""
        api: Api | None = self.__dict__.get("api")
        return api is not None and api.has_written

    @property
    def foreign_url(self) -> str | None:
        """The URL of the chosen profile, if the host is not PayJunction's own."""
        profile: Profile | None = self.__dict__.get("profile")
        return None if profile is None else profile.foreign_url

    def url_of(self, entry: Entry) -> str | None:
        """The URL of an entry's profile as it is now, if the host is not PayJunction's own."""
        try:
            profile = self.config.profiles.get(entry.profile)
        except PjtermError:  # what the journal has is shown all the same
            return self.foreign_url
        if profile is None or profile.environment.value != entry.scope.environment:
            return None
        return profile.foreign_url

    def confirm(self, question: str) -> bool:
        """Ask a question on stderr; only y or yes confirms. A host that is not PayJunction's own is named in it."""
        return super().confirm(question if self.foreign_url is None else f"{question} (host: {self.foreign_url})")

    def confirm_or_refuse(self, question: str, undone: str, *, yes: bool, hint: str | None = None) -> None:
        """Continue with `--yes`, or if the user confirms; else raise an error that says what was not done.

        Without a `hint`, it suggests the same command line with `--yes`.
        """
        from pjterm.core.hints import PASS_YES
        from pjterm.errors import GuardRefused

        if not yes and not (self.can_ask() and self.confirm(question)):
            raise GuardRefused(f"{undone}: not confirmed", hint=hint or PASS_YES, code="confirm")

    @property
    def for_person(self) -> bool:
        """Whether stdout is text for a terminal."""
        return self.format == "text" and self.stdout_is_terminal

    @property
    def is_simulator(self) -> bool:
        return self.profile.environment.value == "simulator"

    def remember_shown(self, entry: Entry) -> None:
        """Record that the outcome was shown: the near-duplicate rule depends on it."""
        from pjterm.core.entry import MOVED
        from pjterm.errors import JournalUnusable

        if entry.shown_at is not None or entry.outcome not in MOVED:
            return
        try:
            self.journal.mark_shown(entry, self.clock.now())
        except JournalUnusable as error:
            self.notice(error.message)

    @cached_property
    def zone(self) -> tzinfo | None:
        """The zone that times are shown in: the profile's, else this machine's (`None`)."""
        profile = self.profile_if_any  # commands that only list or show need none
        if profile is None or profile.timezone is None:
            return None
        from zoneinfo import ZoneInfo

        return ZoneInfo(profile.timezone)

    @cached_property
    def calendar(self) -> Calendar:
        """That zone, and when the profile's business day begins."""
        from pjterm.core.calendar import Calendar

        profile = self.profile_if_any
        return Calendar(self.zone) if profile is None else Calendar(self.zone, profile.day_starts)

    @cached_property
    def draws(self) -> bool:
        """Whether to draw on stderr: its terminal can move the cursor, and plain lines were not requested."""
        if not self.stderr_is_terminal or self.accessible:
            return False
        from pjterm.ui.fitting import is_dumb

        return not is_dumb(self.environ)

    @cached_property
    def accessible(self) -> bool:
        """Whether output is plain lines that stay, without redrawing or pictures.

        So it is where the profile cannot be read, too.
        """
        return self.is_read_aloud(without_profile=True)

    def is_read_aloud(self, *, without_profile: bool) -> bool:
        """Whether output is for a screen reader; `without_profile` is the answer if the profile cannot be read."""
        if self.environ.get("ACCESSIBLE") not in (None, "", "0"):
            return True
        profile = self.profile_if_any  # the command that needs it names the problem
        return without_profile if profile is None else profile.accessible

    @property
    def rings(self) -> bool:
        """Whether the bell rings at the verdict."""
        return self.bell or self.profile.bell


_current: ContextVar[Context | None] = ContextVar("context", default=None)


def forget() -> None:
    """Forget what an earlier command in this process has left behind."""
    _current.set(None)


def current() -> Context | None:
    """The context of the running command, for reporting its failure."""
    return _current.get()
