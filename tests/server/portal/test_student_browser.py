"""A student's actions on a phone in a real Chromium, with and without script: proof, confirmation page, result."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from server.notices.contacts import address_of, contact_of
from server.portal.appeals import decline_appeal
from server.portal.models import Appeal
from server.records.models import Campaign, Student
from server.records.window_models import CaptureWindow
from server.submissions.models import AuditEntry, Submission, store_reasons
from server.submissions.reasons import GivenReason, Mark
from server.submissions.rule import Action, Role
from server.submissions.states import State
from tests.browser import BROWSER_MARKS, PHONE, chromium, keep_picture, new_page
from tests.server.portal.conftest import url
from tests.server.review.test_review_pages import create_received
from tests.server.submissions.reviewing import user_in

LANGUAGES = ("zh-CN", "en-GB")

__all__ = ["chromium"]
pytestmark = [*BROWSER_MARKS, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=["with script", "without script"])
def phone(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[Page]:
    page = open_phone(chromium, address, "en-GB", script=request.param == "with script")
    yield page
    page.context.close()


def open_phone(chromium: Browser, address: str, locale: str, script: bool = True) -> Page:
    return new_page(
        chromium,
        viewport=PHONE,
        is_mobile=True,
        has_touch=True,
        locale=locale,
        base_url=address,
        java_script_enabled=script,
    )


@pytest.fixture
def portrait(student: Student) -> Submission:
    """A portrait with its real picture, which awaits the student's confirmation."""
    campaign = student.campaign
    campaign.confirmation, campaign.help_line, campaign.help_hours = True, "0100-123456", "9:00–17:00"
    campaign.place, campaign.clothing = "图书馆一楼 101", "有领的深色上衣"
    campaign.save()
    create_received(student)
    return in_state(State.AWAITING_CONFIRMATION)


def in_state(state: State, action: Action = Action.APPROVE, *reasons: GivenReason) -> Submission:
    """Put the only submission into this state by a transition just now."""
    until = timezone.now() + timedelta(days=3)
    Submission.objects.update(state=state.value, confirm_until=until)
    submission = Submission.objects.get()
    entry = AuditEntry.objects.create(
        submission=submission,
        at=timezone.now(),
        user=user_in(Role.REVIEWER),
        action=action.value,
        role=Role.REVIEWER.value,
        from_state=State.RECEIVED.value,
        to_state=state.value,
    )
    store_reasons(submission, entry, reasons)
    return submission


def state() -> str:
    return Submission.objects.get().state


def enter_last_four(phone: Page, student: Student) -> None:
    phone.fill("#last_four", student.last_four)
    phone.tap(".unlock button")
    expect(phone.locator("#last_four")).to_have_count(0)


@pytest.mark.parametrize(("action", "after"), [("confirm", "confirmed"), ("retake", "withdrawn")])
def test_an_action_needs_the_proof_and_two_taps(
    action: str, after: str, phone: Page, portrait: Submission, student: Student
) -> None:
    phone.goto(url(student))
    phone.tap(f"#{action}")
    enter_last_four(phone, student)
    phone.wait_for_url(f"**/{action}")
    expect(phone.locator(".picture img")).to_be_visible()
    assert state() == "awaiting_confirmation"
    phone.tap("#yes")
    phone.wait_for_url(f"**{url(student)}")
    expect(phone.locator(".note.good")).to_be_visible()
    assert state() == after


def test_not_now_changes_nothing(phone: Page, portrait: Submission, student: Student) -> None:
    phone.goto(url(student, "confirm"))
    enter_last_four(phone, student)
    phone.tap("form .button.quiet")
    phone.wait_for_url(f"**{url(student)}")
    assert state() == "awaiting_confirmation"


def test_going_back_and_pressing_again_is_harmless(phone: Page, portrait: Submission, student: Student) -> None:
    phone.goto(url(student, "confirm"))
    enter_last_four(phone, student)
    phone.tap("#yes")
    phone.wait_for_url(f"**{url(student)}")
    phone.go_back()
    if phone.locator("#yes").count():
        phone.tap("#yes")
        phone.wait_for_url(f"**{url(student)}")
    assert state() == "confirmed"
    assert AuditEntry.objects.filter(action="confirm").count() == 1


