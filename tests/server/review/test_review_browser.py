"""The pages of the reviewer and of the student in a real Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from server.records.models import Campaign, Student
from server.submissions.models import Submission
from server.submissions.states import State
from tests.browser import BROWSER_MARKS, PHONE, keep_picture, new_page
from tests.server.conftest import make_student
from tests.server.review.submission_browser import press, state_of, wait_for_submission
from tests.server.station_client import StationClient, Visit

pytestmark = [*BROWSER_MARKS, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def three(station: StationClient, campaign: Campaign) -> list[Visit]:
    """Three submissions in the queue, handed in through the real API."""
    visits = [Visit.of(make_student(campaign, n), seed=n) for n in (1, 2, 3)]
    assert [station.submit(visit).status_code for visit in visits] == [200] * 3
    return visits


def test_approve_and_send_back_without_the_mouse(page_of_reviewer: Page, three: list[Visit]) -> None:
    page = page_of_reviewer
    page.goto("/review/")
    expect(page.locator(".entry")).to_have_count(3)
    page.keyboard.press("Enter")
    wait_for_submission(page, three[0])
    expect(page.locator(".verdicts tr").first).to_have_class("fail")

    press(page, "a")
    expect(page.locator("#approve")).to_have_class("button main wide-button chosen")
    assert state_of(three[0]) == State.FIRST_REVIEW.value  # one key decides nothing
    press(page, "Enter")
    wait_for_submission(page, three[1])
    assert state_of(three[0]) == State.CONFIRMED.value

    press(page, "2")
    press(page, "c")
    page.keyboard.type("a little to the left 12")  # letters and digits are text here, no decisions
    press(page, "Control+Enter")
    wait_for_submission(page, three[2])
    rejected = Submission.objects.get(pk=three[1].envelope.id)
    assert (rejected.state, rejected.reason, rejected.comment) == ("rejected", "tilted", "a little to the left 12")

    press(page, "a")
    press(page, "Enter")
    page.wait_for_url("**/review/")
    expect(page.locator(".rest")).to_be_visible()
    assert [state_of(visit) for visit in three] == ["confirmed", "rejected", "confirmed"]


def test_turning_pages_and_help_by_key(page_of_reviewer: Page, three: list[Visit]) -> None:
    page = page_of_reviewer
    page.goto(f"/review/{three[0].envelope.id}/")
    wait_for_submission(page, three[0])
    press(page, "j")
    wait_for_submission(page, three[1])
    press(page, "ArrowRight")
    wait_for_submission(page, three[2])
    press(page, "k")
    wait_for_submission(page, three[1])
    press(page, "?")
    expect(page.locator("#help")).to_be_visible()
    press(page, "a")  # with the help open no key decides
    press(page, "Escape")
    expect(page.locator("#help")).to_be_hidden()
    expect(page.locator(".chosen")).to_have_count(0)


def test_the_second_of_two_reviewers_is_informed_on_the_page(
    page_of_reviewer: Page, three: list[Visit], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Otherwise the renewal of the claim detects the other decision first.
    monkeypatch.setattr("server.review.submission_context.RENEW_SECONDS", 3600)
    path = f"/review/{three[0].envelope.id}/"
    page_of_reviewer.goto(path)
    wait_for_submission(page_of_reviewer, three[0])
    other = page_of_reviewer.context.new_page()
    other.goto(path)
    wait_for_submission(other, three[0])
    press(other, "a")
    press(other, "Enter")
    wait_for_submission(other, three[1])
    press(page_of_reviewer, "2")
    with page_of_reviewer.expect_response("**/decide") as answer:
        press(page_of_reviewer, "Enter")
    assert answer.value.status == 409
    expect(page_of_reviewer.locator("[role=alert]").first).to_contain_text("mei")
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
    page_of_reviewer: Page, chromium: Browser, address: str, three: list[Visit]
) -> None:
    student = Student.objects.get(pk=three[0].envelope.student)
    phone = new_page(chromium, viewport=PHONE, is_mobile=True, has_touch=True, locale="zh-CN", base_url=address)
    phone.goto(f"/p/{student.progress_token}")
    expect(phone.locator("h1")).to_have_text("照片已收到，正在审核")
    phone.fill("#last_four", student.last_four)
    phone.tap(".unlock button")
    expect(phone.locator(".look img")).to_be_visible()
    phone.wait_for_function("() => document.querySelector('.look img').naturalWidth === 480")

    page_of_reviewer.goto(f"/review/{three[0].envelope.id}/")
    wait_for_submission(page_of_reviewer, three[0])
    page_of_reviewer.click("#all-reasons summary")
    page_of_reviewer.check("#reason-hair_brow")
    page_of_reviewer.click("#reject")
    wait_for_submission(page_of_reviewer, three[1])
    phone.reload()
    expect(phone.locator("h1")).to_have_text("需要请你再拍一次")
    expect(phone.locator(".advice")).to_contain_text("刘海")
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")  # nothing to scroll sideways
    keep_picture(phone, "review-phone")
    phone.context.close()
