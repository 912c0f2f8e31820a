"""The reviewer's and the student's way in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from server.records.models import Campaign, Student
from server.submissions.models import State, Submission
from tests.browser import BROWSER_MARKS, PHONE, chromium, collect_complaints, new_page, sign_in
from tests.server.conftest import make_student
from tests.server.station_client import StationClient, Visit

__all__ = ["chromium"]
pytestmark = [*BROWSER_MARKS, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page_of_reviewer(chromium: Browser, address: str, tmp_path: Path, reviewer: tuple[str, str]) -> Iterator[Page]:
    """A signed-in reviewer's browser; complaints of the browser (blocked scripts, missing files) fail the test."""
    page = new_page(chromium, viewport={"width": 1440, "height": 900}, locale="en-GB", base_url=address)
    complaints = collect_complaints(page)
    sign_in(page, "/review/", *reviewer)
    yield page
    page.screenshot(path=tmp_path / "desk.png")
    page.context.close()
    assert [text for text in complaints if "status of 409" not in text] == []  # Chromium reports a told-off decision


@pytest.fixture
def three(station: StationClient, campaign: Campaign) -> list[Visit]:
    """Three submissions in the queue, handed in through the real API."""
    visits = [Visit.of(make_student(campaign, n), seed=n) for n in (1, 2, 3)]
    assert [station.submit(visit).status_code for visit in visits] == [200] * 3
    return visits


def state_of(visit: Visit) -> str:
    return Submission.objects.get(pk=visit.envelope.id).state


def opened(page: Page, visit: Visit) -> None:
    """Waits until this submission is shown, its portrait painted."""
    page.wait_for_url(f"**/review/{visit.envelope.id}/")
    portrait = page.locator(".portrait img")
    expect(portrait).to_be_visible()
    page.wait_for_function("document.querySelector('.portrait img').naturalWidth === 480")


def test_approve_and_send_back_without_the_mouse(page_of_reviewer: Page, three: list[Visit]) -> None:
    page_of_reviewer.reload()
    expect(page_of_reviewer.locator(".entry")).to_have_count(3)
    page_of_reviewer.keyboard.press("Enter")
    opened(page_of_reviewer, three[0])
    expect(page_of_reviewer.locator(".verdicts tr").first).to_have_class("fail")

    page_of_reviewer.keyboard.press("a")
    opened(page_of_reviewer, three[1])
    assert state_of(three[0]) == State.CONFIRMED.value

    page_of_reviewer.keyboard.press("r")
    expect(page_of_reviewer.locator("#reason")).to_be_focused()
    page_of_reviewer.select_option("#reason", "hair_brow")
    page_of_reviewer.locator("#comment").focus()
    page_of_reviewer.keyboard.type("a little to the left")  # the letters a and r are text here, no decisions
    page_of_reviewer.keyboard.press("Control+Enter")
    opened(page_of_reviewer, three[2])
    rejected = Submission.objects.get(pk=three[1].envelope.id)
    assert (rejected.state, rejected.reason, rejected.comment) == ("rejected", "hair_brow", "a little to the left")

    page_of_reviewer.keyboard.press("a")
    page_of_reviewer.wait_for_url("**/review/")
    expect(page_of_reviewer.locator(".rest")).to_be_visible()
    assert [state_of(visit) for visit in three] == ["confirmed", "rejected", "confirmed"]


def test_turning_pages_and_help_by_key(page_of_reviewer: Page, three: list[Visit]) -> None:
    page_of_reviewer.goto(f"/review/{three[0].envelope.id}/")
    opened(page_of_reviewer, three[0])
    page_of_reviewer.keyboard.press("j")
    opened(page_of_reviewer, three[1])
    page_of_reviewer.keyboard.press("ArrowRight")
    opened(page_of_reviewer, three[2])
    page_of_reviewer.keyboard.press("k")
    opened(page_of_reviewer, three[1])
    page_of_reviewer.keyboard.press("?")
    expect(page_of_reviewer.locator("#help")).to_be_visible()
    page_of_reviewer.keyboard.press("a")  # with the help open no key decides
    page_of_reviewer.keyboard.press("Escape")
    expect(page_of_reviewer.locator("#help")).to_be_hidden()
    assert [state_of(visit) for visit in three] == ["received"] * 3


def test_the_second_of_two_reviewers_is_informed_on_the_page(page_of_reviewer: Page, three: list[Visit]) -> None:
    path = f"/review/{three[0].envelope.id}/"
    page_of_reviewer.goto(path)
    other = page_of_reviewer.context.new_page()
    other.goto(path)
    other.click("#approve")
    opened(other, three[1])
    page_of_reviewer.select_option("#reason", "tilted")
    with page_of_reviewer.expect_response("**/decide") as answer:
        page_of_reviewer.click("#reject")
    assert answer.value.status == 409
    expect(page_of_reviewer.locator("[role=alert]")).to_contain_text("mei")
    expect(page_of_reviewer.locator("#state")).to_have_text("Confirmed")
    assert state_of(three[0]) == State.CONFIRMED.value


def test_the_language_switch(page_of_reviewer: Page, three: list[Visit]) -> None:
    page_of_reviewer.goto(f"/review/{three[0].envelope.id}/")
    expect(page_of_reviewer.locator("#approve")).to_contain_text("Approve")
    page_of_reviewer.click("a.language")
    expect(page_of_reviewer.locator("#approve")).to_contain_text("通过")
    page_of_reviewer.click(".to-queue")
    expect(page_of_reviewer.locator("h1")).to_have_text("审核")


def test_the_student_follows_on_the_phone(
    page_of_reviewer: Page, chromium: Browser, address: str, three: list[Visit], tmp_path: Path
) -> None:
    student = Student.objects.get(pk=three[0].envelope.student)
    phone = new_page(chromium, viewport=PHONE, is_mobile=True, has_touch=True, locale="zh-CN", base_url=address)
    phone.goto(f"/p/{student.progress_token}")
    expect(phone.locator("h1")).to_have_text("照片已收到，正在审核")
    phone.fill("#last_four", student.last_four)
    phone.tap(".unlock button")
    expect(phone.locator(".look img")).to_be_visible()
    phone.wait_for_function("document.querySelector('.look img').naturalWidth === 480")

    page_of_reviewer.goto(f"/review/{three[0].envelope.id}/")
    page_of_reviewer.select_option("#reason", "hair_brow")
    page_of_reviewer.click("#reject")
    opened(page_of_reviewer, three[1])
    phone.reload()
    expect(phone.locator("h1")).to_have_text("需要请你再拍一次")
    expect(phone.locator(".advice")).to_contain_text("刘海")
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")  # nothing to scroll sideways
    phone.screenshot(path=tmp_path / "phone.png", full_page=True)
    phone.context.close()
