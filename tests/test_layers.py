"""Which module may import which: the table of the program's layers, compared with the actual imports."""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Collection
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "pjterm"
PURE = {
    "__future__", "collections", "dataclasses", "datetime", "decimal", "enum", "functools", "hashlib", "html",
    "itertools", "json", "operator", "re", "shlex", "string", "struct", "types", "typing", "unicodedata",
    "urllib.parse", "zlib",
}  # fmt: skip

EVERYTHING = ("pjterm",)
SHARED = ("errors", "values")

MAY: dict[str, tuple[str, ...]] = {
    "cli": EVERYTHING,
    "ui": ("flow", "reports", "core", *SHARED),
    "flow": ("api", "journal", "relay", "core", "system", *SHARED),
    "api": ("settings", "core", "system", *SHARED),
    "journal": ("core", "system", *SHARED),
    "settings": ("core", "system", *SHARED),
    "reports": ("core", *SHARED),
    "relay": ("events", "core", "system", *SHARED),
    "events": ("system", *SHARED),
    "schemas": (),
    "testing": ("simulator",),
    "simulator": SHARED,
    "core": SHARED,
    "system": ("errors",),
    "completions": ("values",),
    "help": (),
    "errors": ("values",),
    "values": (),
}
"""Each room and the rooms it may import, downwards only; `pjterm` itself contains only the version."""

CORE: dict[str, tuple[str, ...]] = {
    "sending": ("following", "verdicts", "evidence"),
    "following": ("verdicts", "evidence"),
    "verdicts": ("evidence",),
    "evidence": (),
}
"""The same for the rooms of the core. The modules beside them are values that the rooms use; they import no room."""

ONLY_IN: dict[str, tuple[str, ...]] = {
    "dataclasses": ("pjterm.values",),
    "httpx": ("pjterm.api.transport", "pjterm.api.network", "pjterm.api.connections", "pjterm.relay"),
    "httpcore": ("pjterm.api.connections", "pjterm.api.deadline"),
    "certifi": ("pjterm.system.tls",),
    "rich": ("pjterm.ui",),
    "fpdf": ("pjterm.ui.pdf",),
    "PIL": ("pjterm.ui.signature_image",),
    "typer": ("pjterm.cli",),
    "pytest": ("pjterm.testing.plugin",),
    "aiohttp": ("pjterm.relay", "pjterm.simulator"),
    "asyncio": ("pjterm.relay", "pjterm.simulator", "pjterm.events.jetstream"),
    "nats": ("pjterm.events.jetstream",),
    "keyring": ("pjterm.settings.system_keyring",),
    "tomllib": ("pjterm.settings.toml_file", "pjterm.simulator"),
    "tomlkit": ("pjterm.settings.toml_file",),
    "tomli_w": ("pjterm.settings.toml_file",),
    "platformdirs": ("pjterm.settings.directories",),
}
ALWAYS_INSIDE_A_FUNCTION = ("keyring", "platformdirs")
"""Slow to load and needed by few commands: never at the top of a module that every command loads."""


def module(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module(p): p for p in sorted(ROOT.rglob("*.py"))}
PACKAGES = {name for name, path in MODULES.items() if path.name == "__init__.py"}


@functools.cache
def source(name: str) -> ast.Module:
    """A module's syntax tree, read when a test needs it."""
    return ast.parse(MODULES[name].read_text())


@functools.cache
def imports(name: str) -> frozenset[str]:
    """The imports of a module, wherever they are in it."""
    return frozenset(imported(source(name)))


def imported(tree: ast.AST) -> set[str]:
    """Every imported module: `from a import b` is `a.b` if that is a module."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports must be absolute"
            base = node.module or ""
            inner = {f"{base}.{alias.name}" for alias in node.names}
            names |= {name for name in inner if name in MODULES} or {base}
    return names


def within(name: str, places: Collection[str]) -> bool:
    """Whether a module is one of these or inside one; `pjterm` alone means the package's own file."""
    return any(name == p or (p != "pjterm" and name.startswith(p + ".")) for p in places)


