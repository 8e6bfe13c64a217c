"""The next command to type, as text that can be pasted."""

from __future__ import annotations

import pytest

from pjterm.core.hints import for_profile


@pytest.mark.parametrize(
    ("text", "addressed"),
    [
        ("see: pjterm why a", "see: pjterm why a -p till-2"),
        ("see: pjterm resume -- -a", "see: pjterm resume -p till-2 -- -a"),
        ("see: pjterm why a -p till-1", "see: pjterm why a -p till-1"),
        ("one: pjterm why a\ntwo: pjterm why b", "one: pjterm why a -p till-2\ntwo: pjterm why b -p till-2"),
        ("look in the Virtual Terminal", "look in the Virtual Terminal"),
    ],
)
def test_a_command_without_a_profile_gets_one(text: str, addressed: str) -> None:
    assert (for_profile(text, "till-2"), for_profile(text, None)) == (addressed, text)
