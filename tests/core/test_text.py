"""Text for people, made from values."""

from __future__ import annotations

import pytest

from pjterm.core.text import with_environment


@pytest.mark.parametrize(
    ("profile", "environment", "shown"),
    [("till-1", "labs", "till-1 (labs)"), ("simulator", "simulator", "simulator"), ("labs", "labs", "labs")],
)
def test_an_environment_named_like_the_profile_is_shown_once(profile: str, environment: str, shown: str) -> None:
    assert shown == with_environment(profile, environment)
