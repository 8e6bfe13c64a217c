"""Options that several commands share, and how they become a submission."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pjterm.cli.context import Context
from pjterm.errors import UsageFault
from pjterm.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from pjterm.core.entry import Entry
    from pjterm.core.model import Terminal
    from pjterm.core.money import Money
    from pjterm.core.plan import Plan
    from pjterm.core.request import RequestSpec


LARGEST_NUMBER = 10**18 - 1  # of ids and counts: what the API's numbers have at most, and what the journal can hold

ANY_ID = "A sale key, transaction id or request id (key:…, tx:…, req:… where it could be two)."


def option(names: str, metavar: str, help_: str, **more: Any) -> Any:
    """An option with a value (`-k, --key`); `more` is Typer's."""
    return typer.Option(*names.split(", "), metavar=metavar, help=help_, **more)


def flag(names: str, help_: str) -> Any:
    """An option without a value."""
    return typer.Option(*names.split(", "), help=help_)


def argument(metavar: str, help_: str, **more: Any) -> Any:
    """A positional argument."""
    return typer.Argument(metavar=metavar, help=help_, **more)


TerminalOption = Annotated[
    str | None, option("-t, --terminal", "NAME", "Alias, UUID or nickName (env PJTERM_TERMINAL).")
]
AccountOption = Annotated[
    int | None, option("--account", "N", "Merchant account (terminalId).", min=1, max=LARGEST_NUMBER)
]
LimitOption = Annotated[
    int | None, option("--limit", "N", "The newest N only; default: all.", min=1, max=LARGEST_NUMBER)
]
KeyOption = Annotated[str | None, option("-k, --key", "KEY", "The sale's own name: the same key never charges twice.")]
TimeoutOption = Annotated[float, option("--timeout", "SECONDS", "How long to wait in all.")]
NoWaitOption = Annotated[
    bool,
    flag("--no-wait", "Return once accepted: outcome open, exit 0; ignores --wait-busy and --cancel-on-timeout."),
]
UntilOption = Annotated[
    str, option("--until", "result|complete", "Return when the result is known, or the reader idle.")
]
ViaOption = Annotated[str, option("--via", "auto|poll|relay", "How to follow: polling or the local relay.")]
WaitBusyOption = Annotated[float, option("--wait-busy", "SECONDS", "On BUSY, try again for this long.")]
ForceOption = Annotated[bool, flag("--force", "Send even if it looks like a duplicate.")]
OverOption = Annotated[
    list[str] | None, option("--over", "KEY", "Send although this entry is open or unknown; may be repeated.")
]
CancelOnTimeoutOption = Annotated[
    bool, flag("--cancel-on-timeout", "Cancel when the time is up, and report how that ended.")
]
YesOption = Annotated[bool, flag("-y, --yes", "Answer yes to confirmations; does not imply --force or --over.")]
ByOption = Annotated[str | None, option("--by", "NAME", "Who sells; kept in the journal only (env PJTERM_BY).")]
DryRunOption = Annotated[bool, flag("--dry-run", "Print what would be sent, and stop.")]


@dataclass(frozen=True)
class Waiting:
    """The options of follow, resume and cancel: how long and how to follow."""

    timeout: TimeoutOption = 300.0
    until: UntilOption = "complete"
    via: ViaOption = "auto"

    def __post_init__(self) -> None:
        check_waiting(vars(self))

    def plan(self, entry: "Entry", deadline: "datetime") -> "Plan":
        """How an entry is followed until then."""
        from pjterm.core.plan import Plan, Until

        return Plan(entry.sale(), entry.kind, deadline, Until(self.until))


@dataclass(frozen=True)
class WaitingForCancel(Waiting):
    """The same for cancel, which waits for less."""

    timeout: TimeoutOption = 60.0


@dataclass(frozen=True)
class Sending:
    """The options of charge, refund, sign, prompt, input and read: how to send, wait and follow."""

    terminal: TerminalOption = None
    account: AccountOption = None
    key: KeyOption = None
    timeout: TimeoutOption = 300.0
    no_wait: NoWaitOption = False
    until: UntilOption = "complete"
    via: ViaOption = "auto"
    wait_busy: WaitBusyOption = 0.0
    force: ForceOption = False
    over: OverOption = None
    cancel_on_timeout: CancelOnTimeoutOption = False
    yes: YesOption = False
    by: ByOption = None
    dry_run: DryRunOption = False

    def __post_init__(self) -> None:
        check_waiting(vars(self))


def check_waiting(given: dict[str, Any]) -> None:
    """Times, choices and a name that are wrong in themselves."""
    from pjterm.core.ids import check_key
    from pjterm.settings.checks import check_by

    for name, option in (("timeout", "--timeout"), ("wait_busy", "--wait-busy")):
        seconds = given.get(name)
        if seconds is not None and not 0 <= seconds <= 86400:  # also refuses nan
            raise UsageFault(f"{option}: {seconds} is not between 0 and 86400 seconds")
    for name, option, words in (
        ("until", "--until", ("result", "complete")),
        ("via", "--via", ("auto", "poll", "relay")),
    ):
        if given.get(name) is not None and given[name] not in words:
            raise UsageFault(f"{option}: {given[name]!r} is none of {', '.join(words)}")
    if given.get("key") is not None:
        check_key(given["key"], "--key")
    for key in given.get("over") or ():
        check_key(key, "--over")
    if given.get("by") is not None:
        check_by(given["by"], "--by")


