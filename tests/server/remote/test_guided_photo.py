"""A remote student's photo, with a fake camera, the real server and the real engine, from guidance to confirmation.

It is checked, sent over a slow connection that is cut, approved by a reviewer and confirmed by the student."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from hardware.simulators.studio_camera.scene import Scene
from server.members.roles import create_reviewer
from server.records.models import Campaign, Student
from server.remote import jobs
from server.remote.models import PhotoJob, Proof
from server.retouch.engine_process import ENGINE
from server.submissions.models import Submission
from tests.axe import assert_accessible
from tests.browser import (
    BROWSER_MARKS,
    PHONE,
    chromium_running,
    collect_complaints,
    keep_picture,
    milliseconds,
    new_page,
)
from tests.server.remote.built_page import require_built_page
from tests.server.remote.fake_camera import camera_arguments, studio_frame, write_camera
from tests.server.submissions.reviewing import approve, claimed_by
from tests.waiting import eventually

pytestmark = [*BROWSER_MARKS, pytest.mark.django_db(transaction=True)]
LONG = milliseconds(240)
SLOW_UPLOAD = 60_000
"""Bytes per second: 0.5 Mbit/s."""


@pytest.fixture(scope="module")
def rear_camera(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    require_built_page()
    path = tmp_path_factory.mktemp("camera") / "camera.y4m"
    write_camera(path, [(studio_frame(Scene(x=0.62, y=0.42)), 6), (studio_frame(Scene(y=0.42)), 60)], 1)
    with chromium_running(camera_arguments(path)) as browser:
        yield browser
    ENGINE.close()


def check_screen(page: Page, name: str) -> None:
    """Check that nothing is wider than the window and that nothing violates WCAG 2.2 AA."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    assert_accessible(page)
    keep_picture(page, name)


def take_photo(page: Page, language: str) -> None:
    """Wait until the photo may be taken, and press the button."""
    check_screen(page, f"guide-{language}-start")
    page.click("#guide button.main")
    page.wait_for_selector(".guide-shutter.ready", timeout=LONG)
    check_screen(page, f"guide-{language}-live")
    page.click(".guide-shutter")


def send(page: Page) -> None:
    """Submit the photo over a slow connection that is cut in the middle."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    speed = {"latency": 100, "downloadThroughput": -1, "uploadThroughput": SLOW_UPLOAD}
    devtools.send("Network.emulateNetworkConditions", {"offline": False, **speed})
    page.click(".guide-buttons button >> nth=0")  # if there are faults, the main button takes another photo
    eventually(lambda: page.evaluate("document.querySelector('#guide progress')?.value > 0.2"), timeout=60)
    devtools.send("Network.emulateNetworkConditions", {"offline": True, **speed})
    expect(page.locator("#guide [role=status]")).not_to_be_empty(timeout=LONG)
    devtools.send("Network.emulateNetworkConditions", {"offline": False, **speed})
    page.wait_for_url("**/result/", timeout=LONG)


def confirm(page: Page, student: Student) -> None:
    page.goto(f"/p/{student.progress_token}")
    page.click("#confirm")
    if page.locator("#last_four").count():
        page.fill("#last_four", student.last_four)
        page.click(".unlock button")
    page.click("#yes")
    expect(page.locator(".note.good")).to_be_visible()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_remote_student_gets_an_approved_portrait(
    rear_camera: Browser, address: str, phone: Client, student: Student, language: str
) -> None:
    Campaign.objects.update(confirmation=True)
    page = new_page(rear_camera, viewport=PHONE, base_url=address, permissions=["camera"])
    page.context.add_cookies([{"name": "sessionid", "value": phone.cookies["sessionid"].value, "url": address}])
    complaints = collect_complaints(page)
    page.goto(f"/remote/{student.pk}/camera/?lang={language}")
    take_photo(page, language)
    eventually(lambda: Proof.objects.exists(), timeout=60)
    jobs.check_proof(Proof.objects.get().pk, timezone.now())
    expect(page.locator(".guide-buttons")).to_be_visible(timeout=LONG)
    expect(page.locator(".guide-pictures figcaption")).to_be_visible()  # the preview of the portrait
    check_screen(page, f"guide-{language}-checked")
    send(page)
    jobs.make_submission(PhotoJob.objects.get().pk, timezone.now())
    expect(page.locator("#wait:not([data-seconds])")).to_be_visible(timeout=LONG)  # the page reloads automatically
    page.wait_for_load_state()
    check_screen(page, f"guide-{language}-result")
    submission = Submission.objects.get()
    reviewer = create_reviewer("reviewer", "a long password")
    claimed = claimed_by(submission, reviewer, timezone.now() + timedelta(minutes=5))
    approve(claimed.pk, claimed.revision, reviewer, timezone.now(), identity_confirmed=True)
    confirm(page, student)
    assert Submission.objects.get().state == "confirmed"
    assert [text for text in complaints if "Content Security Policy" in text] == []
    page.context.close()
