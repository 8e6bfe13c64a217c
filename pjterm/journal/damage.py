"""What is wrong with the journal: one thing each."""

from __future__ import annotations

from pjterm.values import dataclass


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is not as pjterm left it: what it is about, and what became of it."""

    about: str
    says: str
    key: str | None = None
    entry_id: int | None = None
    fact_id: int | None = None

    def __str__(self) -> str:
        key = "" if self.key is None else f" (key {self.key})"
        return f"{self.about}{key} {self.says}"
