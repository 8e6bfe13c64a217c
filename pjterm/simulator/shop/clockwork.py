"""What happens by itself: steps of requests, voids of old holds, closing batches, settlements, in order.

So it does not matter how rarely, or by which process, the world is brought up to now.
"""

from __future__ import annotations

import math

from pjterm.simulator.shop import batches, device
from pjterm.simulator.shop.moment import Moment


def advance(m: Moment) -> None:
    """Perform everything that is due by now, in the order of the times."""
    while _one(m):
        pass


def _one(m: Moment) -> bool:
    """Perform what is due first; False if nothing is. At equal times, a request's step comes before the close."""
    request = m.books.next_due(m.now)
    hold = batches.next_void(m)
    settlement = m.books.due_document(batches.SETTLEMENT, m.now)
    batch = batches.next_due(m)
    times = (
        math.inf if request is None else request.steps[0][0],
        math.inf if hold is None else hold[0],
        math.inf if batch is None else batch[0],
        math.inf if settlement is None else settlement[0],
    )
    first = min(times)
    if request is not None and times[0] == first:
        device.step(m, request)
    elif hold is not None and times[1] == first:
        batches.void(m.at(first), hold[1])
    elif batch is not None and times[2] == first:
        due, account = batch
        if not batches.skip(m.at(due), account, min(times[0], m.now)):
            batches.close(m.at(due), account)
    elif settlement is not None:
        batches.complete(m.at(settlement[0]), settlement[1])
    else:
        return False
    return True
