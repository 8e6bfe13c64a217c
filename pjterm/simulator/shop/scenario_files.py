"""Scenario names, and scenarios as TOML files.

    says = "the second payment on T1 is declined and its answer lost; COMPLETE comes twice"
    cards = "another"              # another (each customer brings another card) | same; default another
    settle_after = 3600            # seconds from a batch's first sale to its close; default: at the account's hour
    search_lag = 5.0               # how long after its booking a search finds a transaction
    numbers = "text"               # ids as JSON strings, amounts as JSON numbers; default as documented
    again = true                   # `simulator verify`: a command that says "not paid" is run a second time

    [[request]]                    # the first one that fits a request is used; if none does, all goes well
    terminal = "T1"                # T1 or T2; default both
    kinds = ["payment"]            # payment (or charge), refund, signature (or sign), prompt, input, read; default all
    nth = 2                        # only the second request that fits; default each
    device = "ready"               # ready | busy | unplugged
    customer = "declined"          # pays (or signs, presses, types) | declined | cancels | leaves
    code = "51"                    # the issuer's code when declined; default 05
    second = "pays"                # after a decline: what a second card does, on the same request
    second_acts = 1.5              # seconds from the first card to the second
    connecting = 0.2               # seconds of CONNECTING
    acts = 2.0                     # when the customer acts, seconds after acceptance
    completes = 0.5                # from then to COMPLETE
    gives_up = 2.0                 # when an unplugged reader becomes NO_CONNECTION
    times_out = 10.0               # when a reader that is not touched ends the request
    late = 0.0                     # how long after a bare COMPLETE the result appears; it is booked already
    booked = 0.0                   # how long after a bare COMPLETE the transaction is booked
    silent = false                 # with booked: polls and webhooks never show it
    word = "AWAITING_DEVICE"       # a status no page documents, before IN_PROGRESS
    word_lasts = 0.8
    card_in = 0.0                  # how long before the act the card is in, too late for /main
    main_hides = false             # with the card in, /main gives a bare COMPLETE and the result comes later
    button = "No"                  # label pressed; default the first
    input_value = "8006010230"
    read_data = ";7090112233654321?"
    strokes = "10,20 30,40;50,60 70,80"    # how a signature is written, on a field of 320 x 100; default made up
    tip = "1.00"                   # given when allowTips asks
    entry = "chip"                 # chip | tap | swipe | keyed (where keyed=ALLOW permits it)
    brand = "VISA"                 # VISA | MASTERCARD | DISCOVER | AMERICAN_EXPRESS
    pin_debit = false              # such a charge can never be voided
    approves = "7.00"              # the bank approves this amount only; default: what was asked
    held = false                   # authorized, not captured: status HOLD

    [[till]]                       # what another till does once a payment is accepted
    does = "charge"                # charge (it holds the reader) | reset (POST /main)
    terminal = "T1"                # default both
    nth = 1                        # only with the first payment there; default each
    after = 0.0                    # seconds from the acceptance
    amount = "12.50"               # default: the same amount

    [[http]]                       # the first one that fits a call is taken
    call = "POST /smartterminals/*/request-payment"   # method and path, * for anything
    fault = "reply-lost"           # reply-lost | reply-lost-not-started | http-500 | http-502-html |
                                   # truncated | rate-limited | proxy-page | slow
    each = false                   # false: the first of each distinct path and body; true: every one
    seconds = 5.0                  # for slow

    [[webhook]]                    # all that fit apply together
    status = "COMPLETE"            # only webhooks of this status; default all of a request
    fate = "twice"                 # lost | twice | late | out-of-order | bad-signature | unsigned | same-id
                                   # (bad-signature, unsigned: it says COMPLETE without a result)
    seconds = 5.0                  # for late

    [[account]]                    # the accounts of GET /terminals; none: 10001, as below
    terminal_id = 10001
    nick_name = "Credit Card Batch"
    kind = "CARD"                  # CARD | ACH
    enabled = true
    surcharge = "3.00"             # percentage on credit cards; default: the account is not surcharge-enabled
    closes = "17:00"               # Pacific local time of the batch, or never
    company = "Loopback Shop"
    merchant_number = "12345678"

    [guesses]                      # see guesses.Guesses; any of its names
    limit_status = 403

All seconds are divided by the simulator's speed. An unknown name or a wrong type is a `ConfigBroken` that
names the file and what is wrong.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pjterm.errors import ConfigBroken, UsageFault, reason
from pjterm.simulator.shop.guesses import Guesses
from pjterm.simulator.shop.inventory import ACCOUNT, READERS, Account
from pjterm.simulator.shop.named import NAMED, named
from pjterm.simulator.shop.scenario_values import BadScenario, field, only, record, seconds, table, typed
from pjterm.simulator.shop.scenarios import KINDS, PLAIN, Conduct, HookRule, HttpRule, Rule, Scenario, Till
from pjterm.values import fields

LARGEST_FILE = 1024 * 1024
MEANT = {"charge": "payment", "sign": "signature"}
"""Kinds by the names of pjterm's commands."""
TOP = {"says", "cards", "settle_after", "search_lag", "numbers", "again", "request", "till", "http", "webhook",
        "account", "guesses"}  # fmt: skip
STATUSES = ("CONNECTING", "IN_PROGRESS", "COMPLETE", "BUSY", "NO_CONNECTION")
"""What a request shows (POLL); one may show another `word`, too."""
_NAMES = "each name and what it takes: pjterm schema scenario"


