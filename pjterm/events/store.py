"""What a store of events promises.

A store is a cursor: append, read after, oldest, newest. The order of events means something (the order
in which they were kept); `created` inside them does not, for the API repeats and reorders.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

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
    """Which events a reader wants; `None` means any."""

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
    """What is due by its age: what was received before these moments (milliseconds; None: never).

    Private bodies are cut, events removed, and, once no sender repeats a delivery of them, their hashes forgotten.
    """

    now_ms: int
    cut_ms: int
    remove_ms: int | None = None
    forget_ms: int | None = None


ANY = Filters()
T = TypeVar("T")


def at_once(work: Callable[[], T]) -> Future[T]:
    """The outcome of a call as a finished future."""
    done: Future[T] = Future()
    try:
        done.set_result(work())
    except Exception as error:
        done.set_exception(error)
    return done


class Store(Protocol):
    """Where events are kept. Cursors start at 1 and only grow; a cursor once used is never reused.

    `append`, `begin` and `age` are called by one thread, the others by any. Every method raises
    `Unavailable` when the store cannot do it now. The arrivals of a failed `append` may be appended again:
    each is still one event.
    """

    @property
    def identity(self) -> str:
        """Names this store: a cursor has a meaning only within it."""

    def listen(self, told: Callable[[Sequence[Event]], None], broken: Callable[[], None]) -> None:
        """Call `told` from now on with each commit's new events, in cursor order, once they are kept.

        `broken` is called when history turns out to have a gap. Both are called on whatever thread keeps the
        events, and must not wait.
        """

    def append(self, arrivals: Sequence[Arrival]) -> list[Kept]:
        """Keep all of these or none, durably, and say for each what became of it.

        The same delivery (profile and body bytes) twice is one event whose `deliveries` grows; the
        same event id with another body is a new event naming the earlier one.
        """

    def begin(self, arrivals: Sequence[Arrival]) -> Future[list[Kept]]:
        """Like `append`, but without waiting for it where the store can keep several groups at a time."""

    @property
    def waits(self) -> bool:
        """Whether `begin` waits until they are kept; where it does not, any thread may call it."""

    def read(self, after: int, limit: int, filters: Filters = ANY, *, until: int | None = None) -> list[Event]:
        """Up to `limit` events with a cursor above `after` (and not above `until`), oldest first."""

    def get(self, cursor: int) -> Event | None:
        """The event at this cursor, if it is (still) there."""

    def locate(self, profile: str, event_id: str) -> int | None:
        """The lowest cursor of an event with this id, if one is (still) there."""

    def catch_up(self, seconds: float) -> bool:
        """Wait until everything kept by any relay before this call is here too; whether it is."""

    def oldest(self) -> int:
        """The cursor of the oldest event; one above `newest` when nothing is kept."""

    def newest(self) -> int:
        """The highest cursor ever given; 0 in a fresh store."""

    def gap(self, after: int) -> int | None:
        """The cursor behind the first gap above `after`; None when nothing is missing.

        0 means from the oldest event on: what was removed before that is no gap.
        """

    def age(self, due: Due, limit: int) -> int:
        """Do what is due, up to `limit` events of each kind, from the oldest on; how many changed.

        A delivery that was removed or cut is still recognized when it is repeated.
        """

    def received_at(self, share: float) -> int | None:
        """When the event at this share of all (0: the oldest, 1: the newest) was received; None when there is none."""

    def position(self, forward: str) -> int | None:
        """How far this forward URL has been served; None when it is new here."""

    def set_position(self, forward: str, cursor: int) -> None:
        """Remember durably how far this forward URL has been served."""

    def last_verified(self) -> dict[str, int]:
        """When each profile last delivered something verified (repeats count), in milliseconds."""

    def tell(self) -> dict[str, Any]:
        """What `relay status` says of it: its `kind`, and whatever else matters."""

    def join(self, told: Callable[[], dict[str, Any]]) -> None:
        """Announce this relay to the others of its fleet; `told` is called regularly for what to report."""

    def fleet(self) -> list[dict[str, Any]] | None:
        """What every relay of the fleet last reported; None for a store that is not shared."""

    def close(self) -> None:
        """Release files, locks and connections."""
