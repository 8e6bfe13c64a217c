"""Performing what `pjterm webhooks` decides: secrets are stored before they are sent, and never shown.

One secret serves all subscriptions of a profile, because a relay has one route per profile. If the answer to a
POST or DELETE was lost, the list shows whether it was done; a PUT is simply sent again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from pjterm.api.client import Api
from pjterm.core import subscription
from pjterm.core.subscription import SECRET_LENGTH, Subscription
from pjterm.errors import AnswerLost, GuardRefused, PjtermError, UsageFault
from pjterm.settings import credentials
from pjterm.settings.profile import Profile
from pjterm.values import dataclass

LOOKS = 3  # lists after a lost answer, a second apart: a subscription may take a moment to show up
PUTS = 3
FINISH = "until then the relay takes the old secret, too; to finish: pjterm webhooks rotate"


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """What changing subscriptions needs: the API, the profile, and where its secrets are."""

    api: Api
    profile: Profile
    directory: Path
    environ: Mapping[str, str]
    now: Callable[[], datetime]
    pause: Callable[[float], object]
    notice: Callable[[str], None]

    # -- reading ---------------------------------------------------------------------------------------

    def all(self) -> list[Subscription]:
        """Every subscription of the merchant."""
        items = self.api.patiently(lambda: list(self.api.pages("/webhooks")))
        return [s for s in map(subscription.read, items) if s is not None]

    def has_secret(self) -> bool:
        """Whether the profile has a webhook secret."""
        return self._secret() is not None

    def _secret(self) -> str | None:
        return credentials.secret(self.profile, "webhook_secret", self.directory, self.environ)

    # -- changing ----------------------------------------------------------------------------------------

    def create(self, event: str, url: str) -> Subscription:
        """Subscribe. Raises `GuardRefused` if the same event and URL are already subscribed."""
        before = self.all()
        for s in before:
            if s.url == url and event in s.events:
                raise GuardRefused(
                    f"{event} is sent to this URL already, by webhook {s.id}",
                    hint=f"give it a new secret: pjterm webhooks rotate {s.id}",
                    code="subscribed",
                )
        secret, old = self._secret_to_send()
        made, lost = None, None
        try:
            reply = self.api.change("POST", "/webhooks", (("event", event), ("url", url), ("secret", secret)))
            made = subscription.read(reply.json())
        except AnswerLost as error:
            lost = error
        except PjtermError:
            self._take_back(old)
            raise
        made = made or self._find_new(event, url, {s.id for s in before}, lost)
        if old is not None and all(s.profile != self.profile.name for s in before):
            self._end_rotation()
        return made

    def move(self, id_: str, url: str) -> Subscription:
        """Change the URL of a subscription. Its secret is not sent, so it stays."""
        return self._put(id_, (("url", url),))

    def rotate(self, ids: list[str], left: Collection[str] = ()) -> list[Subscription]:
        """Give subscriptions a new secret; the relay accepts the old one for another 72 h, or while any is `left`.

        A rotation that was not finished goes on with its own secret, which PayJunction may have by now.
        """
        old = self._secret()
        if credentials.secret(self.profile, "webhook_secret", self.directory, {}) != old:
            raise UsageFault(
                "PJTERM_WEBHOOK_SECRET overrides what would be stored; unset it to rotate",
                hint="a rotated secret is kept with the profile's other secrets",
            )
        goes_on = credentials.is_rotating(self.profile, self.directory)
        if old is not None and goes_on and len(old) >= SECRET_LENGTH:
            new, old = old, None
        else:
            new = secrets.token_urlsafe(SECRET_LENGTH)
            self._store(new)
        changed: list[Subscription] = []
        for id_ in ids:
            try:
                changed.append(self._put(id_, (("secret", new),)))
            except AnswerLost as lost:
                lost.hint = FINISH
                raise
            except PjtermError as error:
                if changed:
                    raise AnswerLost(
                        f"only {len(changed)} of {len(ids)} webhooks have the new secret: {error.message}",
                        hint=FINISH, http_status=error.http_status, pj_request_id=error.pj_request_id,
                        details=error.details,
                    ) from error  # fmt: skip
                self._take_back(old)
                raise
        if not left:
            self._end_rotation()
        return changed

    def delete(self, id_: str) -> None:
        """End a subscription."""
        try:
            self.api.change("DELETE", f"/webhooks/{id_}")
        except AnswerLost as lost:
            with suppress(PjtermError):  # the list cannot be read either
                for _ in range(LOOKS):
                    if all(s.id != id_ for s in self.all()):
                        return
                    self.pause(1.0)
            lost.hint = "to look if it is still there: pjterm webhooks list"
            raise

    # -- inside ------------------------------------------------------------------------------------------

    def _put(self, id_: str, form: tuple[tuple[str, str], ...]) -> Subscription:
        lost = False
        for tries in range(1, PUTS + 1):
            try:
                found = subscription.read(self.api.change("PUT", f"/webhooks/{id_}", form).json())
                lost = True  # it was taken, whether or not it can be read now
                return found or next(s for s in self.all() if s.id == id_)
            except (PjtermError, StopIteration) as error:
                lost = lost or isinstance(error, (AnswerLost, StopIteration))
                if not lost:
                    raise
                if tries == PUTS:
                    raise AnswerLost(
                        f"PayJunction did not confirm that webhook {id_} was changed",
                        hint="the same command again is safe",
                    ) from error
                self.pause(0.5)
        raise AssertionError("unreachable")

    def _secret_to_send(self) -> tuple[str, str | None]:
        """The profile's own secret if it is long enough, else a new one, stored before it is sent.

        The second value is the secret to restore if the API refuses.
        """
        held = self._secret()
        given = credentials.secret(self.profile, "webhook_secret", self.directory, {}) != held
        if held is not None and (given or self.profile.builtin or len(held) >= SECRET_LENGTH):
            return held, None
        made = secrets.token_urlsafe(SECRET_LENGTH)
        self._store(made)
        return made, held

    def _store(self, secret: str, *, takes_back: bool = False) -> None:
        kept = credentials.rotate_webhook_secret(
            self.profile, self.directory, secret, self.now(), takes_back=takes_back
        )
        if kept.first and kept.path is not None:
            self.notice(f"the webhook secret is not in a keyring but in {kept.path}")

    def _take_back(self, old: str | None) -> None:
        if old is not None:
            self._store(old, takes_back=True)

    def _end_rotation(self) -> None:
        """All subscriptions of the profile have its current secret."""
        credentials.end_rotation(self.profile, self.directory, self.now())

    def _find_new(self, event: str, url: str, before: set[str], lost: AnswerLost | None) -> Subscription:
        """The answer was lost: the subscription that is new in the list is ours."""
        with suppress(PjtermError):  # the list cannot be read either
            for _ in range(LOOKS):
                for s in self.all():
                    if s.id not in before and s.url == url and event in s.events:
                        return s
                self.pause(1.0)
        raise AnswerLost(
            f"PayJunction did not confirm that the subscription was made ({lost or 'no id in the answer'})",
            hint="if it is not listed, run the same command again; to look: pjterm webhooks list",
        )