def terminal_named(context: Context, typed: str | None, what: str = "--terminal") -> tuple[str | None, str]:
    """The terminal that was named, and by what: the command line, the environment or the profile.

    An empty name chooses nothing.
    """
    if typed is None:
        typed, what = context.reader_named(None), "PJTERM_TERMINAL"
    if typed is None:
        return context.profile.terminal, f"[profiles.{context.profile.name}] terminal"
    if not typed.strip():
        raise UsageFault(f"{what}: the name is empty; nothing was sent", hint="name a terminal: pjterm terminals")
    return typed, what


def seller(context: Context, option: str | None) -> str | None:
    """The seller: from the command line, the environment or the profile. An empty name is refused."""
    from pjterm.settings.checks import check_by

    named = context.environ.get("PJTERM_BY")
    if option is not None:
        return check_by(option, "--by")
    return context.profile.by if named is None else check_by(named, "PJTERM_BY")


def where(context: Context, terminal: str | None, account: int | None, what: str = "--terminal") -> "Terminal":
    """The reader (named by `what`) and account a request goes to; looks up only what the profile does not say."""
    from pjterm.api import terminals
    from pjterm.values import replace

    api = context.api  # first: a keyring may ask the user, and that takes time
    until = _lookup_deadline(context)
    found = reader(context, terminal, what, until)
    number = terminals.account(
        account if account is not None else context.profile.account, lambda: api.retrying(api.accounts, until)
    )
    return replace(found, terminal_id=number)


def reader(
    context: Context, terminal: str | None, what: str = "--terminal", until: "datetime | None" = None
) -> "Terminal":
    """The reader that was named, or the profile's, without an account."""
    from pjterm.api import terminals

    api, profile = context.api, context.profile
    deadline = until or _lookup_deadline(context)
    wanted, what = terminal_named(context, terminal, what)
    context.asked |= {"terminal_name": wanted, "smart_terminal_id": None}  # of several, the one that is not there
    found = terminals.device(wanted, profile.aliases, lambda: api.retrying(api.smart_terminals, deadline), what)
    note_place(context, found)
    return found


def _lookup_deadline(context: Context) -> "datetime":
    from datetime import timedelta

    from pjterm.core.sending.send_state import LOOKUP_PATIENCE

    return context.clock.now() + min(LOOKUP_PATIENCE, timedelta(seconds=context.timeout))


def note_place(context: Context, place: "Terminal") -> None:
    """Note where the request goes: an error names it, too."""
    context.asked |= {"terminal_name": place.name, "smart_terminal_id": place.smart_terminal_id}
    if place.terminal_id is not None:
        context.asked["terminal_id"] = place.terminal_id


def typed_reader(context: Context, terminal: str | None) -> str | None:
    """The reader of a typed name, if it is known without a lookup: by an alias or a UUID."""
    from pjterm.core.ids import is_uuid

    if terminal is None:
        return None
    if is_uuid(terminal):
        return terminal.lower()
    alias = context.profile.aliases.get(terminal)
    return None if alias is None else alias.lower()


@dataclass(frozen=True)
class Extras:
    """What a payment may carry beside its amount."""

    tax: Annotated[str | None, option("--tax", "AMOUNT", "Tax, on top of AMOUNT.")] = None
    shipping: Annotated[str | None, option("--shipping", "AMOUNT", "Shipping, on top.")] = None
    surcharge: Annotated[
        str | None, option("--surcharge", "AMOUNT", "Surcharge, on top (0 turns the account's own off).")
    ] = None
    invoice: Annotated[
        str | None, typer.Option("--invoice", help="Invoice number, 1-32 characters; default: made from the key.")
    ] = None
    po: Annotated[str | None, typer.Option("--po", help="Purchase order number, 1-32 characters.")] = None
    note: Annotated[str | None, typer.Option("--note", help="A note, at most 2048 characters.")] = None
    ask_tip: Annotated[bool, flag("--ask-tip", "Ask for a tip at the reader.")] = False
    keyed: Annotated[bool, flag("--keyed", "Allow the card to be keyed in at the reader.")] = False
    receipt_prompt: Annotated[
        bool | None,
        typer.Option("--receipt-prompt/--no-receipt-prompt", help="Ask at the reader how to give the receipt."),
    ] = None
    signature_prompt: Annotated[
        bool | None,
        typer.Option("--signature-prompt/--no-signature-prompt", help="Ask for a signature at the reader."),
    ] = None

    def money(self) -> "dict[str, Money | None]":
        """Tax, shipping and surcharge, read and checked."""
        from pjterm.core import request

        return {
            "tax": request.extra(self.tax, "--tax"),
            "shipping": request.extra(self.shipping, "--shipping"),
            "surcharge": request.extra(self.surcharge, "--surcharge"),
        }

    def payment(self, amount: "Money", *, refund: bool = False) -> "RequestSpec":
        """The request at the reader."""
        from pjterm.core import request

        return request.payment(amount, refund=refund, **(vars(self) | self.money()))
