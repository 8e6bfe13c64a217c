"""`webhooks`: the merchant's subscriptions, and which of them this profile's relay serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command, group
from pjterm.cli.shared import options as o
from pjterm.cli.shared.webhook_state import assess, is_on_loopback, subscriptions_of
from pjterm.core.text import counted
from pjterm.errors import UsageFault

if TYPE_CHECKING:
    from pjterm.api.subscriptions import Subscriptions
    from pjterm.core.subscription import Assessment, Subscription

IdArgument = Annotated[str, o.argument("ID", "The webhookId.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    webhooks = group("Webhook subscriptions of the merchant.", default=list_webhooks)
    for name, function in (("list", list_webhooks), ("create", create), ("update", update),
                           ("delete", delete), ("rotate", rotate)):  # fmt: skip
        command(webhooks, name)(function)
    app.add_typer(webhooks, name="webhooks")


def list_webhooks(context: Context) -> None:
    """List the merchant's subscriptions, and what each is to this profile's relay.

    serves: it ends at /webhooks/ and this profile's name. stale: it leads to a profile that is not here, or
    a newer one does the same. other: another program's.

    Example:

      pjterm webhooks list
    """
    from pjterm.cli.shared.printing import print_list

    assessments = assess(context)
    items = [_item(s) for s in assessments]
    rows = [
        (s.subscription.id, ",".join(s.subscription.events), s.subscription.url, s.subscription.created,
         s.relay, s.why)
        for s in assessments
    ]  # fmt: skip
    print_list(context, "webhooks", items, ("ID", "EVENT", "URL", "CREATED", "RELAY", "WHY"), rows)
    context.notice(f"{counted(len(items), 'subscription')}; PayJunction allows 10 per merchant (older pages say 5)")


def create(
    context: Context,
    url: Annotated[str, o.option("--url", "URL", "Where to: https, no port, ending in /webhooks/NAME.")],
    event: Annotated[str, o.option("--event", "NAME", "One event.")] = "SMARTTERMINAL_REQUEST",
    dry_run: o.DryRunOption = False,
) -> None:
    """Subscribe to an event.

    A secret is made, kept with the profile's secrets, sent once and never shown; the relay verifies each
    delivery with it. A profile has one secret, which all of its subscriptions share.

    Example:

      pjterm webhooks create --url https://hooks.example.com/webhooks/till-1
    """
    from pjterm.core import subscription

    event = subscription.check_event(event)
    subscription.check_url(url, loopback=is_on_loopback(context))
    if dry_run:
        from pjterm.cli.shared.dry_run import print_request

        form = [("event", event), ("url", url), ("secret", "(generated)")]
        print_request(context, "POST", "/webhooks", form)
        return
    kept = _changeable(context)
    made = kept.create(event, url)
    if made.profile != context.profile.name:
        context.notice(f"no relay serves this path for {context.profile.name}: it is /webhooks/{context.profile.name}")
    _print(context, made, "created")


def update(
    context: Context,
    id_: IdArgument,
    url: Annotated[str, o.option("--url", "URL", "Where its deliveries go from now on.")],
) -> None:
    """Change where a subscription's deliveries go. Its secret stays as it is.

    Example:

      pjterm webhooks update ID --url https://new.example.com/webhooks/till-1
    """
    from pjterm.core import subscription

    subscription.check_id(id_)
    subscription.check_url(url, loopback=is_on_loopback(context))
    _print(context, _changeable(context).move(id_, url), "updated")


def delete(context: Context, id_: IdArgument, yes: o.YesOption = False) -> None:
    """End a subscription. You are asked first; in a script pass --yes.

    Example:

      pjterm webhooks delete 1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed --yes
    """
    from pjterm.cli.shared.printing import print_item
    from pjterm.core import subscription

    subscription.check_id(id_)
    question = f"Delete webhook {id_} of profile {context.profile.name}? What listens there will hear nothing more."
    context.confirm_or_refuse(question, f"webhook {id_} was not deleted", yes=yes)
    _changeable(context).delete(id_)
    print_item(context, "webhooks", {"webhookId": id_, "deleted": True}, [id_], changed=True)


def rotate(
    context: Context,
    ids: Annotated[
        list[str] | None, o.argument("[ID]...", "Which; default: all that end at this profile's relay.")
    ] = None,
) -> None:
    """Give this profile's subscriptions a new secret.

    It is stored, then sent; once all have it, the old one stays valid at the relay for 72 hours, as long as the
    sender retries. All subscriptions of a profile share one secret, so without an ID all of them get it. A rotation
    that was interrupted, or only some were given, goes on with its secret, and ends once all get it by one command.

    Example:

      pjterm webhooks rotate
    """
    from pjterm.core import subscription

    if context.profile.builtin:
        raise UsageFault("the built-in simulator's webhook secret is fixed")
    for id_ in ids or []:
        subscription.check_id(id_)
    kept = _changeable(context)
    own = [s.id for s in kept.all() if s.profile == context.profile.name]
    wanted = ids or own
    if not wanted:
        raise UsageFault(
            f"no subscription ends at /webhooks/{context.profile.name}",
            hint="see: pjterm webhooks list",
        )
    left = [id_ for id_ in own if id_ not in wanted]
    changed = kept.rotate(wanted, left)
    if left:
        others = f"not given: {', '.join(left)}; the old secret stays valid until all are rotated by one command"
        context.notice(f"{others}: pjterm webhooks rotate")
    if context.format == "text":
        for made in changed:
            _print(context, made, "rotated")
        return
    from pjterm.cli.shared.printing import print_list

    print_list(context, "webhooks", [_plain(s) for s in changed], ("ID",), [(s.id,) for s in changed], changed=True)


# -- inside ------------------------------------------------------------------------------------------


def _changeable(context: Context) -> Subscriptions:
    """The subscriptions; what a signal cuts short from here on is reported."""
    context.signals.install()
    return subscriptions_of(context)


def _plain(s: Subscription) -> dict[str, Any]:
    return {"webhookId": s.id, "events": list(s.events), "url": s.url, "created": s.created}


def _item(assessment: Assessment) -> dict[str, Any]:
    return _plain(assessment.subscription) | {"relay": assessment.relay, "why": assessment.why}


def _print(context: Context, s: Subscription, word: str) -> None:
    from pjterm.cli.shared.printing import print_item

    person = f"{word}  {s.id}  {','.join(s.events)}  {s.url}"
    print_item(context, "webhooks", _plain(s), [person if context.stdout_is_terminal else s.id], changed=True)
