"""A TOML file: read so that every error names its line, edited in place or rewritten whole.

What the user wrote (`config.toml`) is edited: comments, order and keys that this version does not know stay. What
only pjterm writes (`credentials.toml`) is rewritten.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

from pjterm.core.encoding import decode
from pjterm.errors import ConfigBroken, UsageFault
from pjterm.system.files import clear_leftovers, write_private
from pjterm.values import dataclass, field

_PART = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)"""
_PAIR = rf"\s*({_PART}(?:\s*\.\s*{_PART})*)\s*="
_AT_LINE = r"\(at line (\d+),"


@dataclass(frozen=True, slots=True)
class Document:
    """The values of a TOML file, and its text to find lines in; neither shows in `repr`."""

    path: Path
    text: str = field(repr=False)
    data: dict[str, Any] = field(repr=False)

    def broken(self, keys: tuple[str, ...], message: str, hint: str | None = None) -> ConfigBroken:
        """The error for a wrong value: names file and line, and what to do."""
        return _broken(self.path, line_of(self.text, keys), message, hint)


def read(path: Path) -> Document:
    """Read a TOML file; a missing one is empty. Raises `ConfigBroken`, which never quotes the content."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return Document(path, "", {})
    except OSError as error:
        raise ConfigBroken(
            f"{path} cannot be read: {error.strerror}",
            hint="make it readable, or set PJTERM_CONFIG_DIR to the directory that is meant",
        ) from error
    text = _decoded(path, raw)
    fault, line = "", 1
    try:
        return Document(path, text, _loads(text))
    except (ValueError, ArithmeticError, RecursionError) as error:
        fault, line = _said(error), _line_in(error, text)
    raise _broken(path, line, f"this is not TOML: {fault}", None)  # outside of `except`: its error holds the text


def edited(document: Document, edit: Callable[[dict[str, Any]], None]) -> Document:
    """The document after an edit of its values; its comments and order stay, or else its comments stand at its head."""
    data = deepcopy(document.data)
    edit(data)
    text = _edited_in_place(document.text, edit)
    if text is None or not _says(text, data):  # the values matter more than the layout
        import tomli_w

        comments = [line for line in document.text.splitlines() if line.lstrip().startswith("#")]
        text = "\n".join([*comments, tomli_w.dumps(data)])
    return Document(document.path, text, data)


def without(document: Document, keys: tuple[str, str]) -> Document:
    """The document without a table. Comments around it stay: the last ones may be about the next table."""

    def drop(data: dict[str, Any]) -> None:
        table, name = keys
        del data[table][name]
        if not data[table]:
            del data[table]

    data = deepcopy(document.data)
    drop(data)
    text = _without(document.text, keys)
    return Document(document.path, text, data) if _says(text, data) else edited(document, drop)


def _without(text: str, keys: tuple[str, str]) -> str:
    """The text without the lines that name these keys, and those between two of them."""
    gone: set[int] = set()
    begins = None
    for line, path in _statements(text):
        if path[:2] == keys:
            gone.update(range(begins or line, line + 1))
            begins = line + 1
        else:
            begins = None
    return "\n".join(content for line, content in enumerate(text.split("\n"), 1) if line not in gone)


def _says(text: str, data: dict[str, Any]) -> bool:
    try:
        return _loads(text) == data
    except ValueError:
        return False


def _edited_in_place(text: str, edit: Callable[[dict[str, Any]], None]) -> str | None:
    """The text with the edit made in it; `None` for the rare file that tomlkit cannot edit."""
    import tomlkit  # only edits need it (40 ms)
    from tomlkit.exceptions import TOMLKitError

    try:
        held = tomlkit.parse(text)
        edit(held)
        return tomlkit.dumps(held)
    except TOMLKitError:
        return None


def save(document: Document) -> None:
    """Replace the file with this document, as `write` does."""
    _replace(document.path, document.text)


def write(path: Path, data: dict[str, Any]) -> None:
    """Replace a TOML file, mode 0600, in one step; the caller holds the lock of its directory.

    Raises `UsageFault` if it cannot be written; the old content then stays.
    """
    import tomli_w  # only needed for writing

    _replace(path, tomli_w.dumps(data))


def _replace(path: Path, text: str) -> None:
    try:
        write_private(path, text.encode())
        clear_leftovers(path)
    except OSError as error:
        raise unwritable(path, error) from None


def unwritable(path: Path, error: OSError) -> UsageFault:
    """A file or directory of the configuration that cannot be written, and the way out."""
    hint = "make it writable, or set PJTERM_CONFIG_DIR to the directory that is meant"
    return UsageFault(f"{path} cannot be written: {error.strerror}", hint=hint)


def _loads(text: str) -> dict[str, Any]:
    return tomllib.loads(text, parse_float=Decimal)


def line_of(text: str, keys: tuple[str, ...]) -> int:
    """The line (from 1) of a key; if the key is missing, that of the nearest table around it."""
    best, best_line = 0, 1
    for line, path in _statements(text):
        if best < len(path) and keys[: len(path)] == path:
            best, best_line = len(path), line
    return best_line


def _statements(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each line that opens a table or sets a key, with the full path of what it names."""
    table: tuple[str, ...] = ()
    for line, content in enumerate(text.split("\n"), 1):
        if content.lstrip().startswith("["):
            table = _names(content.strip()) or table
            yield line, table
        elif pair := re.match(_PAIR, content):
            yield line, table + _names(f"{pair[1]} = 0")


def _names(statement: str) -> tuple[str, ...]:
    """The keys a one-line TOML statement names, outermost first; none when it is no statement."""
    try:
        node: Any = tomllib.loads(statement)
    except ValueError:
        return ()
    names = []
    while isinstance(node, dict) and node:
        name, node = next(iter(node.items()))
        names.append(name)
        node = node[0] if isinstance(node, list) and node else node
    return tuple(names)


def _decoded(path: Path, raw: bytes) -> str:
    try:
        return decode(raw)
    except ValueError as error:
        says, _, hint = str(error).partition("; ")
    line = next((n for n, line in enumerate(raw.split(b"\n"), 1) if not _is_text(line)), 1)
    raise _broken(path, line, says, hint.replace("it", "the file"))


def _is_text(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _broken(path: Path, line: int, message: str, hint: str | None) -> ConfigBroken:
    return ConfigBroken(f"{path}, line {line}: {message}", hint=hint or f"correct line {line} in an editor")


def _said(error: Exception) -> str:
    if isinstance(error, tomllib.TOMLDecodeError):
        return str(error)
    return "nested too deeply" if isinstance(error, RecursionError) else "a value is out of range"


def _line_in(error: Exception, text: str) -> int:
    found = re.search(_AT_LINE, str(error))
    return int(found[1]) if found else text.rstrip("\n").count("\n") + 1
