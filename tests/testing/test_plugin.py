"""The pytest plug-in, in separate suites."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from pjterm.testing import plugin
from pjterm.testing.simulator import Simulator

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A suite that turns warnings into errors."""
    pytester.makeini("[pytest]\nfilterwarnings = error\naddopts = --disable-plugin-autoload -p pjterm.testing.plugin")
    return pytester


def test_an_installed_pjterm_provides_the_plug_in() -> None:
    (found,) = (e for e in importlib.metadata.entry_points(group="pytest11") if e.name == "pjterm")

    assert found.load() is plugin


def pay(simulator: Simulator, amount: str = "12.50") -> dict[str, Any]:
    """A program that takes a payment and waits for its result."""
    headers = {"X-PJ-Application-Key": simulator.app_key, "Accept": "application/json"}
    login = (simulator.login, simulator.password)
    with httpx.Client(base_url=simulator.url, auth=login, headers=headers, trust_env=False) as client:
        form = {"amountBase": amount, "terminalId": simulator.account}
        path = f"/smartterminals/{simulator.reader().id}/request-payment"
        request = client.post(path, data=form).json()["requestPaymentId"]
        seen: dict[str, Any] = {}
        while "transactionId" not in seen:
            time.sleep(0.6)  # the API's limit
            seen = client.get(f"/smartterminals/requests/{request}").json()
        time.sleep(0.15)
        response: dict[str, Any] = client.get(f"/transactions/{seen['transactionId']}").json()["response"]
        return response


def test_a_tap_before_the_program_charges(pjterm_simulator: Simulator) -> None:
    pjterm_simulator.reader("T1").tap(tip="2.00")

    assert pay(pjterm_simulator)["approved"]
    assert len(pjterm_simulator.transactions()) == 1


def test_a_decline_while_the_reader_waits(pjterm_simulator: Simulator) -> None:
    with ThreadPoolExecutor(1) as pool:
        paying = pool.submit(pay, pjterm_simulator)
        while pjterm_simulator.reader("T1").shows["state"] != "waiting":
            time.sleep(0.01)
        pjterm_simulator.reader("T1").decline("51")

        assert paying.result()["code"] == "51"


def test_the_next_world_is_clean(pjterm_simulator: Simulator) -> None:
    assert pjterm_simulator.transactions() == pjterm_simulator.calls() == []
    assert pjterm_simulator.reader("T2").shows["planned"] == []


def test_each_test_begins_at_the_current_time(pjterm_simulator: Simulator) -> None:
    """Otherwise the sales of every later test would be on another day."""
    pjterm_simulator.forward(864_000)
    pjterm_simulator.reset()
    pjterm_simulator.reader("T1").tap()
    pay(pjterm_simulator)
    created = datetime.fromisoformat(pjterm_simulator.transactions()[0]["created"])

    assert abs(created.timestamp() - time.time()) < 60


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda s: s.scenario("lunch"), "'lunch' is not a scenario"),
        (lambda s: s.scenario("[[request]]\nkinds = 7"), "kinds"),
        (lambda s: s.reader("T3"), "T1 or T2"),
        (lambda s: s.reader("T1").tap(tipp="1.00"), "tipp"),
        (lambda s: s.webhooks_to("http://example.com"), "loopback"),
    ],
)
def test_an_unknown_name_is_reported(
    pjterm_simulator: Simulator, act: Callable[[Simulator], object], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        act(pjterm_simulator)


def test_a_failure_shows_the_calls_the_books_and_the_readers(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import urllib.request

        def test_sale(pjterm_simulator):
            pjterm_simulator.reader("T1").decline("51")
            pjterm_simulator.reader("T2").tap()
            path = f"/smartterminals/{pjterm_simulator.reader().id}/request-payment"
            headers = {"Authorization": "Basic c2ltdWxhdG9yOnNpbXVsYXRvcg==",
                       "X-PJ-Application-Key": pjterm_simulator.app_key}
            form = b"amountBase=12.50&terminalId=10001"
            urllib.request.urlopen(urllib.request.Request(pjterm_simulator.url + path, form, headers)).close()
            while not pjterm_simulator.transactions():
                pass
            assert pjterm_simulator.transactions()[0]["response"]["approved"]
    """)
    shown = suite.runpytest_inprocess()

    shown.stdout.fnmatch_lines([
        "*pjterm simulator*", "calls, oldest first", "  POST /smartterminals/*/request-payment -> 200",
        "booked", "  10001 CHARGE 12.50 DECLINED, code 51",
        "readers", "  T2: idle", "  T2: tap was done, and no request took it",
    ])  # fmt: skip


def test_bookings_are_shown_if_a_fixture_fails_too(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest

        @pytest.fixture
        def paid(pjterm_simulator):
            assert pjterm_simulator.transactions()

        def test_it(paid):
            pass
    """)
    shown = suite.runpytest_inprocess()

    shown.assert_outcomes(errors=1)
    shown.stdout.fnmatch_lines(["*pjterm simulator*", "booked", "readers", "  T1: idle"])


@pytest.mark.parametrize("error", ["OSError", "RuntimeError"])
def test_a_failing_test_that_disabled_the_network_is_shown_and_the_next_one_runs(
    suite: pytest.Pytester, error: str
) -> None:
    """The test's patches are still active while a failure is reported: `pytest-socket` raises RuntimeError."""
    suite.makepyfile(f"""
        import socket

        def down(*_, **__):
            raise {error}("network is down")

        def test_without_a_network(pjterm_simulator, monkeypatch):
            monkeypatch.setattr(socket, "create_connection", down)
            assert "its own failure" == ""

        def test_after():
            pass
    """)
    shown = suite.runpytest_inprocess()

    shown.assert_outcomes(failed=1, passed=1)
    shown.stdout.fnmatch_lines(["*its own failure*", "*network is down*"])


@pytest.mark.exhaustive
def test_each_xdist_process_has_its_own_simulator(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import os, pathlib, pytest

        @pytest.mark.parametrize("number", range(4))
        def test_it(pjterm_simulator, number):
            pathlib.Path(f"{os.environ['PYTEST_XDIST_WORKER']}.url").write_text(pjterm_simulator.url)
    """)
    suite.runpytest_subprocess("-p", "xdist", "-n", "2", "--dist", "each").assert_outcomes(passed=8)
    urls = {path.read_text() for path in suite.path.glob("*.url")}

    assert len(urls) == 2


def test_a_suite_that_does_not_use_it_loads_nothing() -> None:
    code = "import json, sys, pytest, pjterm.testing.plugin; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    ours = ("pjterm", "aiohttp", "asyncio", "http", "sqlite3")
    loaded = {name for name in json.loads(done.stdout) if name.split(".")[0] in ours}

    assert loaded == {"pjterm", "pjterm.testing", "pjterm.testing.plugin"}
