"""The way of one machine to the service: how long it takes, and whether there is one."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.world.faults import Faults
from tests.world.service import Service


class Network:
    """The way of one machine to the service: how long it takes, and whether there is one."""

    def __init__(self, service: Service, faults: Faults, seed: int = 0) -> None:
        self.service = service
        self.faults = faults
        self.up = True
        self.there: Callable[[], float] = lambda: 0.03
        """Seconds until a request arrives."""
        self.back: Callable[[], float] = lambda: 0.03
        """Seconds until its answer is back."""
        self._random = random.Random(f"network {seed}")

    def jitter(self, least: float, most: float) -> None:
        """Both ways take a time between these."""
        self.there = self.back = lambda: self._random.uniform(least, most)
