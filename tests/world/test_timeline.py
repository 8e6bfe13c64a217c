"""Virtual time: one order of events, whatever waits for what."""

from __future__ import annotations

import pytest

from tests.world.timeline import Over, Timeline


def test_two_tasks_take_turns_in_the_order_of_their_waits() -> None:
    time, said = Timeline(), list[tuple[float, str]]()

    def speak(name: str, every: float) -> None:
        for _ in range(3):
            time.sleep(every)
            said.append((time.now, name))

    first = time.spawn("a", lambda: speak("a", 1.0))
    second = time.spawn("b", lambda: speak("b", 1.5))
    time.join(first)
    time.join(second)

    assert said == [(1.0, "a"), (1.5, "b"), (2.0, "a"), (3.0, "b"), (3.0, "a"), (4.5, "b")]


def test_due_actions_happen_at_their_time_while_a_task_waits() -> None:
    time, said = Timeline(), list[float]()
    time.at(2.0, lambda: said.append(time.now))
    time.after(1.0, lambda: said.append(time.now))
    time.sleep(5.0)

    assert (said, time.now) == ([1.0, 2.0], 5.0)


def test_a_task_can_be_woken_early_and_is_not_woken_twice() -> None:
    time, said = Timeline(), list[float]()

    def wait() -> None:
        time.sleep(10.0)
        said.append(time.now)
        time.sleep(10.0)
        said.append(time.now)

    task = time.spawn("waits", wait)
    time.at(1.0, lambda: time.wake(task))
    time.at(1.0, lambda: time.wake(task))
    time.join(task)

    assert said == [1.0, 11.0]


def test_a_task_s_error_is_raised_where_it_is_joined() -> None:
    time = Timeline()

    def fail() -> None:
        time.sleep(1.0)
        raise ValueError("as it should")

    with pytest.raises(ValueError, match="as it should"):
        time.join(time.spawn("fails", fail))


def test_an_action_s_error_is_raised_where_the_history_began() -> None:
    time = Timeline()

    def fail() -> None:
        raise ValueError("as it should")

    task = time.spawn("waits", lambda: time.sleep(5.0))
    time.at(1.0, fail)

    with pytest.raises(ValueError, match="as it should"):
        time.join(task)
    time.close()


def test_a_wait_that_can_never_end_is_reported() -> None:
    time = Timeline()

    with pytest.raises(RuntimeError, match="nothing is due"):
        time.join(time.spawn("waits forever", time.park))
    time.close()


def test_closing_ends_all_waiting_tasks() -> None:
    time, ended = Timeline(), list[str]()

    def wait() -> None:
        try:
            time.sleep(100.0)
        except Over:
            ended.append("in its wait")
            raise

    time.spawn("waits", wait)
    time.sleep(1.0)
    time.close()

    assert ended == ["in its wait"]
