"""What one commit changes: which deliveries are new events, and which are repeats. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pjterm.events.event import Arrival
from pjterm.events.sqlite.known import Known
from pjterm.events.sqlite.rows import Row, row
from pjterm.events.store import Kept
from pjterm.values import dataclass, field


class Repeat(NamedTuple):
    """One more delivery of the event at `cursor`; `counts` is false for one that a relay put back into a log."""

    cursor: int
    counts: bool
    arrival: Arrival


@dataclass
class GroupPlan:
    """What becomes of each delivery in order, the events to insert, the repeats to note, and the new newest cursor."""

    newest: int
    kept: list[Kept] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    repeats: list[Repeat] = field(default_factory=list)


def plan(deliveries: Iterable[Known], newest: int, counts: Sequence[bool] | None = None) -> GroupPlan:
    """Decide on a group, given what the store knows about each delivery, and its newest cursor."""
    result = GroupPlan(newest)
    here: dict[tuple[str, str], list[Row]] = {}
    for n, known in enumerate(deliveries):
        arrival = known.arrival
        same_id = here.setdefault((arrival.profile, arrival.event_id), [])
        repeats = _repeats_in_group(same_id, arrival) or known.repeats
        if repeats is not None:
            result.kept.append(repeats)
            result.repeats.append(Repeat(repeats.cursor, counts is None or counts[n], arrival))
            continue
        result.newest += 1
        first = known.same_id or _first_cursor(same_id)
        added = row(result.newest, first, arrival, known.id_hash, known.body_hash)
        same_id.append(added)
        result.rows.append(added)
        result.kept.append(Kept(added.cursor, new=True, same_id_as=first))
    return result


def plan_repeats(deliveries: Sequence[Known]) -> tuple[list[Kept | None], list[Repeat]]:
    """Count only the repeats among these; None for the others, which are not stored."""
    kept = [known.repeats for known in deliveries]
    found = zip(kept, deliveries, strict=True)
    return kept, [Repeat(one.cursor, True, known.arrival) for one, known in found if one is not None]


def _repeats_in_group(same_id: list[Row], arrival: Arrival) -> Kept | None:
    """The event of the same group that this one repeats."""
    for earlier in same_id:
        if earlier.body == arrival.body:
            return Kept(earlier.cursor, new=False, same_id_as=earlier.same_id_as)
    return None


def _first_cursor(same_id: list[Row]) -> int | None:
    return (same_id[0].same_id_as or same_id[0].cursor) if same_id else None
