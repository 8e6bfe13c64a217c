"""`dispute` makes one file with the journal's and PayJunction's records, complete or not at all."""

from __future__ import annotations

import itertools
import json
import random
import re
import sqlite3
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from pjterm.core.request import TEXT_LIMIT, invoice_number_for
from pjterm.reports.masking import mask
from tests.reports.test_printable import read_back
from tests.world import faults
from tests.world.papers import png
from tests.world.reader import Tap, customer
from tests.world.service import Call, Reply
from tests.world.till import Run, Till, World

HOSTILE = "a\u202eb \u200fשלום مرحبا \u5f20\u4e09 é\u0301 👩\u200d👧 ‹U+0041› {nb} **b** <b>&amp; \\n {x} " + "W" * 300
UNREADABLE = faults.lost_request(faults.page(502))


@dataclass(frozen=True)
class File:
    """A file as its reader sees it."""

    path: Path

    @property
    def pages(self) -> dict[str, str]:
        """The text of each section, its sheets joined, without what is on every sheet."""
        found: dict[str, str] = {}
        read, title = PdfReader(self.path), ""
        titles = {str(mark["/Title"]) for mark in read.outline if not isinstance(mark, list)}
        for sheet in read.pages:
            body = [line for line in sheet.extract_text().split("\n") if not _stands_on_each(line)]
            title = body.pop(0) if body[0] in titles else title
            found[title] = "\n".join(filter(None, [found.get(title), *body]))
        return found

    @property
    def text(self) -> str:
        return squeezed("".join(self.pages.values()))

    def says(self, words: str) -> bool:
        return squeezed(words) in self.text


def _stands_on_each(line: str) -> bool:
    head = r"(Case .+ {2}· {2})?Transaction \d+ {2}· {2}TEST ENVIRONMENT.*"
    return re.fullmatch(rf"{head}|Made .* Page \d+ of \d+", line) is not None


def squeezed(text: str) -> str:
    """A text without its spaces, since line breaks are insignificant."""
    return re.sub(r"\s", "", text)


@dataclass
class Desk:
    """The office in which files are made."""

    till: Till
    count: int = 0

    def place(self) -> Path:
        self.count += 1
        return self.till.machine.directory / f"{self.count}.pdf"

    def dispute(self, *argv: str, **more: Any) -> tuple[Run, File]:
        path = self.place()
        return self.till.run("dispute", *argv, "--out", str(path), **more), File(path)

    def made(self, *argv: str) -> File:
        run, file = self.dispute(*argv)
        assert run.code == 0, str(run)
        return file

    def refused(self, *argv: str) -> Run:
        """A run that left nothing behind."""
        before = self._there()
        run, _ = self.dispute(*argv)
        assert self._there() == before
        return run

    def _there(self) -> set[Path]:
        """The files in the output directory, including partly written ones."""
        directory = self.till.machine.directory
        return {*directory.glob("*.pdf*"), *directory.glob(".*")}


@pytest.fixture
def desk(till: Till) -> Desk:
    return Desk(till)


@pytest.fixture
def sale(world: World, till: Till) -> int:
    """A signed sale of this till; its transaction."""
    world.service.papers.signed = True
    till.run("charge", "30", "--tax", "2", "-t", "T1", "-k", "order-20", "--by", "Ann")
    return world.sale().id


# -- the contents -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("sale")
def test_each_section_has_one_subject_and_the_first_page_lists_them(desk: Desk, till: Till) -> None:
    till.run("sign", "I agree.", "-k", "terms-20")

    pages = desk.made("order-20", "--case", "2026-0042", "--signed", "terms-20").pages

    titles = ["The transaction", "The receipt", "The signature", "The terms that were signed",
              "What was sent, and when", "The evidence, in order", "About this record"]  # fmt: skip
    assert ["Evidence for a disputed card payment", *titles] == list(pages)
    first = pages["Evidence for a disputed card payment"]
    assert [(t, str(n)) for n, t in enumerate(titles, 2)] == re.findall(rf"^({'|'.join(titles)}) (\d+)$", first, re.M)


