"""Which relays a command follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from pjterm.cli.relay_choice import relays
from pjterm.errors import UsageFault
from pjterm.settings.profile import Environment, Profile


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ((), ("no relay runs here and the profile names none", "pjterm relay serve")),
        (
            ("https://relay.example",),
            ("no token for the relay https://relay.example", "pjterm profiles set-secret till relay_token"),
        ),
    ],
    ids=("none named", "one without a token"),
)
def test_an_unusable_requested_relay_is_refused_with_the_reason(
    tmp_path: Path, named: tuple[str, ...], says: tuple[str, str]
) -> None:
    notices: list[str] = []
    with pytest.raises(UsageFault) as refused:
        relays(Profile("till", Environment.LABS, relay=named), "relay", tmp_path, lambda: None, notices.append)

    assert (says[0] in refused.value.message, (refused.value.hint or "").endswith(says[1])) == (True, True)
    assert notices == []
