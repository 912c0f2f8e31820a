"""The grid by keyboard in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, Route, expect

from server.records.models import Campaign
from server.submissions.clock import run_due_transitions
from server.submissions.models import PendingDecision, Submission
from tests.browser import BROWSER_MARKS, PHONE, chromium, keep_picture, new_page
from tests.server.review.queue_data import fill_queue, member
from tests.waiting import eventually

DESKTOP = {"width": 1280, "height": 800}
PASSWORD = "correct horse battery"

__all__ = ["chromium"]
pytestmark = [*BROWSER_MARKS, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def undo(settings: Any) -> None:
    """Let decisions be taken back for longer than a test takes on a busy machine."""
    review = settings.APP.review.model_copy(update={"undo_seconds": 600})
    settings.APP = settings.APP.model_copy(update={"review": review})


@pytest.fixture
def pages(chromium: Browser, address: str) -> Iterator[Any]:
    """Open the grid as a user; errors in the browser's console (blocked scripts, missing files) fail the test."""
    open_pages: list[Page] = []
    console_errors: list[str] = []

    def open_grid(name: str, viewport: dict[str, int] = DESKTOP, path: str = "/review/grid/", **more: Any) -> Page:
        user = member(name)
        user.set_password(PASSWORD)
        user.save()
        page = new_page(chromium, viewport=viewport, locale="en-GB", base_url=address, **more)
        page.on("console", lambda message: console_errors.append(message.text) if message.type == "error" else None)
        page.goto(f"/signin?next={path}")
        page.fill("#id_username", name)
        page.fill("#id_password", PASSWORD)
        page.click("form button.main")
        page.wait_for_url(f"**{path}")
        open_pages.append(page)
        return page

    yield open_grid
    for number, page in enumerate(open_pages):
        keep_picture(page, f"grid-{number}")
        page.context.close()
    assert [text for text in console_errors if "status of 500" not in text] == []  # one test lets the server fail


def wait_until_seen(page: Page, count: int) -> None:
    """Wait until `count` portraits have been on the screen for a second and keys are accepted again."""
    expect(page.locator(".tile.seen").nth(count - 1)).to_be_attached()


def hold_first(page: Page, pattern: str) -> list[Route]:
    """Hold back the first request that matches `pattern`; the list contains its route once the page has sent it."""
    held: list[Route] = []
    page.route(pattern, lambda route: route.continue_() if held else held.append(route))
    return held


def finished_requests(page: Page) -> list[str]:
    """Return a list that collects the requests whose responses arrive from now on."""
    finished: list[str] = []
    page.on("requestfinished", lambda request: finished.append(f"{request.method} {urlsplit(request.url).path}"))
    return finished


def pending() -> set[str]:
    return set(PendingDecision.objects.values_list("submission", flat=True))


def shown(page: Page) -> list[str]:
    return [str(tile.get_attribute("data-id")) for tile in page.locator(".tile").all()]


def test_twelve_are_approved_by_keyboard_but_for_one(undo: None, pages: Any, campaign: Campaign) -> None:
    ids = fill_queue(campaign, 20, pictures=True)
    page = pages("mei")
    expect(page.locator("#tiles .tile")).to_have_count(12)
    assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight"), "all are on one screen"
    wait_until_seen(page, 12)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    expect(page.locator(".tile .mark:checked")).to_have_count(1)
    expect(page.locator(f".tile[data-id='{ids[6]}'] .mark")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.locator("#apart-list a")).to_have_count(1)
    expect(page.locator("#tiles .tile")).to_have_count(8)
    assert shown(page) == ids[12:]
    assert pending() == set(ids[:12]) - {ids[6]}
    assert set(Submission.objects.values_list("state", flat=True)) == {"first_review"}, "nothing is final yet"
    page.click("#apart-list a")
    page.wait_for_url(f"**/review/{ids[6]}/")
    eventually(lambda: Submission.objects.filter(state="received").count() == 8)
    assert Submission.objects.get(pk=ids[6]).state == "first_review", "its own page keeps the claim"
    assert run_due_transitions(timezone.now() + timedelta(hours=1)) >= 11


def test_one_key_takes_the_whole_page_back(undo: None, pages: Any, campaign: Campaign) -> None:
    ids = fill_queue(campaign, 14, pictures=True)
    page = pages("mei")
    wait_until_seen(page, 12)
    expect(page.locator("#undo")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("#undo")).to_be_visible()
    expect(page.locator("#undo-text")).to_contain_text("Undo 12 · ")
    expect(page.locator("#tiles .tile")).to_have_count(2)
    assert shown(page) == ids[12:]
    wait_until_seen(page, 2)
    page.keyboard.press("u")
    expect(page.locator("#undo")).to_be_hidden()
    expect(page.locator("#tiles .tile")).to_have_count(12)
    assert shown(page) == ids[:12]
    assert pending() == set()
    wait_until_seen(page, 12)
    page.keyboard.press("Enter")
    eventually(lambda: pending() == set(ids[:12]))