@pytest.mark.usefixtures("sale")
def test_the_first_page_summarizes_everything_in_a_few_sentences(desk: Desk) -> None:
    first = desk.made("order-20", "--case", "2026-0042").pages["Evidence for a disputed card payment"]

    for words in ("Case 2026-0042", "$32.00 ($30.00 + $2.00 tax)", "Visa ···· 1111", "at reader T1", "Sold by Ann.",
                  "approval code PJ20AP", "The customer signed the receipt on Nov 22, 2026, ",
                  "no refund or void of it"):  # fmt: skip
        assert squeezed(words) in squeezed(first)


@pytest.mark.usefixtures("sale")
def test_the_amount_charged_at_the_reader_is_the_one_before_any_change(till: Till, desk: Desk) -> None:
    """The file used to tell the bank that the customer had signed a tip that the shop added later."""
    till.run("tip", "order-20", "2.50", "--yes")
    pages = desk.made("order-20").pages
    first = squeezed(pages["Evidence for a disputed card payment"])

    now = "The amount was changed after the approval: it is $34.50 ($30.00 + $2.50 tip + $2.00 tax) now."
    for words in ("$32.00 ($30.00 + $2.00 tax) was charged to the card", now, "Its tip was set to $2.50 on Nov 22, "):
        assert squeezed(words) in first
    assert squeezed("the amount was changed after the approval") in squeezed(pages["The receipt"])


def test_an_amount_first_seen_after_a_change_says_so(world: World, desk: Desk, sale: int) -> None:
    office = world.till("office")
    office.run("tip", str(sale), "2.50", "--yes")
    words = "$34.50 ($30.00 + $2.50 tip + $2.00 tax), later changes included, was charged to"

    assert Desk(office).made(str(sale)).says(words)
    assert not desk.made("order-20").says("later changes included")


def test_a_reader_that_did_not_take_the_payment_is_not_named(world: World, till: Till, desk: Desk) -> None:
    """Another till took it at its own reader, under the same key."""
    office = world.till("office")
    till.run("charge", "20", "-t", "T1", "-k", "order-20", "--by", "Ann")
    office.run("charge", "20", "-t", "T2", "-k", "order-20", "--by", "Cy")

    file = Desk(office).made("order-20")

    assert [word for word in ("at reader", "Reader T2", "Sold by") if file.says(word)] == []
    assert file.says("which reader took it is not in this journal")
    assert desk.made("order-20").says("at reader T1")


def test_a_hold_captured_later_says_so(world: World, till: Till, desk: Desk) -> None:
    world.t1.next(customer(Tap(held=True)))
    till.run("charge", "20", "-t", "T1", "-k", "order-20")
    world.sale().status = "CAPTURE"
    file = desk.made("order-20")

    assert file.says("$20.00 was held on the card")
    assert file.says("It was captured.")
    assert f"{world.sale().id} approved and held 20.00 code 00" in file.pages["The evidence, in order"]


def test_a_partial_approval_says_so(world: World, till: Till, desk: Desk) -> None:
    world.t1.next(customer(Tap(base=700)))
    till.run("charge", "20", "-t", "T1", "-k", "order-20")
    till.run("resume", "order-20", "--transaction", str(world.sale().id), "--yes")
    file = desk.made("order-20")

    assert file.says("$7.00 was charged to the card")
    assert file.says("$20.00 was requested, and PayJunction approved $7.00 with approval code PJ20AP.")
    evidence = file.pages["The evidence, in order"]
    times = re.findall(r"^(\d\d:[\d:.]{9}) ", evidence, re.M)
    assert "Payment of $20.00 on T1, key order-20: approved for $7.00" in evidence
    assert (len(times) > 5, times) == (True, sorted(times))


