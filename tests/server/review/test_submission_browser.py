"""The page of one submission in a real Chromium: pictures, reasons, marks, the claim, and taking a decision back."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from server.audit.models import Event
from server.records.models import Campaign
from server.submissions.actor import Actor
from server.submissions.models import PendingDecision, Submission
from server.submissions.rule import Action
from server.submissions.workflow import apply
from tests.browser import BROWSER_MARKS, PHONE, new_page, script_held_back, sign_in
from tests.server.conftest import make_student
from tests.server.review.aligned_visits import SHOT_SIZE, aligned_visit
from tests.server.review.submission_browser import READY, claimed_by, press, state_of, wait_for_submission
from tests.server.station_client import StationClient, Visit
from tests.waiting import eventually

pytestmark = [*BROWSER_MARKS, pytest.mark.django_db(transaction=True)]

ALIKE_LEVELS = 8.0  # of 255; two copies of one face, scaled and compressed separately, differ by less
REACH_PX = 4


@pytest.fixture
def undo(settings: Any) -> None:
    review = settings.APP.review.model_copy(update={"undo_seconds": 30})
    settings.APP = settings.APP.model_copy(update={"review": review})


@pytest.fixture
def two(station: StationClient, campaign: Campaign) -> list[Visit]:
    visits = [aligned_visit(make_student(campaign, n), seed=n) for n in (1, 2)]
    assert [station.submit(visit).status_code for visit in visits] == [200] * 2
    return visits


def show(page: Page, visit: Visit) -> None:
    page.goto(f"/review/{visit.envelope.id}/")
    wait_for_submission(page, visit)


def stage_pixels(page: Page) -> np.ndarray:
    picture = page.locator("#stage").screenshot(animations="disabled")
    return np.asarray(Image.open(io.BytesIO(picture)).convert("L")).astype(np.float32)


def middle(pixels: np.ndarray, across: int = 0, down: int = 0) -> np.ndarray:
    """Return the part with the face, of a picture that is moved by `across` and `down` pixels."""
    high, wide = pixels.shape
    return pixels[high // 6 - down : high * 5 // 6 - down, wide // 6 - across : wide * 5 // 6 - across]


def difference(one: np.ndarray, other: np.ndarray, across: int = 0, down: int = 0) -> float:
    return float(np.abs(middle(one) - middle(other, across, down)).mean())


def displacement(one: np.ndarray, other: np.ndarray) -> tuple[int, int]:
    """Return by how many pixels, across and down, `other` must be moved to look most like `one`."""
    steps = range(-REACH_PX, REACH_PX + 1)
    moves = [(across, down) for across in steps for down in steps]
    return min(moves, key=lambda move: difference(one, other, *move))


def wait_for_shot(page: Page, width: int) -> None:
    page.wait_for_function(f"() => document.querySelector('.shot-on-stage').naturalWidth === {width}")


def test_a_reason_checked_before_the_script_has_loaded_chooses_the_rejection(
    page_of_reviewer: Page, two: list[Visit]
) -> None:
    with script_held_back(page_of_reviewer, "submission"):
        page_of_reviewer.goto(f"/review/{two[0].envelope.id}/", wait_until="commit")
        page_of_reviewer.check("input[data-key='1']")
    expect(page_of_reviewer.locator("#reject")).to_have_attribute("aria-pressed", "true")


def test_the_reasons_of_a_refused_form_choose_no_decision(page_of_reviewer: Page, two: list[Visit]) -> None:
    """The reasons may belong to a request for a retouch, so Enter must not reject because of them."""
    show(page_of_reviewer, two[0])
    page_of_reviewer.check("input[data-key='1']")
    page_of_reviewer.evaluate(  # as if the submission had changed meanwhile
        "() => { const form = document.getElementById('reject-form'); form.elements.revision.value = 0;"
        " form.insertAdjacentHTML('beforeend', '<input name=action value=reject>'); form.submit(); }"
    )
    expect(page_of_reviewer.locator("[role=alert]").first).to_be_visible()
    expect(page_of_reviewer.locator("input[data-key='1']")).to_be_checked()
    expect(page_of_reviewer.locator(READY)).to_be_attached()
    expect(page_of_reviewer.locator("#reject")).not_to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("angle", [0.0, 6.0])
def test_the_face_stays_where_it_is_when_the_pictures_are_flipped(
    angle: float, page_of_reviewer: Page, station: StationClient, campaign: Campaign
) -> None:
    visit = aligned_visit(make_student(campaign, 1), angle=angle)
    assert station.submit(visit).status_code == 200
    show(page_of_reviewer, visit)
    portrait = stage_pixels(page_of_reviewer)
    press(page_of_reviewer, "f")
    expect(page_of_reviewer.locator("#view-name")).to_have_text("Shot at the same place")
    wait_for_shot(page_of_reviewer, 1200)  # the stored preview
    shot = stage_pixels(page_of_reviewer)
    assert difference(portrait, shot) < ALIKE_LEVELS
    assert max(map(abs, displacement(portrait, shot))) <= 1
    press(page_of_reviewer, "w")
    expect(page_of_reviewer.locator("#view-name")).to_have_text("Original shot")
    assert difference(portrait, stage_pixels(page_of_reviewer)) > ALIKE_LEVELS
    press(page_of_reviewer, "w")
    press(page_of_reviewer, "f")
    press(page_of_reviewer, "f")
    expect(page_of_reviewer.locator("#view-name")).to_have_text("Portrait")


def test_real_pixels_of_the_shot_follow_the_pointer(page_of_reviewer: Page, two: list[Visit]) -> None:
    page = page_of_reviewer
    show(page, two[0])
    press(page, "f")
    press(page, "z")
    wait_for_shot(page, SHOT_SIZE[0])  # the file itself
    expect(page.locator("#magnification")).to_contain_text("100 %")
    width = page.evaluate("document.querySelector('.shot-on-stage').getBoundingClientRect().width")
    assert width == pytest.approx(SHOT_SIZE[0], abs=1)
    box = page.locator("#stage").bounding_box()
    assert box is not None
    corners = []
    for x, y in ((0.02, 0.02), (0.98, 0.98)):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        corners.append(
            page.evaluate("(b => [b.left, b.top])(document.querySelector('.sheet-of-stage').getBoundingClientRect())")
        )
    assert corners[0][0] > corners[1][0] + 100
    assert corners[0][1] > corners[1][1] + 100
    before = stage_pixels(page)
    press(page, "f")  # the portrait at the same place, so enlarged
    # One pixel of the portrait is two of the screen.
    assert max(map(abs, displacement(before, stage_pixels(page)))) <= 2
    assert "100 %" not in (page.locator("#magnification").text_content() or "")
    press(page, "Escape")
    expect(page.locator("#stage")).not_to_contain_class("zoomed")
    parts = Event.objects.filter(action="image_viewed").values_list("details__part", flat=True)
    assert set(parts) == {"portrait.jpg", "shot.jpg", "shot-full"}


def test_a_click_enlarges_what_is_under_it_and_a_finger_drags_it(
    chromium: Browser, address: str, reviewer: tuple[str, str], two: list[Visit]
) -> None:
    phone = new_page(
        chromium,
        viewport=PHONE,
        has_touch=True,
        is_mobile=True,
        locale="zh-CN",
        base_url=address,
    )
    sign_in(phone, "/review/", *reviewer)
    show(phone, two[0])
    phone.tap("#stage", position={"x": 100, "y": 150})
    expect(phone.locator("#stage")).to_contain_class("zoomed")
    before = phone.evaluate("document.querySelector('.sheet-of-stage').getBoundingClientRect().left")
    phone.evaluate(
        """() => {
          const stage = document.getElementById('stage');
          const box = stage.getBoundingClientRect();
          const finger = { pointerType: 'touch', pointerId: 7, button: 0, bubbles: true, clientY: box.top + 50 };
          const send = (name, x) => stage.dispatchEvent(new PointerEvent(name, { ...finger, clientX: box.left + x }));
          send('pointerdown', 200); send('pointermove', 120); send('pointerup', 120);
        }"""
    )
    after = phone.evaluate("document.querySelector('.sheet-of-stage').getBoundingClientRect().left")
    assert after == pytest.approx(before - 80, abs=2)
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    phone.context.close()


def test_the_rule_lines_are_shown_by_key_and_without_script(
    page_of_reviewer: Page, chromium: Browser, address: str, reviewer: tuple[str, str], two: list[Visit]
) -> None:
    show(page_of_reviewer, two[0])
    expect(page_of_reviewer.locator(".rule-lines")).to_be_hidden()
    press(page_of_reviewer, "l")
    expect(page_of_reviewer.locator(".rule-lines")).to_be_visible()
    expect(page_of_reviewer.locator(".rule-lines text")).to_have_text(["Top of the hair 51 px", "Eye line 251 px"])
    plain = new_page(chromium, java_script_enabled=False, locale="en-GB", base_url=address)
    sign_in(plain, "/review/", *reviewer)
    plain.goto(f"/review/{two[1].envelope.id}/")
    plain.click("label[for=show-lines]")
    expect(plain.locator(".rule-lines")).to_be_visible()
    expect(plain.locator("#flip")).to_be_hidden()
    plain.click("label[for=reason-tilted]")
    plain.click("label[for=reason-mouth_open]")
    plain.click("#reject")
    assert state_of(two[1]) == "rejected"
    assert [reason.code for reason in Submission.objects.get(pk=two[1].envelope.id).latest_reasons()] == [
        "tilted",
        "mouth_open",
    ]
    plain.context.close()


def test_no_key_decides_within_400_ms_of_a_new_portrait(page_of_reviewer: Page, two: list[Visit]) -> None:
    page = page_of_reviewer
    page.clock.install()
    page.clock.pause_at(timezone.now() + timedelta(hours=1))
    page.goto(f"/review/{two[0].envelope.id}/")
    page.wait_for_function("() => document.querySelector('#portrait').naturalWidth === 480")
    page.clock.run_for(399)
    press(page, "a")
    press(page, "Enter")
    press(page, "1")
    expect(page.locator(".chosen")).to_have_count(0)
    expect(page.locator("#reasons :checked")).to_have_count(0)
    page.click("#approve")  # the second click of a double click
    assert state_of(two[0]) != "confirmed"
    page.clock.run_for(1)
    expect(page.locator(READY)).to_be_attached()
    press(page, "a")
    expect(page.locator(".chosen")).to_have_count(1)


def test_a_key_selects_and_only_enter_confirms(page_of_reviewer: Page, two: list[Visit]) -> None:
    page = page_of_reviewer
    show(page, two[0])
    for key, chosen in (("a", "approve"), ("r", "reject"), ("3", "reject"), ("a", "approve"), ("4", "reject")):
        press(page, key)
        expect(page.locator(".chosen")).to_have_attribute("id", chosen)
    expect(page.locator("#choice")).to_have_text("Selected: Send back for a retake. Press Enter to confirm.")
    press(page, "3")
    press(page, "4")
    expect(page.locator(".chosen")).to_have_count(0)  # without a reason nothing is selected any more
    press(page, "Enter")
    assert state_of(two[0]) in ("received", "first_review")
    press(page, "r")
    press(page, "Enter")  # no reason yet
    expect(page.locator("#reasons :invalid")).to_have_count(1)
    assert state_of(two[0]) in ("received", "first_review")


def test_several_reasons_with_a_remark_and_a_mark(page_of_reviewer: Page, two: list[Visit]) -> None:
    page = page_of_reviewer
    show(page, two[0])
    press(page, "m")
    expect(page.locator("#mark-hint")).to_contain_text("choose a reason first")
    press(page, "Escape")
    press(page, "2")
    press(page, "5")
    press(page, "m")
    expect(page.locator("#mark-hint")).to_contain_text("Mouth")
    box = page.locator("#stage").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.625 * box["height"], steps=3)
    page.mouse.up()
    expect(page.locator("#marks rect")).to_have_count(1)
    press(page, "c")
    page.keyboard.type("close it")
    press(page, "Escape")
    press(page, "Enter")
    wait_for_submission(page, two[1])
    first, second = Submission.objects.get(pk=two[0].envelope.id).latest_reasons()
    assert (first.code, first.comment, first.mark) == ("tilted", "close it", None)
    assert second.code == "mouth_open"
    mark = second.mark
    assert mark is not None
    assert (mark.x, mark.y, mark.w, mark.h) == pytest.approx((0.25, 0.5, 0.5, 0.125), abs=0.01)

    page.goto(f"/review/{two[0].envelope.id}/")
    expect(page.locator("#marks rect")).to_have_count(1)
    expect(page.locator(".mark-number")).to_have_text("1")
    page.click("text=History")
    page.click(".show-mark")
    expect(page.locator("#marks .of-history rect")).to_be_visible()


def test_a_reason_that_is_unchosen_loses_its_mark_and_other_needs_a_text(
    page_of_reviewer: Page, two: list[Visit]
) -> None:
    page = page_of_reviewer
    show(page, two[0])
    press(page, "1")
    press(page, "m")
    page.locator("#stage").click(position={"x": 5, "y": 5})  # a mark of a click stays within the portrait
    expect(page.locator("#marks rect")).to_have_attribute("x", "0.00%")
    press(page, "1")
    expect(page.locator("#marks rect")).to_have_count(0)
    press(page, "0")
    page.check("#reason-other")
    press(page, "Enter")
    expect(page.locator("#comment:invalid")).to_have_count(1)
    press(page, "Escape")
    page.fill("#comment", "the collar")
    press(page, "Control+Enter")
    wait_for_submission(page, two[1])
    only = Submission.objects.get(pk=two[0].envelope.id).latest_reasons()
    assert [(reason.code, reason.comment, reason.mark) for reason in only] == [("other", "the collar", None)]


def test_a_decision_is_counted_down_and_taken_back_by_key(undo: None, page_of_reviewer: Page, two: list[Visit]) -> None:
    page = page_of_reviewer
    show(page, two[0])
    press(page, "a")
    press(page, "Enter")
    wait_for_submission(page, two[1])
    expect(page.locator("#undo")).to_contain_text("Approve")
    assert state_of(two[0]) == "first_review"
    press(page, "u")
    wait_for_submission(page, two[0])
    assert not PendingDecision.objects.exists()
    expect(page.locator("#undo")).to_have_count(0)
    expect(page.locator("#approve")).to_be_enabled()
    press(page, "2")
    press(page, "Enter")
    wait_for_submission(page, two[1])
    assert PendingDecision.objects.get().action == "reject"


def test_the_seconds_run_down_and_then_nothing_is_taken_back(
    undo: None, page_of_reviewer: Page, two: list[Visit]
) -> None:
    page = page_of_reviewer
    show(page, two[0])
    page.clock.install()
    press(page, "a")
    press(page, "Enter")
    wait_for_submission(page, two[1])
    countdown = page.locator("#undo .number")
    expect(countdown).to_contain_text("Takes effect in")
    page.clock.run_for(10_000)
    expect(countdown).not_to_contain_text("in 30 s")
    page.clock.run_for(21_000)
    expect(countdown).to_have_text("The decision has taken effect.")
    expect(page.locator("#undo-button")).to_be_hidden()


def test_the_claim_is_made_renewed_and_given_back(page_of_reviewer: Page, two: list[Visit]) -> None:
    page = page_of_reviewer
    page.clock.install()
    with page.expect_response("**/claim") as claim:
        page.goto(f"/review/{two[0].envelope.id}/")
    assert claim.value.status == 200
    wait_for_submission(page, two[0])
    assert (state_of(two[0]), claimed_by(two[0])) == ("first_review", "mei")
    Submission.objects.update(claimed_until=timezone.now() + timedelta(seconds=5))
    page.mouse.move(10, 10)
    with page.expect_response("**/claim") as renewal:
        page.clock.run_for(31_000)
    assert renewal.value.status == 200
    until = Submission.objects.get(pk=two[0].envelope.id).claimed_until
    assert until is not None
    assert until > timezone.now() + timedelta(minutes=2)
    press(page, "Escape")
    page.wait_for_url("**/review/")
    eventually(lambda: (state_of(two[0]), claimed_by(two[0])) == ("received", ""))


def test_a_page_that_nobody_uses_renews_nothing(page_of_reviewer: Page, two: list[Visit]) -> None:
    page = page_of_reviewer
    page.clock.install()
    show(page, two[0])
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url) if request.url.endswith("/claim") else None)
    page.clock.run_for(31_000)  # ends the interval in which keys were pressed
    requested.clear()
    page.clock.run_for(300_000)
    assert requested == []
    press(page, "f")
    with page.expect_request("**/claim"):
        page.clock.run_for(31_000)


def test_going_on_gives_back_and_a_decision_does_not(page_of_reviewer: Page, two: list[Visit]) -> None:
    page = page_of_reviewer
    show(page, two[0])
    press(page, "j")
    wait_for_submission(page, two[1])
    eventually(lambda: (claimed_by(two[0]), claimed_by(two[1])) == ("", "mei"))
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/release") else None)
    press(page, "a")
    press(page, "Enter")
    wait_for_submission(page, two[0])
    assert sent == []
    assert state_of(two[1]) == "confirmed"


def test_the_page_shows_when_the_student_withdrew(page_of_reviewer: Page, two: list[Visit]) -> None:
    page = page_of_reviewer
    page.clock.install()
    show(page, two[0])
    submission = Submission.objects.select_related("student").get(pk=two[0].envelope.id)
    apply(submission.pk, Action.WITHDRAW, Actor(student=submission.student), timezone.now())
    press(page, "2")
    page.clock.run_for(31_000)
    expect(page.locator("#meanwhile")).to_contain_text("has withdrawn this portrait")
    expect(page.locator("#approve")).to_be_disabled()
    press(page, "Enter")
    press(page, "a")
    expect(page.locator(".chosen")).to_have_count(0)
    page.click("#meanwhile a")
    wait_for_submission(page, two[1])


def test_a_visit_without_a_portrait_is_reviewed_by_its_shot(
    page_of_reviewer: Page, station: StationClient, campaign: Campaign
) -> None:
    page, visit = page_of_reviewer, Visit.interrupted(make_student(campaign, 1))
    assert station.submit(visit).status_code == 200
    page.goto(f"/review/{visit.envelope.id}/")
    expect(page.locator(READY)).to_be_attached()
    for key in ("f", "z", "m", "l", "a", "Enter"):
        press(page, key)
    expect(page.locator("#approve")).to_be_disabled()
    press(page, "1")
    press(page, "Enter")
    page.wait_for_url("**/review/")
    assert state_of(visit) == "rejected"
