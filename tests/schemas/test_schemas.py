"""The schemas themselves; `tests.printed` checks the output of every test against them."""

from __future__ import annotations

import importlib.resources
import json
import re
import tomllib
from dataclasses import fields
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from pjterm import __version__
from pjterm.core.model import Kind, Outcome
from pjterm.schemas import catalog, files, result
from pjterm.settings.profile import COMMANDS, KEYS, Environment
from pjterm.simulator.api.document import document
from pjterm.simulator.shop import scenario_files
from pjterm.simulator.shop.guesses import Guesses
from pjterm.simulator.shop.inventory import Account
from pjterm.simulator.shop.named import NAMED
from pjterm.simulator.shop.scenario_values import BadScenario
from pjterm.simulator.shop.scenarios import Conduct, Fate, Fault, HookRule, HttpRule, Till
from tests import printed
from tests.cli.till import Till as Machine

GOOD: dict[str, Any] = {
    "schema": "pjterm.terminals/1", "items": [{"nickName": "T1", "what PayJunction adds": 1}],
}  # fmt: skip


@pytest.mark.parametrize("name", catalog.names())
def test_each_is_a_schema(name: str) -> None:
    schema = catalog.schema(name)

    assert schema is not None
    Draft202012Validator.check_schema(schema)
    assert (schema["$id"], bool(schema["title"])) == (f"urn:pjterm:{name}:1", True)


@pytest.mark.parametrize(
    "said",
    [
        {**GOOD, "more": 1}, {"schema": "pjterm.nobody/2/3", "items": []}, {"type": "ready", "url": "x", "port": 0},
        {"type": "status", "at": "today", "source": "poll", "status": "COMPLETE"},
        {"schema": "pjterm.ping/1", "items": [{"name": "T1"}]}, {"type": "result", "outcome": "approved"},
    ],
)  # fmt: skip
def test_undocumented_output_is_detected(said: dict[str, Any]) -> None:
    faults = {name: printed.fault_of(name, said) for name in printed.names_for(said)}

    assert faults
    assert None not in faults.values()
    assert printed.fault_of("terminals", GOOD) is None


def test_the_values_in_a_result_are_the_program_s() -> None:
    assert tuple(Kind) == result.KINDS
    assert tuple(Outcome) == result.OUTCOMES
    assert {"enum": list(Environment)} == result.ENVIRONMENT


def names(kind: type) -> set[str]:
    return {field.name for field in fields(kind)}


@pytest.mark.parametrize(
    ("table", "known"),
    [
        (files.PROFILE, set(KEYS)), (files.GUESSES, names(Guesses)), (files.ACCOUNT, names(Account)),
        (files.HTTP, names(HttpRule)), (files.WEBHOOK, names(HookRule)), (files.TILL, names(Till)),
        (files.REQUEST, names(Conduct) | {"terminal", "kinds", "nth"}), (files.SCENARIO, set(scenario_files.TOP)),
    ],
)  # fmt: skip
def test_the_names_in_a_file_are_those_that_are_read(table: dict[str, Any], known: set[str]) -> None:
    assert set(table["properties"]) == known
    assert set(COMMANDS) <= set(files.PROFILE["properties"])


@pytest.mark.parametrize("table", [files.REQUEST, files.HTTP, files.WEBHOOK, files.TILL, files.SCENARIO])
def test_each_name_in_a_scenario_is_explained_or_lists_its_values(table: dict[str, Any]) -> None:
    bare = {n: s.get("items", s) for n, s in table["properties"].items() if "description" not in s}

    assert [name for name, schema in bare.items() if "enum" not in schema] == []


def test_the_scenarios_in_the_topic_are_read_and_described() -> None:
    """They include a second card, a late booking, a search that lags and another till."""
    topic = importlib.resources.files("pjterm.help").joinpath("simulator.md").read_text("utf-8")
    blocks = re.findall(r"^```toml\n(.*?)^```$", topic, re.MULTILINE | re.DOTALL)
    said = [tomllib.loads(block) for block in blocks]

    assert [printed.fault_of("scenario", scenario) for scenario in said] == [None, None]
    assert scenario_files.read("given", blocks[1]).search_lag == 4.0
    assert {"second", "booked"} <= {name for request in said[1]["request"] for name in request}
    assert [till["does"] for till in said[1]["till"]] == ["charge"]


@pytest.mark.parametrize(
    "text",
    [
        '[[account]]\ncloses = "29:00"', '[[account]]\ncloses = "23:59"', '[[account]]\ncloses = "never"',
        "[[account]]\nterminal_id = 1000000001", '[[request]]\ntip = "1000000"', '[[request]]\ntip = "999999.99"',
        '[[request]]\nstrokes = "x"', '[[request]]\nstrokes = ""', '[[request]]\nstrokes = "10,20 30,40;50,60"',
        "[[request]]\nnth = 1000000001", "[[request]]\nnth = 0", '[[till]]\ndoes = "reset"\nnth = 1000000001',
        '[[http]]\nfault = "slow"\ncall = "get /x"', '[[http]]\nfault = "slow"\ncall = "POST /x/"',
        '[[http]]\nfault = "slow"\ncall = "POST /x/*"', '[[http]]\nfault = "slow"\ncall = "* *"',
    ],
)  # fmt: skip
def test_a_scenario_matches_its_schema_exactly_if_the_simulator_accepts_it(text: str) -> None:
    try:
        taken = bool(scenario_files.read("given", text))
    except BadScenario:
        taken = False

    assert (printed.fault_of("scenario", tomllib.loads(text)) is None) == taken


def test_the_values_in_a_scenario_are_the_simulator_s() -> None:
    assert files.HTTP["properties"]["fault"] == {"enum": list(Fault)}
    assert files.WEBHOOK["properties"]["fate"] == {"enum": list(Fate)}
    assert len({s.name for s in NAMED}) == len(NAMED)


def test_the_simulators_document_is_printed(tmp_path: Any) -> None:
    till = Machine(tmp_path, "http://127.0.0.1:1")
    shown, line = till.run("simulator", "openapi"), till.run("simulator", "openapi", "--json")

    assert json.loads(shown.out) == line.json == document(__version__)
    assert line.json["openapi"] == "3.1.0"


def test_the_command_prints_them(tmp_path: Any) -> None:
    till = Machine(tmp_path, "http://127.0.0.1:1")
    shown, listed = till.run("schema", "ready"), till.run("schema", "--json").json
    wrong = till.run("schema", "lunch")

    assert '"urn:pjterm:ready:1"' in shown.out
    assert [item["name"] for item in listed["items"]] == list(catalog.names())
    assert (wrong.code, "there is no schema 'lunch'" in wrong.err) == (2, True)
