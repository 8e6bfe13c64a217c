"""A document as values: what stands on which page, before it is drawn.

A page has one idea. Its blocks hold text as it came; `fit` makes all of it fit to be handed out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from pjterm.values import dataclass, fields, is_dataclass, replace

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; each line break begins a new line."""

    text: str
    small: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """The most prominent line: an amount, and what it is for."""

    text: str
    below: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels, each with its value."""

    rows: tuple[tuple[str, str], ...]
    heading: str | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """Lines as they stood elsewhere: what a customer was shown or given. In `columns` where they are aligned."""

    lines: tuple[str, ...]
    columns: bool = False


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One thing that happened: when, where that is from, what it says."""

    time: str
    source: str
    says: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """What happened in one day, in order; above the first day of several stands what they are about."""

    day: str
    rows: tuple[TimelineRow, ...]
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """An image, as it was received."""

    image: bytes
    caption: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Contents:
    """The other pages, and where they begin; what draws them knows."""


Block = Paragraph | Figure | Facts | Paper | Timeline | Picture | Notice | Contents


@dataclass(frozen=True, slots=True)
class Page:
    """One idea; it may need more than one sheet."""

    title: str
    lead: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """All of it. The head stands on every sheet, the foot under it."""

    title: str
    head: str
    foot: str
    pages: tuple[Page, ...]


def fit(value: T, change: Callable[[str], str]) -> T:
    """The same value with each text in it changed; images stay as they are."""
    whole: Any = value
    if isinstance(whole, str):
        whole = change(whole)
    elif isinstance(whole, tuple):
        whole = tuple(fit(part, change) for part in whole)
    elif is_dataclass(whole) and not isinstance(whole, type):
        whole = replace(whole, **{f.name: fit(getattr(whole, f.name), change) for f in fields(whole)})
    found: T = whole
    return found


def texts(value: object) -> Iterator[str]:
    """Each text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from texts(part)
    elif is_dataclass(value):
        for f in fields(value):
            yield from texts(getattr(value, f.name))
