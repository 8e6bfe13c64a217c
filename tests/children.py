"""Starting the jobs of `tests.child`: all processes at one moment, and their answers."""

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
        """Its answer; it must end well."""
        answer = self.out.read()
        code = self.process.wait(60)
        self.close()
        assert code == 0, "what it said is on stderr"
        return json.loads(answer)

    def close(self) -> None:
        """Kill it if it still runs; a second time does nothing."""
        if self.out.closed:
            return
        self.process.kill()
        self.process.wait(60)
        self.out.close()
        os.close(self.line)


def begin(job: str, given: dict[str, Any]) -> Child:
    """One process, waiting for its line."""
    theirs, ours = os.pipe()
    try:
        return Child(piped([job, json.dumps(given)], module="tests.child", stdin=theirs, stderr=2), ours)
    finally:
        os.close(theirs)


def together(job: str, given: list[dict[str, Any]]) -> list[Any]:
    """All at once; each must end well."""
    with contextlib.ExitStack() as stack:
        children = [begin(job, one) for one in given]
        for child in children:
            stack.callback(child.close)
        for child in children:
            child.let_go()
        return [child.end() for child in children]
