"""Virtual time: what is due when, and which task runs. Nothing here knows what a till is.

Tasks are threads of which exactly one runs at any time; it hands over only where it waits. So a history depends on
what the tasks do and on the order of what is due, never on the machine that plays it. A task that waits while
nothing else is due before its time just moves the clock, which takes a microsecond.
"""

from __future__ import annotations

import contextvars
import heapq
import threading
from collections.abc import Callable
from typing import Any

Callback = Callable[[], object]


class Over(BaseException):
    """The history is over: raised in waiting tasks, so that their threads end."""


class Task:
    """One thread of events that waits in virtual time."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.done = False
        self.result: Any = None
        self.error: BaseException | None = None
        self.waits = 0
        """The number of waits that it has begun or ended, by which a stale wake-up is recognized."""
        self.waiting = True
        self.joined_by: Task | None = None
        self._baton = threading.Lock()
        self._baton.acquire()

    def __repr__(self) -> str:
        return f"Task({self.name!r})"

    def take(self) -> None:
        """Wait in real time until this task may run."""
        self._baton.acquire()

    def give(self) -> None:
        """Let this task run; the caller stops running."""
        self._baton.release()


class Timeline:
    """The time since the beginning of a history, in seconds, and everything that is due."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Callback | Task, int]] = []
        self._count = 0
        self._main = Task("main")
        self._running = self._main
        self._tasks: list[Task] = []
        self._fault: BaseException | None = None
        self._over = False

    @property
    def running(self) -> Task:
        """The task that is running."""
        return self._running

    def at(self, when: float, do: Callback) -> None:
        """Schedule an action for a time, or at once if that has passed. It must not wait."""
        self._push(when, do, 0)

    def after(self, seconds: float, do: Callback) -> None:
        """Schedule an action after this long."""
        self._push(self.now + seconds, do, 0)

    def sleep(self, seconds: float) -> None:
        """Let time pass for the running task, while everything due happens, or until it is woken."""
        until = self.now + seconds if seconds > 0.0 else self.now
        if not self._over and (not self._due or until < self._due[0][0]):
            self.now = until  # nothing happens before that
            return
        task = self._running
        task.waits += 1
        task.waiting = True
        self._push(until, task, task.waits)
        self._pass_on(task)

    def park(self) -> None:
        """Wait until woken."""
        task = self._running
        task.waits += 1
        task.waiting = True
        self._pass_on(task)

    def wake(self, task: Task) -> None:
        """End the wait of a task now; has no effect if it does not wait."""
        if task.waiting and not task.done:
            self._push(self.now, task, task.waits)

    def spawn(self, name: str, body: Callable[[], Any]) -> Task:
        """Create a task; it first runs when the current one waits."""
        task = Task(name)
        context = contextvars.copy_context()

        def run() -> None:
            task.take()
            try:
                if not self._over:
                    task.result = context.run(body)
            except BaseException as error:
                task.error = error
            task.done = True
            if self._over:
                self._main.give()
                return
            if task.joined_by is not None:
                self.wake(task.joined_by)
            self._hand_over(self._next_task())

        self._tasks.append(task)
        threading.Thread(target=run, name=name, daemon=True).start()
        self._push(self.now, task, 0)
        return task

    def join(self, task: Task) -> Any:
        """Wait until a task has ended; its result, or the error that ended it."""
        while not task.done:
            task.joined_by = self._running
            self.park()
        if task.error is not None:
            raise task.error
        return task.result

    def close(self) -> None:
        """End every waiting task; called by the thread that began the history."""
        self._over = True
        for task in self._tasks:
            if not task.done:
                task.give()
                self._main.take()

    # -- which task runs next ---------------------------------------------------------------------------

    def _push(self, when: float, what: Callback | Task, waits: int) -> None:
        self._count += 1
        heapq.heappush(self._due, (when, self._count, what, waits))

    def _pass_on(self, task: Task) -> None:
        if self._over:
            raise Over
        following = self._next_task()
        if following is not task:
            self._hand_over(following)
            task.take()
            if self._over:
                raise Over
        if self._fault is not None and task is self._main:
            fault, self._fault = self._fault, None
            raise fault

    def _next_task(self) -> Task:
        """Do what is due until a task's wait is over; that task runs next."""
        due = self._due
        while due:
            when, _, what, waits = heapq.heappop(due)
            if isinstance(what, Task):
                if what.done or what.waits != waits:
                    continue
                what.waits += 1
                what.waiting = False
                self.now = max(self.now, when)
                return what
            self.now = max(self.now, when)
            try:
                what()
            except BaseException as error:  # for example, of a check: it belongs to the thread that began the history
                return self._blame(error)
        return self._blame(RuntimeError("every task waits, and nothing is due that would end a wait"))

    def _blame(self, error: BaseException) -> Task:
        self._fault = error
        self._main.waits += 1
        self._main.waiting = False
        return self._main

    def _hand_over(self, task: Task) -> None:
        self._running = task
        task.give()
