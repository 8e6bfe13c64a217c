"""The key comes first: what the journal knows of it outranks whatever goes wrong afterwards."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.world import faults
from tests.world.machine import Disk, Process
from tests.world.reader import RedX, Tap, customer
from tests.world.service import URL, Call
from tests.world.till import Run, Till, World

pytestmark = pytest.mark.usefixtures("whole_way")

LINE = ("charge", "12.34", "-t", "T1", "-k", "K1")


def paid_unseen(world: World, till: Till) -> Run:
    """A charge whose network fails during the payment, and which the customer then pays."""
    first = till.start(*LINE, "--timeout", "10")
    world.wait(1.5)
    world.network(till).up = False
    return first.end()


def open_unknown(world: World, till: Till) -> Run:
    """A charge that is taken, but whose answer is lost, while no search is answered."""
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    searching = world.faults.add(faults.lost_request(faults.page(502)), "search", skip=1, times=1e9)
    run = till.run(*LINE, "--timeout", "10")
    searching.until = world.time.now
    return run


# -- the network, the login, the reader's name, the disk -----------------------------------------------------


def test_a_payment_whose_network_fails_is_unknown(world: World, till: Till) -> None:
    assert paid_unseen(world, till).code == 9


def test_the_same_line_without_a_network_is_still_unknown(world: World, till: Till) -> None:
    paid_unseen(world, till)
    again = till.run(*LINE, "--timeout", "10")

    assert (again.code, world.taken) == (9, 1)


def test_the_same_line_finds_the_payment_when_the_network_is_back(world: World, till: Till) -> None:
    paid_unseen(world, till)
    world.network(till).up = True
    again = till.run(*LINE)

    assert (again.code, world.taken) == (0, 1)


def test_a_known_result_is_reported_without_a_network(world: World, till: Till) -> None:
    till.run(*LINE)
    world.network(till).up = False
    again = till.run(*LINE)

    assert (0, f"{world.sale().id}\n") == (again.code, again.out)


def test_a_first_charge_without_a_network_never_claims_that_nothing_was_charged(world: World, till: Till) -> None:
    """Another till may have used this key."""
    world.network(till).up = False
    run = till.run(*LINE)

    assert (run.code, "nothing was charged" in run.err) == (12, False)


def invalid_seller(till: Till) -> None:
    till.environ = {"PJTERM_BY": ""}


def wrong_default(till: Till) -> None:
    till.configure(more="[profiles.till.charge]\ntimeot = 60")


def default_out_of_range(till: Till) -> None:
    till.configure(more="[profiles.till.charge]\ntimeout = -1")


def misspelled_limit(till: Till) -> None:
    till.configure(more='max_ammount = "500.00"')


@pytest.mark.parametrize("wrong", [invalid_seller, wrong_default, default_out_of_range, misspelled_limit])
def test_an_error_in_the_settings_comes_after_the_key(world: World, till: Till, wrong: Callable[[Till], None]) -> None:
    """Exit 2 means "nothing was sent", so a script would charge again."""
    till.run(*LINE)
    wrong(till)
    paid, fresh = till.run(*LINE), till.run(*LINE[:-1], "K2")
    dry = till.run(*LINE[:-1], "K3", "--dry-run")

    assert (paid.code, paid.out) == (0, f"{world.sale().id}\n")
    assert (fresh.code, world.taken) == (2, 1)
    assert dry.code == (0 if wrong is misspelled_limit else 2)


def test_an_error_in_the_settings_is_10_if_an_ended_try_may_have_been_taken(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()))
    assert till.run(*LINE).code == 5
    invalid_seller(till)
    run = till.run(*LINE)

    assert (run.code, "PJTERM_BY" in run.err, world.taken) == (10, True, 1)


def without_secrets(till: Till) -> None:
    """The password is gone: for example, another user's cron job or a locked keyring."""
    (till.config / "credentials.toml").unlink()


