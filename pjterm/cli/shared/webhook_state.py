"""The subscriptions of a profile, and what is wrong with each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pjterm.cli.context import Context

if TYPE_CHECKING:
    from pjterm.api.subscriptions import Subscriptions
    from pjterm.core.subscription import Assessment


def assess(context: Context) -> list[Assessment]:
    """What each subscription of the merchant is to this profile's relay."""
    from pjterm.core import subscription

    kept, names = subscriptions_of(context), {context.profile.name, *context.config.profiles}
    return subscription.assess(kept.all(), context.profile.name, names, has_secret=kept.has_secret())


def subscriptions_of(context: Context) -> Subscriptions:
    """This profile's subscriptions, with its secrets."""
    from pjterm.api.subscriptions import Subscriptions

    return Subscriptions(
        context.api, context.profile, context.config_dir, context.environ, context.clock.now,
        context.inbox.pause, context.notice,
    )  # fmt: skip


def is_on_loopback(context: Context) -> bool:
    """Whether the API is on loopback: then webhook URLs may be, too."""
    from urllib.parse import urlsplit

    base = context.profile.base_url
    return context.is_simulator or (base is not None and urlsplit(base).scheme == "http")
