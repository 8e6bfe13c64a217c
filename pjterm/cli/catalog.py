"""All commands, grouped by purpose: for the root help, and the module that each is loaded from.

A summary is the first sentence of its command's help, and short enough never to be cut.
"""

from __future__ import annotations

from pjterm.values import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One command (or group of commands): its module in `pjterm.cli.commands`, and what it is for."""

    name: str
    module: str
    summary: str
    undone: str = ""
    """What its failure says it did not do; nothing where it only reads."""
    kind: str = ""
    """What kind of request it makes; nothing where it makes none, or what kind depends on an earlier one."""


SHORT_FLAGS = "hqvy"
"""The short options without a value: others may follow them in one word, `-qo json`."""
SENDS, CHANGES = "Nothing was sent.", "Nothing was changed."
GROUPS: tuple[tuple[str, tuple[Row, ...]], ...] = (
    ("Take payments", (
        Row("charge", "charge", "Take a payment on a Smart Terminal", SENDS, "payment"),
        Row("resume", "resume", "Find out what became of an open sale", SENDS),
        Row("cancel", "cancel", "End this machine's request on a reader", SENDS, "cancel"),
        Row("follow", "requests", "Follow a request live until its end"),
        Row("status", "requests", "Say how a request stands, with one poll"),
        Row("terminals", "terminals", "The account's readers, and names for them", CHANGES),
    )),
    ("Ask the customer", (
        Row("sign", "ask", "Have the customer sign on the reader", SENDS, "signature"),
        Row("prompt", "ask", "Ask the customer something, with buttons", SENDS, "prompt"),
        Row("input", "ask", "Have the customer type a phone number", SENDS, "input"),
        Row("read", "ask", "Read a membership or gift card", SENDS, "read"),
    )),
    ("What happened", (
        Row("requests", "requests", "What was sent from this machine"),
        Row("why", "why", "Tell the story of a sale, with its evidence"),
        Row("journal", "journal", "Check and back up this machine's record", CHANGES),
        Row("explain", "explain", "Say what a code means and what to do about it"),
        Row("transactions", "transactions", "What PayJunction has booked"),
        Row("receipt", "receipts", "Show a receipt, save it, or have it e-mailed"),
        Row("signature", "receipts", "Show the image of a signature, or save it"),
        Row("dispute", "dispute", "Make one file for a chargeback"),
    )),
    ("Give back, change", (
        Row("void", "refund", "Void a transaction before it settles", SENDS, "void"),
        Row("refund", "refund", "Give money back to a card", SENDS, "refund"),
        Row("tip", "tip", "Add a tip to a charge, or change it", SENDS, "tip"),
    )),
    ("Day and books", (
        Row("report", "report", "Add up takings by reader and brand"),
        Row("close", "close", "Close a day: its final report, numbered", CHANGES),
        Row("settlements", "settlements", "The batches that were settled"),
        Row("deposits", "deposits", "What was paid into the bank"),
        Row("reconcile", "reconcile", "Compare the journal with PayJunction"),
    )),
    ("Set up", (
        Row("profiles", "profiles", "One per till: environment, login, limits", CHANGES),
        Row("accounts", "terminals", "List the merchant accounts of the login"),
        Row("doctor", "doctor", "Check everything a sale depends on"),
        Row("completions", "completions", "Complete commands by TAB, in four shells", CHANGES),
        Row("log", "log", "Show the last lines of the log"),
        Row("help", "help", "Show the help of a command, or a topic"),
    )),
    ("Integrate", (
        Row("simulator", "simulator", "A PayJunction on this machine, a fault bench"),
        Row("schema", "schema", "The JSON Schema of what is printed"),
        Row("probe", "probe", "Ask labs what PayJunction's pages leave open", SENDS),
        Row("relay", "relay", "Receive webhooks, keep them, tell followers"),
        Row("events", "events", "Webhook events that the relay keeps", CHANGES),
        Row("webhooks", "webhooks", "Webhook subscriptions of the merchant", CHANGES),
    )),
)  # fmt: skip
ROWS = {row.name: row for _, rows in GROUPS for row in rows}


def modules() -> dict[str, tuple[str, ...]]:
    """The modules of the commands, each with the commands it brings."""
    found: dict[str, tuple[str, ...]] = {}
    for row in ROWS.values():
        found[row.module] = (*found.get(row.module, ()), row.name)
    return found


def typed_command(argv: list[str]) -> str | None:
    """The first word that is neither an option nor an option's value."""
    words = iter(argv)
    for word in words:
        if word in ("--profile", "--output") or (word[:1] == "-" and word[1:].lstrip(SHORT_FLAGS) in ("p", "o")):
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None