def test_a_known_result_is_reported_without_the_secrets(world: World, till: Till) -> None:
    till.run(*LINE)
    without_secrets(till)
    again = [till.run(*line) for line in (LINE, ("resume", "K1"), ("status", "K1"))]

    assert ([run.code for run in again], again[0].out) == ([0, 0, 0], f"{world.sale().id}\n")
    assert "pjterm profiles set-secret till password" in again[0].err


@pytest.mark.parametrize("line", [LINE, ("resume", "K1"), ("resume",)], ids=" ".join)
def test_missing_secrets_do_not_make_an_unknown_payment_safe(world: World, till: Till, line: tuple[str, ...]) -> None:
    open_unknown(world, till)
    without_secrets(till)
    again = till.run(*line, "--timeout", "10")

    assert (again.code, world.taken, "profile till has no password" in again.err) == (9, 1, True)


def test_without_the_secrets_an_open_payment_is_not_polled_for_minutes(till: Till) -> None:
    till.run(*LINE, "--no-wait")
    without_secrets(till)
    again = till.run(*LINE)

    assert (again.code, again.seconds < 20) == (9, True)


def unusable_certificates(till: Till, environ: pytest.MonkeyPatch) -> None:
    """An update has moved the bundle."""
    environ.setenv("SSL_CERT_FILE", "/no/such/file.pem")
    till.is_wired = False


