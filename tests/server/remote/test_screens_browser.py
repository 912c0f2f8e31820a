"""The seven screens in a phone-sized window, in both languages, without the page's script."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from server.records.models import Student
from server.remote import jobs
from server.remote.models import PhotoJob, Proof
from tests.browser import BROWSER_MARKS, PHONE, chromium, collect_complaints, keep_picture, new_page  # noqa: F401
from tests.server.remote.conftest import PHOTO, FakeEngine

pytestmark = [*BROWSER_MARKS, pytest.mark.django_db(transaction=True)]
DESKTOP = {"width": 1280, "height": 900}


def check_screen(page: Page, name: str) -> None:
    """Check that nothing is wider than the window; store a picture if a folder is set."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    keep_picture(page, name)


def follow(page: Page, selector: str) -> None:
    """Click, and wait until the next page is loaded: a click alone does not wait for it."""
    with page.expect_navigation():
        page.click(selector)


@pytest.mark.parametrize(("language", "size"), [("zh_CN", PHONE), ("en", PHONE), ("en", DESKTOP)])
def test_a_helper_walks_through_all_screens(
    chromium: Browser,  # noqa: F811
    address: str,
    phone: Client,
    student: Student,
    engine: FakeEngine,
    tmp_path: Path,
    language: str,
    size: dict[str, int],
) -> None:
    photo = tmp_path / "IMG_0001.jpg"
    photo.write_bytes(PHOTO)
    page = new_page(chromium, viewport=size, java_script_enabled=False)
    page.context.add_cookies([{"name": "sessionid", "value": phone.cookies["sessionid"].value, "url": address}])
    prefix = f"{language}-{size['width']}"
    page.goto(f"{address}/remote/{student.pk}/?lang={language}")
    page.goto(f"{address}/remote/{student.pk}/helper/?lang={language}")
    for name in ("helper", "wall", "light", "clothes"):
        check_screen(page, f"{prefix}-{name}")
        follow(page, "#next")
    check_screen(page, f"{prefix}-camera")
    page.set_input_files("#photo-camera_app", photo)
    follow(page, ".photo-form button >> nth=0")
    check_screen(page, f"{prefix}-check-waiting")
    jobs.check_proof(Proof.objects.latest("created_at").pk, timezone.now())
    page.reload()
    check_screen(page, f"{prefix}-check")
    follow(page, "#send")
    check_screen(page, f"{prefix}-result-waiting")
    jobs.make_submission(PhotoJob.objects.latest("created_at").pk, timezone.now())
    page.reload()
    check_screen(page, f"{prefix}-result")
    follow(page, "#progress")


def test_the_check_reloads_automatically(
    chromium: Browser,  # noqa: F811
    address: str,
    phone: Client,
    student: Student,
    engine: FakeEngine,
) -> None:
    phone.post(f"/remote/{student.pk}/camera/photo", {"photo": SimpleUploadedFile("a.jpg", PHOTO)})
    page = new_page(chromium, viewport=PHONE)
    complaints = collect_complaints(page)
    page.context.add_cookies([{"name": "sessionid", "value": phone.cookies["sessionid"].value, "url": address}])
    page.goto(f"{address}/remote/{student.pk}/check/")
    jobs.check_proof(Proof.objects.get().pk, timezone.now())
    page.wait_for_selector("#send")
    assert complaints == []


def test_the_page_stays_while_offline_and_shows_the_check_afterwards(
    chromium: Browser,  # noqa: F811
    address: str,
    phone: Client,
    student: Student,
    engine: FakeEngine,
) -> None:
    phone.post(f"/remote/{student.pk}/camera/photo", {"photo": SimpleUploadedFile("a.jpg", PHOTO)})
    page = new_page(chromium, viewport=PHONE)
    page.context.add_cookies([{"name": "sessionid", "value": phone.cookies["sessionid"].value, "url": address}])
    page.goto(f"{address}/remote/{student.pk}/check/")
    with page.expect_event("requestfailed"):
        page.context.set_offline(True)
    jobs.check_proof(Proof.objects.get().pk, timezone.now())
    expect(page.locator("#wait[data-seconds]")).to_be_visible()
    page.context.set_offline(False)
    page.wait_for_selector("#send")
