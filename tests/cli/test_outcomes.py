"""Every outcome and its exit code, against the simulator.

Each row runs in its own shop with its own till, once as JSON and once as text in a pipe, in this process;
logs, files and connections are tested with real processes.
"""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pjterm.core.hints import commands
from tests.cli.memory import Stage
from tests.cli.till import T2, Run, Shop, Till
from tests.world.history import root
from tests.world.words import cannot_be_pasted

KEYS = {
    "schema", "type", "key", "kind", "outcome", "exitCode", "profile", "environment", "baseUrl", "terminal", "amount",
    "amountTotal", "amountTip", "card", "approvalCode", "replayed", "invoiceNumber", "requestId", "status",
    "transactionId", "signatureId", "promptButton", "inputValue", "readData",
    "transaction", "signatureFile", "by", "startedAt", "resultAt", "finishedAt", "evidence", "error",
}  # fmt: skip
SLOW_CUSTOMER = "[[request]]\nacts = 600.0\n"
RENAMED_BUTTON = '[[request]]\nbutton = "No"\n'


@dataclass(frozen=True, slots=True)
class Row:
    """One command line and its expected result."""

    args: str
    code: int
    outcome: str
    scenario: str | None = None
    posts: tuple[str, ...] = ("request-payment",)
    charges: int = 0
    out: str | None = None
    """What a pipe gets: `id` for the transactionId, or the text itself; `None`: nothing."""
    speed: float = 50.0


