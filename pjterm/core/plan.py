"""What is followed, and how long: the plan of one command, made before anything is sent."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pjterm.core.model import Kind, Sale
from pjterm.values import dataclass


class Until(StrEnum):
    """When following ends: as soon as the verdict is known, or when the reader is idle again."""

    RESULT = "result"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is followed, and how long. `kind` is `None` for a request our journal does not know."""

    sale: Sale
    kind: Kind | None
    deadline: datetime
    until: Until = Until.COMPLETE
    cancel_on_timeout: bool = False
    again: bool = False
    """Whether it is a further try at a reader: an earlier one may still be booked while this one runs."""
    cancels: bool = False
    """Whether the command only cancels: then nothing may take longer than its own deadline."""
