"""Which module may import which: the table of how this program is built, read from the imports themselves."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "pjterm"
PURE = {
    "__future__", "collections", "dataclasses", "datetime", "decimal", "enum", "hashlib", "html", "itertools", "json",
    "re", "struct", "types", "typing", "urllib.parse", "zlib",
}  # fmt: skip

CORE = ("pjterm.core", "pjterm.errors")
EDGE = (*CORE, "pjterm", "pjterm.files", "pjterm.locks", "pjterm.clock")
FOLLOW = (*EDGE, "pjterm.api", "pjterm.journal", "pjterm.leave", "pjterm.watch", "pjterm.settle")

MAY: dict[str, tuple[str, ...]] = {
    # values and rules
    "pjterm.core": CORE,
    "pjterm.errors": (),
    # one outside thing each
    "pjterm.clock": CORE,
    "pjterm.locks": (),
    "pjterm.files": ("pjterm.locks",),
    "pjterm.tomlfile": (*CORE, "pjterm.files"),
    "pjterm.profile": (*CORE, "pjterm.tomlfile"),
    "pjterm.config": (*CORE, "pjterm.files", "pjterm.tomlfile", "pjterm.profile"),
    "pjterm.keychain": ("pjterm.errors",),
    "pjterm.credentials": (
        *CORE, "pjterm.config", "pjterm.files", "pjterm.keychain", "pjterm.profile", "pjterm.tomlfile",
    ),
    "pjterm.pace": ("pjterm.locks",),
    "pjterm.api": (*CORE, "pjterm", "pjterm.pace"),
    "pjterm.journal": (*CORE, "pjterm.locks"),
    "pjterm.leave": (*CORE, "pjterm.clock"),
    "pjterm.log": (*CORE, "pjterm.api", "pjterm.files", "pjterm.output"),
    "pjterm.events": (*EDGE, "pjterm.events"),
    # performing what the core decides
    "pjterm.listen": (*FOLLOW, "pjterm.relay.client.stream", "pjterm.relay.client.address"),
    "pjterm.watch": (*FOLLOW, "pjterm.following"),
    "pjterm.following": FOLLOW,
    "pjterm.settle": FOLLOW,
    "pjterm.submit": FOLLOW,
    "pjterm.places": (*CORE, "pjterm.output"),
    "pjterm.subscriptions": (*EDGE, "pjterm.api", "pjterm.config", "pjterm.credentials"),
    # receiving, pretending
    "pjterm.relay": (*EDGE, "pjterm.events", "pjterm.relay"),
    "pjterm.simulator": ("pjterm", "pjterm.errors", "pjterm.files", "pjterm.simulator"),
    # values in, text out
    "pjterm.output": CORE,
    "pjterm.columns": CORE,
    "pjterm.figures": CORE,
    "pjterm.progress": (*CORE, "pjterm.output"),
    "pjterm.layout": (*CORE, "pjterm.columns", "pjterm.figures", "pjterm.output", "pjterm.progress"),
    "pjterm.screen": (*CORE, "pjterm.columns", "pjterm.layout", "pjterm.output", "pjterm.progress", "pjterm.screen"),
    # everything
    "pjterm.completions": ("pjterm",),
    "pjterm.cli": ("pjterm",),
    "pjterm.__main__": ("pjterm",),
    "pjterm": (),
}  # fmt: skip

ONLY_IN: dict[str, tuple[str, ...]] = {
    "httpx": ("pjterm.api", "pjterm.relay.server.forwarder"),
    "rich": ("pjterm.screen",),
    "typer": ("pjterm.cli",),
    "aiohttp": ("pjterm.relay", "pjterm.simulator"),
    "asyncio": ("pjterm.relay", "pjterm.simulator", "pjterm.events.jetstream"),
    "nats": ("pjterm.events.jetstream",),
    "keyring": ("pjterm.keychain",),
    "tomllib": ("pjterm.tomlfile", "pjterm.simulator"),
    "tomli_w": ("pjterm.tomlfile",),
    "platformdirs": ("pjterm.cli", "pjterm.config"),
}
ALWAYS_INSIDE_A_FUNCTION = ("keyring", "platformdirs")
"""Slow to load and needed by few commands: never at the top of a module that every command loads."""


def module(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module(p): ast.parse(p.read_text()) for p in sorted(ROOT.rglob("*.py"))}


def imported(tree: ast.AST) -> set[str]:
    """Every module that is named in an import: `from a import b` is `a.b` where that is a module."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written out"
            base = node.module or ""
            inner = {f"{base}.{alias.name}" for alias in node.names}
            names |= {name for name in inner if name in MODULES} or {base}
    return names


def within(name: str, places: Collection[str]) -> bool:
    """Whether a module is one of these or inside one; `pjterm` alone means the package's own file."""
    return any(name == p or (p != "pjterm" and name.startswith(p + ".")) for p in places)


def row(name: str) -> str:
    """The most particular row of the table that a module stands under."""
    found = [key for key in MAY if within(name, (key,))]
    assert found, f"{name} stands under no row of the table"
    return max(found, key=len)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_what_its_row_allows(name: str) -> None:
    allowed = MAY[row(name)]
    everything = row(name) in ("pjterm.cli", "pjterm.__main__", "pjterm.completions")
    ours = {i for i in imported(MODULES[name]) if within(i, ("pjterm",)) or i.startswith("pjterm.")}
    wrong = {i for i in ours if not everything and not within(i, allowed)}

    assert wrong == set()


@pytest.mark.parametrize("name", [n for n in MODULES if within(n, ("pjterm.core",))])
def test_the_core_imports_nothing_that_touches_the_world(name: str) -> None:
    """No clock but datetime's types, no files, no sockets, no randomness."""
    outside = {i for i in imported(MODULES[name]) if not within(i, PURE) and not i.startswith("pjterm.")}

    assert outside == set()


@pytest.mark.parametrize("name", MODULES)
def test_each_library_is_imported_in_its_one_place(name: str) -> None:
    for library in {i.split(".")[0] for i in imported(MODULES[name])}:
        places = ONLY_IN.get(library)
        known = library in sys.stdlib_module_names or library == "pjterm" or places is not None

        assert known, f"{library} stands in no row"
        assert places is None or within(name, places), library


@pytest.mark.parametrize("name", MODULES)
def test_what_is_slow_to_load_is_loaded_where_it_is_used(name: str) -> None:
    top = ast.Module([n for n in MODULES[name].body if isinstance(n, ast.Import | ast.ImportFrom)], [])
    slow = {i.split(".")[0] for i in imported(top)} & set(ALWAYS_INSIDE_A_FUNCTION)

    assert slow == set()


def test_the_simulator_shares_no_parser_with_the_client() -> None:
    """Each is evidence for the other."""
    inside = [n for n in MODULES if within(n, ("pjterm.simulator",))]
    shared = {i for n in inside for i in imported(MODULES[n]) if within(i, ("pjterm.core", "pjterm.api"))}

    assert inside
    assert shared == set()
