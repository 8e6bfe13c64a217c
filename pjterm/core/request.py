"""What is sent: arguments are checked here, before anything is opened, and become the form of one POST.

The limits are the API's where its pages name one (PAY, SIG, PROMPT, INPUT), else ours.
Every check raises `UsageFault` naming the field.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache

from pjterm.core.encoding import check_utf8
from pjterm.core.model import Kind, Transaction
from pjterm.core.money import Money, dollars, parse_money
from pjterm.core.text import JOINERS
from pjterm.errors import UsageFault
from pjterm.values import dataclass

TEXT_LIMIT = 10_000  # characters of prompt text and signature terms (PROMPT, SIG)
BUTTON_LIMIT = 8  # characters of a label (PROMPT)
REFERENCE_LIMIT = 32  # characters of invoice and purchase order numbers (TXLIST, newest page)
NOTE_LIMIT = 2_048  # characters (client gc, aam)
_PATH = {
    Kind.PAYMENT: "request-payment",
    Kind.REFUND: "request-payment",
    Kind.SIGNATURE: "request-signature",
    Kind.PROMPT: "request-prompt",
    Kind.INPUT: "request-input",
    Kind.READ: "request-read",
}


@dataclass(frozen=True, slots=True)
class RequestSpec:
    """What is sent, except where to: its kind and its own form fields, in order.

    Most are request-* POSTs to a device. One about an earlier transaction (`original`) has its own
    `method` and `target` and needs no device.
    """

    kind: Kind
    fields: tuple[tuple[str, str], ...] = ()
    amount: Money | None = None
    total: Money | None = None
    """Base, tax, shipping and surcharge together: what the profile's limits are about."""
    invoice_number: str | None = None
    """As given by the user; if `None`, one is derived from the key."""
    expect: str | None = None
    original: Transaction | None = None
    """The transaction to void or refund, as it was read before."""
    whole: bool = False
    """Whether it refunds all that is left, however much that is when its key is used again."""
    earlier: tuple[Transaction, ...] = ()
    """The refunds of the original that a search found."""
    idle_only: bool = False
    """Whether it is not sent at all while the journal has anything open on the reader."""
    method: str = "POST"
    target: str | None = None

    def path(self, smart_terminal_id: str | None) -> str:
        """The path of the POST for a device (its UUID), or the request's own."""
        if self.target is not None:
            return self.target
        assert smart_terminal_id is not None, "a request to a device needs its UUID"
        return f"/smartterminals/{smart_terminal_id}/{_PATH[self.kind]}"

    @property
    def terms(self) -> str | None:
        """What is to be signed."""
        return dict(self.fields).get("terms") if self.kind is Kind.SIGNATURE else None

    def form(self, terminal_id: int | None, invoice_number: str | None) -> tuple[tuple[str, str], ...]:
        """The whole form: the account, this request's fields and, for money, the invoice number.

        A void or a tip changes a transaction, so it states neither account nor number.
        """
        if self.kind.is_change:
            return self.fields
        form = [("terminalId", str(terminal_id)), *self.fields]
        if invoice_number is not None and self.kind.is_money:
            form.append(("invoiceNumber", invoice_number))
        return tuple(form)

    def fingerprint(self, smart_terminal_id: str | None, terminal_id: int | None, number: str | None) -> str:
        """What the key stands for, as a digest. A refund of all that is left is the same, whatever the amounts."""
        form = self.form(terminal_id, number)
        if self.whole:
            form = (*(field for field in form if not field[0].startswith("amount")), ("amount", "all that is left"))
        return fingerprint(self.path(smart_terminal_id), form)


REFUND_OF = "refund-of-"


def refund_of(transaction_id: int) -> str:
    """The purchase order number that refunds of a transaction carry, so that any till can find them."""
    return f"{REFUND_OF}{transaction_id}"


def fingerprint(path: str, form: Iterable[tuple[str, str]]) -> str:
    """A digest of all that is sent, so that a key used for something else is noticed."""
    text = "\x1e".join([path.lower(), *(f"{name}\x1f{value}" for name, value in _by_name(form))])
    return hashlib.sha256(text.encode()).hexdigest()


