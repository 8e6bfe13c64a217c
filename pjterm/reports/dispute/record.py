"""The pages that come from the journal: what was sent, what is proven by what, and whether the record is whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from itertools import groupby

from pjterm.core import parts, wire
from pjterm.core.entry import MOVED, Entry
from pjterm.core.evidence.chain import evidence
from pjterm.core.evidence.facts import Accepted, Answered, Fact, Lost, NotTaken, Sent, TerminalReset
from pjterm.core.guards import describe
from pjterm.core.model import Kind
from pjterm.core.text import counted
from pjterm.reports.dispute.case import Dispute, JournalState, first_approved
from pjterm.reports.dispute.moments import day, local, precise_clock
from pjterm.reports.document import Block, Facts, Notice, Page, Paragraph, Timeline, TimelineRow

Entries = Iterable[tuple[Entry, tuple[Fact, ...]]]

NO_JOURNAL = "The machine that made this file has no journal that can be read; all of it is from PayJunction."
CHAIN = (
    "Each request is written into a journal before it is sent, and each fact as it becomes known. A chain of hashes "
    "(SHA-256) runs through all rows: a row that is changed, added or removed later breaks it."
)
NOT_PROVEN = (
    "The chain does not prove what was written before it began, nor that a whole earlier copy of the journal was not "
    "put back. PayJunction's own books, of which this file shows the transaction, are the other witness."
)
_SOURCES = (
    "Sources: post - what was sent to PayJunction, and its answer; poll - its status of the request, when asked; "
    "webhook - the same, sent by PayJunction and signed; transaction - the booked transaction, read; search - its "
    "list of transactions; operator - a person at the till."
)


def sent_page(entries: Entries, zone: tzinfo | None) -> Iterator[Page]:
    """What was sent to PayJunction, and how each was answered."""
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
                yield fact.at, "sent", f"the reader was to show its idle screen ({fact.why})"


def _request(entry: Entry, tries: int) -> str:
    what = describe(entry)
    if entry.kind is Kind.SIGNATURE:
        what = f"terms to be signed on {entry.terminal.label}"
    number = "" if entry.invoice_number is None else f", invoice number {entry.invoice_number}"
    return f"{what}, key {entry.key}{number}" + ("" if tries < 2 else f" (try {tries})")


def evidence_page(entries: Entries, zone: tzinfo | None) -> Iterator[Page]:
    """The chain of evidence of each request, in the order in which it became known."""
    blocks: list[Block] = []
    for entry, facts in entries:
        what = describe(entry)
        about = f"{what[:1].upper()}{what[1:]}, key {entry.key}: {_outcome(entry, facts)}"
        blocks += _timelines(((e.at, e.source, e.says) for e in map(evidence, facts)), zone, about)
    if blocks:
        lead = "What became known of each request, when, and where that is from."
        yield Page("The evidence, in order", lead, (*blocks, Paragraph(_SOURCES, small=True)))


def _outcome(entry: Entry, facts: tuple[Fact, ...]) -> str:
    """What became of it; a bank may approve another amount than was requested."""
    first = first_approved(facts, entry.transaction_id) if entry.outcome in MOVED else None
    if first is None or first.amount_base == entry.amount:
        return entry.outcome or "open"
    return f"{entry.outcome} for {parts.say_taken(first)}"


def _timelines(
    rows: Iterable[tuple[datetime, str, str]], zone: tzinfo | None, about: str | None = None
) -> Iterator[Timeline]:
    """One for each day, and where the clocks change within one."""
    for heading, found in groupby(rows, lambda row: day(row[0], zone)):
        rows_of_day = (TimelineRow(precise_clock(at, zone), source, says) for at, source, says in found)
        yield Timeline(heading, tuple(rows_of_day), about)
        about = None


def record_page(d: Dispute) -> Page:
    """What this file is made from, and whether that can have been changed."""
    made = Facts((("Made", local(d.made_at, d.zone)), ("By", f"pjterm {d.version}")))
    blocks = _state(d.journal, d.zone) if d.journal is not None else (Paragraph(NO_JOURNAL),)
    lead = "What this file is made from, and how far that can be relied on."
    return Page("About this record", lead, (made, *blocks))


def _state(state: JournalState, zone: tzinfo | None) -> Iterator[Block]:
    yield Paragraph(CHAIN)
    if state.damage:
        yield Notice("The journal was changed by another program.", "\n".join(f"- {says}" for says in state.damage))
    rows = [("Chain", "broken" if state.damage else "whole, from its first link to its last")]
    checked = (counted(state.entries, "request"), counted(state.facts, "fact"), counted(state.links, "link"))
    rows += [("Checked", ", ".join(checked))]
    rows += [("Began", _local(state.began, zone))] if state.began else []
    rows += [("Accepted", f"{_local(said, zone)}: what was found then is not proven") for said in state.accepted]
    rows += [("Last link's hash", state.head)] if state.head else []
    yield Facts(tuple(rows), "The journal")
    yield Paragraph(NOT_PROVEN, small=True)


def _local(said: str, zone: tzinfo | None) -> str:
    """A time that the journal's chain has, for people."""
    at = wire.moment(said)
    return said if at is None else local(at, zone)
