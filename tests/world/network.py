"""The connection of one machine to the service: its delays, and whether it works."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.world.faults import Faults
from tests.world.service import Service


class Network:
    """The connection of one machine to the service: its delays, and whether it works."""

    def __init__(self, service: Service, faults: Faults, seed: int = 0) -> None:
        self.service = service
        self.faults = faults
        self.up = True
        self.there: Callable[[], float] = lambda: 0.03
        """Seconds until a request arrives."""
        self.back: Callable[[], float] = lambda: 0.03
        """Seconds until its answer arrives."""
        self._random = random.Random(f"network {seed}")

    def jitter(self, least: float, most: float) -> None:
        """Both directions take a random time between these."""
        self.there = self.back = lambda: self._random.uniform(least, most)