def test_a_portrait_is_withdrawn(phone: Page, portrait: Submission, student: Student) -> None:
    Submission.objects.update(state=State.RECEIVED.value)
    phone.goto(url(student))
    phone.tap("#withdraw")
    enter_last_four(phone, student)
    phone.tap("#yes")
    phone.wait_for_url(f"**{url(student)}")
    assert state() == "withdrawn"
    expect(phone.locator("h1")).to_have_text("You took your portrait back")


def test_an_appeal_is_written_and_answered(phone: Page, portrait: Submission, student: Student) -> None:
    in_state(State.REVOKED, Action.REVOKE, GivenReason("retouched", "磨皮"))
    phone.goto(url(student))
    phone.tap("#appeal")
    enter_last_four(phone, student)
    phone.fill("#text", "It was not retouched.")
    phone.tap("#yes")
    phone.wait_for_url(f"**{url(student)}")
    expect(phone.locator("h1")).to_have_text("Your appeal has arrived")
    assert Appeal.objects.get().text == "It was not retouched."


def test_a_phone_number_is_entered_and_removed(phone: Page, student: Student) -> None:
    phone.goto(url(student, "contact"))
    enter_last_four(phone, student)
    phone.fill("#id_phone", "138 1234 5678")
    phone.check("#id_agree")
    phone.tap("#save")
    expect(phone.locator(".known")).to_contain_text("138****5678")
    assert address_of(contact_of(student), "sms") == "+8613812345678"
    phone.tap(".known button")
    expect(phone.locator(".known")).to_have_count(0)
    assert contact_of(student) is None


def fits(phone: Page) -> bool:
    return bool(phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("locale", LANGUAGES)
def test_nothing_is_wider_than_the_phone(
    locale: str, chromium: Browser, address: str, portrait: Submission, student: Student
) -> None:
    phone = open_phone(chromium, address, locale)
    pictures = Pictures(phone, student)
    add_windows(student.campaign)
    pictures.take("locked")
    pictures.take("proof", "confirm")
    enter_last_four(phone, student)
    for part in ("confirm", "retake", "contact", ""):
        pictures.take(part or "awaiting", part)
    reasons = (
        GivenReason("hair_brow", "左侧刘海压住了眉毛", Mark(0.3, 0.2, 0.4, 0.15)),
        GivenReason("clothes_vs_bg", "", Mark(0.1, 0.75, 0.8, 0.25)),
    )
    in_state(State.REJECTED, Action.REJECT, *reasons)
    pictures.take("rejected")
    for next_state in (State.RECEIVED, State.RETOUCHING, State.CONFIRMED, State.PUBLISHED, State.WITHDRAWN):
        in_state(next_state)
        pictures.take(next_state.value)
    in_state(State.REVOKED, Action.REVOKE, GivenReason("retouched", "磨皮"))
    pictures.take("revoked")
    pictures.take("appeal", "appeal")
    phone.fill("#text", "没有修过。")
    phone.tap("#yes")
    phone.wait_for_url(f"**{url(student)}")
    pictures.take("appealed")
    decline_appeal(Appeal.objects.get(), administrator(), "已核对原片，照片经过磨皮处理。", timezone.now())
    pictures.take("declined")
    phone.context.close()


def administrator() -> User:
    return user_in(Role.ADMINISTRATOR)


def add_windows(campaign: Campaign) -> None:
    now = timezone.now()
    for kind, days, place in (("on_site", 0, ""), ("make_up", 1, "三号教学楼 205 室")):
        begin = now + timedelta(days=days)
        CaptureWindow.objects.create(
            campaign=campaign, kind=kind, opens_at=begin, closes_at=begin + timedelta(minutes=30), place=place
        )


class Pictures:
    """Screenshots of the student's pages; the width of each page is checked."""

    def __init__(self, phone: Page, student: Student) -> None:
        self.phone, self.student = phone, student

    def take(self, name: str, part: str = "") -> None:
        self.phone.goto(url(self.student, part))
        assert fits(self.phone), name
        keep_picture(self.phone, f"student-{name}")
