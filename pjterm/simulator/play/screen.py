"""Playing the customer, as values: what the readers show, what a key means, what is drawn."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from pjterm.values import dataclass, replace

DIGITS = 10  # what request-input of type PHONE gives (INPUT)
_BUTTON_KEYS = "abc"
_TITLES = {"payment": "Please pay", "refund": "Refund to your card", "signature": "Please sign",
           "prompt": "Please answer", "input": "Your phone number", "read": "Please swipe your card"}  # fmt: skip
_IDLE = {"COMPLETE": "Thank you", "BUSY": "Busy", "NO_CONNECTION": "No connection"}


@dataclass(frozen=True, slots=True)
class Screen:
    """What one reader shows. `state`: idle, waiting (for the customer), done (until the reader is idle)."""

    reader: str
    plugged: bool
    state: str
    kind: str | None
    amount: str | None
    text: str | None
    buttons: tuple[str, ...]
    status: str | None

    @property
    def waits(self) -> bool:
        """Whether it takes keys now."""
        return self.plugged and self.state == "waiting"


@dataclass(frozen=True, slots=True)
class Player:
    """Which reader has the keyboard, and the digits typed so far."""

    focus: int = 0
    typed: str = ""
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Press:
    """A key to press at a reader."""

    reader: str
    key: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Quit:
    """Exit."""


# -- what a key means -----------------------------------------------------------------------------


def on_key(player: Player, screens: Sequence[Screen], char: str) -> tuple[Player, Press | Quit | None]:
    """Handle one typed character: return the player afterwards, and what to do."""
    screen = screens[player.focus]
    calm = replace(player, notice="")
    if char in ("q", "\x03", "\x04"):
        return calm, Quit()
    if char == "\t":
        return Player((player.focus + 1) % len(screens)), None
    if char == "u":
        return calm, Press(screen.reader, "unplug" if screen.plugged else "plug")
    if screen.waits and screen.kind == "input":
        return _on_keypad(calm, screen, char)
    return calm, _pressed(screen, char)


def _on_keypad(player: Player, screen: Screen, char: str) -> tuple[Player, Press | None]:
    if char in "0123456789" and char:
        return replace(player, typed=(player.typed + char)[:DIGITS]), None
    if char in ("\x7f", "\b"):
        return replace(player, typed=player.typed[:-1]), None
    if char in ("\r", "\n"):
        if len(player.typed) < DIGITS:
            return replace(player, notice=f"{DIGITS} digits, please"), None
        return replace(player, typed=""), Press(screen.reader, "digits", player.typed)
    return player, _pressed(screen, char)


def _pressed(screen: Screen, char: str) -> Press | None:
    """What a letter does on this screen, if anything."""
    if not screen.waits:
        return None
    keys = {"x": "cancel"}
    match screen.kind:
        case "payment" | "refund":
            keys |= {"t": "tap", "d": "decline", "2": "second-card"}
        case "signature":
            keys |= {"s": "sign"}
        case "read":
            keys |= {"w": "swipe"}
        case "prompt" if char and char in _BUTTON_KEYS[: len(screen.buttons)]:
            return Press(screen.reader, "press", screen.buttons[_BUTTON_KEYS.index(char)])
        case _:
            pass
    return Press(screen.reader, keys[char]) if char in keys else None


# -- what is drawn --------------------------------------------------------------------------------


def frame(screens: Sequence[Screen], player: Player, width: int = 80) -> list[str]:
    """The readers one below the other, and the keys that work now; plain text, no control codes."""
    inner = max(16, min(width, 60) - 4)
    lines: list[str] = []
    for number, screen in enumerate(screens):
        mark = ">" if number == player.focus else " "
        shown = player if number == player.focus else Player()
        lines += [f"{mark} {line}" for line in _reader(screen, shown, inner)]
    notice = [player.notice] if player.notice else []
    return [*lines, *textwrap.wrap(keys_of(screens[player.focus]), max(16, width - 1)), *notice]


def _reader(screen: Screen, player: Player, inner: int) -> list[str]:
    bar = "+" + "-" * inner + "+"
    rows = [f" {screen.reader}".ljust(inner), " " * inner, *(_row(t, inner) for t in _content(screen, player, inner))]
    return [bar, *(f"|{row}|" for row in rows), bar]


def _content(screen: Screen, player: Player, inner: int) -> list[str]:
    if not screen.plugged:
        return ["(unplugged)"]
    if screen.state == "idle":
        return [_IDLE.get(screen.status or "", "Welcome")]
    if screen.state == "done":
        return ["One moment ..."]
    lines = [_TITLES.get(screen.kind or "", "...")]
    lines += [f"$ {screen.amount}"] if screen.amount else []
    for part in (screen.text or "").split("\n") if screen.text else []:
        lines += textwrap.wrap(harmless(part), inner - 2) or [""]
    if screen.buttons:
        lines += ["", "   ".join(f"[{k}: {harmless(b)}]" for k, b in zip(_BUTTON_KEYS, screen.buttons, strict=False))]
    if screen.kind == "input":
        lines += ["", player.typed.ljust(DIGITS, "_")]
    return lines


def _row(text: str, inner: int) -> str:
    return text[:inner].center(inner)


def keys_of(screen: Screen) -> str:
    """The keys that work at this reader now."""
    keys = []
    if screen.waits:
        keys = {
            "payment": ["t tap card", "d declined card", "2 declined, then a second card"],
            "refund": ["t tap card", "d declined card"],
            "signature": ["s sign"],
            "read": ["w swipe card"],
            "prompt": [f"{k} {harmless(b)}" for k, b in zip(_BUTTON_KEYS, screen.buttons, strict=False)],
            "input": ["0-9 digits", "Enter done"],
        }.get(screen.kind or "", [])
        keys = [*keys, "x red X"]
    return " | ".join([*keys, "u unplug" if screen.plugged else "u plug in", "Tab other reader", "q quit"])


def harmless(text: str) -> str:
    """Text from outside, without control characters."""
    return "".join(c if c.isprintable() else "?" for c in text)
