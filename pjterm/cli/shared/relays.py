"""Which relay a command uses, and its secrets and proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pjterm.cli.context import Context
from pjterm.core.hints import command_line
from pjterm.errors import AuthFailed

if TYPE_CHECKING:
    from pjterm.relay.client.address import RelayAddress
    from pjterm.settings.profile import Profile


def _to_keep_token(profile: str) -> str:
    show = "where that relay runs, see its token: pjterm relay token"
    return f"{show}\nthen keep it: {command_line('profiles set-secret', profile, 'relay_token')}"


def read_secrets(context: Context, profile: Profile) -> tuple[bytes, ...]:
    """The webhook secrets of one profile; raises if they cannot be read."""
    from pjterm.settings import credentials

    secrets = credentials.webhook_secrets(profile, context.config_dir, context.environ, context.clock.wall())
    context.log.hide(*secrets)
    return tuple(secret.encode() for secret in secrets)


def address(context: Context) -> RelayAddress:
    """The first of `addresses` that answers (the first one if none does)."""
    from pjterm.relay.client import queries

    found = addresses(context)
    return next((where for where in found if queries.prove(where)), found[0]) if len(found) > 1 else found[0]


def addresses(context: Context) -> list[RelayAddress]:
    """The relays for `events` and `relay status`: the profile's, else this user's own that is running here."""
    from pjterm.errors import Unavailable
    from pjterm.relay.client.address import find_relay

    profile = context.profile_if_any
    if profile is not None and profile.relay:
        found = context.relays("auto")
        if not found:
            raise AuthFailed(f"no token for the relay of profile {profile.name}", hint=_to_keep_token(profile.name))
        return found
    own = find_relay(context.state_dir)
    if own is None:
        raise Unavailable("no relay runs here", hint="start one: pjterm relay serve")
    return [own]


def names_one(context: Context) -> bool:
    """Whether the profile says which relay to use."""
    profile = context.profile_if_any
    return profile is not None and bool(profile.relay)


def is_elsewhere(context: Context) -> bool:
    """Whether the profile names relays, and none of them is on this machine, which alone is named by http."""
    profile = context.profile_if_any
    return profile is not None and bool(profile.relay) and not any(url.startswith("http:") for url in profile.relay)


def proven(where: RelayAddress) -> RelayAddress:
    """Make a local port prove that it has the token before it is sent the token."""
    from pjterm.relay.client import queries

    queries.check_proof(where)
    return where
