"""The pages of a chargeback's file that come from the journal: what was sent, what is proven by what, and how far the
record itself can be relied on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from itertools import groupby

from pjterm.core.entry import Entry
from pjterm.core.evidence import evidence
from pjterm.core.facts import Accepted, Answered, Fact, Lost, NotTaken, Sent, TerminalReset
from pjterm.core.guards import describe
from pjterm.core.model import Kind
from pjterm.reports.document import Block, Facts, Notice, Page, Row, Timeline, Words
from pjterm.values import dataclass

Entries = Iterable[tuple[Entry, tuple[Fact, ...]]]

NOT_PROVEN = (
    "The chain does not prove what was written before it began, nor that a whole earlier copy of the journal was not "
    "put back. PayJunction's own books, of which this file shows the transaction, are the other witness."
)
_SOURCES = (
    "Sources: post - what was sent to PayJunction, and its answer; poll - its status of the request, when asked; "
    "webhook - the same, sent by PayJunction and signed; transaction - the booked transaction, read; search - its "
    "list of transactions; operator - a person at the till."
)


@dataclass(frozen=True, slots=True)
class JournalState:
    """How far the journal's hash chain holds, as `journal verify` finds it."""

    entries: int
    facts: int
    links: int
    head: str | None
    began: str | None = None
    accepted: tuple[str, ...] = ()
    """Times at which a person accepted a journal that was damaged."""
    damage: tuple[str, ...] = ()


def local(at: datetime, zone: tzinfo | None) -> str:
    """A moment for people anywhere: `Nov 22, 2026, 17:03:30 EST`."""
    shown = at.astimezone(zone)
    return f"{_day(shown)}, {shown:%H:%M:%S} {_zone(shown)}"


def _day(shown: datetime) -> str:
    return f"{shown:%b} {shown.day}, {shown.year}"


def _zone(shown: datetime) -> str:
    """The zone as people there abbreviate it, else how far it is from UTC."""
    name, offset = shown.tzname() or "", f"{shown:%z}"
    return name if name[:1].isalpha() else f"UTC{offset[:3]}:{offset[3:5]}"


def sent_page(entries: Entries, zone: tzinfo | None) -> Iterator[Page]:
    """What left this machine for PayJunction, and how each was answered."""
    found = [row for entry, facts in entries for row in _sent(entry, facts)]
    if found:
        lead = "Each request that this machine sent to PayJunction about this payment, and the answer to it."
        yield Page("What was sent, and when", lead, tuple(_timelines(sorted(found, key=lambda f: f[0]), zone)))


def _sent(entry: Entry, facts: Iterable[Fact]) -> Iterator[tuple[datetime, str, str]]:
    tries = 0
    for fact in facts:
        match fact:
            case Sent():
                tries += 1
                yield fact.at, "sent", _request(entry, tries)
            case Accepted():
                yield fact.at, "answer", f"taken, as request {fact.request_id}"
            case Answered():
                yield fact.at, "answer", f"taken, as transaction {fact.transaction.transaction_id}"
            case NotTaken():
                yield fact.at, "answer", f"not taken: {fact.why}"
            case Lost():
                yield fact.at, "no answer", fact.why
            case TerminalReset():
                yield fact.at, "sent", "the reader's idle screen"


def _request(entry: Entry, tries: int) -> str:
    what = describe(entry)
    if entry.kind is Kind.SIGNATURE:
        what = f"terms to be signed on {entry.terminal.name or entry.terminal.smart_terminal_id}"
    number = "" if entry.invoice_number is None else f", invoice number {entry.invoice_number}"
    return f"{what}, key {entry.key}{number}" + ("" if tries < 2 else f" (try {tries})")


def evidence_page(entries: Entries, zone: tzinfo | None) -> Iterator[Page]:
    """The chain of evidence of each request, in the order in which it became known."""
    blocks: list[Block] = []
    for entry, facts in entries:
        outcome = "open" if entry.outcome is None else entry.outcome.value
        blocks.append(Facts((), f"{describe(entry)}, key {entry.key}: {outcome}"))
        blocks += _timelines(((e.at, e.source, e.says) for e in map(evidence, facts)), zone)
    if blocks:
        lead = "What became known of each request, when, and where that is from."
        yield Page("The evidence, in order", lead, (*blocks, Words(_SOURCES, small=True)))


def _timelines(rows: Iterable[tuple[datetime, str, str]], zone: tzinfo | None) -> Iterator[Timeline]:
    """One for each day, and where the clocks change within one."""

    def head(row: tuple[datetime, str, str]) -> str:
        shown = row[0].astimezone(zone)
        return f"{_day(shown)}, {_zone(shown)}"

    for heading, found in groupby(rows, head):
        yield Timeline(heading, tuple(Row(_clock(at, zone), source, says) for at, source, says in found))


def _clock(at: datetime, zone: tzinfo | None) -> str:
    shown = at.astimezone(zone)
    return f"{shown:%H:%M:%S}.{shown.microsecond // 1000:03d}"


def record_page(state: JournalState | None, made_at: datetime, version: str, zone: tzinfo | None) -> Page:
    """What this file is made from, and whether that can have been changed."""
    made = Facts((("Made", local(made_at, zone)), ("By", f"pjterm {version}")))
    lead = "What this file is made from, and how far that can be relied on."
    if state is None:
        says = "The machine that made this file has no journal; all of it was read from PayJunction."
        return Page("About this record", lead, (Words(says), made))
    return Page("About this record", lead, (made, *_state(state)))


def _state(state: JournalState) -> Iterator[Block]:
    yield Words(
        "Each request and each fact is written into a journal before and after it is sent. A chain of hashes (SHA-256) "
        "runs through all rows: a row that is changed, added or removed later breaks it."
    )
    if state.damage:
        yield Notice("The journal was changed by another program.", "\n".join(f"- {says}" for says in state.damage))
    rows = [("Chain", "broken" if state.damage else "whole, from its first link to its last")]
    rows += [("Checked", f"{state.entries} requests, {state.facts} facts, {state.links} links")]
    rows += [("Began", state.began)] if state.began else []
    rows += [("Accepted", f"{said}: what was found then is not proven")for said in state.accepted]
    rows += [("Last link", state.head)] if state.head else []
    yield Facts(tuple(rows), "The journal")
    yield Words(NOT_PROVEN, small=True)
