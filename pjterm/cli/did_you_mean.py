"""Suggestions for a mistyped word: commands that other programs call by that name, else similar words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from shlex import quote

from pjterm.cli.catalog import ROWS

MEANT = {
    "pay": "charge", "payment": "charge", "sale": "charge", "sell": "charge", "ask": "prompt", "question": "prompt",
    "terminal": "terminals", "reader": "terminals", "readers": "terminals", "device": "terminals",
    "devices": "terminals", "ping": "terminals", "account": "accounts", "transaction": "transactions show",
    "tx": "transactions show", "search": "transactions list", "request": "requests show", "history": "requests",
    "list": "requests list", "undo": "void", "reverse": "void", "return": "refund", "settle": "settlements",
    "retry": "resume", "watch": "follow", "poll": "status", "profile": "profiles show", "config": "profiles show",
    "init": "profiles add", "setup": "profiles add", "login": "profiles add", "configure": "profiles add",
    "check": "doctor", "webhook": "webhooks", "event": "events", "tail": "events tail", "serve": "relay serve",
    "completion": "completions install", "autocomplete": "completions install", "complete": "completions install",
    "logs": "log", "sign-in": "profiles add", "receipts": "receipt",
    "signatures": "signature", "code": "explain", "version": "--version", "man": "help", "chargeback": "dispute",
    "evidence": "dispute", "reset": "cancel",
}  # fmt: skip
"""Words that people try first, and the command that does it."""
MEANT_OPTIONS = {
    "--until": "--before", "--to": "--before", "--from": "--since", "--after": "--since", "--date": "--day",
    "--reader": "--terminal", "--device": "--terminal", "--name": "--terminal", "--order": "--key", "--id": "--key",
    "--idempotency-key": "--key", "--reference": "--key", "--format": "--output", "--debug": "--verbose",
    "--silent": "--quiet", "--url": "--base-url", "--env": "--environment", "--user": "--login",
    "--assume-yes": "--yes", "--wait": "--timeout",
}  # fmt: skip
"""Options that people try first, and the one that does it, if the command has it."""
_SAME = (
    ("add", "create", "new"), ("remove", "delete", "rm"), ("list", "ls"), ("show", "get", "view", "cat"),
    ("serve", "start", "run"), ("use", "switch", "select", "default"),
)  # fmt: skip
"""Words for the same action, in groups of commands."""
_TAKE_A_NAME = ("install", "show")
"""What a group of commands followed by only a name probably means: `requests order-1`, `completions bash`."""
_NEAR = 0.65  # of 1: `tpi` is `tip`; `bogus` is no `verbose`, and `tpi` no `until`


def near(word: str, known: Iterable[str], most: int = 1) -> list[str]:
    """The known words that are most similar, best first; leading dashes are ignored."""
    from difflib import get_close_matches

    plain = {name.lstrip("-").casefold(): name for name in known}
    return [plain[name] for name in get_close_matches(word.lstrip("-").casefold(), plain, most, _NEAR)]


def top(word: str, following: str, groups: Mapping[str, Collection[str]]) -> list[str]:
    """The commands that an unknown word may mean; those below a group have the word that follows, if it has that."""
    found = [MEANT[word.lower()]] if word.lower() in MEANT else near(word, ROWS, 2)
    names = [name.split()[0] for name in found]
    return [f"{g} {following}" if following in groups.get(g, ()) else f for g, f in zip(names, found, strict=True)]


def below(word: str, known: Collection[str]) -> list[str]:
    """Those of a group: commands for the same action, similar words, or commands that take the word as a name."""
    same = [name for words in _SAME if word.lower() in words for name in words if name in known]
    return same or near(word, known, 2) or [f"{name} {quote(word)}" for name in _TAKE_A_NAME if name in known]
