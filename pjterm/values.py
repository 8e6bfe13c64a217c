"""`dataclasses`, made to load quickly: a command defines over a hundred of them before it can send anything.

The standard decorator writes and compiles up to six methods for a class as soon as it is defined. Here only `__init__`
is compiled, and that when the first instance is made: two classes in three never have one before the request is on its
way. Comparing, hashing and printing are shared by all. Frozen and slots are what mypy holds everybody to: at run
time nothing is done for them, which also makes instances in half the time.
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
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import replace as replace
else:

    def dataclass(made=None, *, frozen=False, slots=False, eq=True):
        """As `dataclasses.dataclass`; what a class defines by itself stays."""
        del slots

        def finish(cls):
            cls.__doc__ = cls.__doc__ or cls.__name__  # else the standard one works out a signature
            shared = {"__repr__": _say, "__init__": _first_init(cls), "__dataclass_fields__": _Fields(cls)}
            if eq:
                shared |= {"__eq__": _equals, "__hash__": _hash if frozen else None}
            for name, method in shared.items():
                if name not in vars(cls) or (name, vars(cls)[name]) == ("__hash__", None):
                    setattr(cls, name, method)
            return cls

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


class _Fields:
    """What the standard functions read of a class; it is worked out when one of them first does."""

    def __init__(self, cls: Any) -> None:
        self._cls = cls

    def __get__(self, instance: object, owner: type) -> Any:
        _complete(self._cls)
        return self._cls.__dataclass_fields__


def _first_init(cls: Any) -> Callable[..., None]:
    """The `__init__` of a class that no instance was made of yet."""

    def init(self: Any, *given: Any, **named: Any) -> None:
        _complete(cls)
        cls.__init__(self, *given, **named)

    return init


_completing = RLock()  # a relay's thread may make the first instance while another does


def _complete(cls: Any) -> None:
    """Work out the fields, and write `__init__`; until that is done, whoever makes an instance waits here."""
    with _completing:
        if isinstance(vars(cls)["__dataclass_fields__"], _Fields):
            dataclasses.dataclass(cls, init=False, repr=False, eq=False)
            cls.__init__ = _init(cls)


def _init(cls: Any) -> Any:
    """As the standard one, without annotations: they are most of what there is to compile."""
    known: dict[str, Any] = {"_absent": dataclasses.MISSING}
    lines, defaults = ["pass"], []
    for f in fields(cls):
        lines.append(f"self.{f.name} = {f.name}")
        if f.default_factory is not dataclasses.MISSING:
            lines[-1] += f" if {f.name} is not _absent else _make_{f.name}()"
            known[f"_make_{f.name}"] = f.default_factory
        if f.default is not dataclasses.MISSING or f.default_factory is not dataclasses.MISSING:
            defaults.append(f.default)
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    exec(f"def __init__(self, {', '.join(f.name for f in fields(cls))}):\n " + "\n ".join(lines), known)
    init = known["__init__"]
    init.__defaults__ = tuple(defaults)
    init.__qualname__ = f"{cls.__qualname__}.__init__"  # what is missing or too much is said of it
    return init


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
