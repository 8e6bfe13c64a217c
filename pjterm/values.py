"""`dataclasses`, made to load quickly: a command defines over a hundred of them before it can send anything.

The standard decorator writes and compiles up to six methods for a class, most of which no command calls. Here only
`__init__` is; comparing, hashing and printing are shared by all. Frozen is what mypy holds everybody to: at
run time nothing is written for it, which also makes instances in half the time.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from dataclasses import asdict as asdict
from dataclasses import field as field
from dataclasses import fields as fields
from dataclasses import is_dataclass as is_dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import replace as replace
else:

    def dataclass(made=None, *, frozen=False, slots=False, eq=True):
        """As `dataclasses.dataclass`; what a class defines by itself stays."""

        def finish(cls):
            cls.__doc__ = cls.__doc__ or cls.__name__  # else the standard one works out a signature
            shared = {"__repr__": _say}
            if eq:
                shared |= {"__eq__": _equals, "__hash__": _hash if frozen else None}
            for name, method in shared.items():
                if name not in vars(cls) or (name, vars(cls)[name]) == ("__hash__", None):
                    setattr(cls, name, method)
            return dataclasses.dataclass(cls, repr=False, eq=False, slots=slots)

        return finish if made is None else finish(made)

    def replace(value, /, **changes):
        """As `dataclasses.replace`, in a sixth of the time: what is known of a request changes with every fact."""
        places, content = _given(value.__class__)
        given = [*content(value)]
        try:
            for name, changed in changes.items():
                given[places[name]] = changed
        except KeyError:
            raise TypeError(f"{type(value).__name__} has no {name}") from None
        return value.__class__(*given)


@functools.cache
def _given(cls: Any) -> tuple[dict[str, int], Callable[[Any], Any]]:
    """What `__init__` takes: the place of each name, and what reads all of them from an instance."""
    names = [f.name for f in fields(cls) if f.init]
    read = attrgetter(*names) if len(names) > 1 else lambda value: [getattr(value, name) for name in names]
    return {name: n for n, name in enumerate(names)}, read


@functools.cache
def _content(cls: Any) -> Callable[[Any], Any]:
    """What is compared of an instance, read from it."""
    names = [f.name for f in fields(cls) if f.compare]
    return attrgetter(*names) if names else lambda _: ()


def _equals(self: Any, other: Any) -> Any:
    if type(other) is not type(self):
        return NotImplemented
    content = _content(self.__class__)
    return content(self) == content(other)


def _hash(self: Any) -> int:
    return hash(_content(self.__class__)(self))


def _say(self: Any) -> str:
    said = (f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.repr)
    return f"{type(self).__qualname__}({', '.join(said)})"
