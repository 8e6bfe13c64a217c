"""How the live view looks on a console: glyphs that it can show, styles that work with any theme.

Text without a background of its own keeps the terminal's own colors.
"""

from __future__ import annotations

from datetime import datetime, tzinfo

from pjterm.core.text import harmless
from pjterm.ui.big_letters import HALF_GLYPHS
from pjterm.ui.fitting import encodable
from pjterm.ui.glyphs import glyph, plainer
from pjterm.ui.moments import clock
from pjterm.ui.tones import COLORS, Tone
from pjterm.values import dataclass

BADGES = {"production": "bold #ffffff on #870087", "labs": "bold #ffffff on #5f5faf"}
BADGE_ELSE = "bold #ffffff on #005f87"
BANDS = {tone: f"bold {foreground} on {background}" for tone, (foreground, background) in COLORS.items()}
REPEATED = "bold #000000 on #d0d0d0"
ATTENTION = BANDS[Tone.UNKNOWN]
STRONG, PLAIN, REVERSED = "bold", "", "bold reverse"
_SPIN, _SPIN_ASCII = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "-\\|/"
SPINS = 8
"""Turns of the spinner a second."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """What the console can show, and the zone of local times (`None`: this machine's)."""

    encoding: str = "utf-8"
    zone: tzinfo | None = None
    color: bool = True

    @property
    def blocks(self) -> bool:
        """Whether there are block glyphs; else `#` draws the letters."""
        return encodable(HALF_GLYPHS, self.encoding) == HALF_GLYPHS

    def say(self, text: str) -> str:
        """Untrusted text, made safe for this console."""
        return encodable(plainer(harmless(text), self.encoding), self.encoding)

    def glyph(self, wanted: str) -> str:
        """The best stand-in for a glyph that the console can show."""
        return glyph(wanted, self.encoding)

    def spin(self, elapsed: float) -> str:
        """The spinner at this moment."""
        turns = _SPIN if encodable(_SPIN, self.encoding) == _SPIN else _SPIN_ASCII
        return turns[int(max(0.0, elapsed) * SPINS) % len(turns)]

    def time(self, at: datetime) -> str:
        """Local wall-clock time."""
        return clock(at, self.zone)

    def badge(self, environment: str) -> str:
        """The style of an environment's badge."""
        return BADGES.get(environment, BADGE_ELSE) if self.color else REVERSED

    def band(self, tone: Tone) -> str:
        """The style of a verdict; unknown is reversed even without color."""
        if self.color:
            return BANDS[tone]
        return REVERSED if tone is Tone.UNKNOWN else STRONG

    @property
    def repeated(self) -> str:
        """The style of an old result, unlike that of any new one."""
        return REPEATED if self.color else STRONG

    @property
    def attention(self) -> str:
        """The style of what must not be overlooked."""
        return ATTENTION if self.color else REVERSED


@dataclass(frozen=True, slots=True)
class StyledRow:
    """One line of the console: pieces of text, each with its style."""

    spans: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, text: str, style: str = PLAIN) -> StyledRow:
        """A row of one style."""
        return cls(((text, style),))

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.spans)