def unusable_proxy(till: Till, environ: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy", "https_proxy"):
        environ.delenv(name, raising=False)
    environ.setenv("HTTPS_PROXY", "socks5://127.0.0.1:1")
    till.is_wired = False


def broken_file(till: Till, _: pytest.MonkeyPatch) -> None:
    (till.config / "credentials.toml").write_text('[till]\npassword = "p')


def broken_file_of_a_till_with_a_relay(till: Till, environ: pytest.MonkeyPatch) -> None:
    till.configure(relay=True)
    broken_file(till, environ)


def unusable_key(till: Till, _: pytest.MonkeyPatch) -> None:
    till.environ["PJTERM_APP_KEY"] = " key "


def empty_password(till: Till, _: pytest.MonkeyPatch) -> None:
    till.environ["PJTERM_PASSWORD"] = ""


UNUSABLE = [
    unusable_certificates, unusable_proxy, broken_file, broken_file_of_a_till_with_a_relay, unusable_key,
    empty_password,
]  # fmt: skip
Unusable = Callable[[Till, pytest.MonkeyPatch], None]


@pytest.mark.parametrize("unusable", UNUSABLE)
def test_a_known_result_is_reported_although_payjunction_cannot_be_reached(
    world: World, till: Till, monkeypatch: pytest.MonkeyPatch, unusable: Unusable
) -> None:
    till.run(*LINE)
    unusable(till, monkeypatch)
    again = [till.run(*line) for line in (LINE, ("resume", "K1"), ("status", "K1"))]

    assert ([run.code for run in again], again[0].out) == ([0, 0, 0], f"{world.sale().id}\n")
    assert "PayJunction cannot be asked: " in again[0].err


@pytest.mark.parametrize("unusable", UNUSABLE)
@pytest.mark.parametrize("line", [LINE, ("resume", "K1"), ("resume",), ("status", "K1")], ids=" ".join)
def test_an_unknown_payment_stays_unknown_if_payjunction_cannot_be_reached(
    world: World, till: Till, monkeypatch: pytest.MonkeyPatch, line: tuple[str, ...], unusable: Unusable
) -> None:
    open_unknown(world, till)
    unusable(till, monkeypatch)
    again = till.run(*line)

    assert (again.code, world.taken, again.seconds < 20) == (9, 1, True)


@pytest.mark.parametrize("unusable", UNUSABLE)
def test_a_first_charge_that_cannot_be_sent_is_refused(
    world: World, till: Till, monkeypatch: pytest.MonkeyPatch, unusable: Unusable
) -> None:
    unusable(till, monkeypatch)

    assert (till.run(*LINE).code in (2, 4), world.taken, till.kept_keys()) == (True, 0, set())


def test_a_first_charge_without_the_secrets_is_refused(world: World, till: Till) -> None:
    without_secrets(till)

    assert (till.run(*LINE).code, world.taken) == (4, 0)


def test_a_login_rejected_now_does_not_make_an_unknown_payment_safe(world: World, till: Till) -> None:
    open_unknown(world, till)
    world.service.login("shop").valid = False
    again = till.run(*LINE, "--timeout", "10")

    assert (again.code, world.taken) == (9, 1)


def test_an_unknown_payment_is_resolved_on_its_own_reader_although_that_was_renamed(world: World, till: Till) -> None:
    paid_unseen(world, till)
    world.network(till).up = True
    world.t1.name = "Front desk"
    again = till.run(*LINE)

    assert (again.code, world.taken) == (0, 1)


def test_an_unknown_payment_is_resolved_although_its_reader_s_name_is_ambiguous_now(world: World, till: Till) -> None:
    paid_unseen(world, till)
    world.network(till).up = True
    world.t2.name = "T1"
    again = till.run(*LINE)

    assert (again.code, world.taken) == (0, 1)


@pytest.mark.parametrize("disk", [Disk.LOCKED, Disk.READ_ONLY, Disk.FULL])
def test_a_known_result_is_reported_although_the_journal_cannot_be_written(
    world: World, till: Till, disk: Disk
) -> None:
    till.run(*LINE)
    till.machine.disk = disk
    again = till.run(*LINE)

    assert (0, f"{world.sale().id}\n", 1) == (again.code, again.out, world.taken)


@pytest.mark.parametrize("pays_after", [2.0, 60.0])
def test_the_result_has_the_same_time_on_a_full_disk(tmp_path: Path, pays_after: float) -> None:
    """An open sale has no result time."""
    times = []
    for disk in (Disk.FINE, Disk.FULL):
        with World(tmp_path / disk.name) as world:
            world.t1.next(customer(Tap(after=pays_after)))
            till = world.till()
            charge = till.start(*LINE, "--timeout", "6", "--json")
            world.wait(0.9)
            till.machine.disk = disk
            times.append(charge.end().json["resultAt"])

    assert times[0] == times[1]
    assert (times[0] is None) == (pays_after == 60.0)


@pytest.mark.parametrize("act", [RedX(), Tap()], ids=["cancelled", "paid"])
@pytest.mark.parametrize("command", ["resume", "status", "why"])
def test_on_an_unwritable_disk_known_results_are_reported(
    world: World, till: Till, command: str, act: RedX | Tap
) -> None:
    world.t1.next(customer(act))
    first = till.run(*LINE)
    till.machine.disk = Disk.READ_ONLY
    asked = till.run(command, next(iter(world.service.requests)) if command == "status" else "K1")

    assert asked.code == (0 if command == "why" else first.code)


@pytest.mark.parametrize("command", [("why",), ("requests", "show")])
def test_an_outcome_proven_by_facts_is_reported_although_it_could_not_be_written(
    world: World, till: Till, command: tuple[str, ...]
) -> None:
    """It was called open above facts that said approved."""

    def fill_the_disk(seen: Call) -> None:
        if "transaction" in [call.name for call in world.service.calls] and seen.name == "search":
            till.machine.disk = Disk.FULL

    world.service.on_call.append(fill_the_disk)
    first = till.run(*LINE)
    asked = till.run(*command, "K1", "--json")

    item = asked.json["item"]
    assert (first.code, asked.code) == (0, 0)
    assert (item["outcome"], item["transactionId"], item["exitCode"]) == ("approved", world.sale().id, 0)


@pytest.mark.parametrize("disk", [Disk.LOCKED, Disk.READ_ONLY, Disk.FULL])
def test_an_unknown_payment_stays_at_least_unknown_although_the_journal_cannot_be_written(
    world: World, till: Till, disk: Disk
) -> None:
    paid_unseen(world, till)
    world.network(till).up = True
    till.machine.disk = disk
    again = till.run(*LINE)

    assert (again.code in (0, 9), world.taken) == (True, 1)


@pytest.mark.parametrize("disk", [Disk.LOCKED, Disk.READ_ONLY, Disk.FULL])
@pytest.mark.parametrize("way", [("--not-charged",), ("--transaction", "10001"), ("--clear-terminal",)])
def test_an_operator_s_statement_counts_only_once_it_is_written(
    world: World, till: Till, way: tuple[str, ...], disk: Disk
) -> None:
    """It is recorded nowhere else: reported as the outcome, it would be forgotten with this command."""
    world.t1.next(customer(Tap(after=2.0, found=1000.0, shown=None)))
    world.faults.add(faults.lost_answer(), "request-payment")
    till.run(*LINE, "--timeout", "5")
    world.wait(100.0)
    till.machine.disk = disk
    resumed = till.run("resume", "K1", *way, "-y")
    till.machine.disk = Disk.FINE
    asked = till.run("status", "K1")

    assert (resumed.code, asked.code, world.taken) == (9, 9, 1)
    assert f"once it can be used: pjterm resume K1 {' '.join(way)}" in resumed.err


# -- the scope of a key ---------------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["shop-2", "Shop"])
def test_an_unknown_key_is_not_resent_under_another_login(world: World, till: Till, login: str) -> None:
    """The profile's login was rotated, or is written in another case."""
    open_unknown(world, till)
    till.configure(login=login)
    again = till.run(*LINE)

    assert (again.code, world.taken) == (10, 1)


def test_the_refusal_under_a_rotated_login_names_the_key_and_its_profile(world: World, till: Till) -> None:
    open_unknown(world, till)
    till.configure(login="shop-2")
    again = till.run(*LINE)

    assert ("K1" in again.err, "shop" in again.err) == (True, True)


def test_a_paid_key_is_not_resent_under_another_login(world: World, till: Till) -> None:
    till.run(*LINE)
    till.configure(login="shop-2")
    again = till.run(*LINE)

    assert (again.code, world.taken) == (10, 1)


def test_a_key_proven_to_have_moved_no_money_may_be_sent_under_another_login(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()))
    till.run(*LINE)
    world.wait(1000)
    till.configure(login="shop-2")
    again = till.run(*LINE)

    assert (again.code, len(world.paid())) == (0, 1)


