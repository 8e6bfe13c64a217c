"""How far the replica has followed the feed, and the calls that wait for it."""

from __future__ import annotations

import asyncio

from pjterm.events.jetstream.applied import Applied
from pjterm.events.sqlite.replica import Message
from pjterm.events.store import Kept

A_WHILE = 60.0  # never used up: the awaited message arrives


def note(applied: Applied, *sequences: int) -> None:
    """Record these messages, each a new event whose cursor is its number."""
    group = [Message(sequence, None, at_us=0) for sequence in sequences]
    applied.note(group, [Kept(sequence, new=True) for sequence in sequences])


def test_waiting_for_a_message_ends_with_its_group() -> None:
    async def waited() -> list[bool]:
        applied = Applied()
        waiting = [asyncio.ensure_future(applied.up_to(sequence, A_WHILE)) for sequence in (2, 5)]
        await asyncio.sleep(0)
        note(applied, 1, 2, 3)
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        return [task.done() for task in waiting] + [task.cancel() for task in waiting]

    done = asyncio.run(waited())

    assert done[:2] == [True, False]


def test_waiting_for_a_message_that_never_arrives_times_out() -> None:
    assert asyncio.run(Applied().up_to(1, 0.0)) is False


def test_a_stream_that_lost_its_end_starts_over() -> None:
    applied = Applied()
    note(applied, 7)
    before = applied.get(7)
    applied.forget()

    assert (before, applied.get(7)) == (Kept(7, new=True), None)
    assert asyncio.run(applied.up_to(7, 0.0)) is False
