"""A receipt's HTML as plain text, and the check of an e-mail address before a receipt is sent there.

The document comes from outside: tags, scripts and styles are dropped, entities are decoded, and whatever is
left is text without line breaks of its own.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from pjterm.errors import UsageFault

_SILENT = frozenset({"script", "style", "head", "title", "template", "noscript", "svg", "object", "iframe"})
_BREAKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "div", "dl",
    "dt", "fieldset", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li",
    "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "tfoot", "thead", "tr", "ul",
})  # fmt: skip
_CELLS = frozenset({"td", "th"})
_EMPTY = frozenset({"br", "hr"})
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]+)", re.IGNORECASE)
_META = re.compile(r"<meta[^>]*?\bcharset\s*=\s*[\"']?([A-Za-z0-9_.:-]+)", re.IGNORECASE)
_META_WITHIN = 1024  # bytes; as far as browsers look for it
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_WIDEST = 48  # columns between a label and its value, at most
LONGEST_ADDRESS = 125  # characters; the API's pages have 125 and 128 (PAY)


class _Reader(HTMLParser):
    """Collects lines of cells."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[list[str]] = [[""]]
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag in _BREAKS:
            self._break()
        elif tag in _CELLS and any(cell.strip() for cell in self.lines[-1]):
            self.lines[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            if tag == self._silent[-1] or (tag == "head" and "head" in self._silent):
                del self._silent[self._silent.index(tag) :]
        elif tag in _BREAKS and tag not in _EMPTY:
            self._break()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.lines[-1][-1] += data

    def _break(self) -> None:
        if any(cell.strip() for cell in self.lines[-1]):
            self.lines.append([""])
        else:
            self.lines[-1] = [""]


def receipt_lines(html: str) -> list[str]:
    """The text of a receipt, line by line; rows of two cells are aligned like a till's paper."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    rows = [[" ".join(cell.split()) for cell in line] for line in reader.lines]
    rows = [[cell for cell in row if cell] for row in rows if any(row)]
    labels = [len(row[0]) for row in rows if len(row) == 2]
    values = [len(row[1]) for row in rows if len(row) == 2]
    width = min(_WIDEST, max(labels, default=0) + 2 + max(values, default=0))
    return [_aligned(row, width) for row in rows]


def _aligned(row: list[str], width: int) -> str:
    if len(row) != 2:
        return "  ".join(row)
    return row[0] + row[1].rjust(max(width - len(row[0]), len(row[1]) + 2))


def decoded(body: bytes, content_type: str) -> str:
    """The document as text, by the charset that its header names, or its own `<meta>`, else UTF-8.

    A byte order mark outranks both, as in a browser; what does not fit is marked.
    """
    marked = next((charset for mark, charset in _MARKS if body.startswith(mark)), None)
    try:
        return body.decode(marked or _named(body, content_type), "replace").removeprefix("\ufeff")
    except (LookupError, ValueError):  # not a charset, or not one for text ("hex")
        return body.decode("utf-8", "replace")


def _named(body: bytes, content_type: str) -> str:
    """The charset in a header or a `<meta>`; a readable `<meta>` is not UTF-16, whatever it says."""
    if header := _CHARSET.search(content_type):
        return header[1]
    meta = _META.search(body[:_META_WITHIN].decode("latin-1"))
    return "utf-8" if meta is None or meta[1].lower().startswith("utf-16") else meta[1]


def check_address(text: str, what: str) -> str:
    """An e-mail address: one `@` with something on both sides, no control characters, no spaces."""
    name, at, host = text.partition("@")
    plain = text.isprintable() and not any(c.isspace() for c in text)
    if not (at and name and host) or "@" in host or not plain or len(text) > LONGEST_ADDRESS:
        raise UsageFault(f"{what}: {text!r} is not an e-mail address")
    return text
