"""When a request may be polled again, and how long to wait after a failure."""

from __future__ import annotations

from datetime import datetime, timedelta

from pjterm.core.following.follow_state import FollowState

POLL_EVERY = timedelta(seconds=0.6)  # POLL allows one per 0.5 s and request
POLL_AFTER = timedelta(seconds=0.5)
"""Counted from the answer to the last poll: when that poll arrived at PayJunction is not known."""
POLL_IDLE = timedelta(seconds=2)  # when nothing changed for 30 s
IDLE_AFTER = timedelta(seconds=30)
RELAY_FIRST_SILENCE = timedelta(seconds=4)
RELAY_NET = timedelta(seconds=10)
BACKOFF_FIRST = timedelta(seconds=0.25)
BACKOFF_MOST = timedelta(seconds=2)


def next_poll(state: FollowState, *, soon: bool = False) -> datetime:
    """When the next poll is due: at the usual pace, or more slowly as a fallback while the relay delivers."""
    due = _next_poll(state, soon=soon)
    return due if state.poll_answered_at is None else max(due, state.poll_answered_at + POLL_AFTER)


def _next_poll(state: FollowState, *, soon: bool) -> datetime:
    polled = state.polled_at
    if polled is None:
        return _net(state) if state.relay_live and not (soon or state.hinted) else state.changed_at
    if state.poll_failures:
        return polled + max(POLL_EVERY, backoff(state.poll_failures))
    if soon or state.hinted or state.known.end is not None:
        return polled + POLL_EVERY
    if state.relay_live:
        return _net(state)
    return polled + _pace(state, polled)


def _pace(state: FollowState, polled: datetime) -> timedelta:
    idle = polled - state.changed_at
    if idle < IDLE_AFTER:
        return POLL_EVERY
    return POLL_EVERY * 2 if idle < IDLE_AFTER * 2 else POLL_IDLE


def _net(state: FollowState) -> datetime:
    """With a live relay: 4 s after the last change, then every 10 s, and as often while it goes on changing."""
    silent, net = state.changed_at + RELAY_FIRST_SILENCE, (state.polled_at or state.begun_at) + RELAY_NET
    return net if state.polled_at is not None and state.polled_at >= silent else min(silent, net)


def backoff(failures: int) -> timedelta:
    if failures <= 0:
        return timedelta(0)
    return min(BACKOFF_MOST, BACKOFF_FIRST * (1 << min(failures - 1, 5)))
