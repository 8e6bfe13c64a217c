"""The seller: set by option, variable or profile, recorded in the journal, and never sent."""

from __future__ import annotations

import pytest

from tests.world import faults
from tests.world.till import Run, Till, World


def sold(till: Till, key: str, amount: str, *more: str) -> Run:
    return till.run("charge", amount, "-t", "T1", "-k", key, *more)


def test_the_seller_is_in_result_list_and_report_and_is_never_sent(world: World, till: Till) -> None:
    result = sold(till, "a", "20", "--by", "Ann", "--json").json
    sold(till, "b", "7")
    listed = till.run("requests", "list", "--json").json["items"]
    report = till.run("report", "--by-operator", "--json").json["items"]

    assert (result["by"], [i["by"] for i in listed]) == ("Ann", [None, "Ann"])
    assert {(i["by"], i["amountTotal"]) for i in report} == {(None, "7.00"), ("Ann", "20.00")}
    assert [c for c in world.service.calls if "Ann" in repr(c)] == []


def test_the_seller_is_from_the_command_line_or_else_from_the_profile(till: Till) -> None:
    till.configure(more='by = "Desk"')
    reported = [sold(till, "a", "20", "--json").json["by"], sold(till, "b", "7", "--by", "Ann", "--json").json["by"]]

    assert reported == ["Desk", "Ann"]


@pytest.mark.parametrize(
    ("profile", "variable", "option", "reported"),
    [("Desk", "Ben", None, "Ben"), ("Desk", "Ben", "Ann", "Ann"), (None, "Ben", None, "Ben"), (None, None, None, None)],
)  # fmt: skip
def test_the_variable_outranks_the_profile_and_the_option_both(
    till: Till, profile: str | None, variable: str | None, option: str | None, reported: str | None
) -> None:
    till.configure(more=f'by = "{profile}"' if profile else "")
    till.environ = {"PJTERM_BY": variable} if variable else {}

    assert sold(till, "a", "20", *(("--by", option) if option else ()), "--json").json["by"] == reported


@pytest.mark.parametrize("value", ["", " ", "x" * 33])
def test_an_invalid_variable_does_not_fall_back_to_another_seller(world: World, till: Till, value: str) -> None:
    till.configure(more='by = "Desk"')
    till.environ = {"PJTERM_BY": value}
    run = sold(till, "a", "20")

    assert (run.code, "PJTERM_BY: invalid name" in run.err, world.taken) == (2, True, 0)


def test_an_invalid_variable_does_not_hide_a_known_sale(world: World, till: Till) -> None:
    """For a paid or lost sale, it said that the arguments were wrong."""
    world.faults.add(faults.lost_answer(), "request-payment")
    sold(till, "lost", "7", "--timeout", "3")
    paid = sold(till, "paid", "20")
    till.environ = {"PJTERM_BY": ""}

    assert (paid.code, sold(till, "paid", "20").code, sold(till, "lost", "7").code) == (0, 0, 0)
    assert [sold(till, key, "5").code for key in ("paid", "new")] == [10, 2]
    assert sold(till, "new", "5", "--dry-run").code == 2


def test_a_close_is_by_the_seller_in_the_variable(till: Till) -> None:
    till.environ = {"PJTERM_BY": "Ben"}

    assert till.run("close", "--yes", "--json").json["item"]["by"] == "Ben"


@pytest.mark.parametrize("name", ["", " Ann", "x" * 33, "a\nb"])
def test_an_invalid_name_is_rejected_before_anything_is_sent(world: World, till: Till, name: str) -> None:
    run = sold(till, "a", "20", "--by", name)

    assert (run.code, "--by" in run.err, world.taken) == (2, True, 0)
