"""Webhook secrets while the relay runs: known ones are never forgotten because a keyring is silent."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import pytest

from pjterm.errors import AuthFailed, UsageFault
from pjterm.relay.server.http1 import Refused
from pjterm.relay.server.secret_source import EVERY_SECONDS, FIRST_BACKOFF, Change, Found, SecretSource, Unreadable
from pjterm.relay.server.verify import sign
from tests.events.memory import MemoryStore
from tests.relay.inside import Inside
from tests.relay.speak import SECRET, body, eventually

LOCKED = Unreadable("the keyring does not answer")


class Place:
    """A place of secrets with a fake clock; `found` may be an error to raise."""

    def __init__(self, found: Found) -> None:
        self.found: Found | Exception = found
        self.now = 0.0
        self.stamp = 0

    def read(self) -> Found:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    def source(self) -> SecretSource:
        return SecretSource(self.read, stamp=lambda: self.stamp, now=lambda: self.now)


def refresh(source: SecretSource) -> list[Change]:
    return asyncio.run(source.refresh())


def test_a_failed_read_keeps_known_secrets_and_is_reported_once_as_is_the_recovery() -> None:
    place = Place({"labs": (b"s",)})
    source = place.source()
    place.found = {"labs": LOCKED}
    lost = [refresh(source), refresh(source)]
    during = source.current.verify("labs", b"{}", sign(b"s", b"{}"))
    place.found = {"labs": (b"t",)}
    found = [refresh(source), refresh(source)]

    assert lost == [[Change("labs", LOCKED.why, known_before=True)], []]
    assert during is True
    assert found == [[Change("labs", None)], []]
    assert source.current.secrets == {"labs": (b"t",)}


def test_an_unread_secret_is_503_and_an_unknown_profile_404() -> None:
    source = Place({"labs": LOCKED}).source()
    answers = []
    for profile in ("labs", "other"):
        with pytest.raises(Refused) as caught:
            source.current.verify(profile, b"{}", sign(b"s", b"{}"))
        answers.append(caught.value.status)

    assert answers == [503, 404]
    assert source.unreadable == {"labs": LOCKED.why}


def test_a_removed_profile_is_no_longer_served() -> None:
    place = Place({"labs": (b"s",), "shop": (b"s",)})
    source = place.source()
    place.found = {"shop": (b"s",)}
    refresh(source)

    assert source.current.served() == ["shop"]


@pytest.mark.parametrize(
    "error", [AuthFailed("no"), OSError("no"), UsageFault("config.toml: line 3"), RecursionError()]
)
def test_a_read_that_fails_entirely_keeps_everything(error: Exception) -> None:
    place = Place({"labs": (b"s",)})
    source = place.source()
    place.found = error
    lost = refresh(source)
    place.found = {"labs": (b"s",)}

    assert [(change.profile, change.known_before) for change in lost] == [(None, True)]
    assert refresh(source) == [Change(None, None)]
    assert source.current.served() == ["labs"]


def test_secrets_are_read_every_minute_sooner_after_a_failure_and_at_once_after_a_change() -> None:
    place = Place({"labs": (b"s",)})
    source = place.source()
    place.now = EVERY_SECONDS - 1
    calm = source.is_due
    place.stamp = 1
    changed = source.is_due
    place.found = {"labs": LOCKED}
    waits = []
    for _ in range(6):
        refresh(source)
        began = place.now
        while not source.is_due:
            place.now += 1
        waits.append(place.now - began)

    assert (calm, changed) == (False, True)
    assert waits == [2 * FIRST_BACKOFF, 8, 16, 32, EVERY_SECONDS, EVERY_SECONDS]


def test_a_running_relay_keeps_serving_and_reports_the_failure_in_log_and_status(tmp_path: Path) -> None:
    place = Place({"labs": (SECRET,), "shop": LOCKED})
    log = io.StringIO()
    with Inside(MemoryStore(), tmp_path, log=log, secrets=SecretSource(place.read, stamp=lambda: place.stamp)) as relay:
        place.found, place.stamp = {"labs": LOCKED, "shop": LOCKED}, 1
        eventually(lambda: "secrets-unreadable" in log.getvalue())
        answers = [relay.deliver(body()).status, relay.deliver(body(), path="/webhooks/shop").status]
        status = relay.get("/status").json["profiles"]
        place.found, place.stamp = {"labs": (SECRET,), "shop": (SECRET,)}, 2
        eventually(lambda: relay.deliver(body(), path="/webhooks/shop").status == 204)
    said = [json.loads(line) for line in log.getvalue().splitlines()]

    assert answers == [204, 503]
    assert [(one["profile"], one["trouble"]) for one in status] == [
        ("labs", f"its webhook secret cannot be read: {LOCKED.why}"),
        ("shop", f"its webhook secret cannot be read: {LOCKED.why}"),
    ]
    assert [one["profile"] for one in said if one["event"] == "secrets-unreadable"] == ["labs"]
    assert sorted(one["profile"] for one in said if one["event"] == "secrets-readable") == ["labs", "shop"]


def test_a_delivery_is_answered_whatever_happens_during_the_new_read(tmp_path: Path) -> None:
    place = Place({"labs": (SECRET,)})
    content = body()
    with Inside(MemoryStore(), tmp_path, secrets=SecretSource(place.read, now=lambda: place.now)) as relay:
        place.found, place.now = UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), 3.0
        wrong = relay.deliver(content, signature=sign(b"new", content).decode()).status
        place.found, place.now = {"labs": (SECRET, b"new")}, 90.0
        right = relay.deliver(content, signature=sign(b"new", content).decode()).status

    assert (wrong, right) == (401, 204)


def test_a_revoked_secret_ends_as_soon_as_the_change_is_seen(tmp_path: Path) -> None:
    place = Place({"labs": (SECRET, b"revoked")})
    content = body()
    with Inside(MemoryStore(), tmp_path, secrets=SecretSource(place.read, stamp=lambda: place.stamp)) as relay:
        before = relay.deliver(content, signature=sign(b"revoked", content).decode()).status
        place.found, place.stamp = {"labs": (SECRET,)}, 1
        eventually(lambda: relay.deliver(content, signature=sign(b"revoked", content).decode()).status == 401)

    assert before == 204