@pytest.mark.usefixtures("sale")
def test_the_evidence_is_quoted_from_the_journal(till: Till, desk: Desk) -> None:
    till.run("void", "order-20", "-y", "-k", "void-20")
    reported = [e for key in ("order-20", "void-20") for e in till.run("why", key, "--json").json["item"]["evidence"]]
    expected = [f"{e['at'][11:23]}{e['source']}{e['says']}" for e in reported]

    page = desk.made("order-20", "--force").pages["The evidence, in order"]  # after `why`, which may have polled again
    headings = r"^(Payment|Void) [^\n]*, key [^\n]*$|^Nov 22, 2026, UTC$"
    rows = re.sub(headings, "", page.partition("Sources: ")[0], flags=re.MULTILINE)

    assert "".join(map(squeezed, expected)) == squeezed(rows.partition("where that is from.")[2])


@pytest.mark.usefixtures("sale")
def test_requests_and_their_answers_are_listed_in_order_of_time(till: Till, desk: Desk) -> None:
    till.run("refund", "3", "--transaction", "order-20", "-y", "-k", "back-20")
    page = desk.made("order-20").pages["What was sent, and when"]
    rows = re.findall(r"^[\d:.]{12} (sent|answer|no answer) (\w+)", page, re.M)

    assert rows == [("sent", "payment"), ("answer", "taken"), ("sent", "refund"), ("answer", "taken")]
    assert "key back-20" in page


@pytest.mark.usefixtures("sale")
def test_a_refund_is_on_the_first_page(world: World, till: Till, desk: Desk) -> None:
    till.run("refund", "3", "--transaction", "order-20", "-y", "-k", "back-20")
    file = desk.made("order-20")

    assert file.says("$3.00 was given back on Nov 22, 2026, ")
    assert file.says(f"(refund {world.books.all[-1].id})")
    assert not file.says("no refund or void of it")


@pytest.mark.usefixtures("sale")
def test_a_voided_refund_is_not_a_void_of_the_charge(world: World, till: Till, desk: Desk) -> None:
    """The file used to tell the bank that the charge itself was voided."""
    till.run("refund", "3", "--transaction", "order-20", "-y", "-k", "back-20")
    till.run("void", "back-20", "-y")
    till.run("why", "back-20")
    file = desk.made("order-20")

    assert not file.says("It was voided")
    assert file.says(f"A refund of $3.00 was taken back, so nothing of it went back (refund {world.books.all[-1].id}).")


@pytest.mark.usefixtures("sale")
@pytest.mark.parametrize(
    ("line", "call", "fault"),
    [(("refund", "--transaction"), "post", faults.lost_answer()), (("void",), "void", faults.lost_request())],
)
def test_an_unreadable_change_is_missing_and_not_absent(
    world: World, till: Till, desk: Desk, line: tuple[str, ...], call: str, fault: faults.Fault
) -> None:
    def lose_the_rest(seen: Call) -> None:
        for name in ("search", "transaction") if seen.name == call else ():
            world.faults.add(UNREADABLE, name, times=1e9)

    world.faults.add(fault, call)
    world.service.on_call.append(lose_the_rest)
    till.run(*line, "order-20", "-y", "-k", "back-20", "--timeout", "20")
    world.service.on_call.clear()
    world.faults.clear()

    refused = desk.refused("order-20", "--json")
    forced, file = desk.dispute("order-20", "--force")

    assert (refused.code, refused.error_code, forced.code) == (13, "not-whole", 13)
    assert "resolve that first: pjterm resume back-20" in refused.err
    assert not file.says("no refund or void of it")


def test_another_till_s_refund_is_on_the_first_page(world: World, desk: Desk, sale: int) -> None:
    world.till("office").run("refund", "3", "--transaction", str(sale), "-y")

    run, file = desk.dispute("order-20")

    refund = world.books.all[-1].id
    assert run.code == 0
    assert "$3.00 was given back as a refund of it on Nov 22, 2026" in run.err
    assert file.says(f"(refund {refund})")
    assert not file.says("no refund")


