"""`webhooks`: secrets stored before they are sent and never shown, lost answers resolved, stale subscriptions named."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from typing import Any

import pytest

from pjterm.settings import credentials, profiles
from tests.cli.any_shop import AnyShop
from tests.cli.commands.counter import call
from tests.cli.memory import Shop, Stage, Till
from tests.cli.proxy import Loss
from tests.cli.till import Till as RealTill
from tests.cli.till import ended
from tests.cli.together import Stage as Processes
from tests.cli.together import together

URL = "https://hooks.example.com/webhooks/till-1"
EVENT = "SMARTTERMINAL_REQUEST"


def secrets_of(till: Till | RealTill) -> dict[str, Any]:
    """The contents of the profile's secrets file."""
    held: dict[str, Any] = tomllib.loads((till.config / "credentials.toml").read_text())["till-1"]
    return held


def valid_after(shop: Shop, till: Till, hours: float) -> set[str]:
    """The secrets that the relay accepts after that many hours."""
    profile = profiles.load(till.config).profiles["till-1"]
    then = shop.world.machine("till").wall() + timedelta(hours=hours)
    return set(credentials.webhook_secrets(profile, till.config, {}, then))


def listed(shop: AnyShop) -> list[dict[str, Any]]:
    """The API's list."""
    found: list[dict[str, Any]] = call(shop, "GET", "/webhooks")["results"]
    return found


def create(till: Till | RealTill, *more: str, url: str = URL) -> Any:
    """Subscribe."""
    return till.run("webhooks", "create", "--url", url, *more)


@together
def test_create_sends_a_generated_secret_once_and_shows_it_nowhere(stage: Processes) -> None:
    shop, till = stage.open()

    run = create(till, "--event", "smartterminal-request", "--json")

    secret = shop.forms("/webhooks")[0]["secret"][0]
    item = run.json["item"]
    assert (run.code, run.json["schema"]) == (0, "pjterm.webhooks/1")
    assert set(item) == {"webhookId", "events", "url", "created"}
    assert (item["events"], item["url"]) == ([EVENT], URL)
    assert len(secret) >= 32
    assert secrets_of(till)["webhook_secret"] == secret
    assert not any(secret in text for text in (run.out, run.err, till.log()))


def test_a_profile_s_second_subscription_shares_its_secret(stage: Stage) -> None:
    shop, till = stage.open()
    create(till)

    run = create(till, "--event", "TRANSACTION")

    first, second = (f["secret"] for f in shop.forms("/webhooks"))
    assert run.code == 0
    assert first == second
    assert run.out.strip() in {s["webhookId"] for s in listed(shop)}


def test_the_same_subscription_twice_is_refused(stage: Stage) -> None:
    shop, till = stage.open()
    create(till)

    run = create(till, "--json")

    assert (run.code, run.json["error"]["code"]) == (10, "subscribed")
    assert len(listed(shop)) == 1


def test_a_lost_answer_is_resolved_by_listing(stage: Stage) -> None:
    shop, till = stage.open('[[http]]\ncall = "POST /webhooks"\nfault = "reply-lost"\n')

    run = create(till, "--json")

    assert run.code == 0
    assert [s["webhookId"] for s in listed(shop)] == [run.json["item"]["webhookId"]]
    assert [c for c in shop.calls if c.startswith("POST") and not c.endswith("429")] == ["POST /webhooks 200"]


def test_an_answer_lost_for_good_is_unknown_and_its_secret_is_kept(stage: Stage) -> None:
    shop, till = stage.open('[[http]]\ncall = "POST /webhooks"\nfault = "reply-lost-not-started"\neach = true\n')

    run = create(till, "--json")

    assert run.code == 9
    assert "webhooks list" in run.json["error"]["hint"]
    assert len(secrets_of(till)["webhook_secret"]) >= 32
    assert [c for c in shop.calls if c.startswith("POST") and not c.endswith("429")] == ["POST /webhooks 200"]


