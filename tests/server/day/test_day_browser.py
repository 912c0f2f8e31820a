"""The page of the capture day in a real Chromium: it updates automatically, works without script, and fits a phone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from server.members.models import Role
from server.members.scope import set_scope
from server.records.models import Campaign, Student
from server.records.scope import EVERYTHING
from server.stations.models import Heartbeat
from tests.browser import BROWSER_MARKS, PHONE, chromium, new_page
from tests.server.conftest import make_student
from tests.server.day.conftest import make_station, submit

PASSWORD = "correct horse battery"
DESKTOP = {"width": 1280, "height": 900}

__all__ = ["chromium"]
pytestmark = [*BROWSER_MARKS, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def fast(settings: Any) -> None:
    """Let the page refresh every second."""
    day = settings.APP.day.model_copy(update={"refresh_seconds": 1})
    settings.APP = settings.APP.model_copy(update={"day": day})


def sign_in(page: Page, role: Role = Role.CLERK) -> None:
    user = get_user_model().objects.create_user("lan", password=PASSWORD)
    set_scope(user, EVERYTHING, role)
    page.goto("/day/")
    page.fill("#id_username", "lan")
    page.fill("#id_password", PASSWORD)
    page.click("form button.main")
    page.wait_for_url("**/day/**")


def figure(page: Page, name: str) -> Any:
    return page.locator(".figure", has_text=name).locator("strong")


def test_the_page_updates_without_a_reload(chromium: Browser, address: str, campaign: Campaign, fast: None) -> None:
    student = make_student(campaign, class_name="一班")
    station = make_station("一号站", waiting=0)
    page = new_page(chromium, viewport=DESKTOP, locale="en-GB", base_url=address)
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    sign_in(page, Role.OPERATOR)
    expect(figure(page, "Captured")).to_have_text("0")
    page.evaluate("window.opened = true")
    submit(student)
    Heartbeat.objects.filter(station=station).update(disk_free_bytes=100_000_000)
    expect(figure(page, "Captured")).to_have_text("1")
    expect(page.locator(".station").first).to_contain_text("Disk nearly full: 0.1 GB free")
    assert page.evaluate("window.opened"), "the same page"
    assert errors == [], "nothing was blocked by the content security policy"
    page.context.close()


def test_an_unreachable_server_is_reported_until_it_is_back(
    chromium: Browser, address: str, campaign: Campaign, fast: None
) -> None:
    page = new_page(chromium, viewport=DESKTOP, locale="en-GB", base_url=address)
    sign_in(page)
    expect(page.locator("#lost")).to_be_hidden()
    page.route("**/live*", lambda route: route.abort())
    expect(page.locator("#lost")).to_be_visible()
    page.unroute("**/live*")
    expect(page.locator("#lost")).to_be_hidden()
    page.context.close()


def test_users_who_were_signed_out_get_the_sign_in_page(
    chromium: Browser, address: str, campaign: Campaign, fast: None
) -> None:
    page = new_page(chromium, viewport=DESKTOP, locale="en-GB", base_url=address)
    sign_in(page)
    page.context.clear_cookies(name="sessionid")
    page.wait_for_url("**/signin?next=/day/**")
    page.context.close()


def test_without_script_the_page_is_complete_and_a_window_opens(
    chromium: Browser, address: str, campaign: Campaign
) -> None:
    make_student(campaign, class_name="一班", name="王小明")
    page = new_page(chromium, viewport=DESKTOP, locale="en-GB", base_url=address, java_script_enabled=False)
    sign_in(page)
    expect(figure(page, "Not here yet")).to_have_text("1")
    page.click("#absent")
    page.check("input[name=who][value=classes]")
    page.check("input[name=of_classes]")
    page.click("#make-up button.main")
    expect(page.locator(".note.good")).to_contain_text("students who may come: 1")
    assert Student.objects.get().make_up_window is not None
    page.click("text=Print")
    expect(page.locator(".class-group")).to_contain_text("王*明")
    page.context.close()


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_nothing_is_wider_than_a_phone(language: str, chromium: Browser, address: str, campaign: Campaign) -> None:
    for number in range(1, 6):
        make_student(campaign, number, class_name=f"计算机科学与技术（卓越工程师）2022级{number}班", name="欧阳小明")
    old = timezone.now() - timedelta(minutes=25)
    faults = {"waiting": 12, "oldest_waiting_at": old, "disk_free_bytes": 1, "printer": "paper_out"}
    make_station("体育馆东门临时采集点一号站", **faults)
    phone = new_page(chromium, viewport=PHONE, locale=language, base_url=address)
    sign_in(phone)
    for path in ("", "absent", "absent/print"):
        phone.goto(f"/day/{campaign.pk}/{path}")
        assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
    phone.context.close()


@pytest.mark.usefixtures("small_typeface")
@pytest.mark.parametrize("name", ["report.pdf", "report.xlsx", "absent.xlsx"])
def test_each_file_is_downloaded(
    name: str, chromium: Browser, address: str, campaign: Campaign, tmp_path: Path
) -> None:
    make_student(campaign, class_name="一班")
    page = new_page(chromium, viewport=DESKTOP, locale="en-GB", base_url=address)
    sign_in(page)
    if name == "absent.xlsx":
        page.goto(f"/day/{campaign.pk}/absent")
    with page.expect_download() as download:
        page.click(f"a[href$='{name}']")
    download.value.save_as(tmp_path / name)
    assert (tmp_path / name).stat().st_size > 1000
    page.context.close()
