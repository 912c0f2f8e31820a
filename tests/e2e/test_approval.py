"""From the shutter to the student's phone: the visit, the decision, the student's page, and a visit after a rejection.

Station, server and browser are real.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from playwright.sync_api import Browser, Page, expect

from config.i18n import translations
from hardware.simulators.receipt_printer import SimulatedPrinter
from kiosk.tools.demo.server import DemoServer
from kiosk.visit.step import Step
from tests.browser import BROWSER_MARKS, PHONE, chromium, collect_complaints, new_page, sign_in
from tests.demo_server import demo_server, submissions
from tests.kiosk.visit.visitor import Visitor, expected_numbers, paired_station, pictures, visitor_at

__all__ = ["chromium", "demo_server", "pictures"]
TRANSLATE = translations("zh_CN").translate
COMMENT = "领口请整理一下"
READY = "body[data-ready=yes]"  # set once the page accepts keys

pytestmark = BROWSER_MARKS


@pytest.fixture(scope="module")
def printer() -> Iterator[SimulatedPrinter]:
    with SimulatedPrinter() as printer:
        yield printer


@pytest.fixture(scope="module")
def visitor(
    demo_server: DemoServer, pictures: Path, printer: SimulatedPrinter, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Visitor]:
    folder = paired_station(demo_server, tmp_path_factory.mktemp("station"))
    paper = {"driver": f"escpos:network:127.0.0.1:{printer.port}"}
    with visitor_at(folder, f"folder:{pictures}", server={"roster_interval": 0.5}, printer=paper) as visitor:
        yield visitor


@pytest.fixture
def browser_page(chromium: Browser, demo_server: DemoServer, tmp_path: Path) -> Iterator[Page]:
    """The page of a reviewer who is signed in; an error that the browser reports fails the test."""
    page = new_page(chromium, viewport={"width": 1440, "height": 900}, base_url=demo_server.url, locale="zh-CN")
    complaints = collect_complaints(page)
    sign_in(page, "/review/", demo_server.reviewer, demo_server.password)
    yield page
    page.context.close()
    assert complaints == []


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    page = new_page(chromium, viewport=PHONE, is_mobile=True, has_touch=True, locale="zh-CN")
    yield page
    page.context.close()


def open_first(browser_page: Page, server: DemoServer) -> dict[str, object]:
    """Open the first of the queue and wait for its pictures; return its row in the server's database."""
    browser_page.keyboard.press("Enter")
    browser_page.wait_for_url("**/review/*/")
    browser_page.wait_for_function("() => document.querySelector('#portrait')?.naturalWidth === 480")
    browser_page.wait_for_function("() => document.querySelector('.shot img')?.naturalWidth > 480")
    expect(browser_page.locator(READY)).to_be_attached()
    identifier = browser_page.url.rstrip("/").rsplit("/", 1)[1]
    [row] = [row for row in submissions(server) if row["id"] == identifier]
    return row


def side_by_side(browser_page: Page) -> bool:
    portrait, shot = (browser_page.locator(one).bounding_box() for one in ("#portrait", ".shot img"))
    assert portrait
    assert shot
    are_beside = portrait["x"] + portrait["width"] <= shot["x"] or shot["x"] + shot["width"] <= portrait["x"]
    return are_beside and abs(portrait["y"] - shot["y"]) < portrait["height"]


def test_approved_by_key_and_reported_on_the_phone(
    visitor: Visitor,
    demo_server: DemoServer,
    browser_page: Page,
    phone: Page,
    printer: SimulatedPrinter,
    tmp_path: Path,
) -> None:
    """The student shows a document instead of a card and takes a receipt."""
    progress = visitor.visit(expected_numbers(demo_server)[0], by_document=True)
    [paper] = printer.wait_for_receipts(1)
    assert [code.text for code in zxingcpp.read_barcodes(np.asarray(paper))] == [progress]
    visitor.wait_until_sent()
    phone.goto(progress)
    expect(phone.locator("h1")).to_have_text(TRANSLATE("progress.received"))

    browser_page.reload()
    row = open_first(browser_page, demo_server)
    assert (row["outcome"], row["version"]) == ("accepted", 1)
    assert row["state"] in ("received", "first_review"), "the page claims the submission"
    assert side_by_side(browser_page)
    expect(browser_page.get_by_text(TRANSLATE("identified.document"))).to_be_visible()
    assert browser_page.locator(".verdicts tr").count() >= 12
    expect(browser_page.locator(".verdicts tr.fail")).to_have_count(0)
    expect(browser_page.locator(".tag.simulated").first).to_be_visible()
    browser_page.screenshot(path=tmp_path / "browser_page.png", full_page=True)
    browser_page.keyboard.press("a")
    browser_page.keyboard.press("Enter")
    browser_page.wait_for_url("**/review/")
    assert submissions(demo_server)[-1]["state"] == "confirmed"

    phone.reload()
    expect(phone.locator(".progress.good h1")).to_be_visible()
    phone.screenshot(path=tmp_path / "phone.png", full_page=True)


def test_rejected_with_a_reason_and_captured_again(
    visitor: Visitor, demo_server: DemoServer, browser_page: Page, phone: Page, tmp_path: Path
) -> None:
    number = expected_numbers(demo_server)[1]
    progress = visitor.visit(number)
    visitor.wait_until_sent()
    visitor.scan(number)
    notice = visitor.controller.state.notice
    assert notice is not None
    assert notice.key == "roster.captured", "control: there is no second visit without a rejection"
    visitor.leave()

    browser_page.reload()
    first = open_first(browser_page, demo_server)
    browser_page.keyboard.press("0")
    browser_page.check("#reason-hair_brow")
    browser_page.fill("#comment", COMMENT)
    browser_page.keyboard.press("Control+Enter")
    browser_page.wait_for_url("**/review/")
    phone.goto(progress)
    expect(phone.locator("h1")).to_have_text(TRANSLATE("progress.rejected"))
    expect(phone.locator(".advice")).to_contain_text(TRANSLATE("advice.hair_brow"))
    expect(phone.locator(".advice .comment")).to_have_text(COMMENT)
    phone.screenshot(path=tmp_path / "phone.png", full_page=True)

    visitor.wait_for(lambda: expected_again(visitor, number))
    visitor.visit(number)
    visitor.wait_until_sent()
    browser_page.goto("/review/")
    second = open_first(browser_page, demo_server)
    assert (second["student_id"], second["version"]) == (first["student_id"], 2)
    phone.reload()
    expect(phone.locator("h1")).to_have_text(TRANSLATE("progress.received"))


def expected_again(visitor: Visitor, number: str) -> bool:
    visitor.scan(number)
    again = visitor.controller.state.step is Step.CONSENT
    visitor.leave()
    return again
