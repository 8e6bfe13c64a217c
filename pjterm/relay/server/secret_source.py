"""The webhook secrets while the relay runs: read again when they may have changed.

They change when a subscription is rotated or a profile is added, which `stamp` shows at once. The relay also rereads
them once a minute and, at most every two seconds, when a delivery matches none of them. Reading may need a keyring,
which may be locked: a profile whose secrets cannot be read keeps the ones known before.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from pjterm.errors import PjtermError, reason
from pjterm.relay.server.verify import WebhookSecrets
from pjterm.values import dataclass

EVERY_SECONDS = 60.0
FIRST_BACKOFF = 2.0
_AT_LEAST = 2.0


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why the secrets of a profile could not be read."""

    why: str


Found = Mapping[str, tuple[bytes, ...] | Unreadable]
"""What was read, by profile: no entry for one that is not configured."""


@dataclass(frozen=True, slots=True)
class Change:
    """A profile (None: all of them) whose secrets can no longer be read, or can be read again (`why` is None)."""

    profile: str | None
    why: str | None
    known_before: bool = False


class SecretSource:
    """The secrets in force (`current`), and how to get newer ones. Creating it raises what `read` raises.

    `production` returns the profiles that move real money; it is asked whenever the secrets are read.
    """

    def __init__(
        self,
        read: Callable[[], Found],
        *,
        allow_unsigned: bool = False,
        production: Callable[[], frozenset[str]] = frozenset,
        stamp: Callable[[], object] = lambda: None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._allow_unsigned = allow_unsigned
        self._production = production
        self._stamp = stamp
        self._now = now
        self._backoff = FIRST_BACKOFF
        self._failed: str | None = None
        self._is_reading = False
        self.current = WebhookSecrets({})
        self.unreadable: dict[str, str] = {}
        """Why, for each profile whose secrets could not be read last time."""
        self._begin()
        self._take(*self._read_all())

    def _begin(self) -> None:
        self._read_at, self._seen = self._now(), self._stamp()

    @property
    def may_be_stale(self) -> bool:
        """Whether reading again could show something new."""
        return self._now() - self._read_at >= _AT_LEAST

    @property
    def is_due(self) -> bool:
        """Whether it is time to read again: soon after a failure, at once after a change."""
        every = self._backoff if self.unreadable or self._failed else EVERY_SECONDS
        if self._is_reading:
            return False
        return self._now() - self._read_at >= every or self._stamp() != self._seen

    def production_profiles(self) -> frozenset[str]:
        """The configured profiles that move real money."""
        return self.current.production & {*self.current.secrets, *self.current.unreadable}

    async def refresh(self) -> list[Change]:
        """Read again; returns what became unreadable or readable."""
        self._begin()
        self._is_reading = True
        try:
            found, production = await asyncio.to_thread(self._read_all)
        except Exception as error:  # any error: deliveries wait for this, and the known secrets are as good as before
            self._back_off()
            why = reason(error) if isinstance(error, (PjtermError, OSError)) else f"bug: {error!r}"
            before, self._failed = self._failed, why
            return [Change(None, self._failed, known_before=True)] if before is None else []
        finally:
            self._is_reading = False
        changes = [Change(None, None)] if self._failed else []
        self._failed = None
        return changes + self._take(found, production)

    def _read_all(self) -> tuple[Found, frozenset[str]]:
        found = self._read()
        return found, self._production()  # after it: what became a production profile meanwhile already is one

    def _take(self, found: Found, production: frozenset[str]) -> list[Change]:
        """Use what was read from now on; a failure never replaces what is known."""
        known = self.current.secrets
        failed = {name: one.why for name, one in found.items() if isinstance(one, Unreadable)}
        read = {name: one for name, one in found.items() if not isinstance(one, Unreadable)}
        kept = {name: known[name] for name in failed if name in known}
        lost = frozenset(failed) - kept.keys()
        self.current = WebhookSecrets({**read, **kept}, self._allow_unsigned, production, lost)
        news = [Change(name, why, name in kept) for name, why in failed.items() if name not in self.unreadable]
        news += [Change(name, None) for name in self.unreadable if name in read]
        self.unreadable = failed
        if failed:
            self._back_off()
        else:
            self._backoff = FIRST_BACKOFF
        return news

    def _back_off(self) -> None:
        self._backoff = min(self._backoff * 2, EVERY_SECONDS)
