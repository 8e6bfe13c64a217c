"""Which webhook subscriptions are valid, and which of a merchant's belong to this relay."""

from __future__ import annotations

from typing import Any

import pytest

from pjterm.core import subscription
from pjterm.core.subscription import EVENTS, Subscription
from pjterm.errors import UsageFault

EVENT = EVENTS[0]


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/webhooks/p",
        "https://hooks.example.com:8443/webhooks/p",
        "https://hooks.example.com:99999/webhooks/p",
        "https://user@hooks.example.com/x",
        "https:///x",
        "ftp://x/y",
        "hooks.example.com",
        "https://x.example.com/" + "a" * 255,
        "https://x.example.com/a b",
        "http://127.0.0.1:8710/webhooks/p",
        "",
    ],
)
def test_urls_that_the_api_would_refuse_are_refused(url: str) -> None:
    with pytest.raises(UsageFault, match="--url"):
        subscription.check_url(url, loopback=False)


def test_the_exceptions_of_the_url_rules_hold() -> None:
    for url in ("http://x.requestcatcher.com/a", "https://hooks.example.com/webhooks/p"):
        assert subscription.check_url(url, loopback=False) == url
    assert subscription.check_url("http://127.0.0.1:8710/webhooks/p", loopback=True)


def test_an_id_becomes_part_of_a_path_and_events_ignore_case() -> None:
    assert subscription.check_id("a-1") == "a-1"
    assert subscription.check_event("smartterminal-request") == EVENT
    with pytest.raises(UsageFault, match="ID"):
        subscription.check_id("../x")
    with pytest.raises(UsageFault, match="--event"):
        subscription.check_event("PAID")


@pytest.mark.parametrize(
    ("item", "found"),
    [
        ({"webhookId": "a", "url": "u", "events": [EVENT, 7], "created": "t"}, Subscription("a", (EVENT,), "u", "t")),
        ({"webhookId": "a"}, Subscription("a", (), "", None)),
        ({"webhookId": "a/b", "url": "u"}, None),
        ({"url": "u"}, None),
        (["a"], None),
    ],
)
def test_reading_one_item_of_the_api_s_list(item: Any, found: Subscription | None) -> None:
    assert subscription.read(item) == found


def of(id_: str, path: str, created: str = "2026-01-01T00:00:00Z") -> Subscription:
    return Subscription(id_, (EVENT,), f"https://a.example.com{path}", created)


@pytest.mark.parametrize(
    ("found", "relay"),
    [
        (of("a", "/webhooks/p"), "serves"),
        (of("a", "/relay/webhooks/p/"), "serves"),
        (of("a", "/webhooks/q"), "other"),
        (of("a", "/webhooks/gone"), "stale"),
        (of("a", "/hook"), "other"),
        (Subscription("a", (EVENT,), "https://[a/webhooks/p", None), "other"),
    ],
)
def test_the_url_says_which_relay_a_subscription_belongs_to(found: Subscription, relay: str) -> None:
    (assessed,) = subscription.assess([found], "p", ["p", "q"], has_secret=True)

    assert assessed.relay == relay


def test_of_two_with_the_same_event_and_profile_the_older_is_stale() -> None:
    assessed = subscription.assess(
        [of("b", "/webhooks/p", "2026-01-02T00:00:00Z"), of("a", "/webhooks/p")], "p", ["p"], has_secret=True
    )

    assert [(s.subscription.id, s.relay) for s in assessed] == [("b", "serves"), ("a", "stale")]


def test_without_a_secret_none_can_be_verified() -> None:
    (assessed,) = subscription.assess([of("a", "/webhooks/p")], "p", ["p"], has_secret=False)

    assert (assessed.relay, assessed.why) == ("stale", "this profile has no webhook secret, so nothing can be verified")
