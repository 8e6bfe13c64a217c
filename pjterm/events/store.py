"""What a store of events promises.

A store is a cursor: append, read after, oldest, newest. Events are in the order in which they were stored;
`created` inside them says nothing about order, because the API repeats and reorders.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple, Protocol, TypeVar

from pjterm.events.event import Arrival, Event
from pjterm.values import dataclass


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of one arrival: its cursor, and whether it is a new event or one more delivery."""

    cursor: int
    new: bool
    same_id_as: int | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which events a reader wants; `None` matches any."""

    profile: str | None = None
    request_id: str | None = None
    type: str | None = None

    def match(self, arrival: Arrival) -> bool:
        """Whether an arrival passes."""
        return (
            self.request_id in (None, arrival.request_id)
            and self.profile in (None, arrival.profile)
            and self.type in (None, arrival.type)
        )


@dataclass(frozen=True, slots=True)
class Due:
    """What is due by age: events received before these moments (milliseconds; None: never).

    Private bodies are cut, events removed, and their hashes forgotten once no sender repeats a delivery anymore.
    """

    now_ms: int
    cut_ms: int
    remove_ms: int | None = None
    forget_ms: int | None = None


class Gap(NamedTuple):
    """The events between these two cursors are gone."""

    after: int
    oldest: int


ANY = Filters()
T = TypeVar("T")


def at_once(work: Callable[[], T]) -> Future[T]:
    """Run a call now, and return its outcome as a finished future."""
    done: Future[T] = Future()
    try:
        done.set_result(work())
    except Exception as error:
        done.set_exception(error)
    return done


class Store(Protocol):
    """Where events are stored. Cursors start at 1 and only grow; none is ever reused.

    `append`, `begin` and `age` are called by one thread, the others by any. Every method raises
    `Unavailable` if the store cannot do it now. The arrivals of a failed `append` may be appended again:
    each is still one event.
    """

    @property
    def identity(self) -> str:
        """Identifies this store: a cursor has a meaning only within it."""

    def listen(self, on_new: Callable[[Sequence[Event]], None], broken: Callable[[], None]) -> None:
        """From now on, call `on_new` with each commit's new events, in cursor order, once they are stored.

        `broken` is called when history turns out to have a gap. Both are called on the thread that stores the
        events, and must not block.
        """

    def append(self, arrivals: Sequence[Arrival]) -> list[Kept]:
        """Store all of these or none, durably, and say for each what became of it.

        The same delivery (profile and body bytes) twice is one event whose `deliveries` grows; the
        same event id with another body is a new event that names the earlier one.
        """

    def begin(self, arrivals: Sequence[Arrival]) -> Future[list[Kept]]:
        """Like `append`, but without waiting if the store can write several groups at a time."""

    @property
    def waits(self) -> bool:
        """Whether `begin` waits until they are stored; if not, any thread may call it."""

    def read(self, after: int, limit: int, filters: Filters = ANY, *, until: int | None = None) -> list[Event]:
        """Up to `limit` events with a cursor above `after` (and not above `until`), oldest first."""

    def get(self, cursor: int) -> Event | None:
        """The event at this cursor, if it is there."""

    def locate(self, profile: str, event_id: str) -> int | None:
        """The lowest cursor of an event with this id, if there is one."""

    def catch_up(self, seconds: float) -> bool:
        """Wait until everything that any relay stored before this call is here, too; return whether it is."""

    def oldest(self) -> int:
        """The cursor of the oldest event; one above `newest` in an empty store."""

    def newest(self) -> int:
        """The highest cursor ever used; 0 in a new store."""

    def gap(self, after: int) -> Gap | None:
        """The first gap above `after`; None if nothing is missing.

        0 means from the oldest event on: what was removed before it is not a gap.
        """

    def age(self, due: Due, limit: int) -> int:
        """Do what is due for up to `limit` events of each kind, oldest first; return how many changed.

        A repeated delivery is still recognized after its event was cut or removed.
        """

    def received_at(self, share: float) -> int | None:
        """When the event at this share of all (0: the oldest, 1: the newest) was received; None in an empty store."""

    def position(self, forward: str) -> int | None:
        """How far this forward URL has been served; None for a new one."""

    def set_position(self, forward: str, cursor: int) -> None:
        """Remember durably how far this forward URL has been served."""

    def last_verified(self) -> dict[str, int]:
        """When each profile last received something verified (repeats count), in milliseconds."""

    def describe(self) -> dict[str, Any]:
        """What `relay status` says of the store: its `kind`, and whatever else matters."""

    def join(self, report: Callable[[], dict[str, Any]]) -> None:
        """Announce this relay to the others of its fleet; `report` is called regularly and returns its state."""

    def fleet(self) -> list[dict[str, Any]] | None:
        """The last state of every relay of the fleet; None for a store that is not shared."""

    def close(self) -> None:
        """Release files, locks and connections."""
