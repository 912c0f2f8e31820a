"""The work of a clerk in a real Chromium, from an empty server to a roster whose five mistakes were corrected."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from server.members.models import Role
from server.members.scope import set_scope
from server.records.models import Campaign, Student
from server.records.scope import EVERYTHING
from tests.browser import BROWSER_MARKS, PHONE, chromium, new_page, sign_in
from tests.server.clerk.conftest import roster_file
from tests.server.conftest import fake_number

PASSWORD = "correct horse battery"

__all__ = ["chromium"]
pytestmark = [*BROWSER_MARKS, pytest.mark.django_db(transaction=True)]


def line(serial: int, name: str, number: str = "", student_no: str = "") -> str:
    return f"{name},{number or fake_number(serial)},{student_no or f'2023{serial:04d}'},一班"


RIGHT = [line(1, "王小明"), line(2, "李雷"), line(3, "韩梅梅"), line(4, "丁一"), line(5, "赵六"), line(6, "钱七")]
WRONG = [
    RIGHT[0],
    line(2, "李雷", number=fake_number(2)[:-1]),  # a digit is missing
    line(3, "韩?梅"),  # a character was lost
    line(4, "丁一", number=fake_number(1)),  # the number of another student
    line(5, ""),  # no name
    line(6, "钱七", student_no="20230001"),  # the student number of another one
]
HEADER = "姓名,身份证号,学号,班级"


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_from_an_empty_server_to_a_roster_with_five_mistakes(
    script: bool, chromium: Browser, address: str, tmp_path: Path
) -> None:
    user = get_user_model().objects.create_user("lan", password=PASSWORD)
    set_scope(user, EVERYTHING, Role.CLERK)
    page = new_page(
        chromium, viewport={"width": 1280, "height": 900}, locale="en-GB", base_url=address, java_script_enabled=script
    )
    sign_in(page, "/", "lan", PASSWORD, lands_on="/clerk/")
    expect(page.locator(".step")).to_have_count(4)
    make_school(page)
    make_campaign(page)

    roster = tmp_path / "名单.csv"
    roster.write_bytes(roster_file(*WRONG, header=HEADER))
    choose_file(page, roster)
    expect(page.locator("#bad tbody tr")).to_have_count(5)
    assert Student.objects.count() == 0
    roster.write_bytes(roster_file(*RIGHT, header=HEADER))
    page.click("text=Choose another file")
    choose_file(page, roster, opened=True)
    expect(page.locator("#bad")).to_have_count(0)
    page.click("#confirm")
    page.wait_for_url("**/campaigns/*/")
    assert Student.objects.count() == 6
    expect(page.locator(".figure").first).to_contain_text("6")
    page.click("text=Notice")
    expect(page.locator(".sheet footer img")).to_be_visible()
    page.context.close()


def make_school(page: Page) -> None:
    page.click(".step.current a")
    page.fill("#id_code", "99001")
    page.fill("#id_name", "示范大学")
    page.click("main form button.main")
    page.wait_for_url("**/clerk/")


def make_campaign(page: Page) -> None:
    page.click(".step.current a")
    today = timezone.localdate()
    page.fill("#id_title", "2027 届毕业生图像采集")
    page.fill("#id_first_day", today.isoformat())
    page.fill("#id_last_day", (today + timedelta(days=10)).isoformat())
    page.fill("#id_place", "图书馆一楼")
    page.click(".form-end button.main")
    page.wait_for_url("**/campaigns/*/")
    assert Campaign.objects.get().place == "图书馆一楼"


def choose_file(page: Page, file: Path, opened: bool = False) -> None:
    if not opened:
        page.click("text=Import a roster")
    page.set_input_files("#file", file)
    page.click("main form button.main")
    page.wait_for_url("**/preview")


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_nothing_is_wider_than_a_phone(language: str, chromium: Browser, address: str, campaign: Campaign) -> None:
    from server.records.roster_import.importer import import_roster

    import_roster(campaign, roster_file(*RIGHT, header=HEADER))
    user = get_user_model().objects.create_user("lan", password=PASSWORD)
    set_scope(user, EVERYTHING, Role.CLERK)
    phone = new_page(chromium, viewport=PHONE, locale=language, base_url=address)
    sign_in(phone, "/", "lan", PASSWORD, lands_on="/clerk/")
    student = Student.objects.all()[0].pk
    of_campaign = [f"/clerk/campaigns/{campaign.pk}/{page}" for page in ("", "edit", "notice")]
    others = ["/clerk/roster/", "/clerk/students/", f"/clerk/students/{student}/", "/clerk/school", f"/c/{campaign.pk}"]
    for path in ["/clerk/", *of_campaign, *others]:
        phone.goto(path)
        assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
    phone.context.close()
