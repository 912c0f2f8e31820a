"""The page in a browser: a folder, a crop, another background, in both languages and by keyboard."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.axe import assert_accessible
from tests.browser import BROWSER_MARKS, PHONE, chromium, collect_complaints, new_page  # noqa: F401
from tests.kiosk.tools.photo.page_server.conftest import FakeEngine, RunningPage, serve
from tests.kiosk.tools.photo.page_server.test_uploads import picture

pytestmark = BROWSER_MARKS


def drawn_portrait(shot: bytes) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (480, 640), (100, 197, 255)).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture
def page(tmp_path: Path) -> Iterator[RunningPage]:
    engine = FakeEngine(portrait_bytes=drawn_portrait)
    (tmp_path / "work").mkdir()
    yield from serve(tmp_path / "work", engine)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "班级 <1>").mkdir(parents=True)
    for name in ("IMG_1.jpg", "班级 <1>/IMG_2.jpg"):
        (folder / name).write_bytes(picture(size=(400, 600)))
    (folder / "broken.jpg").write_bytes(b"")
    (folder / "names.txt").write_bytes(b"names")
    return folder


def open_page(page: RunningPage, chromium: Browser, locale: str, **settings: object) -> tuple[Page, list[str]]:  # noqa: F811
    tab = new_page(chromium, locale=locale, **settings)
    complaints = collect_complaints(tab)
    tab.goto(page.server.access.opening_address)
    return tab, complaints


def test_an_office_makes_the_portraits_of_a_folder(page: RunningPage, chromium: Browser, folder: Path) -> None:  # noqa: F811
    tab, complaints = open_page(page, chromium, "en-GB", viewport={"width": 1280, "height": 900})
    expect(tab.locator("#choose-folder")).to_be_visible()
    assert_accessible(tab)
    tab.locator("#folder").set_input_files(folder)
    expect(tab.locator(".photo.right")).to_have_count(2)
    expect(tab.locator(".photo.refused .photo-sentence")).to_contain_text("The file is empty")
    expect(tab.locator("#messages")).to_contain_text(".txt 1")
    expect(tab.locator(".photo-name").last).to_have_text("班级 <1>/IMG_2.jpg")
    expect(tab.locator("#questions li")).not_to_have_count(0)
    assert_accessible(tab)

    tab.locator(".photo.right .pair button").first.focus()
    tab.keyboard.press("Enter")
    expect(tab.locator("#details-name")).to_have_text("IMG_1.jpg")
    slider = tab.locator("#crop-x")
    before = slider.input_value()
    slider.focus()
    tab.keyboard.press("Home")
    expect(tab.locator("#trial")).to_be_visible()
    assert float(slider.input_value()) < float(before)
    assert_accessible(tab)
    tab.locator("#crop-use").click()
    expect(tab.locator("#portrait")).to_be_visible()
    expect(tab.locator("#crop-reset")).to_be_enabled()
    tab.keyboard.press("Escape")
    expect(tab.locator(".photo.right").first).to_contain_text("crop adjusted by you")

    tab.locator("#backgrounds label", has_text="white").click()
    expect(tab.locator("#backgrounds :checked")).to_have_value("white")
    expect(tab.locator("#archive")).to_be_enabled()
    with tab.expect_download() as download:
        tab.locator("#archive").click()
    assert download.value.suggested_filename == "portraits.zip"

    tab.on("dialog", lambda dialog: dialog.accept())
    tab.locator("#end").click()
    expect(tab.locator("main")).to_contain_text("The page has ended")
    assert page.ended.wait(60)
    assert complaints == []


def test_a_phone_sized_window_in_chinese_is_complete(page: RunningPage, chromium: Browser, folder: Path) -> None:  # noqa: F811
    tab, complaints = open_page(page, chromium, "zh-CN", viewport=PHONE)
    expect(tab.locator("#choose-folder")).to_have_text("选择文件夹")
    tab.locator("#folder").set_input_files(folder)
    expect(tab.locator(".photo.right")).to_have_count(2)
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(tab)
    assert complaints == []
