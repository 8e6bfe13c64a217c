"""`sign --save` that ends before the customer signed says how to save the image once that is done."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.world import faults
from tests.world.till import Till, World


def lines_to_save(err: str) -> list[str]:
    return re.findall(r"pjterm (signature .*)$", err, re.MULTILINE)


@pytest.mark.parametrize("more", ["--no-wait", "--timeout 1"])
def test_the_line_that_is_named_saves_the_image_once_it_is_signed(
    world: World, till: Till, tmp_path: Path, more: str
) -> None:
    run = till.run("sign", "I agree", "-k", "1042", "--save", f"{tmp_path}/s.png", *more.split())
    [line] = lines_to_save(run.err)
    world.wait(20.0)
    till.run("resume", "key:1042")

    assert (run.code, list(tmp_path.iterdir())) == (0 if more == "--no-wait" else 8, [])
    assert (till.run(*shlex.split(line)).code, len(list(tmp_path.iterdir()))) == (0, 1)


def test_none_is_named_where_no_signature_can_be_found(world: World, till: Till, tmp_path: Path) -> None:
    world.faults.add(faults.lost_answer(faults.Cut()), "request-signature")
    run = till.run("sign", "I agree", "-k", "S", "--save", f"{tmp_path}/s.png", "--timeout", "4")

    assert (run.code, lines_to_save(run.err)) == (9, [])


def test_nothing_is_named_where_the_image_is_saved(till: Till, tmp_path: Path) -> None:
    run = till.run("sign", "I agree", "--save", f"{tmp_path}/s.png")

    assert (run.code, lines_to_save(run.err)) == (0, [])
