"""Which relays a command follows by, and the token for each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pjterm.core.hints import command_line
from pjterm.errors import UsageFault
from pjterm.relay.client.address import RelayAddress, find_relay, kept_token
from pjterm.settings.profile import Profile


def relays(
    profile: Profile, via: str, state_dir: Path, token_of: Callable[[], str | None], notice: Callable[[str], None]
) -> list[RelayAddress]:
    """The profile's relays, in order; with `--via relay` this user's own one where it names none.

    This user's own token is for the URL recorded beside it and for http on loopback, where the relay proves that
    it has the token before it is sent; so a relay that was stopped stays known.
    """
    own = find_relay(state_dir)
    set_it = "set it: " + command_line("profiles set-secret", profile.name, "relay_token")
    named, without = [], []
    for url in profile.relay:
        if own is not None and url.rstrip("/") == own.url.rstrip("/"):
            named.append(own)
            continue
        token = token_of()
        if not token and url.startswith("http:"):  # on loopback, or the profile would not have it
            token = kept_token(state_dir)
        if token:
            named.append(RelayAddress(url, token))
        else:
            without.append(f"no token for the relay {url}")
    if via == "relay" and not named and own is None:
        why = without[0] if without else "no relay runs here and the profile names none"
        hint = set_it if without else "leave out --via, or start one: pjterm relay serve"
        raise UsageFault(f"--via relay: {why}; nothing was sent", hint=hint)
    for missing in without:
        notice(f"{missing}; {set_it}")
    return named or ([own] if via == "relay" and own is not None else [])