def test_a_full_list_is_the_api_s_own_refusal(stage: Stage) -> None:
    shop, till = stage.open()
    for n in range(10):
        call(shop, "POST", "/webhooks", event="TRANSACTION", url=f"https://x{n}.example.com/a")

    run = create(till, "--json")

    assert run.code in (4, 11)
    assert "limit" in run.json["error"]["message"]


def test_update_changes_the_url_but_not_the_secret(stage: Stage) -> None:
    shop, till = stage.open()
    id_ = create(till).out.strip()

    run = till.run("webhooks", "update", id_, "--url", "https://new.example.com/webhooks/till-1", "--json")

    sent = [e.call for e in shop.exchanges if e.call.method == "PUT"]
    assert run.json["item"]["url"] == "https://new.example.com/webhooks/till-1"
    assert [b"secret" in c.body for c in sent] == [False]


def test_rotate_sends_a_new_secret_and_keeps_the_old_one_valid(stage: Stage) -> None:
    shop, till = stage.open()
    id_ = create(till).out.strip()
    old = secrets_of(till)["webhook_secret"]

    run = till.run("webhooks", "rotate", id_, "--json")

    held = secrets_of(till)
    put = next(e.call for e in shop.exchanges if e.call.method == "PUT")
    assert run.code == 0
    assert held["webhook_secret"] != old
    assert held["webhook_secret"].encode() in put.body
    assert old in held["webhook_secret_previous"]
    assert [i["webhookId"] for i in run.json["items"]] == [id_]


def test_a_rejected_rotation_restores_the_old_secret(stage: Stage) -> None:
    _, till = stage.open()
    create(till)
    old = secrets_of(till)["webhook_secret"]

    run = till.run("webhooks", "rotate", "00000000-0000-4000-8000-000000000009", "--json")

    assert run.code == 11
    assert secrets_of(till)["webhook_secret"] == old


def test_an_unconfirmed_rotation_keeps_the_old_secret_valid_and_the_next_one_finishes_it(
    stage: Stage,
) -> None:
    """It was killed before its PUT, or every PUT was lost: PayJunction keeps signing with the old secret."""
    shop, till = stage.open('[[http]]\ncall = "PUT /webhooks/*"\nfault = "reply-lost-not-started"\neach = true\n')
    create(till)
    old = secrets_of(till)["webhook_secret"]

    lost = till.run("webhooks", "rotate", "--json")
    new = secrets_of(till)["webhook_secret"]
    shop.play(None)
    later = valid_after(shop, till, 73)
    done = till.run("webhooks", "rotate", "--json")

    assert (lost.code, done.code) == (9, 0)
    assert "pjterm webhooks rotate" in lost.json["error"]["hint"]
    assert later == {new, old}
    assert secrets_of(till)["webhook_secret"] == new, "the secret that may have been taken is resent, not a third one"
    assert valid_after(shop, till, 71) == {new, old}
    assert valid_after(shop, till, 73) == {new}


def test_the_old_secret_is_valid_until_every_subscription_of_the_profile_has_the_new_one(stage: Stage) -> None:
    shop, till = stage.open()
    first, second = create(till).out.strip(), create(till, "--event", "TRANSACTION").out.strip()
    old = secrets_of(till)["webhook_secret"]

    part = till.run("webhooks", "rotate", first)
    new = secrets_of(till)["webhook_secret"]
    meanwhile = valid_after(shop, till, 73)
    rest = till.run("webhooks", "rotate", second)
    all_of_them = till.run("webhooks", "rotate")

    assert (part.code, rest.code, all_of_them.code) == (0, 0, 0)
    assert second in part.err
    assert meanwhile == {new, old}
    assert valid_after(shop, till, 73) == {secrets_of(till)["webhook_secret"]}


def test_each_rotation_of_several_names_the_command_that_finishes_it(stage: Stage) -> None:
    """Each one used to name another as missing, so the old secret stayed valid."""
    shop, till = stage.open()
    ids = [create(till).out.strip(), create(till, "--event", "TRANSACTION").out.strip()]
    old = secrets_of(till)["webhook_secret"]
    some = [till.run("webhooks", "rotate", id_).err.strip().rpartition(": ")[2] for id_ in ids]
    till.run(*some[1].split()[1:])

    assert some == ["pjterm webhooks rotate"] * 2
    assert old not in valid_after(shop, till, 73)


