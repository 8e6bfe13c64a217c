"""`dataclasses`, made to load quickly: a command defines over a hundred of them before it can send anything.

The standard decorator writes and compiles up to six methods for a class as soon as it is defined. Here only `__init__`
is compiled, and that when the tenth instance is made: hardly a class has so many before the request is on its way.
Comparing, hashing and printing are shared by all. Frozen and slots are what mypy holds everybody to: at run
time nothing is done for them, which also makes instances in half the time.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from dataclasses import asdict as asdict
from dataclasses import field as field
from operator import attrgetter
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import fields as fields
    from dataclasses import is_dataclass as is_dataclass
    from dataclasses import replace as replace
else:

    def dataclass(made=None, *, frozen=False, slots=False, eq=True):
        """As `dataclasses.dataclass`; what a class defines by itself stays."""
        del slots

        def finish(cls):
            own = vars(cls)
            if own["__doc__"] is None:
                cls.__doc__ = cls.__name__  # else the standard one works out a signature
            cls.__dataclass_fields__ = _Fields(cls)
            if "__init__" not in own:
                cls.__init__ = _first_init(cls)
            if "__repr__" not in own:
                cls.__repr__ = _say
            if eq and "__eq__" not in own:
                cls.__eq__ = _equals
            if eq and own.get("__hash__") is None:
                cls.__hash__ = _hash if frozen else None
            return cls

        return finish if made is None else finish(made)

    def fields(of):
        """As `dataclasses.fields`, and it leaves the class as it is."""
        return tuple(_parts(of if isinstance(of, type) else of.__class__).values())

    def is_dataclass(of):
        """As `dataclasses.is_dataclass`."""
        cls = of if isinstance(of, type) else of.__class__
        return any("__dataclass_fields__" in vars(base) for base in cls.__mro__)

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
        with _reading:
            _own_parts(self._cls)  # `dataclasses` puts the defaults in the place of what says more of them
            if vars(self._cls)["__dataclass_fields__"] is self:
                dataclasses.dataclass(self._cls, init=False, repr=False, eq=False)
        return self._cls.__dataclass_fields__


_ABSENT: Any = dataclasses.MISSING
_UNWRITTEN = 9  # instances of a class: to compile its `__init__` takes as long as to fill thirty without it
_reading = RLock()  # a relay's thread may make the first instance while another does


@functools.cache
def _parts(cls: Any) -> dict[str, Any]:
    """The fields by name, those of the bases first, each with its default, what makes it, and what else it says."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        if "__dataclass_fields__" in vars(base):
            found |= _own_parts(base)
    return found


_own: dict[Any, dict[str, Any]] = {}


def _own_parts(cls: Any) -> dict[str, Any]:
    """The fields that a class adds.

    The standard way takes ten times as long, most of it to find out what kind of type each annotation is.
    """
    with _reading:
        if cls not in _own:
            _own[cls] = {n: _part(n, k, vars(cls)) for n, k in cls.__annotations__.items() if "ClassVar" not in str(k)}
        return _own[cls]


def _part(name: str, kind: Any, given: Any) -> Any:
    """One field, as its class says it: by `field`, by a default, or not at all."""
    said = given.get(name, _ABSENT)
    part = said if isinstance(said, dataclasses.Field) else field(default=said)
    part.name, part.type = name, kind
    return part


def _first_init(cls: Any) -> Callable[..., None]:
    """The `__init__` of the first instances; most classes have no others before the request is on its way."""
    made = 0

    def init(self: Any, *given: Any, **named: Any) -> None:
        nonlocal made
        made += 1
        if "__match_args__" not in vars(cls):
            cls.__match_args__ = tuple(_parts(cls))  # type: ignore[misc]
        if made > _UNWRITTEN or not _fill(self, _parts(cls), given, named):
            cls.__init__ = _init(cls)
            cls.__init__(self, *given, **named)  # which says what is wrong
        elif hasattr(cls, "__post_init__"):
            self.__post_init__()

    return init


def _fill(self: Any, parts: dict[str, Any], given: tuple[Any, ...], named: dict[str, Any]) -> bool:
    """Whether each field got its value, and nothing was left over."""
    values = dict(zip(parts, given, strict=False)) | named
    if len(values) != len(given) + len(named):
        return False
    for name, part in parts.items():
        value = values.pop(name, part.default)
        if value is _ABSENT:
            if part.default_factory is _ABSENT:
                return False
            value = part.default_factory()
        setattr(self, name, value)
    return not values


def _init(cls: Any) -> Any:
    """As the standard one, without annotations: they are most of what there is to compile."""
    known: dict[str, Any] = {"_absent": _ABSENT}
    lines, defaults = ["pass"], []
    for name, part in _parts(cls).items():
        lines.append(f"self.{name} = {name}")
        if part.default_factory is not _ABSENT:
            lines[-1] += f" if {name} is not _absent else _make_{name}()"
            known[f"_make_{name}"] = part.default_factory
        if part.default is not _ABSENT or part.default_factory is not _ABSENT:
            defaults.append(part.default)
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    exec(f"def __init__(self, {', '.join(_parts(cls))}):\n " + "\n ".join(lines), known)
    init = known["__init__"]
    init.__defaults__ = tuple(defaults)
    init.__qualname__ = f"{cls.__qualname__}.__init__"  # what is missing or too much is said of it
    return init


@functools.cache
def _given(cls: Any) -> tuple[dict[str, int], Callable[[Any], Any]]:
    """What `__init__` takes: the place of each name, and what reads all of them from an instance."""
    names = [*_parts(cls)]
    read = attrgetter(*names) if len(names) > 1 else lambda value: [getattr(value, name) for name in names]
    return {name: n for n, name in enumerate(names)}, read


@functools.cache
def _content(cls: Any) -> Callable[[Any], Any]:
    """What is compared of an instance, read from it."""
    names = [name for name, part in _parts(cls).items() if part.compare]
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
