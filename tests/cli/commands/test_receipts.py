"""`receipt` and `signature`: shown, saved, sent; tests of files and terminals use real processes."""

from __future__ import annotations

import pytest

from pjterm.errors import UsageFault
from pjterm.reports.receipt_text import check_address, decoded, receipt_lines
from pjterm.ui.signature_image import read_picture
from tests.cli.commands.counter import call, charged
from tests.cli.memory import Stage
from tests.cli.till import ended
from tests.cli.together import Stage as Processes
from tests.cli.together import together
from tests.world.faults import lost_answer
from tests.world.service import Reply

# -- receipts ----------------------------------------------------------------------------------------


def test_a_receipt_is_text_without_html(stage: Stage) -> None:
    shop, till = stage.open()
    paid = charged(shop, "12.50", note="5 < 6 & 7")

    run = till.run("receipt", str(paid))

    assert run.code == 0
    assert "$12.50" in run.out
    assert "5 < 6 & 7" in run.out
    assert not any(word in run.out for word in ("<td", "</", "<style", "font-family", "&lt;"))


@together
def test_a_receipt_is_saved_as_received(stage: Processes) -> None:
    shop, till = stage.open()
    paid = charged(shop)

    run = till.run("receipt", str(paid), "--fullpage", "--save", "r.html")
    as_json = till.run("receipt", str(paid), "--save", "n.html", "--json").json

    saved = (till.root / "r.html").read_text()
    assert (run.code, run.out) == (0, "r.html\n")
    assert saved.startswith("<!DOCTYPE html>")
    assert "8.5in" in saved
    assert "58mm" in (till.root / "n.html").read_text()
    assert as_json["schema"] == "pjterm.receipt/1"
    assert set(as_json["item"]) == {"transactionId", "paper", "text", "file", "emailedTo"}
    assert as_json["item"]["file"] == "n.html"


def test_an_emailed_receipt_has_no_signature_line_unless_requested(stage: Stage) -> None:
    shop, till = stage.open()
    paid = str(charged(shop))

    run = till.run("receipt", paid, "--email", "a+b@example.com", "--reply-to", "shop@example.com", "--json")
    till.run("receipt", paid, "--email", "a@example.com", "--reply-to", "s@example.com", "--ask-signature")

    first, second = shop.forms("/email")
    assert (run.code, run.json["item"]["emailedTo"]) == (0, "a+b@example.com")
    assert first == {"to": ["a+b@example.com"], "replyTo": ["shop@example.com"], "requestSignature": ["false"]}
    assert second["requestSignature"] == ["true"]


def test_the_profile_s_reply_to_is_used_and_without_one_it_is_a_usage_error(stage: Stage) -> None:
    shop, till = stage.open()
    paid = str(charged(shop))

    without = till.run("receipt", paid, "--email", "a@example.com", "--json")
    till.write_profile(shop.url, reply_to="till@example.com")
    with_it = till.run("receipt", paid, "--email", "a@example.com")

    assert (without.code, with_it.code) == (2, 0)
    assert "--reply-to" in without.json["error"]["message"]
    assert shop.forms("/email")[0]["replyTo"] == ["till@example.com"]


@pytest.mark.parametrize("address", ["a", "@b", "a@", "a@b@c", "a@b\n", "a b@c", "a@b\x1b[m", "x" * 130 + "@b"])
def test_an_address_has_one_at_sign_and_no_control_characters(address: str) -> None:
    with pytest.raises(UsageFault, match="--email"):
        check_address(address, "--email")


def test_a_receipt_of_a_declined_or_unknown_transaction_is_the_api_s_refusal(stage: Stage) -> None:
    shop, till = stage.open()

    runs = [till.run("receipt", str(charged(shop, "0.05")), "--json"), till.run("receipt", "99", "--json")]

    assert [r.code for r in runs] == [11, 11]
    assert [r.json["error"]["details"][0]["message"] for r in runs] == [
        "404 Not Found", "Transaction Id 99 does not exist",
    ]  # fmt: skip


def test_wrong_receipt_arguments_are_named(stage: Stage) -> None:
    shop, till = stage.open()
    for args, field in (
        ("x", "ID"),
        ("1 --thermal --fullpage", "--thermal"),
        ("1 --save r.txt", "--save"),
        ("1 --save no/such/r.html", "--save"),
        ("1 --reply-to a@b", "--reply-to"),
        ("1 --ask-signature", "--ask-signature"),
        ("1 --email a@b --save r.html", "--email"),
        ("1 --email a --reply-to b@c", "--email"),
    ):
        run = till.run("receipt", *args.split(), "--json")

        assert run.code == 2
        assert field in run.json["error"]["message"]
        assert shop.calls == []


def test_hostile_html_becomes_harmless_lines(stage: Stage) -> None:
    page = (
        "<html><head><title>t</title></head><body onload=x><script>alert('<td>')</script>"
        "<p>a<br/>b<div>c &#27;[31m &lt;b&gt;</div><!-- <p>no --><table><tr><td>Total<td>$1.00</table>"
        "<style>p{}</style><p>open <b>bold"
    )

    lines = receipt_lines(page)

    assert lines[:2] == ["a", "b"]
    assert lines[-1] == "open bold"
    assert not any("alert" in line or "p{}" in line for line in lines)
    assert any(line.startswith("Total") and line.endswith("$1.00") for line in lines)
    shop, till = stage.open()
    assert "\x1b" not in till.run("receipt", str(charged(shop, note="\x1b]0;x\x07"))).out