def test_rotate_sends_a_secret_set_by_hand_so_that_several_relays_can_have_it_first(stage: Stage) -> None:
    shop, till = stage.open()
    create(till)
    old, new = secrets_of(till)["webhook_secret"], "n" * 43
    credentials.store("till-1", {"webhook_secret": new}, till.config, {})
    before = valid_after(shop, till, 0)

    run = till.run("webhooks", "rotate")

    put = next(e.call for e in shop.exchanges if e.call.method == "PUT")
    assert (run.code, before) == (0, {new, old})
    assert new.encode() in put.body
    assert valid_after(shop, till, 73) == {new}


def test_a_short_secret_replaced_by_create_stays_valid_while_another_subscription_has_it(stage: Stage) -> None:
    shop, till = stage.open()
    credentials.store("till-1", {"webhook_secret": "short"}, till.config, {})
    call(shop, "POST", "/webhooks", event="TRANSACTION", url=URL)
    alone, other = stage.open()
    credentials.store("till-1", {"webhook_secret": "short"}, other.config, {})

    codes = create(till).code, create(other).code

    assert codes == (0, 0)
    assert "short" in valid_after(shop, till, 73)
    assert valid_after(alone, other, 71) > valid_after(alone, other, 73) == {secrets_of(other)["webhook_secret"]}


def test_a_rejection_after_a_lost_answer_keeps_both_secrets(stage: Stage) -> None:
    """The first PUT may have been taken: PayJunction signs with one of the two."""
    shop, till = stage.open()
    id_ = create(till).out.strip()
    old = secrets_of(till)["webhook_secret"]

    def lose(method: str, _path: str) -> Loss | None:
        if method == "PUT":
            shop.world.time.after(0.3, shop.begin_anew)
        return Loss.RESET_AFTER if method == "PUT" else None

    with shop.losing(lose):
        run = till.run("webhooks", "rotate", id_, "--json")

    assert run.code == 9
    assert valid_after(shop, till, 73) == {secrets_of(till)["webhook_secret"], old}


class ThenNothing:
    """Loses the answer to the first call of a method, and from then on answers no list."""

    def __init__(self, method: str, loss: Loss) -> None:
        self._method, self._loss, self._met = method, loss, False

    def __call__(self, method: str, _: str) -> Loss | None:
        if method == self._method:
            self._met = True
            return self._loss
        return Loss.HTTP_500 if self._met else None


def test_a_secret_that_was_taken_is_kept_if_the_list_cannot_be_read_afterwards(stage: Stage) -> None:
    shop, till = stage.open()
    create(till)
    old = secrets_of(till)["webhook_secret"]
    with shop.losing(ThenNothing("PUT", Loss.TRUNCATED)):
        run = till.run("webhooks", "rotate", "--json")
    new = secrets_of(till)["webhook_secret"]

    assert (run.code, new != old) == (9, True)
    assert new in valid_after(shop, till, 73)


@pytest.mark.parametrize(
    "line", [["create", "--url", "https://hooks.example.com/webhooks/other"], ["delete", "{}", "--yes"]]
)
def test_a_change_that_may_have_been_made_is_unknown_if_the_list_cannot_be_read(stage: Stage, line: list[str]) -> None:
    shop, till = stage.open()
    id_ = create(till).out.strip()
    method = "POST" if line[0] == "create" else "DELETE"
    with shop.losing(ThenNothing(method, Loss.RESET_AFTER)):
        run = till.run("webhooks", *(word.format(id_) for word in line), "--json")

    assert (run.code, run.json["error"]["code"]) == (9, "answer-lost")
    assert "pjterm webhooks list" in run.json["error"]["hint"]
    assert "nothing was" not in run.err.lower()


