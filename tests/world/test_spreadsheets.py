"""Spreadsheet files: every column that bookkeeping needs, and no cell that would be executed."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from tests.world.till import Run, Till, World


def sold(till: Till, key: str, amount: str, *more: str) -> Run:
    return till.run("charge", amount, "-t", "T1", "-k", key, *more)


def rows(run: Run) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(run.out)))


def test_a_close_s_csv_has_reader_brand_seller_and_every_amount(till: Till) -> None:
    sold(till, "a", "20", "--by", "Ann", "--tax", "1.50")
    till.run("tip", "a", "3", "-y")
    sold(till, "b", "7", "--by", "Ben")
    till.run("void", "b", "-y")
    written = till.run("close", "--yes", "--csv")
    again = till.run("close", "--show", "1", "--csv")

    assert written.out.splitlines()[0] == (
        "by,terminal,brand,outcome,count,base,tip,tax,shipping,surcharge,other,total,carried_from,transaction"
    )
    assert [(r["by"], r["terminal"], r["brand"], r["outcome"], r["base"], r["tip"], r["tax"], r["total"])
            for r in rows(written) if r["count"]] == [
        ("Ann", "T1", "VISA", "approved", "20.00", "3.00", "1.50", "24.50"),
        ("Ben", "T1", "VISA", "voided", "7.00", "0.00", "0.00", "7.00"),
    ]  # fmt: skip
    assert again.out == written.out


@pytest.mark.parametrize(
    "command", [("close", "--yes"), ("report", "--by-operator"), ("reconcile",)], ids=lambda line: line[0]
)  # fmt: skip
@pytest.mark.parametrize("formula", ["=1+1", "+cmd", "-2+3", "@SUM(A1)"])
def test_no_cell_is_a_formula(world: World, till: Till, command: tuple[str, ...], formula: str) -> None:
    """The name of a reader, a card brand or a seller ends up in a spreadsheet."""
    world.t1.name = formula
    till.configure(terminal=formula)

    def rewrite(said: dict[str, Any], _: bool) -> None:
        said["vault"]["accountType"] = formula

    world.books.showing.rewrite = rewrite
    till.run("charge", "20", "-k", "a", "--by", formula)
    world.books.all[-1].status = "VOID" if command == ("reconcile",) else "CAPTURE"
    run = till.run(*command, "--csv")
    texts = [cell for row in rows(run) for cell in row.values() if formula in cell]

    assert texts != []
    assert [cell for cell in texts if cell.startswith(tuple("=+-@"))] == []


def test_a_number_chosen_by_other_software_is_no_formula_either(world: World, till: Till) -> None:
    world.service.others_charge("6.00", invoice="=1+1")

    assert ",'=1+1," in till.run("reconcile", "--csv").out


def test_a_close_s_csv_has_carried_items_and_the_totals(world: World, till: Till) -> None:
    sold(till, "a", "20")
    till.run("close", "--yes")
    till.run("void", "a", "-y")
    world.wait(24 * 3600)
    sold(till, "b", "7")
    found = rows(till.run("close", "--yes", "--csv"))

    assert [(r["outcome"], r["count"], r["total"], r["carried_from"], r["transaction"]) for r in found[:2]] == [
        ("approved", "1", "7.00", "", ""), ("voided", "1", "-20.00", "2026-11-22", str(world.books.all[0].id)),
    ]  # fmt: skip
    assert {r["outcome"]: r["total"] for r in found[2:]} == {
        "charged": "7.00", "refunded": "0.00", "held": "0.00", "declined": "0.00", "net": "7.00",
        "carried": "-20.00", "netWithCarried": "-13.00",
    }  # fmt: skip


def test_a_report_s_csv_has_the_same_columns_on_a_terminal(till: Till) -> None:
    sold(till, "a", "20")

    assert till.run("report", "--csv", columns=80).out == till.run("report", "--csv").out