ROWS = {
    "approved": Row("charge 12.50", 0, "approved", charges=1, out="id"),
    "declined": Row("charge 0.05", 3, "declined"),
    "declined at the reader": Row("charge 12.50", 3, "declined", "declined"),
    "red X": Row("charge 12.50", 5, "cancelled", "cancelled"),
    "no customer at the reader": Row("charge 12.50", 5, "cancelled", "device-timeout"),
    "busy": Row("charge 12.50", 6, "busy", "busy"),
    "unplugged": Row("charge 12.50", 7, "unreachable", "unreachable"),
    "still running": Row("charge 12.50 --timeout 1", 8, "open", SLOW_CUSTOMER, charges=1),
    "lost and not found": Row(
        "charge 12.50 --timeout 1.5", 9, "unknown", "reply-lost-not-started"
    ),
    "lost and found": Row("charge 12.50", 0, "approved", "reply-lost", charges=1, out="id"),
    "500 though taken": Row("charge 12.50", 0, "approved", "http-500", charges=1, out="id"),
    "502 though taken": Row("charge 12.50", 0, "approved", "http-502-html", charges=1, out="id"),
    "cut short though taken": Row("charge 12.50", 0, "approved", "truncated", charges=1, out="id"),
    "429 first": Row("charge 12.50", 0, "approved", "rate-limited", charges=1, out="id"),
    "unknown status": Row("charge 12.50", 0, "approved", "unknown-status", charges=1, out="id", speed=5.0),
    "bare COMPLETE, result later": Row(
        "charge 12.50", 0, "approved", "late-result", charges=1, out="id", speed=10.0
    ),
    "no account of that number": Row("charge 12.50 --account 77", 11, "rejected"),
    "no terminal of that UUID": Row(
        "charge 12.50 -t 99999999-1111-4111-8111-111111111111", 11, "rejected"
    ),
    "no terminal of that name": Row("charge 12.50 -t T9", 2, "usage", posts=()),
    "no such profile": Row("charge 12.50 -p nobody", 4, "auth", posts=()),
    "accepted is enough": Row("charge 12.50 --no-wait", 0, "open", charges=1, out="request"),
    "signed": Row("sign", 0, "signed", posts=("request-signature",), out="signature"),
    "signing cancelled": Row("sign", 5, "cancelled", "cancelled", posts=("request-signature",)),
    "answered": Row("prompt Continue?", 0, "answered", posts=("request-prompt",), out="Yes"),
    "expected answer": Row(
        "prompt Continue? --expect Yes", 0, "answered", posts=("request-prompt",), out="Yes"
    ),
    "other answer": Row(
        "prompt Continue? --expect Yes", 3, "answered", RENAMED_BUTTON, posts=("request-prompt",), out="No"
    ),
    "a prompt on a busy reader": Row("prompt Continue?", 6, "busy", "busy", posts=("request-prompt",)),
    "a prompt on an unplugged reader": Row(
        "prompt Continue?", 7, "unreachable", "unreachable", posts=("request-prompt",)
    ),
    "a prompt whose answer is lost": Row(
        "prompt Continue? --timeout 2", 9, "unknown", "reply-lost", posts=("request-prompt",)
    ),
    "typed": Row("input", 0, "entered", posts=("request-input",), out="8006010230"),
    "typing cancelled": Row("input", 5, "cancelled", "cancelled", posts=("request-input",)),
    "read": Row("read", 0, "read", posts=("request-read",), out=";7090112233654321?"),
    "nothing to cancel": Row("cancel", 10, "refused", posts=()),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """The result of a row: once as JSON, once as text, each with what the simulator received and booked."""

    json: Run
    text: Run
    posts: tuple[tuple[str, ...], tuple[str, ...]]
    charges: tuple[int, int]


@pytest.fixture(scope="module")
def seen() -> Iterator[dict[str, Seen]]:
    """All rows, run."""
    place = root()
    try:
        yield {name: _run(place / str(n), row) for n, (name, row) in enumerate(ROWS.items())}
    finally:
        shutil.rmtree(place)


def _run(place: Path, row: Row) -> Seen:
    runs, posts, charges = [], [], []
    for form in ("json", "text"):
        stage = Stage(place / form)
        with stage.stack:
            shop, till = stage.open(row.scenario, row.speed)
            shop.world.shortcut = False
            runs.append(till.run(*row.args.split(), "-o", form))
            posts.append(tuple(shop.posts))
            charges.append(len(shop.charges()))
    return Seen(runs[0], runs[1], (posts[0], posts[1]), (charges[0], charges[1]))


rows = pytest.mark.parametrize("name", ROWS)


@rows
def test_the_exit_code_is_the_documented_one_in_every_format(seen: dict[str, Seen], name: str) -> None:
    run = seen[name]

    assert (run.json.code, run.text.code) == (ROWS[name].code,) * 2, run.json.err + run.text.err


@rows
def test_json_is_one_object_with_every_key(seen: dict[str, Seen], name: str) -> None:
    result = seen[name].json.json

    assert result.keys() == KEYS
    assert (ROWS[name].outcome, ROWS[name].code) == (result["outcome"], result["exitCode"])
    assert (result["schema"], result["type"]) == ("pjterm.result/1", "result")
    assert {"name", "smartTerminalId", "terminalId"} == result["terminal"].keys()
    if result["error"] is not None:
        assert {"code", "message", "hint", "httpStatus", "pjRequestId", "details"} == result["error"].keys()
    for line in result["evidence"]:
        assert {"at", "source", "says"} == line.keys()


@rows
def test_a_pipe_gets_the_bare_value_or_nothing(seen: dict[str, Seen], name: str) -> None:
    run, wanted = seen[name].text, ROWS[name].out

    match wanted:
        case None:
            assert run.out == ""
        case "id":
            assert run.out.removesuffix("\n").isdigit()
        case "request" | "signature":
            assert len(run.out.removesuffix("\n").replace("-", "")) == 32
        case _:
            assert run.out == wanted + "\n"


@rows
def test_no_request_is_sent_twice_and_no_verdict_is_false(seen: dict[str, Seen], name: str) -> None:
    run, row = seen[name], ROWS[name]

    assert (row.posts, row.posts) == run.posts
    assert (row.charges, row.charges) == run.charges
    assert "Traceback" not in run.json.err + run.text.err


@pytest.mark.parametrize("name", [n for n, row in ROWS.items() if row.code in (3, 5, 6, 7, 8, 9)])
def test_stderr_names_the_next_command(seen: dict[str, Seen], name: str) -> None:
    """With exit codes 3 and 5 to 9 a line begins with "next", and the last line ends with a command to paste."""
    errors = [run.err for run in (seen[name].json, seen[name].text)]

    assert ["\nnext: " in err for err in errors] == [True, True], errors
    assert [[cannot_be_pasted(c) for c in commands(err.splitlines()[-1])] for err in errors] == [[None], [None]], errors


@pytest.mark.parametrize("name", [n for n, row in ROWS.items() if row.code in (2, 4, 7, 9, 10, 11)])
def test_a_failure_has_an_error_in_json(seen: dict[str, Seen], name: str) -> None:
    error = seen[name].json.json["error"]

    assert error is not None
    assert error["message"]


def test_an_unknown_terminal_lists_the_known_ones(seen: dict[str, Seen]) -> None:
    assert "T1" in seen["no terminal of that name"].text.err
    assert "T2" in seen["no terminal of that name"].text.err


def test_the_evidence_of_an_approval_is_recorded_in_order(seen: dict[str, Seen]) -> None:
    result = seen["approved"].json.json
    says = [(e["source"], e["says"]) for e in result["evidence"]]
    number = result["transactionId"]

    assert [
        ("post", "sent"),
        ("post", f"accepted as {result['requestId']}"),
        ("poll", f"COMPLETE transactionId={number}"),
        ("transaction", f"{number} approved 12.50 code 00"),
    ] == says
    assert result["transaction"]["transactionId"] == number
    assert sorted(e["at"] for e in result["evidence"]) == [e["at"] for e in result["evidence"]]
    assert all(e["at"].endswith("Z") and len(e["at"]) == 24 for e in result["evidence"])


# -- credentials, connection, the API's rejections -----------------------------------------------------


def test_wrong_credentials_are_4_and_nothing_is_booked(shop_and_till: tuple[Shop, Till]) -> None:
    shop, till = shop_and_till
    password = till.run("charge", "5", "--json", PJTERM_PASSWORD="wrong-password")
    app_key = till.run("charge", "5", PJTERM_APP_KEY="11111111-2222-4333-8444-555555555555")

    assert (password.code, app_key.code) == (4, 4)
    assert (password.json["outcome"], password.json["error"]["httpStatus"]) == ("auth", 401)
    assert "password" in password.json["error"]["details"][0]["message"]
    assert "PJTERM_PASSWORD" in password.err
    assert "wrong-password" not in password.err + password.out + till.log()
    assert shop.books() == []


def test_a_rejected_login_leaves_the_key_for_a_new_try(stage: Stage) -> None:
    shop, till = stage.open()
    refused = till.run("charge", "5", "-k", "order-1", PJTERM_PASSWORD="wrong-password")
    again = till.run("charge", "5", "-k", "order-1")

    assert (refused.code, again.code) == (4, 0)
    assert len(shop.charges()) == 1


def test_an_unreachable_service_is_12_and_soon(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        till = Till(tmp_path / "till", f"http://127.0.0.1:{port}")
        run = till.run("charge", "5", "--timeout", "2", "--json")
    result = run.json

    assert (run.code, result["outcome"]) == (12, "unavailable")
    assert f"127.0.0.1:{port}" in result["error"]["message"]
    assert result["error"]["hint"]


def test_an_unreachable_service_is_12_and_prints_nothing(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        till = Till(tmp_path / "till", f"http://127.0.0.1:{taken.getsockname()[1]}", account=None)
        run = till.run("charge", "5", "--timeout", "1")

    assert (run.code, run.out) == (12, "")


def test_a_rejection_shows_every_message_and_parameter(stage: Stage) -> None:
    """A device that is only an alias, an unknown account, and a surcharge that the account rejects."""
    _, till = stage.open()
    run = till.run("charge", "5", "--account", "77", "--json")
    error = run.json["error"]

    assert (run.code, error["httpStatus"]) == (11, 400)
    message = "Terminal does not exist or you do not have permission to access it."
    assert [{"parameter": "terminalId", "type": "invalid", "message": message}] == error["details"]
    assert error["pjRequestId"]
    assert message in run.err
    assert "terminalId" in run.err


def test_a_rejected_key_may_be_tried_again(stage: Stage) -> None:
    shop, till = stage.open()
    first = till.run("charge", "5", "-k", "order-1", "-t", "99999999-1111-4111-8111-111111111111")
    other = till.run("charge", "5", "-k", "order-1")

    assert (first.code, other.code) == (11, 0), "it was never taken, so another reader may be used"
    assert len(shop.books()) == 1


def test_an_untracked_request_is_9_with_an_error(stage: Stage) -> None:
    """A 404 means unknown or old, never failed."""
    _, till = stage.open()
    run = till.run("follow", "11111111-1111-4111-8111-111111111112", "--timeout", "1", "--json")

    assert (run.code, run.json["outcome"]) == (9, "unknown")
    assert run.json["error"]["code"] == "unknown"
    assert "next: " in run.err


def test_a_bare_group_without_a_list_shows_its_help(shop_and_till: tuple[Shop, Till]) -> None:
    _, till = shop_and_till
    bare, as_json = till.run("journal"), till.run("journal", "--json")

    assert (bare.code, as_json.code) == (0, 2)
    assert "verify" in bare.out
    assert as_json.json["error"]["message"]


# -- ndjson ------------------------------------------------------------------------------------------------


def test_ndjson_has_the_request_each_change_and_the_result(stage: Stage) -> None:
    _, till = stage.open("[[request]]\nacts = 1.0\ncompletes = 0.9\n", speed=1.0)
    run = till.run("charge", "12.50", "-o", "ndjson")
    first, *changes, last = run.lines

    assert {
        "type",
        "key",
        "kind",
        "profile",
        "environment",
        "terminal",
        "amount",
        "requestId",
    } == first.keys()
    assert (first["type"], first["kind"], first["amount"]) == ("request", "payment", "12.50")
    assert all(c.keys() - {"transactionId"} == {"type", "at", "source", "status"} for c in changes)
    assert [c["status"] for c in changes][-3:] == ["IN_PROGRESS", "IN_PROGRESS", "COMPLETE"]
    assert ["transactionId" in c for c in changes][-3:] == [False, True, True]
    assert last["transactionId"] == changes[-1]["transactionId"]
    assert last.keys() == KEYS
    assert (run.code, last["outcome"]) == (0, "approved")


def test_status_prints_its_outcome_on_stdout_and_the_next_command_on_stderr(stage: Stage) -> None:
    _, till = stage.open(SLOW_CUSTOMER)
    request = till.run("charge", "5", "-k", "order-1", "--no-wait").out.strip()
    running = till.run("status", request)
    untracked = till.run("status", "00000000-1111-4111-8111-111111111111")

    assert (running.code, running.out) == (8, "open\n")
    assert running.err.splitlines()[-1] == "next: see how it ends: pjterm resume order-1"
    assert (untracked.code, untracked.out) == (9, "unknown\n")
    assert "next: " in untracked.err


def test_quiet_prints_nothing_on_stderr_after_success(shop_and_till: tuple[Shop, Till]) -> None:
    _, till = shop_and_till
    accepted = till.run("charge", "5", "--no-wait", "-q")
    declined = till.run("charge", "0.05", "-t", "T2", "-q")

    assert (accepted.code, accepted.err) == (0, "")
    assert declined.code == 3
    assert "next: " in declined.err


def test_ndjson_shows_typed_values_only_in_the_result(shop_and_till: tuple[Shop, Till]) -> None:
    _, till = shop_and_till
    run = till.run("input", "-o", "ndjson", "-v")
    *before, last = run.out.splitlines()

    assert "8006010230" not in "".join(before) + run.err + till.log()
    assert json.loads(last)["inputValue"] == "8006010230"


def test_ndjson_of_a_usage_error_is_one_result_line(stage: Stage) -> None:
    _, till = stage.open()
    run = till.run("charge", "5.005", "-o", "ndjson")

    assert run.code == 2
    assert [(line["type"], line["outcome"]) for line in run.lines] == [("result", "usage")]


# -- where options may be placed, and terminals --------------------------------------------------------


def test_common_options_work_before_and_after_every_command(stage: Stage) -> None:
    _, till = stage.open()
    before = till.run("-q", "--json", "-p", "till-1", "charge", "5", "-k", "same")
    after = till.run("charge", "5", "-k", "same", "-p", "till-1", "--json", "-q")

    assert (before.code, after.code) == (0, 0)
    assert (before.err, after.err) == ("", "")
    assert before.json["transactionId"] == after.json["transactionId"]


def test_the_innermost_of_two_options_wins(stage: Stage) -> None:
    _, till = stage.open()
    run = till.run("-o", "ndjson", "requests", "-o", "json", "list")

    assert run.json["schema"] == "pjterm.requests/1"


def test_aliases_and_uuids_need_no_lookup_and_nicknames_one(stage: Stage) -> None:
    shop, till = stage.open()
    till.write_profile(shop.url, aliases=False)
    by_uuid = till.run("charge", "5", "-t", T2)
    looked = [c for c in shop.calls if c.startswith("GET /smartterminals ")]
    by_name = till.run("charge", "6", "-t", "t2", "--json")

    assert (by_uuid.code, looked) == (0, [])
    assert by_name.json["terminal"]["smartTerminalId"] == T2
    assert len([c for c in shop.calls if c.startswith("GET /smartterminals ")]) == 1


def test_the_terminal_may_come_from_the_environment(stage: Stage) -> None:
    _, till = stage.open()

    assert till.run("charge", "5", "--json", PJTERM_TERMINAL="T2").json["terminal"]["smartTerminalId"] == T2


def test_without_a_named_terminal_there_must_be_only_one(stage: Stage) -> None:
    shop, till = stage.open(terminal=None, account=None)
    run = till.run("charge", "5")

    assert run.code == 2
    assert "T1" in run.err
    assert "T2" in run.err
    assert shop.posts == []


def test_a_dry_run_shows_the_request_and_uses_up_nothing(stage: Stage) -> None:
    shop, till = stage.open()
    dry = till.run("charge", "5", "-k", "order-1", "--note", "two words", "--dry-run", "--json")
    text = till.run("charge", "5", "-k", "order-1", "--dry-run")
    sent_before = list(shop.posts)
    wet = till.run("charge", "5", "-k", "order-1", "--note", "two words", "--json")
    [form] = shop.forms("/request-payment")

    assert (dry.code, text.code, sent_before, wet.code) == (0, 0, [], 0)
    assert (dry.json["schema"], dry.json["method"]) == ("pjterm.dryrun/1", "POST")
    assert {name: values[0] for name, values in form.items()} == dry.json["form"]
    assert text.out.startswith(f"POST {shop.url}/smartterminals/")
    assert "  amountBase=5.00\n" in text.out
    assert "simulator" not in json.dumps(dry.json["form"]) + str(dry.json["url"])


def test_the_form_has_the_given_values_and_never_interrupts(stage: Stage) -> None:
    shop, till = stage.open()
    options = ["--tax", "0.50", "--shipping", "0", "--invoice", "42", "--po", "P&O", "--note", "a+b\n%"]
    run = till.run("charge", "5", *options, "--no-receipt-prompt", "--signature-prompt")
    [form] = shop.forms("/request-payment")

    assert run.code == 0, run.err
    assert form == {
        "terminalId": ["10001"], "action": ["CHARGE"], "amountBase": ["5.00"], "amountTax": ["0.50"],
        "amountShipping": ["0.00"], "invoiceNumber": ["42"], "purchaseOrderNumber": ["P&O"],
        "note": ["a+b\n%"], "showReceiptPrompt": ["false"], "showSignaturePrompt": ["true"],
        "interruptBusyTerminal": ["false"],
    }  # fmt: skip


def test_a_signature_is_saved_as_the_original_image(shop_and_till: tuple[Shop, Till]) -> None:
    _, till = shop_and_till
    run = till.run("sign", "I agree.", "--save", "s.png")

    assert (run.code, run.out) == (0, "s.png\n")
    assert (till.root / "s.png").read_bytes().startswith(b"\x89PNG")


def test_terms_may_come_from_stdin_or_the_profile(shop_and_till: tuple[Shop, Till]) -> None:
    shop, till = shop_and_till
    till.run("sign", "--terms-file", "-", stdin="line one\nline two\n")
    till.run("sign")
    till.write_profile(shop.url, terms="No refunds.")
    till.run("sign")

    assert [form["terms"][0] for form in shop.forms("/request-signature")] == [
        "line one\nline two",
        "Please sign.",
        "No refunds.",
    ]
