"""The steps of a review: reviewers, retoucher, students and administrators."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser import milliseconds
from tests.e2e.campaign_steps import READY, TRANSLATE, School, SentVisit
from tests.server.conftest import fake_number


def review(school: School, rejected: SentVisit, retouched: SentVisit) -> None:
    """Review the doubtful portraits, which come first, one by one, and the others in the grid."""
    page = school.page_of("mei", "/review/")
    page.keyboard.press("Enter")
    for _ in range(2):
        _show(page)
        if rejected.receipt.id in page.url:
            page.keyboard.press("2")
            page.keyboard.press("5")
            page.fill("#comment", "领口请整理一下")
            page.keyboard.press("Control+Enter")
        else:
            assert retouched.receipt.id in page.url
            page.keyboard.press("0")
            page.check("#reason-bad_cutout")
            page.keyboard.press("t")
            page.keyboard.press("Enter")
        page.wait_for_url(lambda url, before=page.url: url != before)  # type: ignore[misc]
    _show(page)  # the next portrait: its page releases the claim only after its script has started
    approve_by_grid(page, "/review/grid/")
    page.context.close()


def _show(page: Page) -> None:
    """Wait until the page accepts keys."""
    page.wait_for_url("**/review/*/**")
    expect(page.locator(READY)).to_be_attached()


def approve_by_grid(page: Page, path: str) -> None:
    """Approve page after page until none is left; each portrait has to be on the screen for a second."""
    page.goto(path)
    while True:
        expect(page.locator("#empty, .tile").first).to_be_visible()
        tiles = page.locator(".tile")
        if not (count := tiles.count()):
            return
        expect(page.locator(".tile.seen")).to_have_count(count)
        first = tiles.first.get_attribute("data-id")
        page.keyboard.press("Enter")
        expect(page.locator(f".tile[data-id='{first}']")).to_have_count(0)


def retouch(school: School, sent: SentVisit) -> None:
    """Remove background next to the shoulder as the retoucher; the worker makes the portrait again."""
    page = school.page_of("yun", "/retouch/")
    page.click("#next")
    page.wait_for_url(f"**/retouch/{sent.receipt.id}/")
    expect(page.locator("#editor")).to_be_visible(timeout=milliseconds(60))
    page.keyboard.press("e")
    _brush(page)
    page.click("#make")
    expect(page.locator("#submit_retouch")).to_be_visible(timeout=milliseconds(60))
    page.click("#submit_retouch")
    page.wait_for_url("**/retouch/")
    page.context.close()


def _brush(page: Page) -> None:
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    zoom = min(box["width"] / 480, box["height"] / 640)
    left, bottom = box["x"] + (box["width"] - 480 * zoom) / 2, box["y"] + (box["height"] + 640 * zoom) / 2
    page.mouse.move(left + 70 * zoom, bottom - 30 * zoom)
    page.mouse.down()
    page.mouse.move(left + 120 * zoom, bottom - 20 * zoom, steps=4)
    page.mouse.up()


def review_finally(school: School, retouched: SentVisit) -> None:
    """Approve as another person than the first reviewer, to whom the final review shows nothing."""
    page = school.page_of("tang", "/review/?stage=final")
    page.goto(f"/review/{retouched.receipt.id}/?stage=final")
    _show(page)
    expect(page.locator("#retouch-summary")).to_be_visible()
    retouched_address = page.locator("#portrait").get_attribute("src")
    page.keyboard.press("b")
    expect(page.locator("#portrait")).to_have_attribute("src", re.compile("/station.jpg$"))
    expect(page.locator("#view-name")).to_have_text(TRANSLATE("review_page.unretouched_portrait"))
    page.wait_for_function("() => document.querySelector('#portrait').naturalWidth === 480")
    page.keyboard.press("b")
    expect(page.locator("#portrait")).to_have_attribute("src", re.compile(re.escape(retouched_address or "-")))
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: retouched.receipt.id not in url)
    _show(page)
    approve_by_grid(page, "/review/grid/?stage=final")
    page.context.close()


def answer(phone: Page, sent: SentVisit, action: str, text: str = "") -> None:
    """Take the student's action; type the last four characters where the page requests them."""
    phone.goto(sent.receipt.progress_url)
    phone.tap(f"#{action}")
    phone.wait_for_url(f"**/{action}")
    if phone.locator("#last_four").count():
        phone.fill("#last_four", fake_number(sent.serial)[-4:])
        phone.tap(".unlock button")
        expect(phone.locator("#yes")).to_be_visible()
    if text:
        phone.fill("#text", text)
    phone.tap("#yes")
    phone.wait_for_url(sent.receipt.progress_url)
    expect(phone.locator(".note.good")).to_be_visible()


def expect_headline(phone: Page, sent: SentVisit, key: str) -> None:
    phone.goto(sent.receipt.progress_url)
    expect(phone.locator("h1")).to_have_text(TRANSLATE(key))


def revoke(school: School, first: Page, sent: SentVisit, phone: Page) -> None:
    """Revoke a portrait and grant its appeal; both need two administrators."""
    path = f"/review/revocations/{sent.receipt.id}/"
    second = school.administrator("lin", path)
    first.goto(path)
    first.check("#reason-retouched")
    first.fill("#comment", "照片经过磨皮处理")
    first.click("#revoke button.back")
    expect(first.locator("#cancel")).to_be_visible()
    expect(first.locator("#approve")).to_have_count(0)
    _agree(second, path)
    expect_headline(phone, sent, "progress.revoked")
    answer(phone, sent, "appeal", "没有修过。")
    second.goto(path)
    second.fill("#grant-text", "已核对原片，申诉成立。")
    second.click("#grant button.main")
    expect(second.locator("#approve")).to_have_count(0)
    _agree(first, path)
    expect_headline(phone, sent, "progress.appeal_granted")


def _agree(page: Page, path: str) -> None:
    page.goto(path)
    page.check("#examined")
    page.click("#approve")
    expect(page.locator("#waiting")).to_have_count(0)
