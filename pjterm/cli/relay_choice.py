"""Which relays a command follows by, and the token for each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pjterm.core.hints import command_line
from pjterm.errors import UsageFault
from pjterm.relay.client.address import RelayAddress, find, kept_token
from pjterm.settings.profile import Profile


def relays(
    profile: Profile, via: str, state_dir: Path, token_of: Callable[[], str | None], notice: Callable[[str], None]
) -> list[RelayAddress]:
    """The profile's relays, in order; with `--via relay` this user's own one where it names none.

    This user's own token is for the URL recorded beside it and for http on loopback, where the relay proves that
    it has the token before it is sent; so a relay that was stopped stays known.
    """
    own = find(state_dir)
    named = []
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
            set_it = command_line("profiles set-secret", profile.name, "relay_token")
            notice(f"no token for the relay {url}; set it: {set_it}")
    if named or via == "auto":
        return named
    if own is None:
        raise UsageFault(
            "--via relay: no relay runs here and the profile names none; nothing was sent",
            hint="leave out --via, or start one: pjterm relay serve",
        )
    return [own]