def test_a_rotation_rejected_halfway_does_not_say_that_nothing_was_changed(stage: Stage) -> None:
    shop, till = stage.open()
    create(till), create(till, "--event", "TRANSACTION")
    old = secrets_of(till)["webhook_secret"]
    met = list[str]()

    def lose(method: str, path: str) -> Loss | None:
        met.extend([path] if method == "PUT" else [])
        return Loss.NOT_FOUND if method == "PUT" and len(met) > 1 else None

    with shop.losing(lose):
        run = till.run("webhooks", "rotate", "--json")

    assert (run.code, "Nothing was changed" in run.err) == (9, False)
    assert "only 1 of 2 webhooks have the new secret" in run.err
    assert "pjterm webhooks rotate" in run.err
    assert valid_after(shop, till, 73) == {secrets_of(till)["webhook_secret"], old}


def test_a_rotation_whose_answer_is_lost_is_sent_again(stage: Stage) -> None:
    shop, till = stage.open('[[http]]\ncall = "PUT /webhooks/*"\nfault = "http-500"\n')
    create(till)

    run = till.run("webhooks", "rotate")

    puts = [e.call.body for e in shop.exchanges if e.call.method == "PUT"]
    assert run.code == 0
    assert len(puts) == 2
    assert puts[0] == puts[1]


@together
def test_delete_requires_confirmation_and_is_resolved_by_listing(stage: Processes) -> None:
    shop, till = stage.open('[[http]]\ncall = "DELETE /webhooks/*"\nfault = "reply-lost"\n')
    id_ = create(till).out.strip()

    refused = till.run("webhooks", "delete", id_, "--json")
    child = till.spawn("webhooks", "delete", id_)
    child.expect(r"\[y/N\]")
    child.sendline("y")
    code, _ = ended(child)
    unknown = till.run("webhooks", "delete", id_, "--yes")

    assert (refused.code, refused.json["error"]["code"]) == (10, "confirm")
    assert code == 0
    assert listed(shop) == []
    assert unknown.code == 11


def test_list_shows_the_relation_of_each_to_this_relay_and_their_number(stage: Stage) -> None:
    shop, till = stage.open()
    mine = create(till).out.strip()
    call(shop, "POST", "/webhooks", event=EVENT, url="https://old.example.com/webhooks/gone")
    call(shop, "POST", "/webhooks", event="TRANSACTION", url="https://else.example.com/hook")

    run = till.run("webhooks", "list", "--json")
    text = till.run("webhooks")

    by_url = {i["url"]: i for i in run.json["items"]}
    assert set(run.json["items"][0]) == {"webhookId", "events", "url", "created", "relay", "why"}
    assert (by_url[URL]["webhookId"], by_url[URL]["relay"], by_url[URL]["why"]) == (mine, "serves", None)
    assert by_url["https://old.example.com/webhooks/gone"]["relay"] == "stale"
    assert by_url["https://else.example.com/hook"]["relay"] == "other"
    assert "3 subscriptions" in text.err
    assert len(text.out.splitlines()) == 3


def test_a_dry_run_shows_the_request_without_a_secret_and_sends_nothing(stage: Stage) -> None:
    shop, till = stage.open()

    run, text = create(till, "--dry-run", "--json"), create(till, "--dry-run")

    assert (run.code, text.code, shop.calls) == (0, 0, [])
    assert (run.json["schema"], run.json["method"], run.json["key"]) == ("pjterm.dryrun/1", "POST", None)
    assert run.json["form"] == {"event": EVENT, "url": URL, "secret": "(generated)"}
    assert text.out == f"POST {shop.url}/webhooks\n  event={EVENT}\n  url={URL}\n  secret=(generated)\n"


def test_wrong_arguments_are_named_and_nothing_is_sent(stage: Stage) -> None:
    shop, till = stage.open()
    for args, field in (
        ("create", "--url"),
        ("create --url https://x.example.com:1/a", "--url"),
        ("create --url https://x.example.com/a --event PAID", "--event"),
        ("update x/y --url https://x.example.com/a", "ID"),
        ("delete ../x -y", "ID"),
        ("update abc", "--url"),
    ):
        run = till.run("webhooks", *args.split(), "--json")
        assert (run.code, field in run.json["error"]["message"]) == (2, True), args
    assert shop.calls == []
