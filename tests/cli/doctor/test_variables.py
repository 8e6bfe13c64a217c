"""What `doctor` reports about environment variables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pjterm
from pjterm.cli.doctor.variables import KNOWN, check


@pytest.mark.parametrize(
    ("environ", "status", "says"),
    [
        ({"HOME": "/", "PJTERM_PROFILE": "till-1"}, "ok", "PJTERM_PROFILE"),
        ({"PJTERM_PROFILE": " "}, "bad", "set, but empty: PJTERM_PROFILE"),
        ({"PJTERM_TERMINL": "T1"}, "note", "does not read PJTERM_TERMINL"),
        ({"PJTERM_BY": "x" * 33}, "bad", "PJTERM_BY: invalid name"),
        ({"PJTERM_BY": "Ann"}, "ok", "PJTERM_BY"),
        ({"SSLKEYLOGFILE": "/tmp/keys"}, "note", "ignored"),
        ({}, "ok", "none"),
    ],
)
def test_odd_variables_are_named(environ: dict[str, str], status: str, says: str) -> None:
    found = check(environ)

    assert (found.status, says in found.detail) == (status, True)


def test_a_near_miss_suggests_the_right_name() -> None:
    assert check({"PJTERM_TERMINL": "T1"}).hint == "did you mean PJTERM_TERMINAL?"


def test_no_value_is_shown() -> None:
    assert "hush" not in str(check({"PJTERM_PASSWORD": "hush", "PJTERM_PASWORD": "hush"}))


def test_every_variable_read_by_the_program_is_known() -> None:
    text = "".join(path.read_text() for path in Path(pjterm.__file__).parent.rglob("*.py"))
    read = set(re.findall(r'"(PJTERM_[A-Z_]+[A-Z])"', text))

    assert read - set(KNOWN) == set()
