"""The pages of students in a real Chromium: axe-core finds no violation of WCAG 2.2 AA."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from server.payments.models import Order
from server.records.models import Campaign, Student
from server.submissions.models import Submission
from tests.axe import assert_accessible, assert_paths_accessible, violations
from tests.browser import BROWSER_MARKS, PHONE, chromium, new_page
from tests.server.accounts.test_modes import allow
from tests.server.accounts.walking import PHONE as NUMBER
from tests.server.accounts.walking import Walker, last_code, own_code, reads_cards
from tests.server.order_page.conftest import gateways, order
from tests.server.portal.conftest import url
from tests.server.portal.test_student_browser import enter_last_four, portrait

__all__ = ["chromium", "gateways", "order", "portrait"]
pytestmark = [*BROWSER_MARKS, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phone(chromium: Browser, address: str) -> Iterator[Page]:
    page = new_page(chromium, viewport=PHONE, is_mobile=True, has_touch=True, locale="en-GB", base_url=address)
    yield page
    page.context.close()


def check_pages(phone: Page, walker: Walker, *paths: str) -> None:
    """Check pages of the account in the session of `walker`."""
    session = walker.client.cookies.get("sessionid")
    if session is not None:
        origin = phone.evaluate("location.origin")
        phone.context.add_cookies([{"name": "sessionid", "value": session.value, "url": origin}])
    assert_paths_accessible(phone, *(f"/account/{path}" for path in paths))


def test_account(phone: Page, campaign: Campaign, student: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    reads_cards(monkeypatch)
    allow(campaign, "id_card", "password", "capture_code")
    walker = Walker()
    check_pages(phone, walker, "signin", "start", "password")
    walker.begin(campaign)
    check_pages(phone, walker, "consent")
    walker.agree()
    check_pages(phone, walker, "identify", "phone")
    walker.post("phone", phone=NUMBER)
    check_pages(phone, walker, "code")
    walker.post("code", code=last_code())
    check_pages(phone, walker, "", "capture-code", "card", "phone/new", "manual")
    walker.send_card()
    check_pages(phone, walker, "details")
    walker.post("capture-code", typed=own_code(student))
    check_pages(phone, walker, "last-four")
    walker.post("details", name="王小明", number=walker.get("details").context["form"]["number"].value())
    check_pages(phone, walker, "found")
    walker.post("found")
    check_pages(phone, walker, "", f"withdraw/{student.pk}")


def test_refused_forms(phone: Page, campaign: Campaign) -> None:
    """Forms that are shown again with their errors are accessible, too."""
    for path in ("/account/signin", f"/account/start?campaign={campaign.pk}", "/account/password"):
        phone.goto(path)
        with phone.expect_navigation():
            phone.locator("form .button.main").last.click()
        assert_accessible(phone)


def test_progress_and_own_data(phone: Page, portrait: Submission, student: Student) -> None:
    assert_paths_accessible(phone, url(student), url(student, "data"))
    enter_last_four(phone, student)
    assert_accessible(phone)
    assert_paths_accessible(phone, url(student), url(student, "confirm"), url(student, "contact"))


def test_order(phone: Page, order: Order, gateways: object) -> None:
    assert_paths_accessible(phone, f"/o/{order.token}")
    phone.evaluate("document.documentElement.removeAttribute('lang')")
    assert violations(phone), "control: the check finds a violation"