def test_a_refund_at_a_reader_under_the_invoice_number_is_on_the_first_page(till: Till, desk: Desk) -> None:
    till.run("charge", "20", "-t", "T1", "-k", "order-20", "--invoice", "INV1")
    till.run("refund", "20", "-t", "T1", "-k", "back-20", "--invoice", "INV1")
    till.run("charge", "20", "-t", "T2", "-k", "order-21", "--invoice", "INV12")

    file, other = desk.made("order-20"), desk.made("order-21")

    assert file.says("$20.00 was given back under its invoice number on Nov 22, 2026")
    assert not file.says("no refund")
    assert other.says("PayJunction shows no refund that names it, and this journal has no refund or void of it.")


@pytest.mark.usefixtures("sale")
def test_refunds_that_cannot_be_searched_are_missing_and_not_absent(world: World, desk: Desk) -> None:
    world.faults.add(UNREADABLE, "search", times=1e9)

    refused = desk.refused("order-20", "--json")
    _, file = desk.dispute("order-20", "--force")

    assert (refused.code, refused.error_code) == (13, "not-whole")
    assert not file.says("no refund")


@pytest.mark.usefixtures("sale")
@pytest.mark.parametrize("terms", ["Please return it by noon.\n\nNo refunds.", HOSTILE, "long words " * 900 + "end."])
def test_the_terms_are_those_that_were_signed(till: Till, desk: Desk, terms: str) -> None:
    till.run("sign", terms[:TEXT_LIMIT], "-k", "terms-20")

    page = desk.made("order-20", "--signed", "terms-20").pages["The terms that were signed"]

    body = page.partition("under it.\n")[2].partition("Signature 60d2e")[0]
    assert squeezed(unicodedata.normalize("NFC", terms[:TEXT_LIMIT])) == squeezed(read_back(body.replace("\n", " ")))


@pytest.mark.usefixtures("sale")
def test_a_key_signed_again_still_has_its_terms(world: World, till: Till, desk: Desk) -> None:
    world.t1.online = False
    till.run("sign", "I agree.", "-k", "terms-20")
    world.t1.online = True
    till.run("sign", "I agree.", "-k", "terms-20")

    assert desk.made("order-20", "--signed", "terms-20").says("I agree.")


def test_the_receipt_has_payjunction_s_text(world: World, desk: Desk, sale: int) -> None:
    world.service.papers.lines = ["Springfield Rentals", "5 &lt; 6 \x1b[31m", "Ω &#8238;x", "y" * 400]
    page = desk.made("order-20").pages["The receipt"]

    expected = ("Springfield Rentals", "5<6", "‹U+001B›[31m", "‹U+03A9›", "‹U+202E›x", "y" * 400, f"{sale}", "$32.00")
    assert [words for words in expected if squeezed(words) not in squeezed(page)] == []
    assert "Characters that the font" in page


@pytest.mark.usefixtures("sale")
def test_hundreds_of_facts_are_all_included(till: Till, desk: Desk) -> None:
    with till.opened_journal() as db:
        row = db.execute("SELECT * FROM facts ORDER BY id LIMIT 1").fetchone()
        whys = (f"reset {n} {'x' * (n % 200)}" for n in range(150))
        reported = [json.dumps({"at": "2026-11-22T12:30:00.000000Z", "why": why}) for why in whys]
        db.executemany("INSERT INTO facts (entry_id, attempt, type, fact) VALUES (?, 1, 'PollFailed', ?)",
                       [(row[1], text) for text in reported])  # fmt: skip
    run, file = desk.dispute("order-20", "--force")
    page = squeezed(file.pages["The evidence, in order"])

    assert run.code == 13
    assert [n for n in range(150) if f"noanswer:reset{n}{'x' * (n % 200)}" not in page] == []