def test_why_says_that_it_did_not_poll_another_login_s_sale_quiet_or_not(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()))
    till.run(*LINE)
    till.configure(more='[profiles.other]\nenvironment = "labs"\nlogin = "shop-2"\n')
    why = till.run("-p", "other", "why", "K1", "--quiet")

    assert "not asked about once more: key K1 was sent with profile till (labs, login shop)" in why.err


# -- invoices shared by several sales -------------------------------------------------------------------


def never_taken(world: World, till: Till) -> None:
    """The service rate-limits a charge for as long as it is tried."""
    world.faults.add(faults.SLOW_DOWN, "request-payment", times=1e9).until = world.time.now + 30.0
    till.run(*LINE)


def ended_without_money(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()))
    till.run(*LINE)


@pytest.mark.parametrize("first", [never_taken, ended_without_money])
@pytest.mark.parametrize(("command", "code"), [("why", 0), ("status", 0), ("resume", 0), ("void", 10)])
def test_a_key_names_another_login_s_paid_sale_rather_than_one_without_money(
    world: World, till: Till, command: str, code: int, first: Callable[[World, Till], None]
) -> None:
    """The same profile has had two logins: its own entry alone would say that a repeat is safe."""
    first(world, till)
    world.wait(1000.0)
    till.configure(login="shop-2")
    till.run(*LINE)
    till.configure(login="shop")
    run = till.run(command, "K1", "--json")

    assert (run.code, "approved" in run.out, len(world.paid())) == (code, command != "void", 1)


@pytest.mark.parametrize(("command", "code"), [("why", 0), ("status", 5), ("resume", 5)])
def test_a_key_names_another_login_s_accepted_sale_rather_than_one_never_accepted(
    world: World, till: Till, command: str, code: int
) -> None:
    """Its own entry alone would be exit 12: as if nothing could have been taken under this key."""
    world.faults.add(faults.SLOW_DOWN, "request-payment", times=3)
    till.run(*LINE, "--timeout", "1")
    till.configure(login="shop-2")
    ended_without_money(world, till)
    till.configure(login="shop")
    run = till.run(command, "K1", "--json")

    assert (run.code, "cancelled" in run.out, world.taken) == (code, True, 1)


