"""Starting the jobs of `tests.child`: all processes at one moment, and their answers."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any


def begin(job: str, given: dict[str, Any]) -> subprocess.Popen[str]:
    """One process, waiting for its line."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.child", job, json.dumps(given)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def let_go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def together(job: str, given: list[dict[str, Any]]) -> list[Any]:
    """All at once; each must end well."""
    processes = [begin(job, one) for one in given]
    for process in processes:
        let_go(process)
    answers = []
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        answers.append(json.loads(out))
    return answers
