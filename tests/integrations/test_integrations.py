"""The integrations from `pjterm help integrating`, each tested by the bench, intact and with planted faults.

The programs are extracted from the topic. A fault is a change of a line or two, as found in practice; the bench has
to catch it in the matching scenario. Languages that are not installed here are left to other machines.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import pytest

from pjterm.simulator.bench.verdicts import Item
from pjterm.simulator.bench.verify import run_scenario
from pjterm.simulator.shop.named import named
from tests import warm

TOPIC = files("pjterm.help").joinpath("integrating.md").read_text("utf-8")
BLOCKS = dict(re.findall(r"^```\w+ ([\w.]+\.\w+)\n(.*?)^```$", TOPIC, re.MULTILINE | re.DOTALL))
CAUGHT_IN = {
    "retries a lost answer": "reply-lost",
    "takes a decline for paid": "declined",
    "takes a bare COMPLETE for not paid": "late-result",
    "misses the second card": "declined-then-approved",
    "takes a proxy's page for a refusal": "proxy-page",
}
AT_ONCE = 4


@dataclass(frozen=True)
class Language:
    """A program from the topic, its tests there, and each fault as the changed lines."""

    program: str
    interpreter: tuple[str, ...]
    tests: str | None = None
    testing: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    faults: dict[str, tuple[str, str]] = field(default_factory=dict)


def faults(*changes: tuple[str, str]) -> dict[str, tuple[str, str]]:
    return dict(zip(CAUGHT_IN, changes, strict=True))


LANGUAGES = {
    "python": Language(
        "pay.py", (sys.executable, "-W", "error"), "test_pay.py",
        (sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "-p", "no:anyio"),
        faults=faults(
            ("while status == 429:", "while said is None:"),
            ('return transaction["response"]["approved"] and', "return"),
            ("    until = time.monotonic() + (0 if declined else 10)", "    return 3 if declined else 5"),
            ("            declined = bool(", "            return 3\n            declined = bool("),
            (' and said and "errors" in said', ""),
        ),
    ),
    "node": Language(
        "pay.mjs", ("node",), "pay.test.mjs", ("node", "--test"), ("node",),
        faults(
            ("while (status === 429)", "while (said === null)"),
            ("t.response.approved && ", ""),
            ("  until = Date.now() + (declined ? 0 : 10_000);", "  return declined ? 3 : 5;"),
            ("      declined = transaction", "      return 3;\n      declined = transaction"),
            (" && said?.errors", ""),
        ),
    ),
    "php": Language(
        "pay.php", ("php",), "test_pay.php", ("php",), ("php",),
        faults(
            ("while ($status === 429)", "while ($said === null)"),
            ('$transaction["response"]["approved"] && ', ""),
            ("    $until = time() + ($declined ? 0 : 10);", "    return $declined ? 3 : 5;"),
            ("            $declined = $transaction", "            return 3;\n            $declined = $transaction"),
            (' && isset($said["errors"])', ""),
        ),
    ),
    "bash": Language(
        "pay.sh", ("bash",), needs=("bash", "curl", "jq"),
        faults=faults(
            ('while [ "$status" = 429 ]', 'while [ -z "$said" ]'),
            (".response.approved and ", ""),
            ("until=$((SECONDS + (declined ? 0 : 10)))", "exit $((declined ? 3 : 5))"),
            ("&& declined=1", "&& exit 3"),
            ("if says .errors; then exit 11; fi", "exit 11"),
        ),
    ),
}  # fmt: skip
HERE = {name: language for name, language in LANGUAGES.items() if all(map(shutil.which, language.needs))}
PLAIN = ("python",)
"""What every run of the suite tries; the others need `-m exhaustive`."""
CASES = [
    pytest.param(name, fault, marks=() if name in PLAIN else pytest.mark.exhaustive)
    for name in HERE
    for fault in (None, *CAUGHT_IN)
]


@pytest.fixture(scope="module")
def benches(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[tuple[str, str | None], list[Future[Item]]]]:
    """The bench's results for each selected program, several at a time."""
    wanted = {(i.callspec.params["name"], i.callspec.params["fault"]) for i in request.session.items  # type: ignore[attr-defined]
              if i.path == Path(__file__) and "fault" in getattr(i, "fixturenames", ())}  # fmt: skip
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {(n, f): on_the_bench(pool, HERE[n], f, tmp_path_factory.mktemp("integration")) for n, f in wanted}


def on_the_bench(pool: ThreadPoolExecutor, language: Language, fault: str | None, folder: Path) -> list[Future[Item]]:
    text, command = BLOCKS[language.program], [*language.interpreter, str(folder / language.program)]
    if fault is not None:
        assert language.faults[fault][0] in text
        text = text.replace(*language.faults[fault])
    (folder / language.program).write_text(text)
    scenarios = [named(name) for name in (["approved", *CAUGHT_IN.values()] if fault is None else [CAUGHT_IN[fault]])]
    return [
        pool.submit(run_scenario, command, scenario, environ=warm.environ())
        for scenario in scenarios
        if scenario is not None
    ]


@pytest.mark.parametrize(("name", "fault"), CASES)
def test_the_bench_passes_the_program_and_catches_each_fault(
    benches: dict[tuple[str, str | None], list[Future[Item]]], name: str, fault: str | None
) -> None:
    items = [future.result() for future in benches[name, fault]]

    assert [(i.scenario, i.why, i.last_words) for i in items if i.passed is not (fault is None)] == []


def test_each_fault_is_planted_in_each_language() -> None:
    assert {name for name, language in LANGUAGES.items() if [*language.faults] != [*CAUGHT_IN]} == set()
    assert {language.program for language in LANGUAGES.values()} <= BLOCKS.keys()


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=() if n in PLAIN else pytest.mark.exhaustive) for n in HERE if HERE[n].tests],
)
def test_its_three_tests_pass_as_printed(name: str, tmp_path: Path) -> None:
    language = HERE[name]
    for file in (language.program, language.tests):
        assert file is not None
        (tmp_path / file).write_text(BLOCKS[file])
    environ = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    del environ["PJTERM_STATE_DIR"], environ["PJTERM_CONFIG_DIR"]
    environ |= {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
    done = subprocess.run(
        [*language.testing, str(language.tests)], env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=120
    )

    assert done.returncode == 0, done.stdout + done.stderr