def second_of_an_invoice(world: World, till: Till) -> None:
    """a1 is paid under invoice 1042; a2, with the same invoice and --force, is cancelled by the customer."""
    till.run("charge", "12.34", "-k", "a1", "--invoice", "1042")
    world.t1.next(customer(RedX()))
    till.run("charge", "12.34", "-k", "a2", "--invoice", "1042", "--force")
    world.wait(1000)


def test_the_second_sale_of_an_invoice_is_refused_for_the_invoice_and_not_for_its_key(world: World, till: Till) -> None:
    second_of_an_invoice(world, till)
    again = till.run("charge", "12.34", "-k", "a2", "--invoice", "1042")

    assert (again.code, "already names" in again.err) == (10, False)


def test_force_overrides_the_invoice_for_a_key_that_was_cancelled(world: World, till: Till) -> None:
    second_of_an_invoice(world, till)
    again = till.run("charge", "12.34", "-k", "a2", "--invoice", "1042", "--force")

    assert (again.code, len(world.paid("1042"))) == (0, 2)


def test_a_sale_that_was_never_taken_adopts_no_other_sale_s_transaction(world: World, till: Till) -> None:
    """A's POST is lost on its way; B charges the same invoice and amount on the other reader.

    A search shows B's transaction before its status does.
    """
    world.t2.next(customer(Tap(shown=3.0), finishing=5.0))
    world.faults.add(faults.lost_request(faults.Cut()), "request-payment")
    first = till.start("charge", "12.34", "-k", "A", "--invoice", "1042", "--timeout", "20")
    world.wait(1.0)
    other = till.run("charge", "12.34", "-k", "B", "--invoice", "1042", "-t", "T2", "--over", "A", "--force")

    assert (other.code, first.end().code) == (0, 9)


def test_of_two_sales_sharing_an_invoice_each_keeps_its_own_transaction(world: World, till: Till) -> None:
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    world.t1.next(customer(Tap(after=8.0)))
    world.t2.next(customer(Tap(shown=3.0), finishing=5.0))
    first = till.start("charge", "12.34", "-k", "A", "--invoice", "1042", "--timeout", "60")
    world.wait(1.0)
    till.run("charge", "12.34", "-k", "B", "--invoice", "1042", "-t", "T2", "--over", "A", "--force")
    first.end()
    ids = [till.run("requests", "show", key, "--json").json["item"]["transactionId"] for key in ("A", "B")]
    booked = [r.bookings[0].id for r in world.service.requests.values() if r.bookings]

    assert ids == booked


# -- a claim is not ownership ---------------------------------------------------------------------------


def names_an_unrelated_sale(world: World, till: Till, amount: str = "55.00") -> int:
    """K1's request names the transaction of another program."""
    unrelated = world.service.others_charge(amount, "other")
    world.t1.next(customer(RedX()))
    world.service.status_as = lambda shown: {**shown, "transactionId": unrelated.id}
    till.run(*LINE, "--timeout", "20")
    world.wait(5.0)
    return unrelated.id


def test_a_request_that_names_another_sale_s_transaction_is_unknown(world: World, till: Till) -> None:
    names_an_unrelated_sale(world, till)

    assert till.run("why", "K1", "--json").json["item"]["exitCode"] == 9


@pytest.mark.parametrize("amount", ["55.00", "7.00"])
def test_another_sale_s_transaction_named_by_a_request_is_not_reported_as_this_sale_s(
    world: World, till: Till, amount: str
) -> None:
    names_an_unrelated_sale(world, till, amount)
    reported = till.run("why", "K1").out
    words = ("PayJunction named for this sale", "the bank approved only", "pjterm void")

    assert [w in reported for w in words] == [True, False, False]