def load(name_or_file: str | None) -> Scenario:
    """The scenario with this name, or in this TOML file; for None all goes well, and each reader sees its one card.

    Raises `UsageFault` for an unknown name, `ConfigBroken` for a file that cannot be used.
    """
    if name_or_file is None:
        return PLAIN
    found = named(name_or_file)
    return found if found is not None else _from_file(Path(name_or_file))


def guesses_of(found: Mapping[str, Any] | None) -> Guesses | None:
    """The guesses in a table, such as a probe writes; an unknown name is a `ConfigBroken`."""
    try:
        return None if found is None else record(Guesses, dict(found), "guesses")
    except BadScenario as e:
        raise ConfigBroken(f"facts.toml: {e}", hint="make it again: pjterm probe") from e


def _from_file(path: Path) -> Scenario:
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_FILE + 1)
        if len(text) > LARGEST_FILE:
            raise BadScenario("larger than 1 MiB")
        if text.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise BadScenario("this is UTF-16 text; save it as UTF-8")
        return read(path.stem, text.decode("utf-8-sig"))  # an editor may have added a byte order mark
    except FileNotFoundError:
        known = ", ".join(s.name for s in NAMED)
        raise UsageFault(
            f"--scenario: {str(path)!r} is neither a scenario nor a file", hint=f"named ones: {known}"
        ) from None
    except UnicodeDecodeError as e:
        raise ConfigBroken(f"scenario file {path}: this is not UTF-8 text; save it as UTF-8") from e
    except (OSError, ValueError, RecursionError, BadScenario) as e:
        raise ConfigBroken(f"scenario file {path}: {reason(e)}", hint=_NAMES) from e


def read(name: str, text: str) -> Scenario:
    """Parse a scenario from TOML. Raises ValueError (for TOML itself) or an error that says what is wrong."""
    data = tomllib.loads(text)
    only(data, TOP, "the file")
    cards = data.get("cards", "another")
    if cards not in ("another", "same"):
        raise BadScenario(f'cards: {cards!r} is neither "another" nor "same"')
    numbers = data.get("numbers", "documented")
    if numbers not in ("documented", "text"):
        raise BadScenario(f'numbers: {numbers!r} is neither "documented" nor "text"')
    settle, guesses = data.get("settle_after"), table(data.get("guesses", {}), "guesses")
    accounts = tuple(record(Account, entry, f"account {n}") for n, entry in _entries(data, "account"))
    if len({a.terminal_id for a in accounts}) < len(accounts):
        raise BadScenario("account: the same terminal_id twice")
    rules = tuple(_rule(entry, f"request {n}") for n, entry in _entries(data, "request"))
    statuses = {*STATUSES, *(rule.conduct.word for rule in rules)}
    hooks = tuple(_hook(entry, statuses, f"webhook {n}") for n, entry in _entries(data, "webhook"))
    return Scenario(
        name=name,
        says=typed(data.get("says", f"as {name} says"), str, "says"),
        rules=rules,
        http=tuple(record(HttpRule, entry, f"http {n}") for n, entry in _entries(data, "http")),
        hooks=hooks,
        tills=tuple(_till(entry, f"till {n}") for n, entry in _entries(data, "till")),
        same_card=cards == "same",
        search_lag=seconds(data.get("search_lag", 0.0), "search_lag"),
        numbers_as_text=numbers == "text",
        again=typed(data.get("again", False), bool, "again"),
        accounts=accounts or (ACCOUNT,),
        settle_after=None if settle is None else seconds(settle, "settle_after"),
        guesses=record(Guesses, guesses, "guesses"),
        named_guesses=tuple(guesses),
    )


def conduct_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a `Conduct`, written as in a [[request]]. Raises `BadScenario`."""
    known = {f.name: str(f.type) for f in fields(Conduct)}
    only(entry, set(known), "the customer")
    return {name: field(name, known[name], given, name) for name, given in entry.items()}


def _entries(data: Mapping[str, Any], name: str) -> list[tuple[int, dict[str, Any]]]:
    found = typed(data.get(name, []), list, f"[[{name}]]")
    return [(n, table(entry, f"[[{name}]]")) for n, entry in enumerate(found, 1)]


def _rule(entry: dict[str, Any], where: str) -> Rule:
    """A rule: which requests it is for, and their conduct, both in one table."""
    terminal, nth = _terminal(entry.pop("terminal", None), where), entry.pop("nth", None)
    nth = None if nth is None else field("nth", "int", nth, f"{where}: nth")
    kinds = [MEANT.get(str(kind), kind) for kind in typed(entry.pop("kinds", list(KINDS)), list, f"{where}: kinds")]
    if strange := [k for k in kinds if k not in KINDS]:
        raise BadScenario(f"{where}: kind {strange[0]!r} does not exist")
    return Rule(record(Conduct, entry, where), terminal, tuple(kinds), nth)


def _hook(entry: dict[str, Any], statuses: Collection[str | None], where: str) -> HookRule:
    rule = record(HookRule, entry, where)
    if rule.status not in (None, *statuses):
        raise BadScenario(f"{where}: status {rule.status!r} is never shown here")
    return rule


def _till(entry: dict[str, Any], where: str) -> Till:
    _terminal(entry.get("terminal"), where)
    return record(Till, entry, where)


def _terminal(name: Any, where: str) -> str | None:
    if name is not None and name not in [r.name for r in READERS]:
        raise BadScenario(f"{where}: terminal {name!r} does not exist")
    return None if name is None else str(name)
