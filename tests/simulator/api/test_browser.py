"""The readers in a headless Chromium, as a user operates them: `.ci/run` installs it, with the extra `browser`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import httpx
import pytest

from pjterm.testing.simulator import Simulator
from tests.simulator.driver import T1
from tests.simulator.wire import client

pytestmark = pytest.mark.exhaustive
OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
SIZES = {"desk": (1280, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    named = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    program = next(filter(None, named), None)
    assert program, "no Chromium is installed: apt-get install chromium"
    with import_module("playwright.sync_api").sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(OPTIONS))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any, pjterm_simulator: Simulator) -> Iterator[Any]:
    """The page, which must report no errors, whether about the content policy or anything else."""
    context = chromium.new_context()
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{pjterm_simulator.url}/-/")
    page.wait_for_selector("article:nth-of-type(2) h2")
    yield page
    context.close()

    assert complaints == []


@pytest.fixture
def api(pjterm_simulator: Simulator) -> Iterator[httpx.Client]:
    with client(pjterm_simulator.url) as made:
        yield made


def request(api: httpx.Client, kind: str, **form: Any) -> None:
    reply = api.post(f"/smartterminals/{T1}/request-{kind}", data={"terminalId": "10001", **form})

    assert reply.status_code == 200, reply.text


def first(page: Any) -> Any:
    return page.locator("article").first


def press(page: Any, name: str) -> None:
    first(page).get_by_role("button", name=name, exact=True).click()


def shown(page: Any, text: str) -> None:
    first(page).locator(".screen").get_by_text(text).wait_for()


@pytest.mark.parametrize(
    ("key", "words", "codes"),
    [("Tap card", "Approved", ["00"]), ("Declined card", "Declined", ["51"]),
     ("Declined, then a second card", "Approved", ["51", "00"])],
)  # fmt: skip
def test_a_card_pays(
    page: Any, api: httpx.Client, pjterm_simulator: Simulator, key: str, words: str, codes: list[str]
) -> None:
    request(api, "payment", amountBase="12.50", amountTax="1.00", allowTips="true")
    shown(page, "$13.50")
    press(page, "20% $2.50")
    shown(page, "$16.00")
    first(page).get_by_label("If it is declined").select_option("51")
    first(page).get_by_label("Card", exact=True).select_option("MASTERCARD")
    press(page, key)
    shown(page, words)
    booked = pjterm_simulator.transactions()

    assert [(t["response"]["code"], t["amountTotal"], t["vault"]["accountType"]) for t in booked] == [
        (code, "16.00", "MASTERCARD") for code in codes
    ]
    page.get_by_role("cell", name="Mastercard").first.wait_for()


def test_between_two_cards_the_reader_asks_for_another_one(
    page: Any, api: httpx.Client, pjterm_simulator: Simulator
) -> None:
    request(api, "payment", amountBase="12.50")
    shown(page, "$12.50")
    pjterm_simulator._post("/-/readers/T1/second-card", second_acts=60)
    shown(page, "Please try another card.")

    assert first(page).get_by_role("button", name="Tap card", exact=True).is_disabled()
    pjterm_simulator.forward(60)
    shown(page, "Approved")


def test_a_prompt_s_text_is_never_taken_for_markup(page: Any, api: httpx.Client, pjterm_simulator: Simulator) -> None:
    text = "<img src=x onerror=alert(1)> A bag?"
    request(api, "prompt", text=text, **{"buttons[]": ["<b>Yes", "No"]})
    shown(page, text)
    press(page, "<b>Yes")
    shown(page, "Thank you")

    assert pjterm_simulator.reader().shows["result"] == "<b>Yes"


def test_a_phone_number_from_the_keyboard(page: Any, api: httpx.Client, pjterm_simulator: Simulator) -> None:
    request(api, "input", type="PHONE")
    shown(page, "Your phone number")
    first(page).locator(".screen").focus()
    for key in ("8", "0", "0", "9", "Backspace", *"6010230", "Enter"):
        page.keyboard.press(key)
    shown(page, "Thank you")

    assert pjterm_simulator.reader().shows["result"] == "8006010230"


def test_a_signature_is_drawn_with_the_mouse(page: Any, api: httpx.Client, pjterm_simulator: Simulator) -> None:
    request(api, "signature", terms="I agree.")
    shown(page, "I agree.")
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 10, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 10, box["y"] + box["height"] / 2, steps=20)
    page.mouse.up()
    press(page, "Done")
    shown(page, "Thank you")
    number = pjterm_simulator.reader().shows["result"]
    image = api.get(f"/smartterminals/signatures/{number}/image", headers={"Accept": "image/png"}).content

    assert image.startswith(b"\x89PNG")
    assert len(image) < 400, "one straight line; a generated signature is larger"


@pytest.mark.parametrize(("key", "state"), [("x", "idle"), ("l", "idle"), ("u", "unplugged"), ("t", "done")])
def test_the_keyboard_is_enough_for_everything(
    page: Any, api: httpx.Client, pjterm_simulator: Simulator, key: str, state: str
) -> None:
    request(api, "payment", amountBase="5.00")
    shown(page, "$5.00")
    first(page).locator(".screen").focus()
    page.keyboard.press(key)
    label = {"unplugged": "Unplugged", "idle": "Idle", "done": "Idle"}[state]
    first(page).locator(".chip", has_text=label).wait_for()

    assert len(pjterm_simulator.transactions()) == (state == "done")
    assert page.evaluate("document.activeElement.className").startswith("screen"), "the focus must not be lost"


def test_changes_are_announced_to_screen_readers(page: Any, api: httpx.Client) -> None:
    said = page.locator("[aria-live=polite]").last
    request(api, "payment", amountBase="5.00")
    said.get_by_text("Reader T1 asks for $5.00").wait_for()
    press(page, "Declined card")
    said.get_by_text("Reader T1 says declined").wait_for()


def test_readers_wait_for_the_page_until_it_releases_them(
    chromium: Any, api: httpx.Client, pjterm_simulator: Simulator
) -> None:
    pjterm_simulator._post("/-/readers/act")
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{pjterm_simulator.url}/-/")
    ready = lambda r: r.url.endswith("/-/readers/wait")  # noqa: E731
    page.wait_for_event("requestfinished", ready)
    request(api, "payment", amountBase="5.00")
    shown(page, "$5.00")
    with page.expect_event("requestfinished", lambda r: r.url.endswith("/-/readers/act")):
        page.get_by_role("switch").click()
    press(page, "Tap card")
    shown(page, "Approved")
    request(api, "payment", amountBase="6.00")
    page.get_by_role("cell", name="$6.00").wait_for()
    context.close()


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_wider_than_the_window(page: Any, api: httpx.Client, size: str) -> None:
    page.set_viewport_size(dict(zip(("width", "height"), SIZES[size], strict=True)))
    request(api, "payment", amountBase="123456.78", allowTips="true")
    shown(page, "$123,456.78")

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("[...document.querySelectorAll('.screen')].every(s => s.scrollWidth <= s.clientWidth)")


@pytest.mark.parametrize("size", SIZES)
def test_the_books_can_be_read_without_horizontal_scrolling(page: Any, api: httpx.Client, size: str) -> None:
    page.set_viewport_size(dict(zip(("width", "height"), SIZES[size], strict=True)))
    request(api, "payment", amountBase="1234.56")
    shown(page, "$1,234.56")
    first(page).get_by_label("Card", exact=True).select_option("AMERICAN_EXPRESS")
    press(page, "Declined card")
    page.get_by_role("cell", name="$1,234.56").wait_for()

    assert page.evaluate("(b => b.scrollWidth <= b.clientWidth)(document.querySelector('.books'))")


def test_on_a_desktop_a_payment_appears_in_the_books_beside_its_reader(page: Any, api: httpx.Client) -> None:
    """Reader and books share one window, to demonstrate what a tap does."""
    page.set_viewport_size(dict(zip(("width", "height"), SIZES["desk"], strict=True)))
    request(api, "payment", amountBase="12.50")
    shown(page, "$12.50")
    press(page, "Tap card")
    box = page.get_by_role("cell", name="$12.50").bounding_box()

    assert box["y"] + box["height"] < SIZES["desk"][1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(page: Any, api: httpx.Client, scheme: str) -> None:
    """4.5:1, as accessibility guidelines require; like there, disabled buttons are exempt."""
    page.emulate_media(color_scheme=scheme)
    request(api, "payment", amountBase="5.00")
    shown(page, "$5.00")

    assert page.evaluate(FAINT) == []


FAINT = """() => {
  const parts = color => color.match(/[\\d.]+/g).map(Number);
  const linear = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const share = [.2126, .7152, .0722];
  const light = color => share.reduce((sum, part, n) => sum + part * linear(parts(color)[n]), 0);
  const back = e => {
    const color = getComputedStyle(e).backgroundColor;
    return parts(color)[3] === 0 ? back(e.parentElement) : color;
  };
  const words = e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
  const seen = e => words(e) && e.checkVisibility() && !e.closest(":disabled, script, style, .foot");
  return [...document.querySelectorAll("body *")].filter(seen).map(e => {
    const [more, less] = [light(getComputedStyle(e).color), light(back(e))].sort((x, y) => y - x);
    return [e.textContent.trim().slice(0, 30), (more + .05) / (less + .05)];
  }).filter(([, ratio]) => ratio < 4.5);
}"""


def test_a_page_of_another_origin_cannot_press_a_key(
    chromium: Any, api: httpx.Client, pjterm_simulator: Simulator
) -> None:
    """A form, an image, a fetch, everything that a page can send: the payment still waits."""
    request(api, "payment", amountBase="5.00")
    while pjterm_simulator.reader().shows["state"] != "waiting":
        """The page connects."""
    tap = f"{pjterm_simulator.url}/-/readers/T1/tap"
    other = Simulator()
    with other:
        context = chromium.new_context(bypass_csp=True)
        page = context.new_page()
        page.goto(f"{other.url}/-/")
        page.evaluate("tap => fetch(tap, {method: 'POST', mode: 'no-cors'}).catch(() => {})", tap)
        page.evaluate("tap => fetch(tap, {method: 'POST', mode: 'no-cors', body: '{}'}).catch(() => {})", tap)
        page.evaluate("tap => navigator.sendBeacon(tap, '{}')", tap)
        json = "{'Content-Type': 'application/json'}"
        page.evaluate(f"tap => fetch(tap, {{method: 'POST', headers: {json}, body: '{{}}'}}).catch(() => {{}})", tap)
        with page.expect_navigation():
            page.evaluate("tap => { const f = document.createElement('form'); f.method = 'post'; f.action = tap;"
                          " document.body.append(f); f.submit(); }", tap)  # fmt: skip
        refused = page.inner_text("body")
        context.close()

    assert "another origin" in refused
    assert pjterm_simulator.reader().shows["state"] == "waiting"
