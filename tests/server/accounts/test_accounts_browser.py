"""A student on a phone in a real Chromium, in both languages: modes A, B and C from campaign code to enrolment."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
import qrcode
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from server.records.models import Campaign, Student
from server.records.people_models import EnrolmentLink
from tests.browser import BROWSER_MARKS, PHONE, chromium, collect_complaints, new_page, script_held_back
from tests.server.accounts.test_modes import allow
from tests.server.accounts.walking import PASSWORD, last_code, own_code, reads_cards
from tests.server.conftest import fake_number

__all__ = ["chromium"]
pytestmark = [*BROWSER_MARKS, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=["zh-CN", "en-GB"])
def phone(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[Page]:
    page = new_page(chromium, viewport=PHONE, is_mobile=True, has_touch=True, locale=request.param, base_url=address)
    complaints = collect_complaints(page)
    yield page
    # Chromium reports the status of a form that is refused and shown again.
    assert [text for text in complaints if not text.startswith("Failed to load resource")] == []
    page.context.close()


def picture(image: Image.Image) -> dict[str, object]:
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG")
    return {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


CARD = picture(Image.new("RGB", (600, 380), (220, 230, 236)))


def press(page: Page, last: bool = False) -> None:
    """Check that the page fits the width of the phone, and press its main button."""
    width = page.locator("html").evaluate("html => html.scrollWidth")  # waits for a page that is being loaded
    assert width <= PHONE["width"], page.url
    buttons = page.locator(".button.main")
    (buttons.last if last else buttons.first).click()


def begin(page: Page, campaign: Campaign) -> None:
    page.goto(f"/account/start?campaign={campaign.pk}")
    page.check("#id_privacy_1")
    page.check("#id_portrait_1")
    press(page)


def prove_phone(page: Page) -> None:
    page.fill("#id_phone", "13812345678")
    press(page)
    page.wait_for_url("**/account/code")
    page.fill("#id_code", last_code())
    press(page)


def assert_enrolment_shown(page: Page, student: Student) -> None:
    page.wait_for_url(re.compile(r"/account/$"))
    expect(page.locator("h2", has_text=student.masked_name)).to_be_visible()
    assert EnrolmentLink.objects.filter(student=student).exists()


def test_mode_a(phone: Page, campaign: Campaign, student: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    reads_cards(monkeypatch)
    begin(phone, allow(campaign, "id_card"))
    prove_phone(phone)
    phone.set_input_files("#id_front", [CARD])
    phone.set_input_files("#id_back", [CARD])
    expect(phone.locator("canvas").first).to_be_visible()
    press(phone)
    expect(phone.locator("#id_number")).to_have_value(fake_number(1))
    press(phone)
    press(phone)
    assert_enrolment_shown(phone, student)


def test_a_picture_chosen_before_the_script_has_loaded_is_made_smaller_too(
    phone: Page, campaign: Campaign, student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads_cards(monkeypatch)
    phone.goto(f"/account/start?campaign={allow(campaign, 'password').pk}")
    phone.check("#id_privacy_1")
    phone.check("#id_portrait_1")
    with script_held_back(phone, "account"):
        press(phone)
        phone.set_input_files("#id_front", [CARD])
    expect(phone.locator("canvas").first).to_be_visible()


def test_mode_b(phone: Page, campaign: Campaign, student: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    reads_cards(monkeypatch)
    begin(phone, allow(campaign, "password"))
    phone.set_input_files("#id_front", [CARD])
    press(phone)
    phone.fill("#id_phone", "13812345678")
    phone.fill("#id_password", PASSWORD)
    phone.fill("#id_again", PASSWORD)
    press(phone)
    phone.wait_for_url("**/account/code")
    phone.fill("#id_code", last_code())
    press(phone)
    press(phone)
    assert_enrolment_shown(phone, student)
    phone.locator("form[action$=signout] button").click()
    phone.fill("#id_number", fake_number(1))
    phone.fill("#id_password", PASSWORD)
    press(phone, last=True)
    assert_enrolment_shown(phone, student)


def test_mode_c(phone: Page, campaign: Campaign, student: Student) -> None:
    """The code is read from a screenshot by the server's own child process."""
    begin(phone, allow(campaign, "capture_code"))
    prove_phone(phone)
    screen = Image.new("RGB", (700, 1200), (240, 244, 247))
    screen.paste(qrcode.make(own_code(student), box_size=8).convert("RGB"), (60, 300))
    phone.set_input_files("#id_picture", [picture(screen)])
    press(phone)
    phone.fill("#id_last_four", student.last_four)
    press(phone)
    press(phone)
    assert_enrolment_shown(phone, student)


def test_the_puzzle_is_solved_by_the_page(phone: Page, campaign: Campaign) -> None:
    """A second code on the same day needs the proof of work; after it, only the pause of a minute prevents the code."""
    begin(phone, allow(campaign, "capture_code"))
    for _ in range(2):
        phone.goto("/account/phone")
        phone.fill("#id_phone", "13812345678")
        press(phone)
    expect(phone.locator("[data-puzzle-note]")).to_be_visible()
    expect(phone.locator("form[data-puzzle] button")).to_be_enabled()
    press(phone)
    expect(phone.locator("[data-puzzle-note]")).to_have_count(0)
    expect(phone.locator(".note.attention")).to_be_visible()


@pytest.fixture
def at_the_code(phone: Page, campaign: Campaign) -> Page:
    begin(phone, allow(campaign, "capture_code"))
    phone.fill("#id_phone", "13812345678")
    press(phone)
    phone.wait_for_url("**/account/code")
    return phone


def test_a_code_that_is_pasted_with_spaces_is_complete(at_the_code: Page) -> None:
    code = last_code()
    at_the_code.focus("#id_code")
    at_the_code.keyboard.insert_text(f" {code[:3]} {code[3:]} ")
    press(at_the_code)
    at_the_code.wait_for_url("**/account/capture-code")


def test_a_second_tap_does_not_send_the_code_again(at_the_code: Page) -> None:
    """The second request would find the code used up, and say so to a person who is signed in."""
    sends = at_the_code.locator("form", has=at_the_code.locator("#id_code")).evaluate(
        "form => [1, 2].map(() => form.dispatchEvent(new SubmitEvent('submit', {bubbles: true, cancelable: true})))"
    )
    assert sends == [True, False]
