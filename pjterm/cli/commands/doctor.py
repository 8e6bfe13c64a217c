"""`doctor`: what could stand in the way of a sale, one line each, with what to do about it.

Each check is a function that answers one line and never raises a named error; what a check needs that
an earlier one could not get is said as such.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared import machine_checks, variables
from pjterm.cli.shared.check import BAD, NOTE, OK, Check, guarded
from pjterm.errors import AuthFailed, Difference, PjtermError, Unavailable, reason

if TYPE_CHECKING:
    from pjterm.relay.client.address import RelayAddress

READ_PATIENCE = timedelta(seconds=10)
MOST_SKEW = 60.0  # seconds; HTTP dates are whole seconds, and searches reach a day back anyway
EXPIRES_SOON = 14  # days
ORDER = (
    "variables", "config", "credentials", "state", "facts", "journal", "tls", "api", "clock", "terminals", "accounts",
    "relay", "subscription", "reader",
)  # fmt: skip
"""The checks as pipes and JSON have them: by what depends on what, not by when each is made."""
PROMPT_TIME = 60.0  # seconds for somebody to press the button


class _Refused(Exception):
    """The API answers, but not to these credentials."""

    def __init__(self, error: AuthFailed) -> None:
        super().__init__(error.message)
        self.error = error


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    command(app, "doctor")(doctor)


def doctor(
    context: Context,
    prompt: Annotated[
        str | None,
        typer.Option("--prompt", metavar="NAME", help="Also ask a harmless question on this terminal."),
    ] = None,
) -> None:
    """Check everything a sale depends on.

    Configuration, credentials, clock, TLS, API, terminals, relay and subscription. Nothing happens at any
    reader, except with --prompt: that reader shows "pjterm doctor: press OK", and whoever stands there presses
    it. Exit 0 when all is good, else 13.

    Examples:

      pjterm doctor

      pjterm doctor --prompt T1
    """
    from pjterm.cli.shared.live_checks import Live

    people = Live(context) if context.format == "text" and context.stdout_is_terminal else None
    found = []
    for check in examine(context, prompt, people.begins if people is not None else lambda _: None):
        found.append(check)
        if people is not None:
            people.shows(check)
    if people is not None:
        people.sums_up(found)
    else:
        _print(context, sorted(found, key=lambda c: ORDER.index(c.name)))
    if any(c.status == BAD for c in found):
        raise typer.Exit(Difference.exit_code)


def _print(context: Context, found: list[Check]) -> None:
    from pjterm.cli.shared.printing import print_list

    items = [{"name": c.name, "status": c.status, "detail": c.detail, "hint": c.hint} for c in found]
    rows = [(c.status, c.name, c.detail, (c.hint or "").replace("\n", "; ")) for c in found]
    print_list(context, "doctor", items, ("STATUS", "CHECK", "DETAIL", "NEXT"), rows)


def examine(context: Context, prompt: str | None, begins: Callable[[str], None]) -> Iterator[Check]:
    """All checks, each when it is made; `begins` is called with the name of the next one."""

    def made(name: str, check: Callable[[], Check]) -> Check:
        begins(name)
        return guarded(name, check)

    from pjterm.settings import facts_file

    odd = variables.check(context.environ)
    if odd.status != OK:
        yield odd
    yield made("config", lambda: machine_checks.config(context))
    yield made("state", lambda: machine_checks.state(context))
    if (context.config_dir / facts_file.NAME).exists():
        yield made("facts", lambda: machine_checks.facts(context))
    if "profile" not in context.__dict__:
        return
    yield made("journal", lambda: machine_checks.journal(context))
    credentials = made("credentials", lambda: machine_checks.credentials(context))
    if credentials.status == BAD:
        yield credentials
        return
    try:
        api = made("api", lambda: _api(context))
    except _Refused as refused:
        from pjterm.ui.next_step import check_login

        yield Check("credentials", BAD, refused.error.message, check_login(context.profile.name))
        yield Check("api", OK, f"{context.base_url} answers")
        return
    yield credentials
    yield api
    yield made("tls", lambda: _tls(context, api))
    if api.status == BAD:
        return
    yield clock_check(context.api.server_date, datetime.now(UTC))
    yield made("terminals", lambda: _terminals(context))
    yield made("accounts", lambda: _accounts(context))
    begins("relay")
    relay, told = _relay(context)
    yield relay
    yield made("subscription", lambda: _subscription(context, told))
    if prompt is not None:
        yield made("reader", lambda: _reader(context, prompt))


# -- the API -----------------------------------------------------------------------------------------


def _api(context: Context) -> Check:
    began = time.monotonic()
    try:
        context.api.retrying(context.api.accounts, context.clock.now() + READ_PATIENCE)
    except AuthFailed as error:
        raise _Refused(error) from error
    spent = round((time.monotonic() - began) * 1000)
    return Check("api", OK, f"{context.base_url} answers and takes the credentials ({spent} ms)")


def _tls(context: Context, api: Check) -> Check:
    from urllib.parse import urlsplit

    parts = urlsplit(context.base_url)
    if parts.scheme == "http":
        return Check("tls", OK, "plain http, which never leaves this machine")
    if _proxied(parts.hostname or ""):
        return Check("tls", api.status, "verified through the proxy" if api.status == OK else "see api", api.hint)
    return _handshake(parts.hostname or "", parts.port or 443)


def _proxied(host: str) -> bool:
    from urllib.request import getproxies, proxy_bypass

    return "https" in getproxies() and not proxy_bypass(host)


def _handshake(host: str, port: int) -> Check:
    import socket

    from pjterm.system.tls import trusting

    try:
        with (
            socket.create_connection((host, port), timeout=5) as plain,
            trusting(f"https://{host}").wrap_socket(plain, server_hostname=host) as made,
        ):
            version, certificate = made.version(), made.getpeercert() or {}
    except (OSError, ValueError) as error:
        raise Unavailable(f"no TLS with {host}: {reason(error)}", hint="check network, proxy and clock") from error
    left = _days_left(str(certificate.get("notAfter", "")))
    detail = f"{version} with {host}" + ("" if left is None else f", certificate for {left} more days")
    soon = left is not None and left < EXPIRES_SOON
    return Check("tls", NOTE if soon else OK, detail)


def _days_left(not_after: str) -> int | None:
    import ssl

    try:
        return int((ssl.cert_time_to_seconds(not_after) - time.time()) // 86400)
    except ValueError:
        return None


def clock_check(said: str | None, now: datetime) -> Check:
    """This machine's time against the `Date` of the API's last answer."""
    from email.utils import parsedate_to_datetime

    try:
        theirs = parsedate_to_datetime(said or "")
    except ValueError:
        return Check("clock", NOTE, "the API did not tell its time")
    skew = (now - theirs.astimezone(UTC)).total_seconds()
    if abs(skew) > MOST_SKEW:
        word = "fast" if skew > 0 else "slow"
        return Check("clock", BAD, f"{abs(skew):.0f} s {word} against the API's", "set this machine's clock (NTP)")
    return Check("clock", OK, f"within {max(1, round(abs(skew)))} s of the API's")


def _terminals(context: Context) -> Check:
    from pjterm.api import terminals
    from pjterm.core.text import harmless

    profile = context.profile
    listed = context.api.retrying(context.api.smart_terminals, context.clock.now() + READ_PATIENCE)
    known = {str(t.get("smartTerminalId", "")).lower() for t in listed}
    lost = [name for name, uuid in profile.aliases.items() if uuid.lower() not in known]
    if lost:
        return Check(
            "terminals", BAD, f"alias {lost[0]} names a terminal that is not there any more",
            "give the alias again; the readers and their UUIDs: pjterm terminals",
        )  # fmt: skip
    names = harmless(", ".join(str(t.get("nickName")) for t in listed)) or "none"
    if profile.terminal is None and len(listed) != 1:
        return Check("terminals", NOTE, f"{len(listed)}: {names}; none is the profile's", "give -t NAME each time")
    terminals.device(profile.terminal, profile.aliases, lambda: listed)
    return Check("terminals", OK, f"{len(listed)}: {names}")


def _accounts(context: Context) -> Check:
    from pjterm.api import terminals
    from pjterm.core.wire import number

    listed = context.api.retrying(context.api.accounts, context.clock.now() + READ_PATIENCE)
    chosen = terminals.account(context.profile.account, lambda: listed)
    found = next((a for a in listed if number(a.get("terminalId")) == chosen), None)
    if found is None or found.get("enabled") is not True or found.get("type") != "CARD":
        state = "is not listed" if found is None else "is no enabled CARD account"
        return Check("accounts", BAD, f"account {chosen} {state}", "pjterm accounts")
    return Check("accounts", OK, f"{chosen} ({found.get('nickName')})")


# -- the relay -----------------------------------------------------------------------------------------


def _relay(context: Context) -> tuple[Check, dict[str, Any] | None]:
    """Whether a relay answers that serves this profile, and what it told of itself."""
    from pjterm.cli.shared import relays

    try:
        where = relays.address(context)
    except PjtermError as error:
        if context.profile.relay:
            return Check("relay", BAD, error.message, error.hint), None
        return Check("relay", NOTE, "none; requests are followed by polling", "pjterm relay serve"), None
    try:
        return _ask_relay(context, relays.proven(where))
    except PjtermError as error:
        return Check("relay", BAD, error.message, error.hint), None


def _ask_relay(context: Context, where: RelayAddress) -> tuple[Check, dict[str, Any]]:
    from pjterm.relay.client import queries

    told = queries.status(where)
    name = context.profile.name
    mine: dict[str, Any] = next((p for p in told.get("profiles", []) if p.get("profile") == name), {})
    if not mine.get("secrets"):
        hint = f"pjterm webhooks create -p {name} --url https://HOST/webhooks/{name}"
        return Check("relay", BAD, f"{where.url} runs, but has no webhook secret of {name}", hint), told
    last = mine.get("lastVerifiedAt")
    if last is None:
        return Check("relay", NOTE, f"{where.url} runs; nothing verified was delivered yet"), told
    return Check("relay", OK, f"{where.url} runs; last verified delivery {last}"), told


def _subscription(context: Context, relay: dict[str, Any] | None) -> Check:
    from pjterm.cli.shared.webhook_state import assess, office_of

    office = office_of(context)
    try:
        standings = assess(context, office, office.all())
    except AuthFailed as error:  # a restricted API user may charge and still not see these
        return Check("subscription", NOTE, f"not to be seen: {error.message}")
    serving = [s for s in standings if s.relay == "serves"]
    stale = [s for s in standings if s.relay == "stale"]
    name = context.profile.name
    if not serving:
        wanted = relay is not None and context.profile.relay
        hint = f"pjterm webhooks create --url https://HOST/webhooks/{name}"
        detail = f"none of {len(standings)} ends at /webhooks/{name}"
        return Check("subscription", BAD if wanted else NOTE, detail, hint if relay is not None else None)
    if stale:
        detail = f"{len(serving)} of {len(standings)} for {name}; stale: {stale[0].subscription.id} ({stale[0].why})"
        return Check("subscription", NOTE, detail, f"pjterm webhooks delete {stale[0].subscription.id}")
    return Check("subscription", OK, f"{len(serving)} of {len(standings)} for {name}")


# -- at a reader -----------------------------------------------------------------------------------------


def _reader(context: Context, terminal: str) -> Check:
    """The whole way there and back, with a question that moves no money."""
    from pjterm.cli.shared import session
    from pjterm.cli.shared.options import where
    from pjterm.core import request
    from pjterm.core.guards import Limits
    from pjterm.core.model import Outcome
    from pjterm.core.send_state import Options, Sender, begin
    from pjterm.core.typed import Typed
    from pjterm.flow.submit import new_key

    ask = request.prompt("pjterm doctor: press OK", ["OK"])
    place = where(context, terminal, None)
    name, key, began = place.name or terminal, new_key(), time.monotonic()
    sender = Sender(context.scope, context.profile.name, key)
    options = Options(key=key, timeout=PROMPT_TIME, cancel_on_timeout=True)
    typed = Typed(ask.kind, ask)
    state = begin(ask, typed, sender, place, options, Limits(), context.clock.now(), can_ask=False)
    header = session.header_of(context, ask.kind, name, key=key, text="press OK")
    with session.session(context, header, via="poll") as made:
        standing = made.flow.submission(made, lambda: None).run(state)
    verdict = standing.verdict
    if verdict.outcome is not Outcome.ANSWERED:
        return Check("reader", BAD, f"{name}: {verdict.outcome}: {verdict.says}", f"pjterm why {key}")
    return Check("reader", OK, f"{name} asked and answered in {time.monotonic() - began:.1f} s")