def room(name: str) -> str:
    """The first folder (or module) under `pjterm`."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


def core_room(name: str) -> str:
    """The folder under `pjterm.core` that contains a module; empty for one beside the folders."""
    parts = name.split(".")
    return parts[2] if len(parts) > 3 or (len(parts) == 3 and name in PACKAGES) else ""


def edges(inside: str) -> set[tuple[str, str]]:
    """Which module imports which, within and out of one room."""
    return {(name, i) for name in MODULES if room(name) == inside for i in imports(name) if i.startswith("pjterm.")}


@pytest.mark.parametrize("inside", MAY)
def test_a_room_imports_only_what_lies_below_it(inside: str) -> None:
    allowed = {*MAY[inside], inside}
    wrong = {(a, b) for a, b in edges(inside) if MAY[inside] != EVERYTHING and room(b) not in allowed}

    assert wrong == set()


@pytest.mark.parametrize("inside", [r for r, below in MAY.items() if below != EVERYTHING])
def test_the_table_allows_only_actual_imports(inside: str) -> None:
    made = {room(b) for _, b in edges(inside)} - {inside}

    assert set(MAY[inside]) == made


def test_every_room_is_in_the_table() -> None:
    assert {room(name) for name in MODULES} - {"", "__main__"} == set(MAY)


def test_the_rooms_of_the_core_import_each_other_downwards_only() -> None:
    rooms = [n for n in MODULES if n.startswith("pjterm.core.")]
    made = {(core_room(n), core_room(i)) for n in rooms for i in imports(n) if within(i, ("pjterm.core",))}
    table = {(upper, lower) for upper, below in CORE.items() for lower in below}

    assert {(a, b) for a, b in made if b and a != b} == table
    assert {core_room(n) for n in rooms} - {""} == set(CORE)


def test_there_are_no_circular_imports() -> None:
    graph = {name: {i for i in imports(name) if i in MODULES} - {name} for name in MODULES}
    while leaves := {name for name, needs in graph.items() if not needs & graph.keys()}:
        graph = {name: needs for name, needs in graph.items() if name not in leaves}

    assert sorted(graph) == []


def test_no_command_imports_another_command() -> None:
    commands = "pjterm.cli.commands."
    others = {(n, i) for n in MODULES if n.startswith(commands) for i in imports(n) - {n} if i.startswith(commands)}

    assert others == set()


def test_shared_code_of_commands_imports_no_command() -> None:
    owned = ("pjterm.cli.commands", "pjterm.cli.doctor", "pjterm.cli.probe", "pjterm.cli.profiles")
    shared = [n for n in MODULES if within(n, ("pjterm.cli.shared",))]

    assert {(n, i) for n in shared for i in imports(n) if within(i, owned)} == set()


def test_a_package_contains_only_its_docstring() -> None:
    exempt = {"pjterm", "pjterm.cli", "pjterm.completions"}
    wrong = [n for n in PACKAGES - exempt if len(source(n).body) != 1 or ast.get_docstring(source(n)) is None]

    assert wrong == []


@pytest.mark.parametrize(
    "package", ["core", *(f"core.{name}" for name in CORE), "flow", "relay.server", "events.sqlite"]
)
def test_the_modules_mentioned_by_a_package_are_in_it(package: str) -> None:
    named = re.findall(r"`(\w+)`", ast.get_docstring(source(f"pjterm.{package}")) or "")

    assert named
    assert [name for name in named if f"pjterm.{package}.{name}" not in MODULES] == []


def test_the_core_imports_nothing_that_touches_the_world() -> None:
    """No clock but datetime's types, no files, no sockets, no randomness."""
    inside = [n for n in MODULES if within(n, ("pjterm.core", "pjterm.reports"))]
    outside = {(n, i) for n in inside for i in imports(n) if not within(i, PURE) and not i.startswith("pjterm.")}

    assert inside
    assert outside == set()


def test_each_library_is_imported_in_its_one_place() -> None:
    libraries = {(n, i.split(".")[0]) for n in MODULES for i in imports(n)}
    others = {(n, lib) for n, lib in libraries if lib not in sys.stdlib_module_names and lib != "pjterm"}
    wrong = {(n, lib) for n, lib in libraries if lib in ONLY_IN and not within(n, ONLY_IN[lib])}

    assert {lib for _, lib in others} <= ONLY_IN.keys()
    assert wrong == set()


def test_slow_modules_are_loaded_where_they_are_used() -> None:
    tops = {
        n: ast.Module([x for x in source(n).body if isinstance(x, ast.Import | ast.ImportFrom)], []) for n in MODULES
    }
    slow = {(n, i) for n, top in tops.items() for i in imported(top) if i.split(".")[0] in ALWAYS_INSIDE_A_FUNCTION}

    assert slow == set()


def test_the_simulator_shares_no_parser_with_the_client() -> None:
    """Each one checks the other."""
    inside = [n for n in MODULES if within(n, ("pjterm.simulator",))]
    shared = {i for n in inside for i in imports(n) if within(i, ("pjterm.core", "pjterm.api"))}

    assert inside
    assert shared == set()