def test_what_was_not_on_the_screen_for_a_second_stays_undecided(undo: None, pages: Any, campaign: Campaign) -> None:
    ids = fill_queue(campaign, 12, pictures=True)
    page = pages("mei", PHONE, has_touch=True, is_mobile=True)
    wait_until_seen(page, 2)
    page.keyboard.press("Enter")
    eventually(lambda: pending())
    approved = pending()
    assert 2 <= len(approved) < 8
    assert approved == set(ids[: len(approved)]), "the upper ones"
    expect(page.locator("#tiles .tile")).to_have_count(12 - len(approved))
    page.locator(".tile").last.scroll_into_view_if_needed()
    wait_until_seen(page, 2)
    page.tap("#approve")
    eventually(lambda: ids[-1] in pending())


def test_keys_do_nothing_right_after_new_portraits_appear(undo: None, pages: Any, campaign: Campaign) -> None:
    """Pressing Enter twice does not decide the second page, which nobody has seen yet."""
    ids = fill_queue(campaign, 24, pictures=True)
    page = pages("mei")
    wait_until_seen(page, 12)
    page.keyboard.press("Enter")
    expect(page.locator(".tile").first).to_have_attribute("data-id", ids[12])
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    wait_until_seen(page, 12)
    assert pending() == set(ids[:12])


def test_two_reviewers_have_different_portraits(undo: None, pages: Any, campaign: Campaign) -> None:
    fill_queue(campaign, 60, pictures=True)
    one, other = pages("mei"), pages("late")
    for page in (one, other):
        expect(page.locator("#tiles .tile")).to_have_count(12)
    assert not set(shown(one)) & set(shown(other))
    for page in (one, other):
        wait_until_seen(page, 12)
        page.keyboard.press("Enter")
    eventually(lambda: len(pending()) == 24)
    assert set(PendingDecision.objects.values_list("user__username", flat=True)) == {"mei", "late"}


def test_escape_gives_everything_back(undo: None, pages: Any, campaign: Campaign) -> None:
    fill_queue(campaign, 5, pictures=True)
    page = pages("mei")
    wait_until_seen(page, 5)
    assert Submission.objects.filter(state="first_review").count() == 5, "control"
    page.keyboard.press("Escape")
    page.wait_for_url("**/review/")
    eventually(lambda: Submission.objects.filter(state="received").count() == 5)


def test_after_a_reload_the_last_page_can_still_be_taken_back(undo: None, pages: Any, campaign: Campaign) -> None:
    fill_queue(campaign, 3, pictures=True)
    page = pages("mei")
    wait_until_seen(page, 3)
    page.keyboard.press("Enter")
    expect(page.locator("#empty")).to_be_visible()
    page.reload()
    expect(page.locator("#undo-form")).to_contain_text("3 approvals")
    page.locator("#undo-form button").click()
    expect(page.locator(".note.good").first).to_contain_text("3 approvals were taken back")
    expect(page.locator("#tiles .tile")).to_have_count(3)


@pytest.mark.parametrize("control", ["#undo-form button", "#leave"])
def test_the_page_waits_for_a_pending_claim_before_it_is_left(
    undo: None, pages: Any, campaign: Campaign, control: str
) -> None:
    """Otherwise the server would claim the returned portraits for the page that was left; the next would be empty."""
    fill_queue(campaign, 3, pictures=True)
    page = pages("mei")
    wait_until_seen(page, 3)
    page.keyboard.press("Enter")
    expect(page.locator("#empty")).to_be_visible()
    held = hold_first(page, "**/grid/claim*")
    page.reload()
    eventually(lambda: page.title() and held)
    finished = finished_requests(page)
    page.click(control)
    held[0].continue_()
    if control == "#leave":
        page.wait_for_url("**/review/")
    else:
        expect(page.locator("#tiles .tile")).to_have_count(3)
    assert finished[0] == "POST /review/grid/claim"


def test_the_page_of_one_portrait_waits_for_its_claim_before_it_is_left(pages: Any, campaign: Campaign) -> None:
    [portrait] = fill_queue(campaign, 1, pictures=True)
    page = pages("mei", path="/review/")
    held = hold_first(page, f"**/review/{portrait}/claim*")
    page.goto(f"/review/{portrait}/")
    eventually(lambda: page.title() and held)
    finished = finished_requests(page)
    page.click("#to-queue")
    held[0].continue_()
    page.wait_for_url("**/review/")
    assert finished[0] == f"POST /review/{portrait}/claim"
    eventually(lambda: Submission.objects.get(pk=portrait).state == "received")


def test_a_server_that_does_not_answer_is_named_and_nothing_is_lost(undo: None, pages: Any, campaign: Campaign) -> None:
    ids = fill_queue(campaign, 2, pictures=True)
    page = pages("mei")
    wait_until_seen(page, 2)
    page.route("**/grid/decide", lambda route: route.fulfill(status=500, body="", content_type="text/html"))
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("did not answer")
    page.unroute("**/grid/decide")
    page.keyboard.press("Enter")
    eventually(lambda: pending() == set(ids))
