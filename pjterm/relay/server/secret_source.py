"""The webhook secrets while the relay runs: read again when they may have changed.

They change when a subscription is rotated or a profile is added. The relay reads them once a minute,
and at once (but not more than once in two seconds) when a delivery fits none it has. Reading may ask
a keyring, so it happens on a thread.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from pjterm.relay.server.verify import WebhookSecrets

Secrets = Mapping[str, tuple[bytes, ...]]
_EVERY = 60.0
_AT_LEAST = 2.0


class SecretSource:
    """The current `WebhookSecrets`, and how to get newer ones."""

    def __init__(
        self, secrets: Secrets | Callable[[], Secrets], *, allow_unsigned: bool, production: frozenset[str]
    ) -> None:
        self._secrets = secrets
        self._allow_unsigned = allow_unsigned
        self._production = production
        self._read_at = time.monotonic()
        self.keys = self._read()

    def _read(self) -> WebhookSecrets:
        found = self._secrets() if callable(self._secrets) else self._secrets
        return WebhookSecrets(dict(found), self._allow_unsigned, self._production)

    @property
    def may_be_stale(self) -> bool:
        """Whether reading again could show something new."""
        return callable(self._secrets) and time.monotonic() - self._read_at >= _AT_LEAST

    @property
    def is_due(self) -> bool:
        return callable(self._secrets) and time.monotonic() - self._read_at >= _EVERY

    async def refresh(self) -> None:
        """Read the secrets again; the old ones stay when that fails (the error is raised)."""
        self._read_at = time.monotonic()
        self.keys = await asyncio.to_thread(self._read)
