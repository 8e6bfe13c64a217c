"""What `doctor` finds about webhooks: whether a relay serves this profile, and whether PayJunction delivers to it."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from pjterm.cli.doctor.check import BAD, NOTE, OK, Check
from pjterm.errors import AuthFailed, PjtermError
from pjterm.values import replace

if TYPE_CHECKING:
    from pjterm.cli.context import Context
    from pjterm.relay.client.address import RelayAddress


def relay(context: Context) -> tuple[Check, dict[str, Any] | None]:
    """Whether a relay that serves this profile answers, and what it reports about itself."""
    from pjterm.cli.shared import relays
    from pjterm.relay.client import queries

    try:
        found = relays.addresses(context)
    except PjtermError as error:
        if context.profile.relay:
            return Check("relay", BAD, error.message, error.hint), None
        return Check("relay", NOTE, "none; requests are followed by polling", "pjterm relay serve"), None
    silent = [where for where in found if len(found) > 1 and not queries.prove(where)]
    where = next((a for a in found if a not in silent), found[0])
    try:
        check, status = _ask_relay(context, relays.proven(where))
    except PjtermError as error:
        return Check("relay", BAD, error.message, error.hint), None
    if silent and check.status != BAD:
        says = f"{check.detail}; no answer from {', '.join(a.url for a in silent)}"
        return replace(check, status=NOTE, detail=says), status
    return check, status


def _ask_relay(context: Context, where: RelayAddress) -> tuple[Check, dict[str, Any]]:
    from pjterm.relay.client import queries

    status = queries.status(where)
    return serving(status, context.profile.name, where.url, context.zone, is_named=bool(context.profile.relay)), status


def serving(status: dict[str, Any], name: str, url: str, zone: tzinfo | None = None, *, is_named: bool = True) -> Check:
    """What a relay reports: whether it reaches its stream and can verify this profile's events.

    One that merely runs here, and that the profile does not name, may be for other profiles alone.
    """
    from pjterm.core.text import harmless
    from pjterm.ui.moments import recorded

    store = status.get("store", {})
    if store.get("kind") == "jetstream" and not (store.get("connected") and store.get("following")):
        why = harmless(str(store.get("trouble") or "its server is not connected"))
        return Check("relay", BAD, f"{url} runs, but does not hear its stream: {why}", "pjterm relay status")
    mine: dict[str, Any] = next((p for p in status.get("profiles", []) if p.get("profile") == name), {})
    if mine.get("trouble"):
        return Check("relay", BAD, f"{url} runs; {name}: {harmless(str(mine['trouble']))}", "pjterm relay status")
    if not mine.get("secrets") and not is_named:
        return Check("relay", NOTE, f"none; requests are followed by polling, for {url} runs for other profiles")
    if not mine.get("secrets"):
        hint = f"pjterm webhooks create -p {name} --url https://HOST/webhooks/{name}"
        return Check("relay", BAD, f"{url} runs, but has no webhook secret of {name}", hint)
    last = mine.get("lastVerifiedAt")
    if last is None:
        return Check("relay", NOTE, f"{url} runs; nothing verified was delivered yet")
    return Check("relay", OK, f"{url} runs; last verified delivery {recorded(str(last), zone)}")


def subscription(context: Context, status: dict[str, Any] | None) -> Check:
    """Whether this profile's webhooks are sent to where they are received; `status` is what the relay reports."""
    from pjterm.cli.shared.webhook_state import assess
    from pjterm.settings.credentials import is_rotating

    try:
        assessments = assess(context)
    except AuthFailed as error:  # a restricted API user may charge but not see these
        return Check("subscription", NOTE, f"not to be seen: {error.message}")
    serving = [s for s in assessments if s.relay == "serves"]
    stale = [s for s in assessments if s.relay == "stale"]
    name = context.profile.name
    if not serving:
        wanted = status is not None and context.profile.relay
        hint = f"pjterm webhooks create --url https://HOST/webhooks/{name}"
        which = f"none of {len(assessments)} webhooks" if len(assessments) > 1 else "no webhook"
        detail = f"{which} ends at /webhooks/{name}"
        return Check("subscription", BAD if wanted else NOTE, detail, hint if status is not None else None)
    if is_rotating(context.profile, context.config_dir):
        detail = f"{len(serving)} of {len(assessments)} for {name}; not all are known to have the new secret yet"
        return Check("subscription", NOTE, detail, "pjterm webhooks rotate")
    if stale:
        detail = f"{len(serving)} of {len(assessments)} for {name}; stale: {stale[0].subscription.id} ({stale[0].why})"
        return Check("subscription", NOTE, detail, f"pjterm webhooks delete {stale[0].subscription.id}")
    return Check("subscription", OK, f"{len(serving)} of {len(assessments)} for {name}")