# -- what it must not contain ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("sale")
def test_it_contains_no_phone_number_and_no_card_number(world: World, till: Till, desk: Desk) -> None:
    pan, phone = "4444333322221111", "555-123-4567"
    contact = {"firstName": "Ana", "phone": phone, "phone2": "44 20 7946 0958", "email": f"{pan}@example.com"}
    world.service.books.showing.rewrite = lambda said, _: said.update(
        billing=contact,
        vault={"type": "CARD", "accountType": "VISA", "lastFour": pan},
        purchaseOrderNumber=pan,
        service=f"call {phone}",
    )
    world.service.papers.lines = [f"Card {pan}", "4444 3333 2222 1111", f"Tel {phone} or (555)123-4567", "5551234567",
                                  "+44 20 7946 0958"]  # fmt: skip
    till.run("input", "-k", "phone-20")
    till.run("sign", f"Call {phone}, or pay with {pan}.", "-k", "terms-20")

    file = desk.made("order-20", "--signed", "terms-20")

    digits = re.sub(r"[\s().+-]", "", "".join(file.pages.values()))
    assert [n for n in (pan, "5551234567", "442079460958", "8006010230") if n in digits] == []
    assert file.says("[card number ending in 1111]")
    assert file.says("Call [phone number], or pay with")
    assert file.says("Ana")


def test_a_key_s_invoice_number_stays_although_it_could_be_a_card_number(till: Till, desk: Desk) -> None:
    """The file used to tell the bank that the shop had put a card number into the invoice field."""
    numbers = ((f"order-{n}", invoice_number_for(till.login, f"order-{n}")) for n in range(1000))
    key, number = next((key, number) for key, number in numbers if mask([], [])(number) != number)
    till.run("charge", "20", "-t", "T1", "-k", key)
    till.run("charge", "21", "-t", "T1", "-k", "order-typed", "--invoice", "4444333322221111")

    file = desk.made(key)

    assert [t for t, page in file.pages.items() if number in page] == ["The transaction", "What was sent, and when"]
    assert not file.says("[card number")
    assert desk.made("order-typed").says("[card number ending in 1111]")


@pytest.mark.usefixtures("sale")
def test_it_contains_no_secret_and_no_login(world: World, till: Till, desk: Desk) -> None:
    access = world.service.login(till.login)
    till.configure(login="a-login-of-our-own")
    other = world.service.login("a-login-of-our-own")
    till.run("charge", "5", "-t", "T1", "-k", "k2")
    file = desk.made("k2")

    assert not any(file.says(word) for word in (access.password, access.app_key, other.app_key, "a-login-of-our-own"))


# -- complete or not at all ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["receipt", "about", "signature"])
@pytest.mark.usefixtures("sale")
def test_an_unreadable_part_refuses_the_file_unless_it_is_forced(world: World, desk: Desk, what: str) -> None:
    world.faults.add(UNREADABLE, what, times=1e9)

    refused = desk.refused("order-20", "--json")
    run, file = desk.dispute("order-20", "--force", "--json")

    assert (refused.code, refused.error_code) == (13, "not-whole")
    assert "--force" in refused.err + refused.out
    assert (run.code, run.json["item"]["incomplete"]) == (13, True)
    assert file.says("This file is incomplete.")
    assert file.says(run.json["item"]["missing"][0])


@pytest.mark.parametrize("image", [b"", b"GIF89a", png()[:40], png(5000, 1), b"<svg/>"], ids=itertools.count())
@pytest.mark.usefixtures("sale")
def test_a_signature_that_is_no_image_is_missing(world: World, desk: Desk, image: bytes) -> None:
    world.service.papers.image = image

    assert desk.refused("order-20").code == 13
    assert desk.dispute("order-20", "--force")[1].says("The image could not be read from PayJunction.")


@pytest.mark.usefixtures("sale")
def test_a_receipt_without_text_is_missing(world: World, desk: Desk) -> None:
    world.faults.add(faults.lost_answer(Reply(200, b"<html></html>", "text/html")), "receipt", times=9)

    assert desk.refused("order-20").code == 13


