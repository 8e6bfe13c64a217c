"""Words for people, made of values."""

from __future__ import annotations

import pytest

from pjterm.core.text import with_environment


@pytest.mark.parametrize(
    ("profile", "environment", "told"),
    [("till-1", "labs", "till-1 (labs)"), ("simulator", "simulator", "simulator"), ("labs", "labs", "labs")],
)
def test_an_environment_of_the_same_name_is_told_once(profile: str, environment: str, told: str) -> None:
    assert told == with_environment(profile, environment)
