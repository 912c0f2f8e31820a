"""The clerk's delivery and the student's download in a real Chromium."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from server.delivery.jobs import run
from server.delivery.models import Delivery
from server.records.models import Campaign
from server.submissions.models import Submission
from server.submissions.states import State
from tests.browser import BROWSER_MARKS, PHONE, chromium, collect_complaints, new_page, script_held_back, sign_in
from tests.server.delivery.conftest import FakeEngine, checked, portrait_of
from tests.server.sample_pictures import portrait_jpeg

__all__ = ["chromium"]
pytestmark = [*BROWSER_MARKS, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse battery"


def page_of_clerk(chromium: Browser, address: str) -> Page:
    page = new_page(chromium, viewport={"width": 1280, "height": 900}, locale="en-GB", base_url=address)
    sign_in(page, "/", "lan", PASSWORD, lands_on="/delivery/")
    return page


def test_a_rule_typed_before_the_script_has_loaded_is_shown_too(
    chromium: Browser, address: str, campaign: Campaign, lan: User
) -> None:
    portrait_of(campaign, student={"student_no": "001", "class_name": "一班"})
    page = page_of_clerk(chromium, address)
    with script_held_back(page, "names"):
        page.goto(f"/delivery/{campaign.code}/new", wait_until="commit")
        page.fill("#id_template", "{bh}-{xh}.jpg")
    expect(page.locator("#names li")).to_have_text("一班-001.jpg")
    page.context.close()


def test_without_a_response_no_names_of_an_earlier_rule_are_shown(
    chromium: Browser, address: str, campaign: Campaign, lan: User
) -> None:
    portrait_of(campaign, student={"student_no": "001", "class_name": "一班"})
    page = page_of_clerk(chromium, address)
    page.goto(f"/delivery/{campaign.code}/new")
    expect(page.locator("#names li")).to_be_visible()
    page.context.set_offline(True)
    page.fill("#id_template", "{bh}-{xh}.jpg")
    expect(page.locator("#names")).to_be_hidden()
    page.context.set_offline(False)  # the page requests the names again, without further typing
    expect(page.locator("#names li")).to_have_text("一班-001.jpg")
    page.context.close()


def test_a_delivery_from_the_rule_to_the_hand_over(
    chromium: Browser, address: str, campaign: Campaign, lan: User, tmp_path: Path
) -> None:
    for number in ("001", "002"):
        portrait_of(campaign, student={"student_no": number, "class_name": "一班"})
    portrait_of(campaign, State.AWAITING_CONFIRMATION)
    page = new_page(chromium, viewport={"width": 1280, "height": 900}, locale="en-GB", base_url=address)
    complaints = collect_complaints(page)
    sign_in(page, "/", "lan", PASSWORD, lands_on="/delivery/")
    page.click("text=New delivery")
    page.fill("#id_template", "{bh}/{xh.x}.jpg")
    expect(page.locator("#names")).to_contain_text("is not a field")
    page.fill("#id_template", "{bh}-{xh}.jpg")
    expect(page.locator("#names li").first).to_have_text("一班-001.jpg")
    page.check("input[value=none]")
    page.check("input[name=plain_confirmed]")
    page.click("#deliver")
    page.wait_for_url("**/delivery/packages/**")
    expect(page.locator("#check")).to_contain_text("0 of 2 portraits")
    finding = Submission.objects.get(student__student_no="002")
    checked(Delivery.objects.get(), FakeEngine({str(finding.portrait_sha256): {"level": "look", "score": 0.8}}))
    page.click("#decide")
    page.check("input[name=finding]")
    page.check("input[value=keep]")
    page.fill("#id_reason", "the phone's own noise reduction")
    page.click("#save")
    expect(page.locator("#files")).to_contain_text("Waiting")
    run(Delivery.objects.get().pk, timezone.now())
    expect(page.locator("#files")).to_contain_text("Ready")
    with page.expect_download() as download:
        page.click("#files a >> nth=1")
    download.value.save_as(tmp_path / "part.zip")
    assert zipfile.ZipFile(tmp_path / "part.zip").namelist() == ["一班-001.jpg", "一班-002.jpg"]
    page.fill("#id_to", "李老师，教务处")
    page.click("#hand-over button")
    expect(page.locator("#files")).to_contain_text("Handed over to 李老师，教务处")
    assert complaints == []
    page.context.close()


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_the_student_saves_the_photo_on_a_phone(
    language: str, chromium: Browser, address: str, campaign: Campaign, tmp_path: Path
) -> None:
    submission = portrait_of(campaign, content=portrait_jpeg(1), student={"name": "王小明", "student_no": "20220001"})
    phone = new_page(chromium, viewport=PHONE, locale=language, base_url=address)
    phone.goto(f"/p/{submission.student.progress_token}")
    phone.click("#own a")
    phone.fill("input[name=last_four]", submission.student.last_four)
    phone.click(".unlock button")
    phone.wait_for_url("**/f/**")
    assert phone.evaluate("document.querySelector('.picture img').naturalWidth") == 480, (
        "it can be saved by a long press"
    )
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    with phone.expect_download() as download:
        phone.click(".choices a >> nth=0")
    assert download.value.suggested_filename == "王小明_20220001.jpg"
    download.value.save_as(tmp_path / "own.jpg")
    assert (tmp_path / "own.jpg").read_bytes() == portrait_jpeg(1)
    phone.context.close()
