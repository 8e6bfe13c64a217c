"""The value classes behave like standard dataclasses, though their methods are created late or shared."""

from __future__ import annotations

import dataclasses
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest

from pjterm.values import asdict, dataclass, field, fields, is_dataclass, replace


@dataclass(frozen=True, slots=True)
class Line:
    """Created again in each test's process: its first instance may be any test's."""

    name: str
    cents: int = 5
    tags: list[str] = field(default_factory=list)


@dataclass
class Base:
    name: str
    lines: list[Line] = field(default_factory=list, repr=False)
    length: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        self.length = len(self.name)


@dataclass
class Derived(Base):
    last: bool = False


def test_missing_arguments_have_the_class_s_defaults() -> None:
    assert (Line("a").cents, Line("a").tags, Line("a", tags=["b"]).tags) == (5, [], ["b"])
    assert Line("a").tags is not Line("a").tags


def test_a_class_has_the_fields_of_its_base_first() -> None:
    made = Derived("abc", last=True)

    assert [f.name for f in fields(Derived)] == ["name", "lines", "length", "last"]
    assert (made.lines, made.length, made.last) == ([], 3, True)


@pytest.mark.parametrize("before", [0, 8, 9, 10])
@pytest.mark.parametrize(
    ("given", "named", "says"),
    [
        ((), {}, r"missing 1 required positional argument: 'name'"),
        (("a", 1, [], 2), {}, r"takes from 2 to 4 positional arguments but 5 were given"),
        (("a",), {"name": "b"}, r"got multiple values for argument 'name'"),
        (("a",), {"nome": "b"}, r"got an unexpected keyword argument 'nome'"),
    ],
    ids=["missing", "too many", "twice", "unknown"],
)
def test_missing_or_superfluous_arguments_are_a_type_error(
    before: int, given: tuple[Any, ...], named: dict[str, Any], says: str
) -> None:
    @dataclass(frozen=True, slots=True)
    class Word(Line):
        pass

    for _ in range(before):
        Word("a")

    with pytest.raises(TypeError, match=rf"Word\.__init__\(\) {says}"):
        Word(*given, **named)


@pytest.mark.parametrize("before", [0, 8, 9, 10])
def test_every_instance_behaves_the_same(before: int) -> None:
    @dataclass
    class Last(Derived):
        word: str = field(default_factory=str)

    class Own(Last):
        """Not a value class itself."""

    for _ in range(before):
        Own("a")
    made = Own("abc", last=True)

    assert vars(made) == {"name": "abc", "lines": [], "length": 3, "last": True, "word": ""}


def test_the_fields_are_available_before_the_first_instance() -> None:
    @dataclass
    class Asked(Base):
        words: list[str] = field(default_factory=list)

    asked = [f.name for f in fields(Asked) if f.compare]

    assert (asked, Asked("a").words, Asked("a") == Asked("a", length=7)) == (["name", "lines", "words"], [], True)


def test_values_are_compared_hashed_and_printed_by_their_fields() -> None:
    @dataclass(frozen=True, slots=True)
    class Other:
        name: str
        cents: int = 5

    assert Line("a", 1) == replace(Line("a"), cents=1) != Line("a", 2)
    assert hash(Other("a")) == hash(Other("a"))
    assert Other("a") != cast("object", Line("a"))
    assert repr(Derived("a")) == "Derived(name='a', length=1, last=False)"
    assert Base("a", length=1) == Base("a", length=2)


def test_a_class_without_instances_has_its_fields() -> None:
    @dataclass(frozen=True, slots=True)
    class Unmade:
        name: str
        cents: int = 5

    assert is_dataclass(Unmade)
    assert [f.name for f in dataclasses.fields(Unmade)] == ["name", "cents"]
    assert asdict(Unmade("a")) == {"name": "a", "cents": 5}


def test_a_value_can_be_matched_by_position() -> None:
    match Line("a", 7):
        case Line(name, cents):
            found = (name, cents)

    assert found == ("a", 7)


def test_threads_may_create_the_first_instances_concurrently() -> None:
    here = threading.Barrier(4)

    def make(cls: type[Line]) -> Line:
        here.wait(30)
        return cls("a", tags=["b"])

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that they collide
    try:
        for _ in range(40):

            @dataclass(frozen=True, slots=True)
            class Fresh(Line):
                number: int = 1

            with ThreadPoolExecutor(4) as pool:
                made = list(pool.map(make, [Fresh] * 4))

            assert [Fresh("a", tags=["b"])] * 4 == made
    finally:
        sys.setswitchinterval(before)
