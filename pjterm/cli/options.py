"""Options that several commands share, and how they become a submission."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pjterm.errors import UsageFault

if TYPE_CHECKING:
    from pjterm.cli.context import Context
    from pjterm.core.model import Terminal
    from pjterm.core.request import Ask

MOST = 10**18 - 1  # of ids and counts: what the API's numbers have at most, and what the journal can hold

TerminalOption = Annotated[
    str | None,
    typer.Option("-t", "--terminal", metavar="NAME", help="Alias, UUID or nickName (env PJTERM_TERMINAL)."),
]
AccountOption = Annotated[
    int | None,
    typer.Option("--account", metavar="N", min=1, max=MOST, help="Merchant account (terminalId)."),
]
KeyOption = Annotated[
    str | None,
    typer.Option("-k", "--key", metavar="KEY", help="The sale's own name: the same key never charges twice."),
]
TimeoutOption = Annotated[
    float, typer.Option("--timeout", metavar="SECONDS", help="How long to wait in all.")
]
NoWaitOption = Annotated[bool, typer.Option("--no-wait", help="Return once accepted: outcome open, exit 0.")]
UntilOption = Annotated[
    str,
    typer.Option("--until", metavar="result|complete", help="Return at the verdict, or at a free device."),
]
ViaOption = Annotated[
    str, typer.Option("--via", metavar="auto|poll|relay", help="How to follow: polling or the local relay.")
]
WaitBusyOption = Annotated[
    float, typer.Option("--wait-busy", metavar="SECONDS", help="On BUSY, try again for this long.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Pass the guard that names --force.")]
OverOption = Annotated[
    str | None, typer.Option("--over", metavar="KEY", help="Charge although this entry is open or unknown.")
]
CancelOnTimeoutOption = Annotated[
    bool, typer.Option("--cancel-on-timeout", help="When waiting ends, cancel, and say what came of it.")
]
YesOption = Annotated[
    bool, typer.Option("-y", "--yes", help="Answer yes to confirmations; never passes --force or --over.")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Print what would be sent, and stop.")
]  # fmt: skip


@dataclass(frozen=True)
class Sending:
    """The options of charge, refund, sign, prompt, input and read (contract, section 1)."""

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
    dry_run: DryRunOption = False

    def check(self) -> None:
        """Refuse times and choices that are wrong in themselves."""
        check_waiting(asdict(self))


def check_waiting(given: dict[str, Any]) -> None:
    """Times and choices that are wrong in themselves."""
    from pjterm.core.request import check_key

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
    for name in ("key", "over"):
        if given.get(name) is not None:
            check_key(given[name], f"--{name}")


def where(context: Context, terminal: str | None, account: int | None) -> Terminal:
    """The device and account a request goes to; looks up only what the profile does not say."""
    from dataclasses import replace
    from datetime import timedelta

    from pjterm import places
    from pjterm.core.request import is_uuid
    from pjterm.submit import LOOKUP_PATIENCE

    api, profile = context.api, context.profile
    patience = context.clock.now() + min(LOOKUP_PATIENCE, timedelta(seconds=context.timeout))
    wanted = terminal or context.environ.get("PJTERM_TERMINAL") or profile.terminal
    found = places.device(wanted, profile.aliases, lambda: api.retrying(api.smart_terminals, patience))
    number = places.account(
        account if account is not None else profile.account, lambda: api.retrying(api.accounts, patience)
    )
    named = None if wanted is None or is_uuid(wanted) else wanted
    return replace(found, name=found.name or named, terminal_id=number)


def submit(
    context: Context,
    ask: Ask,
    sending: Sending,
    *,
    place: Terminal | None = None,
    text: str | None = None,
    save: str | None = None,
) -> None:
    """Resolve where it goes (unless `place` says it), submit it once, follow it, print it, exit."""
    from pjterm.cli import ending, session
    from pjterm.core.money import dollars
    from pjterm.core.plan import Until
    from pjterm.submit import Limits, Options, Submission

    amount = None if ask.amount is None else dollars(ask.amount)
    context.timeout = sending.timeout
    context.asked = {"kind": ask.kind, "amount": amount, "key": sending.key}
    context.names_earlier = sending.key is not None
    place = place or where(context, sending.terminal, sending.account)
    context.asked |= {
        "terminal_name": place.name,
        "smart_terminal_id": place.smart_terminal_id,
        "terminal_id": place.terminal_id,
    }
    options = Options(
        key=sending.key,
        timeout=sending.timeout,
        wait=not sending.no_wait,
        until=Until(sending.until),
        wait_busy=sending.wait_busy,
        force=sending.force,
        over=sending.over,
        yes=sending.yes,
        cancel_on_timeout=sending.cancel_on_timeout,
    )
    if sending.dry_run:
        print_dry_run(context, ask, place, sending.key)
        return
    profile = context.profile
    limits = Limits(profile.name, profile.environment.value, profile.max_amount, profile.confirm_above)
    generated = sending.key or context.new_key()
    context.asked["key"] = generated
    header = session.header_of(
        context, ask.kind, _at(ask, place), amount=amount, key=generated, text=text,
        at_reader=ask.original is None,
    )  # fmt: skip
    about = session.request_line(context, ask, place, generated)
    with session.session(context, header, via=sending.via, **about) as made:
        submission = Submission(
            context.api, context.journal, made.watch, made.settler, context.scope, limits, made, options,
            generated, context.will_send,
        )  # fmt: skip
        standing = submission.run(ask, place)
        image, file = None, None
        if ask.kind.value == "signature":
            from pjterm.cli import papers

            image = papers.signature_image(made, standing, save)
            file = papers.save_signature(made, standing, image, save)
        ending.finish(made, standing, signature_file=file, picture=image)


def _at(ask: Ask, place: Terminal) -> str | None:
    if ask.original is not None:
        return f"transaction {ask.original.transaction_id}"
    return place.name or place.smart_terminal_id


def print_dry_run(context: Context, ask: Ask, place: Terminal, key: str | None) -> None:
    """What would be sent: method, URL and form, no secrets; no entry is written and no key used up."""
    from pjterm.cli.context import write
    from pjterm.core.model import Kind
    from pjterm.core.request import invoice_number_for
    from pjterm.output import harmless, one_line

    number = ask.invoice_number
    if number is None and key is not None:
        number = invoice_number_for(context.scope.login, key)
    url = context.base_url.rstrip("/") + ask.path(place.smart_terminal_id)
    form = list(ask.form(place.terminal_id, number))
    if context.format == "text":
        lines = [f"{ask.method} {url}", *(f"  {name}={value}" for name, value in form)]
        if number is None and ask.kind.is_money and ask.kind is not Kind.VOID:
            lines.append("  invoiceNumber=(made from the new key)")
        write(context.stdout, "\n".join(harmless(line) for line in lines) + "\n")
        return
    sent = {
        "schema": "pjterm.dryrun/1",
        "method": ask.method,
        "url": url,
        "form": as_object(form),
        "profile": context.profile.name,
        "environment": context.profile.environment.value,
        "key": key,
    }
    write(context.stdout, one_line(sent) + "\n")


def as_object(form: list[tuple[str, str]]) -> dict[str, str | list[str]]:
    """A form as JSON: a name that comes more than once, or ends in `[]`, has a list."""
    values: dict[str, list[str]] = {}
    for name, value in form:
        values.setdefault(name, []).append(value)
    return {n: v if n.endswith("[]") or len(v) > 1 else v[0] for n, v in values.items()}
