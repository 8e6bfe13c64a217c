"""Masks what a document must not contain: phone numbers, and card numbers beyond the last four digits.

Our own ids may look like either, so known ones are not masked, nor is anything in the format of a UUID
or of a signature's id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pjterm.values import dataclass

PHONE = "[phone number]"
LONGEST = 19
"""Digits of the longest card number."""
_CARD = "[card number ending in {}]"
_ID = r"(?<![0-9A-Za-z])(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9A-Za-z])"
_SEP = "[^0-9A-Za-z]{1,3}"  # a blank, a dash, a no-break space, a line break; in whatever script
_GROUPED = (
    r"\d{4}(?:SEP\d{4}){2,3}SEP\d{1,7}",
    r"\d{4}(?:SEP\d{4}){2}SEP\d{1,7}",
    r"\d{4}SEP\d{6}SEP\d{4,5}",
    r"\d{8}SEP\d{8}",
)
_CARDS = tuple(re.compile(rf"{p}(?!\d)".replace("SEP", _SEP), re.ASCII) for p in (r"\d{12,19}", *_GROUPED))
_NATIONAL = r"(?<![\w.-])(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-])"
_ABROAD = r"(?<!\w)\+\d(?:[ ().-]{0,2}\d){6,16}(?!\w)"
_FOUND = re.compile(rf"(?P<id>{_ID})|(?P<phone>{_NATIONAL}|{_ABROAD})|(?<!\d)(?=\d{{4}})", re.ASCII | re.I)
_WIDE = re.compile(r"[^\x00-\x7f]")
_BETWEEN = "[^0-9A-Za-z]{0,2}"
_LEAST = 7  # digits of a known phone number; fewer would match everywhere


@dataclass(frozen=True, slots=True)
class Mask:
    """The known phone numbers, and the numbers that are our own ids."""

    phones: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()

    def __call__(self, text: str) -> str:
        """A text without them."""
        text = _WIDE.sub(_plain_digit, text)
        for phone in sorted(self.phones, key=len, reverse=True):
            text = re.sub(rf"(?<!\d)[(+]?{_BETWEEN.join(phone)}(?!\d)", PHONE, text, flags=re.ASCII)
        return "".join(self._pieces(text))

    def _pieces(self, text: str) -> Iterator[str]:
        start = done = 0
        while (found := _FOUND.search(text, start)) is not None:
            end, shown = self._read(text, found)
            if shown is not None:
                yield text[done : found.start()] + shown
                done = end
            start = max(end, found.start() + 1)
        yield text[done:]

    def _read(self, text: str, found: re.Match[str]) -> tuple[int, str | None]:
        """Where something ends that begins here, and what is shown for it; None if it stays."""
        if found["phone"] is not None:
            return found.end(), PHONE
        for card in _CARDS if found["id"] is None else ():
            if (number := card.match(text, found.start())) is None:
                continue
            digits = re.sub(r"[^0-9]", "", number[0])
            if digits in self.ids:
                return number.end(), None
            if len(digits) <= LONGEST and _is_card(digits):
                return number.end(), _CARD.format(digits[-4:])
        return found.end(), None


def mask(phones: Iterable[object], ids: Iterable[object]) -> Mask:
    """A mask for the phone numbers and ids of one sale, as written there."""
    digits = (re.sub(r"[^0-9]", "", str(phone)) for phone in phones if phone is not None)
    known = frozenset(d for d in digits if len(d) >= _LEAST)
    return Mask(known, frozenset(str(i) for i in ids if i is not None))


def _plain_digit(found: re.Match[str]) -> str:
    """Convert a digit of another script to ASCII: a card number may be written in any."""
    return str(int(found[0])) if found[0].isdecimal() else found[0]


def _is_card(digits: str) -> bool:
    """Whether its check digit is right (Luhn)."""
    values = [int(d) for d in reversed(digits)]
    return sum(v if n % 2 == 0 else sum(divmod(2 * v, 10)) for n, v in enumerate(values)) % 10 == 0