def changed(db: sqlite3.Connection) -> None:
    db.execute("UPDATE entries SET amount = '1.00'")


def a_fact_removed(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM facts WHERE id = 2")


def another_fact(db: sqlite3.Connection) -> None:
    db.execute("UPDATE facts SET fact = replace(fact, 'COMPLETE', 'IN_PROGRESS')")


@pytest.mark.parametrize("edit", [changed, a_fact_removed, another_fact], ids=lambda e: e.__name__)
@pytest.mark.usefixtures("sale")
def test_an_edited_journal_is_named(till: Till, desk: Desk, edit: Any) -> None:
    with till.opened_journal() as db:
        edit(db)

    refused = desk.refused("order-20")
    run, file = desk.dispute("order-20", "--force")

    assert (refused.code, run.code) == (13, 13)
    assert "the journal was changed: " in refused.err
    assert file.says("The journal was changed by another program.")
    assert file.says("Chain broken")


@pytest.mark.usefixtures("sale")
@pytest.mark.parametrize("force", [(), ("--force",)])
@pytest.mark.parametrize("name", ["order-20", "tx:10001"])
def test_an_unreadable_journal_is_missing_and_not_absent(
    till: Till, desk: Desk, name: str, force: tuple[str, ...]
) -> None:
    till.memory.forget()
    till.journal.write_bytes(b"not a database at all" * 500)

    run = desk.refused(name, *force)

    assert (run.code, "pjterm journal accept" in run.err) == (10, True)


@pytest.mark.usefixtures("sale")
def test_a_file_of_more_than_10_mb_is_refused(world: World, desk: Desk) -> None:
    noise = random.Random(1)
    world.service.papers.image = png(3200, 3200, lambda _: noise.randbytes(3200))

    run = desk.refused("order-20", "--json")

    assert (run.code, run.error_code) == (10, "too-large")


@pytest.mark.usefixtures("sale")
def test_a_file_too_long_to_read_is_refused_before_it_is_drawn(world: World, desk: Desk) -> None:
    world.service.papers.lines = ["x" * 1_000_001]

    run = desk.refused("order-20", "--json")

    assert (run.code, run.error_code) == (10, "too-large")


# -- bad input ----------------------------------------------------------------------------------------------------


def test_a_decline_is_named_and_not_disputed(world: World, till: Till, desk: Desk) -> None:
    world.t1.next(customer(Tap(approved=False, code="05")))
    till.run("charge", "30", "-t", "T1", "-k", "order-20")

    runs = [desk.refused(name, "--json") for name in ("order-20", str(world.books.all[-1].id))]

    assert [(r.code, r.error_code) for r in runs] == [(10, "not-charged")] * 2


@pytest.mark.usefixtures("sale")
def test_a_charge_returned_by_the_bank_is_neither_disputed_nor_refunded(world: World, till: Till, desk: Desk) -> None:
    world.books.showing.rewrite = lambda said, _: said.update(status="REJECT")

    runs = [desk.refused("order-20", "--json"), till.run("refund", "--transaction", "order-20", "-y", "--json")]

    assert [(r.code, r.error_code) for r in runs] == [(10, "not-charged")] * 2


def test_a_refund_refers_to_its_charge(world: World, till: Till, desk: Desk, sale: int) -> None:
    till.run("refund", "3", "--transaction", "order-20", "-y", "-k", "back-20")

    runs = [desk.refused(name, "--json") for name in ("back-20", str(world.books.all[-1].id))]

    assert [(r.code, r.error_code) for r in runs] == [(10, "not-a-charge")] * 2
    assert [f"see: pjterm dispute {sale}"] * 2 == [r.json["error"]["hint"] for r in runs]


def test_an_untracked_refund_is_shown(world: World, desk: Desk) -> None:
    refund = world.service.others_charge("4.00", action="REFUND").id

    run = desk.refused(str(refund), "--json")

    assert (run.code, run.json["error"]["hint"]) == (10, f"see: pjterm transactions show {refund}")


@pytest.mark.parametrize("name", ["order-20", "void-20"])
@pytest.mark.usefixtures("sale")
def test_a_void_is_named_and_written_only_if_requested(till: Till, desk: Desk, name: str) -> None:
    till.run("void", "order-20", "-y", "-k", "void-20")

    refused, file = desk.refused(name, "--json"), desk.made(name, "--force")

    assert (refused.code, refused.error_code) == (10, "voided")
    assert file.says("It was voided: nothing was collected.")


@pytest.mark.parametrize("line", [("sign", "-k", "x"), ("prompt", "Yes?", "-k", "x"), ("input", "-k", "x")])
def test_a_request_that_moved_no_money_cannot_be_disputed(till: Till, desk: Desk, line: tuple[str, ...]) -> None:
    till.run(*line)

    assert ((run := desk.refused("x", "--json")).code, run.error_code) == (10, "no-transaction")


def test_an_untracked_charge_is_described_by_payjunction_alone(world: World, desk: Desk) -> None:
    other = world.service.others_charge("12.00").id
    run, file = desk.dispute(str(other))

    assert run.code == 0
    assert "not in this journal" in run.err
    assert file.says("The sale is not in this journal")
    assert "The evidence, in order" not in file.pages


@pytest.mark.usefixtures("sale")
@pytest.mark.parametrize("name", ["nothing-such", "", "tx:x"])
def test_an_invalid_id_is_a_usage_error(desk: Desk, name: str) -> None:
    assert desk.refused(name).code == 2


@pytest.mark.usefixtures("sale")
def test_an_unknown_transaction_is_the_api_s_rejection(desk: Desk) -> None:
    assert desk.refused("99999").code == 11


def test_any_id_names_the_sale(till: Till, desk: Desk, sale: int) -> None:
    request = str(till.run("requests", "show", "order-20", "--json").json["item"]["requestId"])
    names = ("order-20", "key:order-20", str(sale), f"tx:{sale}", request, f"req:{request}")

    runs = [desk.dispute(name, "--json")[0].json["item"] for name in names]

    assert [(sale, "order-20")] * 6 == [(r["transactionId"], r["key"]) for r in runs]


def test_a_sale_without_a_proven_transaction_is_not_disputed(world: World, till: Till, desk: Desk) -> None:
    world.faults.add(UNREADABLE, "transaction", times=1e9)
    till.run("charge", "30", "-t", "T1", "-k", "order-20", "--timeout", "20")
    world.faults.clear()

    assert [desk.refused(name).code for name in ("order-20", str(world.sale().id))] == [10, 13]


@pytest.mark.usefixtures("sale")
@pytest.mark.parametrize("signed", ["order-20", "nothing-such", "question"])
def test_unsigned_terms_are_left_out(till: Till, desk: Desk, signed: str) -> None:
    till.run("prompt", "Yes?", "-k", "question")

    run = desk.refused("order-20", "--signed", signed)

    assert (run.code, "--signed" in run.err) == (2, True)


@pytest.mark.usefixtures("sale")
def test_terms_named_twice_are_included_once_and_each_has_its_page(till: Till, desk: Desk) -> None:
    till.run("sign", "I agree.", "-k", "terms-20")
    till.run("sign", "And to this.", "-k", "more-20")
    names = ("terms-20", "key:terms-20", "more-20")

    file = desk.made("order-20", *(word for name in names for word in ("--signed", name)))

    marks = [str(mark["/Title"]) for mark in PdfReader(file.path).outline if not isinstance(mark, list)]
    assert (marks.count("The terms that were signed"), file.says("And to this.")) == (2, True)
    assert re.findall(r"The terms that were signed (\d)", PdfReader(file.path).pages[0].extract_text()) == ["5", "6"]


@pytest.mark.usefixtures("sale")
def test_terms_signed_for_another_sale_are_named_but_not_used(world: World, till: Till, desk: Desk) -> None:
    till.run("sign", "I agree.", "-k", "terms-20")
    world.wait(3 * 3600)
    till.run("sign", "Something else.", "-k", "terms-99")

    run, file = desk.dispute("order-20")

    assert re.findall(r"--signed (\S+)", run.err) == ["terms-20"]
    assert not file.says("I agree.")


@pytest.mark.usefixtures("sale")
@pytest.mark.parametrize("case", ["", " x", "x" * 33, "a\nb", "a\x1b[m"])
def test_a_case_number_is_one_line(desk: Desk, case: str) -> None:
    assert desk.refused("order-20", "--case", case).code == 2


@pytest.mark.usefixtures("sale")
def test_an_existing_file_is_replaced_only_after_a_yes(till: Till, desk: Desk) -> None:
    path = desk.place()
    path.write_text("handed in")
    line = ("dispute", "order-20", "--out", str(path))

    runs = [till.run(*line, "--json"), till.run(*line, answers="n\n"), till.run(*line, answers="y\n")]

    assert [r.code for r in runs] == [10, 10, 0]
    assert runs[0].error_code == "confirm"
    assert path.read_bytes().startswith(b"%PDF")
    assert till.run(*line, "--yes").code == 0


@pytest.mark.usefixtures("sale")
@pytest.mark.parametrize("out", ["x.txt", "no/such/x.pdf", "."])
def test_an_unusable_place_is_named_before_anything_is_requested(world: World, till: Till, out: str) -> None:
    asked = len(world.service.calls)
    run = till.run("dispute", "order-20", "--out", out)

    assert (2, asked) == (run.code, len(world.service.calls))
    assert "--out" in run.err


def test_the_json_describes_the_file(desk: Desk, sale: int) -> None:
    run, file = desk.dispute("order-20", "--case", "7", "--json")

    assert run.json == {
        "schema": "pjterm.dispute/1",
        "item": {
            "transactionId": sale, "key": "order-20", "case": "7", "file": str(file.path),
            "bytes": file.path.stat().st_size, "pages": len(PdfReader(file.path).pages), "incomplete": False,
            "missing": [],
        },
    }  # fmt: skip


@pytest.mark.usefixtures("sale")
def test_warnings_for_the_shop_are_shown_to_the_shop_and_not_to_the_bank(desk: Desk) -> None:
    run, file = desk.dispute("order-20")

    assert run.out == f"{file.path}\n"
    assert "Never refund after the debit." in run.err
    assert (file.says("never refund"), file.says("merchant:")) == (False, False)


def test_a_tip_is_shown_with_its_amount_and_only_once_if_it_existed_already(desk: Desk) -> None:
    desk.till.run("charge", "20.00", "-k", "K1")
    for _ in range(2):
        desk.till.run("tip", "K1", "1.00", "--yes")
    _, file = desk.dispute("K1", "--force")

    assert (file.text.count(squeezed("Its tip was set to $1.00 on")), file.text.count("tipwasset")) == (1, 1)


@pytest.mark.usefixtures("sale")
def test_terms_that_were_signed_under_another_profile_are_not_proposed(till: Till, desk: Desk) -> None:
    """The line that was printed refused them."""
    till.configure(login="shop-2")
    till.run("sign", "-t", "T1", "-k", "theirs")
    till.configure(login="shop", more='[profiles.other]\nenvironment = "labs"\nlogin = "shop-2"\n')
    run, _ = desk.dispute("order-20")

    assert (run.code, "theirs" in run.err) == (0, False)


@pytest.mark.parametrize(
    ("line", "says"), [(("input",), "an input: entered"), (("prompt", "Hi?"), "a prompt: answered")]
)
def test_what_is_no_signature_is_named_by_its_kind(till: Till, line: tuple[str, ...], says: str) -> None:
    till.run("charge", "5", "-k", "K1")
    till.run(*line, "-k", "other")

    assert f"--signed: 'other' is {says}; " in till.run("dispute", "K1", "--signed", "other").err