@pytest.mark.parametrize("amount", ["55.00", "7.00"])
def test_an_operator_may_say_not_charged_although_the_request_names_another_sale(
    world: World, till: Till, amount: str
) -> None:
    names_an_unrelated_sale(world, till, amount)
    said = till.run("resume", "K1", "--not-charged", "--yes")
    world.service.status_as = lambda shown: shown

    assert (said.code, till.run("charge", "5.00", "-t", "T1").code) == (5, 0)


def test_a_request_that_names_another_entry_s_transaction_says_whose_it_is(world: World, till: Till) -> None:
    till.run("charge", "12.34", "-t", "T1", "-k", "K0")
    paid = world.sale().id
    world.t1.next(customer(RedX()))
    world.service.status_as = lambda shown: {**shown, "transactionId": paid}
    run = till.run(*LINE, "--timeout", "20")
    world.wait(5.0)
    said = till.run("resume", "K1", "--not-charged", "--yes")

    assert (run.code, "which is the sale of key K0" in run.err, said.code) == (9, True, 5)


def test_void_by_key_voids_only_a_proven_transaction(world: World, till: Till) -> None:
    unrelated = names_an_unrelated_sale(world, till)
    void = till.run("void", "K1", "--yes")
    booking = world.books.find(unrelated, world.time.now)

    assert (void.code, booking.status if booking else None) == (10, "CAPTURE")


def test_refund_by_key_refunds_only_a_proven_transaction(world: World, till: Till) -> None:
    names_an_unrelated_sale(world, till)
    refund = till.run("refund", "--transaction", "K1", "--yes")

    assert (refund.code, [b for b in world.books.all if b.action == "REFUND"]) == (10, [])


def interrupt_at_write(number: int) -> Callable[[Process], None]:
    """Ctrl-C right after one of the writes to the journal."""

    def trouble(process: Process) -> None:
        step, writes = process.step, iter(range(1, 100))

        def stepped(name: str) -> None:
            step(name)
            if name == "committed" and next(writes) == number and process.on_signal is not None:
                process.on_signal(signal.SIGINT)

        process.step = stepped  # type: ignore[method-assign]

    return trouble


@pytest.mark.parametrize(
    ("line", "says"),
    [(("charge", "5"), "Interrupted before it was sent. Nothing was charged."),
     (("refund", "5", "--yes"), "Interrupted before it was sent. Nothing was refunded."),
     (("prompt", "Bag?"), "Interrupted before it was sent.")],
)  # fmt: skip
def test_an_interrupt_in_time_is_not_reported_as_an_end_at_the_reader(
    world: World, till: Till, line: tuple[str, ...], says: str
) -> None:
    run = till.run(*line, "-t", "T1", "-k", "K1", trouble=interrupt_at_write(3))
    why = till.run("why", "K1").out

    assert (run.code, world.service.books.all) == (130, [])
    assert (says in run.err, says in why, "at the reader" in run.err + why) == (True, True, False)
    assert ("was sent." in why.replace(says, ""), "nothing left this machine" in why) == (False, True)


@pytest.mark.parametrize("write", range(1, 6))
def test_a_line_interrupted_before_sending_looks_for_another_till_s_sale(world: World, till: Till, write: int) -> None:
    till.run(*LINE, trouble=interrupt_at_write(write))
    if not world.paid():
        world.till("other").run(*LINE)
    world.wait(5.0)
    again = till.run(*LINE)

    assert (again.code, len(world.paid())) == (0, 1)


def test_a_known_result_is_reported_although_a_simulator_answers_for_production(world: World, till: Till) -> None:
    file = till.config / "config.toml"
    text = file.read_text().replace('"labs"', '"production"')
    file.write_text(text.replace(URL, "https://payments.example"))
    till.read = None
    paid = till.run(*LINE, "--yes")
    world.faults.add(faults.says(401, Server="pjterm-simulator"), times=1e9)
    again, other = till.run(*LINE, "--yes"), till.run("charge", "5", "-t", "T1", "-k", "K2", "--yes")

    assert (paid.code, again.code, other.code, world.taken) == (0, 0, 2, 1)
    assert ("ALREADY PAID" in again.err, "is a simulator" in again.err, "is a simulator" in other.err) == (True,) * 3
