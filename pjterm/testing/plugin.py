"""The pytest plug-in: the fixture `pjterm_simulator`.

Every test suite in an environment with pjterm loads this file, so it imports little: the first test that uses the
fixture imports the simulator. Each process of pytest-xdist has its own simulator, on its own port.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pjterm.testing.simulator import Simulator

_USED = pytest.StashKey["Simulator"]()


@pytest.fixture(scope="session")
def _pjterm_simulator_of_the_session() -> Iterator[Simulator]:
    from pjterm.testing.simulator import Simulator

    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def pjterm_simulator(request: pytest.FixtureRequest, _pjterm_simulator_of_the_session: Simulator) -> Simulator:
    """A simulated PayJunction on loopback: empty books for each test, and readers that wait for the test to act.

    `url`, `login`, `password` and `app_key` configure your client; `reader("T1").tap()`, `.decline("51")`,
    `.press("Yes")` and the like are the customer; `transactions()` is what was booked.
    """
    simulator = _pjterm_simulator_of_the_session
    simulator.reset()
    request.node.stash[_USED] = simulator
    return simulator


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failed test, or a fixture of it that failed, what was called, what was booked, and the readers."""
    report = yield
    simulator = item.stash.get(_USED, None)
    if simulator is not None and report.failed and report.when != "teardown":  # by then the last one has ended
        try:
            story = simulator.story()
        except Exception as error:  # the test may have taken the network away; a hook that raises ends the session
            story = f"it cannot be asked: {error!r}"
        report.sections.append(("pjterm simulator", story))
    return report