def _by_name(form: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Fields in sorted order; those of one name (`buttons[]`) keep theirs, which is the order they are shown in."""
    return sorted(form, key=lambda field: field[0])


def invoice_number_for(login: str, key: str) -> str:
    """The sale's own invoice number: 15 digits of SHA-256 over login and key, the same on any till.

    The API may want a number, so it is one: without a leading zero, which a numeric field would drop, and short
    enough to survive a spreadsheet or a double. Upper and lower case of the login count as the same: no page says
    that PayJunction tells them apart, and two tills must not charge one key under two numbers.
    """
    return derived_numbers(login, key)[0]


@lru_cache(64)
def derived_numbers(login: str, key: str) -> tuple[str, str, str]:
    """The number of a key, and those that it had before 1.0, newest first: searches before a POST ask for them, too."""
    return _number(login.casefold(), key, 15), _number(login, key, 15), _number(login, key, 18)


def _number(login: str, key: str, digits: int) -> str:
    digest = int.from_bytes(hashlib.sha256(f"{login}\x00{key}".encode()).digest())
    least = 10 ** (digits - 1)
    return str(least + digest % (9 * least))


def check_text(text: str, what: str) -> str:
    """Prompt text or terms: 1-10,000 characters, no control characters but newline."""
    if not 1 <= len(text) <= TEXT_LIMIT:
        raise UsageFault(f"{what}: must have 1 to 10000 characters, has {len(text)}")
    check_utf8(text, what)
    bad = next((c for c in text if _is_control(c) and c != "\n"), None)
    if bad is not None:
        raise UsageFault(f"{what}: contains the control character U+{ord(bad):04X}; only newline is allowed")
    return text


def _is_control(c: str) -> bool:
    """C0, DEL, C1, and lone surrogates (bytes on the command line that were no text)."""
    return ord(c) < 0x20 or 0x7F <= ord(c) <= 0x9F or 0xD800 <= ord(c) <= 0xDFFF


def check_buttons(buttons: Sequence[str]) -> tuple[str, ...]:
    """One to three different labels of 1-8 characters: only the label comes back."""
    if not 1 <= len(buttons) <= 3:
        raise UsageFault(f"--button: one to three are allowed, {len(buttons)} were given")
    for label in buttons:
        check_utf8(label, "--button")
        shown = "".join(c for c in label if c not in JOINERS)
        if not 1 <= len(label) <= BUTTON_LIMIT or not shown.isprintable() or not shown.strip():
            raise UsageFault(f"--button: {label!r} must have 1 to 8 printable characters")
    if len(set(buttons)) != len(buttons):
        raise UsageFault("--button: the labels must differ, for only the label comes back")
    return tuple(buttons)


def check_reference(text: str, what: str) -> str:
    """An invoice or purchase order number: 1-32 printable ASCII characters."""
    if not 1 <= len(text) <= REFERENCE_LIMIT or not (text.isascii() and text.isprintable()):
        raise UsageFault(f"{what}: {text!r} must have 1 to 32 printable ASCII characters")
    if text != text.strip():
        raise UsageFault(f"{what}: {text!r} begins or ends with a space")
    return text


def check_note(text: str) -> str:
    """A note of at most 2,048 characters without control characters but newline."""
    if len(text) > NOTE_LIMIT:
        raise UsageFault(f"--note: must have at most 2048 characters, has {len(text)}")
    return check_text(text, "--note") if text else text


def payment(
    amount: Money,
    *,
    refund: bool = False,
    tax: Money | None = None,
    shipping: Money | None = None,
    surcharge: Money | None = None,
    invoice: str | None = None,
    po: str | None = None,
    note: str | None = None,
    ask_tip: bool = False,
    keyed: bool = False,
    receipt_prompt: bool | None = None,
    signature_prompt: bool | None = None,
) -> RequestSpec:
    """A payment on the device, or with `refund` a card-present refund (PAY).

    `interruptBusyTerminal=false` always goes along: another till's payment is never killed (BUSY).
    """
    fields = [("action", "REFUND" if refund else "CHARGE"), ("amountBase", dollars(amount))]
    total = amount
    for name, extra in (("amountTax", tax), ("amountShipping", shipping), ("amountSurcharge", surcharge)):
        if extra is not None:
            fields.append((name, dollars(extra)))
            total += extra
    fields.append(("interruptBusyTerminal", "false"))
    for name, flag in (("showReceiptPrompt", receipt_prompt), ("showSignaturePrompt", signature_prompt)):
        if flag is not None:
            fields.append((name, "true" if flag else "false"))
    if ask_tip:
        fields.append(("allowTips", "true"))
    if keyed:
        fields.append(("keyed", "ALLOW"))
    if po is not None:
        fields.append(("purchaseOrderNumber", check_reference(po, "--po")))
    if note:
        fields.append(("note", check_note(note)))
    kind = Kind.REFUND if refund else Kind.PAYMENT
    number = None if invoice is None else check_reference(invoice, "--invoice")
    return RequestSpec(kind, tuple(fields), amount, total, number)


def signature(terms: str) -> RequestSpec:
    """A stand-alone signature under some terms (SIG)."""
    return RequestSpec(Kind.SIGNATURE, (("terms", check_text(terms, "terms")),))


def prompt(text: str, buttons: Sequence[str], expect: str | None = None) -> RequestSpec:
    """A text with one to three buttons (PROMPT)."""
    labels = check_buttons(buttons)
    if expect is not None and expect not in labels:
        raise UsageFault(f"--expect: {expect!r} is none of the buttons: {', '.join(labels)}")
    return RequestSpec(
        Kind.PROMPT,
        (("text", check_text(text, "text")), *(("buttons[]", label) for label in labels)),
        expect=expect,
    )


def typed_input(type_: str) -> RequestSpec:
    """Typed input; PHONE is the only type the API knows today (INPUT)."""
    if type_.lower() != "phone":
        raise UsageFault(f"--type: {type_!r} is unknown; the only type today is phone")
    return RequestSpec(Kind.INPUT, (("type", "PHONE"),))


def read_card() -> RequestSpec:
    """A swipe of a non-financial magstripe card (READ)."""
    return RequestSpec(Kind.READ)


def extra(text: str | None, what: str) -> Money | None:
    """Tax, shipping or surcharge: 0 is allowed, and means something (SUR)."""
    return None if text is None else parse_money(text, what, zero=True)
