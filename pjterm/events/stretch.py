"""Reading history so that no gap in it goes unnoticed, also while retention removes events."""

from __future__ import annotations

from pjterm.events.event import Event
from pjterm.events.store import Filters, Gap, Store
from pjterm.values import dataclass


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive events, and the gap that follows them."""

    events: list[Event]
    gap: Gap | None = None


def read_stretch(store: Store, after: int, limit: int, filters: Filters, until: int | None) -> Stretch:
    """Up to `limit` matching events after a cursor, up to the first gap; reads again if retention moved that."""
    gap = store.gap(after)
    while True:
        is_inside = gap is not None and (until is None or gap.oldest - 1 <= until)
        events = store.read(after, limit, filters, until=gap.oldest - 1 if gap is not None and is_inside else until)
        before, gap = gap, store.gap(after)
        if gap == before:
            return Stretch(events, gap if is_inside and len(events) < limit else None)
