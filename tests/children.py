"""Starting the jobs of `tests.child`: all processes at the same time, and their answers."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from typing import IO, Any

from tests.warm import Running, piped


@dataclass
class Child:
    """A process that waits for its line before it does its job."""

    process: Running
    line: int

    @property
    def out(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    def let_go(self) -> None:
        os.write(self.line, b"\n")

    def end(self) -> Any:
        """Its answer; it must exit with 0."""
        answer = self.out.read()
        code = self.process.wait(60)
        self.close()
        assert code == 0, "its output is on stderr"
        return json.loads(answer)

    def close(self) -> None:
        """Kill it if it is still running; a second call does nothing."""
        if self.out.closed:
            return
        self.process.kill()
        self.process.wait(60)
        self.out.close()
        os.close(self.line)


def begin(job: str, given: dict[str, Any]) -> Child:
    """One process, waiting for its line."""
    reader, writer = os.pipe()
    try:
        return Child(piped([job, json.dumps(given)], module="tests.child", stdin=reader, stderr=2), writer)
    finally:
        os.close(reader)


def together(job: str, given: list[dict[str, Any]]) -> list[Any]:
    """Run all at once; each must exit with 0."""
    with contextlib.ExitStack() as stack:
        children = [begin(job, one) for one in given]
        for child in children:
            stack.callback(child.close)
        for child in children:
            child.let_go()
        return [child.end() for child in children]
