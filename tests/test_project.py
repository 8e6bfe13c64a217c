"""What `.github/` and `pyproject.toml` say about the project is true."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import state_diagram

TOP = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted((TOP / ".github").glob("*.md"))
PROJECT: dict[str, Any] = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]
WORKFLOW = (TOP / ".github" / "workflows" / "checks.yml").read_text("utf-8")
LOCK = (TOP / ".ci" / "requirements.txt").read_text("utf-8")
ROOTS = "pjterm|tests|completions|[.]ci|[.]github"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_and_paths_in_a_document_exist(document: Path) -> None:
    text = document.read_text("utf-8")
    links = [document.parent / link for link in re.findall(r"\]\(([^)#:]+)\)", text)]
    paths = [TOP / path for path in re.findall(rf"`((?:{ROOTS})/[\w/.-]*)`", text)]

    assert [str(p) for p in {*links, *paths} if not p.exists()] == []


def promises() -> dict[str, tuple[str, list[str]]]:
    """The attackers in the threat model: the promise about each, and its tests."""
    text = (TOP / ".github" / "SECURITY.md").read_text("utf-8")
    table = re.findall(r"^\| ([^|]+) \| ([^|]+) \| [^|]+ \|$", text.partition("| --- |")[2], re.M)
    tests = dict(re.findall(r"^- ([^:\n]+):\n((?:  `.*`\n)+)", text, re.M))
    return {who: (promised, re.findall(r"`(.+)`", tests.get(who, ""))) for who, promised in table}


@pytest.mark.parametrize("who", promises())
def test_each_promise_of_the_threat_model_names_existing_tests(who: str) -> None:
    promised, named = promises()[who]
    missing = [name for name in named if not _is_test(name)]

    assert (missing, len(named) >= len(promised.split(";"))) == ([], True)


def test_the_threat_model_has_ten_attackers() -> None:
    assert len(promises()) == 10


def _is_test(name: str) -> bool:
    file, _, test = name.partition("::")
    path = TOP / file
    return path.is_file() and f"\ndef {test}(" in path.read_text("utf-8")


def test_the_places_of_ten_changes_are_named() -> None:
    text = (TOP / ".github" / "CONTRIBUTING.md").read_text("utf-8")
    _, table = text.split("## Where a change goes")
    rows = [row for row in table.split("## ")[0].splitlines() if row.startswith("| ")][2:]

    assert len(rows) >= 10
    assert [row for row in rows if not re.search(r"\| .*`pjterm/.*\| .*`tests/", row)] == []


def test_the_state_diagram_matches_the_table() -> None:
    """Regenerate it with: python -m tests.state_diagram"""
    assert state_diagram.kept(state_diagram.DOCUMENT.read_text("utf-8")) == state_diagram.diagram()


def test_the_pythons_of_the_classifiers_are_tested() -> None:
    classified = set(re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"])))
    tried = set(re.findall(r'"(3\.\d+)"', WORKFLOW))

    assert classified == tried
    assert f">={min(classified, key=lambda v: int(v[2:]))}" == PROJECT["requires-python"]


def test_every_action_of_the_workflow_is_pinned_to_a_commit_and_names_its_release() -> None:
    used = re.findall(r"uses: (.+)", WORKFLOW)

    assert used
    assert [u for u in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", u)] == []


def test_every_script_that_the_workflow_runs_exists() -> None:
    run = set(re.findall(r"run: (\.ci/\w+)", WORKFLOW))

    assert run
    assert [script for script in run if not (TOP / script).is_file()] == []


def requirements() -> list[Requirement]:
    """The requirements of a full installation, by name."""
    extras = PROJECT["optional-dependencies"].values()
    found = [Requirement(text) for text in [*PROJECT["dependencies"], *(r for extra in extras for r in extra)]]
    return [r for r in found if r.name != PROJECT["name"]]


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_the_lock_has_each_requirement_in_its_range(requirement: Requirement) -> None:
    """Regenerate it with .ci/lock"""
    locked = dict(re.findall(r"^([\w.-]+)==(\S+)", LOCK, re.MULTILINE))

    assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)])


def test_every_package_of_the_lock_has_a_hash() -> None:
    entries = re.split(r"\n(?=\w)", re.sub(r"^#.*\n", "", LOCK, flags=re.MULTILINE).strip())

    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_every_requirement_has_a_minimum_version() -> None:
    assert [str(r) for r in requirements() if not any(s.operator in (">=", "~=") for s in r.specifier)] == []
