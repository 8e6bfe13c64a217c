"""`doctor` at a reader and at PayJunction: what it requests there, and how it ends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.memory import SIMULATOR
from tests.world.reader import Stays, customer
from tests.world.service import URL
from tests.world.till import Run, Till, World


@pytest.fixture
def till(till: Till) -> Till:
    """A till whose service is on this machine, so that no TLS needs to be tried."""
    config = till.config / "config.toml"
    config.write_text(config.read_text().replace(URL, SIMULATOR))
    till.read = None
    return till


def check(run: Run, name: str) -> Any:
    """One of its lines."""
    return next((i for i in run.json["items"] if i["name"] == name), None)


@pytest.mark.parametrize(("how", "code", "shows"), [("interrupt", 130, False), ("terminate", 143, True)])
def test_a_signal_during_its_prompt_ends_it_and_names_the_command_that_cancels_the_prompt(
    world: World, till: Till, how: str, code: int, shows: bool
) -> None:
    world.t1.next(customer(Stays()))
    run = till.start("doctor", "--prompt", "T1", "--json")
    world.wait(6.0)
    getattr(run, how)()
    ended = run.end()
    hint = check(ended, "reader")["hint"].split()

    assert (ended.code, hint[:2]) == (code, ["pjterm", "cancel" if shows else "why"])
    assert (world.t1.running is not None) == shows
    till.run(*hint[1:])
    assert world.t1.running is None


@pytest.mark.parametrize("name", ["T7", ""])
def test_an_unknown_reader_is_named_as_in_the_option(till: Till, name: str) -> None:
    assert check(till.run("doctor", "--prompt", name, "--json"), "reader")["detail"].startswith("--prompt: ")


def test_missing_search_permission_is_bad_and_existing_permission_has_no_line(world: World, till: Till) -> None:
    well = check(till.run("doctor", "--json"), "search")
    world.service.login("shop").may_search = False
    run = till.run("doctor", "--json")

    assert (well, run.code, check(run, "search")["status"]) == (None, 13, "bad")
    assert "no sale under a --key is sent" in check(run, "search")["detail"]
    assert till.run("charge", "5", "-k", "a").code == 4


@pytest.mark.parametrize(
    ("command", "text", "says"),
    [
        ("charge", "timeot = 60", "timeot: no such option"),
        ("sign", "timeout = -1", "[profiles.till.sign] timeout: -1"),
        ("prompt", 'profile = "x"', "profile: no such option"),
        ("input", "timeout = 60\ncancel_on_timeout = true", None),
    ],
)
def test_a_default_that_blocks_its_command_is_bad(till: Till, command: str, text: str, says: str | None) -> None:
    config = till.config / "config.toml"
    config.write_text(f"{config.read_text()}\n[profiles.till.{command}]\n{text}\n")
    found = check(till.run("doctor", "--json"), "config")

    assert (found["status"] == "bad") == (says is not None)
    assert says is None or says in found["detail"]