@pytest.mark.parametrize(
    ("head", "charset"),
    [
        ('<meta charset="iso-8859-1">', "latin-1"),
        ("<META CHARSET=windows-1252>", "cp1252"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-1">', "latin-1"),
        ('<meta charset="utf-16">', "utf-8"),
        ('<meta charset="hex">', "utf-8"),
        ("\ufeff<meta charset='latin-1'>", "utf-8"),
        ("\ufeff", "utf-16-le"),
        ("<meta name=charset>", "utf-8"),
    ],
)
def test_the_charset_named_by_the_receipt_itself_is_used(head: str, charset: str) -> None:
    assert decoded(f"{head}Café".encode(charset), "text/html").endswith("Café")


def test_the_charset_of_the_header_outranks_the_document_s() -> None:
    body = '<meta charset="latin-1">Café'.encode()

    assert decoded(body, "text/html; charset=UTF-8").endswith("Café")


def test_an_unknown_charset_is_read_anyway() -> None:
    assert decoded("é".encode(), "text/html; charset=klingon") == "é"
    assert decoded("é".encode("latin-1"), "text/html; charset=ISO-8859-1") == "é"


# -- signatures ----------------------------------------------------------------------------------------


@together
def test_sign_shows_the_signature_only_on_a_terminal(stage: Processes) -> None:
    _, till = stage.open()

    code, shown = ended(till.spawn("sign", "-q"))
    piped = till.run("sign")

    assert code == 0
    assert shown.count("█") > 20
    assert "█" not in piped.out


@together
def test_sign_save_writes_the_image(stage: Processes) -> None:
    _, till = stage.open()

    run = till.run("sign", "--save", "s.png", "--json")

    assert run.json["signatureFile"] == "s.png"
    assert read_picture((till.root / "s.png").read_bytes()) is not None


@together
def test_a_signature_can_be_shown_and_saved_later_by_its_id_or_its_transaction(stage: Processes) -> None:
    shop, till = stage.open()
    signed = till.run("sign", "--json").json["signatureId"]
    paid = str(charged(shop))
    call(shop, "POST", f"/transactions/{paid}/signature/capture", signature="x")

    shown = till.run("signature", signed)
    saved = till.run("signature", paid, "--save", "t.png")
    printed = till.run("signature", paid, "--json").json

    assert shown.code == 0
    assert "PNG" in shown.out
    assert (saved.code, saved.out) == (0, "t.png\n")
    assert printed["schema"] == "pjterm.signature/1"
    assert printed["item"] == {
        "id": paid, "of": "transaction", "file": None, "bytes": (till.root / "t.png").stat().st_size,
        "width": 320, "height": 100,
    }  # fmt: skip


@pytest.mark.parametrize("body", [b"<html><h1>Blocked by a filter</h1></html>", b"\r\n<!DOCTYPE html>", b""])
def test_a_web_page_instead_of_an_image_is_no_signature(stage: Stage, body: bytes) -> None:
    shop, till = stage.open()
    signed = str(till.run("sign", "Sign here.", "--json").json["signatureId"])
    file = till.config / "x.png"
    shop.world.faults.random = lambda call, _: (
        lost_answer(Reply(200, body, "text/html")) if call.path.endswith("/image") else None
    )
    saved, shown = till.run("signature", signed, "--save", str(file)), till.run("signature", signed)
    again = till.run("sign", "Sign here, too.", "--save", str(file), "--json")

    assert [(r.code, r.out, "no image" in r.err) for r in (saved, shown)] == [(12, "", True)] * 2
    assert (again.code, again.json["signatureFile"], "no image" in again.err, file.exists()) == (0, None, True, False)


def test_an_unsigned_transaction_and_an_unknown_signature_are_the_api_s_refusal(stage: Stage) -> None:
    shop, till = stage.open()

    codes = [till.run("signature", i).code for i in (str(charged(shop)), "0" * 32, "not/an/id")]

    assert codes == [11, 11, 2]


@together
def test_an_ascii_console_gets_an_ascii_drawing(stage: Processes) -> None:
    _, till = stage.open()
    signed = till.run("sign", "--json").json["signatureId"]

    code, shown = ended(till.spawn("signature", signed, PYTHONIOENCODING="ascii"))

    assert (code, shown.isascii(), "#" in shown) == (0, True, True)


# -- one file for a chargeback: the tests that need a real process ---------------------------------------


@together
def test_a_dispute_file_has_its_own_name_and_only_its_owner_can_read_it(stage: Processes) -> None:
    shop, till = stage.open()
    paid = charged(shop)

    run = till.run("dispute", str(paid), "--case", "7")

    made = till.root / f"dispute-{paid}.pdf"
    assert (run.code, run.out) == (0, f"{made.name}\n")
    assert (made.read_bytes()[:5], made.stat().st_mode & 0o777) == (b"%PDF-", 0o600)


@together
def test_a_dispute_is_written_to_a_pipe_but_never_to_a_terminal(stage: Processes) -> None:
    shop, till = stage.open()
    paid = str(charged(shop))

    count, code = till.count + 1, till.start("dispute", paid, "--out", "-").process.wait(40)
    shown, said = ended(till.spawn("dispute", paid, "--out", "-"))
    as_json = till.run("dispute", paid, "--out", "-", "--json")

    piped = (till.root / f"{count}.out").read_bytes()
    assert (code, piped[:5], piped.rstrip()[-5:]) == (0, b"%PDF-", b"%%EOF")
    assert (shown, as_json.code) == (2, 2)
    assert "stdout is a terminal" in said
    assert list(till.root.glob("*.pdf")) == []
