"""The work of a retoucher in a real Chromium with the real engine, and the brush in JavaScript and Python."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from config.standards.registry import load_standard
from kiosk.capture.engine import PhotoEngine
from kiosk.capture.recipe.replay import plan_replay
from kiosk.capture.repair.brush import coverage
from kiosk.capture.repair.strokes import strokes_of
from kiosk.capture.types import Portrait
from server.members.models import Role
from server.members.scope import set_scope
from server.records.models import Student
from server.records.scope import EVERYTHING
from server.retouch import jobs
from server.retouch.models import RetouchJob, Status
from server.submissions.models import Submission
from server.submissions.states import State
from server.submissions.store import picture_store
from tests.browser import BROWSER_MARKS, PHONE, chromium, collect_complaints, keep_picture, new_page
from tests.kiosk.capture.conftest import take
from tests.kiosk.tools.photo.conftest import SmallShot, small_shot
from tests.server.retouch.conftest import RETOUCHED, in_retouching, store

__all__ = ["chromium", "small_shot", "take"]
pytestmark = [*BROWSER_MARKS, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def shot(small_shot: SmallShot) -> bytes:
    return small_shot()


@pytest.fixture(scope="module")
def portrait(shot: bytes) -> Portrait:
    engine = PhotoEngine()
    portrait = engine.make_and_verify(shot, load_standard("chsi"), {"driver": "file"})
    engine.close()
    return portrait


@pytest.fixture
def submission(student: Student, shot: bytes, portrait: Portrait) -> Submission:
    details = {
        "shot_sha256": store(shot),
        "portrait_sha256": store(portrait.jpeg),
        "envelope": {"recipe": portrait.recipe},
    }
    return in_retouching(student, **details)


def page_of_retoucher(chromium: Browser, address: str, **settings: Any) -> Page:
    user, _ = User.objects.get_or_create(username="yun")
    set_scope(user, EVERYTHING, Role.RETOUCHER)
    client = Client()
    client.force_login(user)
    page = new_page(
        chromium, base_url=address, **{"locale": "en-GB", "viewport": {"width": 1280, "height": 860}, **settings}
    )
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": address}])
    return page


def run_jobs() -> None:
    """Run the queued jobs as the worker does."""
    for job in RetouchJob.objects.filter(status=Status.QUEUED):
        jobs.run(job.pk, timezone.now())


@pytest.fixture(scope="module", autouse=True)
def _end_engine() -> Iterator[None]:
    yield
    jobs.ENGINE.close()


def open_brush(page: Page, submission: Submission) -> None:
    page.goto("/retouch/")
    page.click("#next")
    page.wait_for_url(f"**/retouch/{submission.pk}/")
    run_jobs()
    expect(page.locator("#editor")).to_be_visible()


def drag(page: Page, *places: tuple[float, float]) -> None:
    """Paint along these places, given as fractions of the portrait's width and height."""
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    zoom = min(box["width"] / 480, box["height"] / 640)
    left, top = box["x"] + (box["width"] - 480 * zoom) / 2, box["y"] + (box["height"] - 640 * zoom) / 2
    points = [(left + x * 480 * zoom, top + y * 640 * zoom) for x, y in places]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=4)
    page.mouse.up()


def test_brush_make_and_submit(chromium: Browser, address: str, submission: Submission, shot: bytes) -> None:
    page = page_of_retoucher(chromium, address)
    complaints = collect_complaints(page)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    open_brush(page, submission)
    expect(page.locator("#make")).to_be_disabled()

    drag(page, (0.5, 0.45), (0.55, 0.5))
    expect(page.locator("#bubble")).to_contain_text("face is never retouched")
    expect(page.locator("#undo")).to_be_disabled()

    page.keyboard.press("e")
    drag(page, (0.15, 0.95), (0.25, 0.97))
    drag(page, (0.8, 0.95), (0.85, 0.97))
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+y")
    page.keyboard.press("Control+z")
    expect(page.locator("#redo")).to_be_enabled()

    page.click("#make")
    expect(page.locator("#job")).to_be_visible()
    run_jobs()
    expect(page.locator("#submit_retouch")).to_be_visible()
    expect(page.locator("#made")).to_have_js_property("naturalWidth", 480)
    keep_picture(page, "retouch-desk")
    page.click("#submit_retouch")
    page.wait_for_url("**/retouch/")
    page.context.close()
    assert complaints == []

    submission.refresh_from_db()
    job = RetouchJob.objects.get(kind="strokes")
    assert (submission.state, submission.portrait_sha256) == (State.FINAL_REVIEW, job.result_sha256)
    assert [stroke["tool"] for stroke in job.strokes] == ["remove"]
    assert job.recipe is not None
    assert job.recipe["repair"]["parent"]["sha256"] == submission.original_portrait_sha256
    engine = PhotoEngine()
    again = engine.replay(shot, plan_replay(job.recipe)).jpeg
    engine.close()
    assert again == picture_store().path(job.result_sha256).read_bytes()


def test_the_browsers_brush_covers_the_same_pixels_as_the_engines(
    chromium: Browser, address: str, submission: Submission
) -> None:
    page = page_of_retoucher(chromium, address)
    page.goto("/retouch/")
    [stroke] = strokes_of(
        [{"tool": "keep", "size": 0.3, "hardness": 0.4, "points": [[0.2, 0.3, 1], [0.6, 0.5, 0.3], [0.9, 1.1, 0.7]]}]
    )
    width, height = 48, 64
    values = page.evaluate(
        """async ([stroke, width, height]) => {
            const { Coverage } = await import("/static/retouch/brush.js");
            const found = new Coverage(width, height);
            found.addStroke(stroke);
            return [...found.values];
        }""",
        [stroke.model_dump(mode="json"), width, height],
    )
    page.context.close()
    covered = coverage(stroke, width, height)
    assert covered is not None
    expected = np.zeros((height, width))
    expected[covered.rows, covered.columns] = covered.values
    assert np.abs(np.array(values).reshape(height, width) - expected).max() < 1e-9


def test_strokes_that_did_not_arrive_are_reported_in_the_page_s_own_words(
    chromium: Browser, address: str, submission: Submission
) -> None:
    page = page_of_retoucher(chromium, address)
    page.goto("/retouch/")
    page.route("**/no-network", lambda route: route.abort())
    page.route("**/proxy", lambda route: route.fulfill(status=502, content_type="text/html", body="<p>502</p>"))
    page.route("**/refused", lambda route: route.fulfill(status=422, json={"error": "Please draw a stroke first."}))
    page.route("**/taken", lambda route: route.fulfill(status=202, json={"job": "/retouch/jobs/1"}))
    send = """async (url) => {
        const { sendStrokes } = await import("/static/retouch/jobs.js");
        return sendStrokes(url, "", []).catch((error) => error.message);
    }"""
    answers = {where: page.evaluate(send, f"/{where}") for where in ("no-network", "proxy", "refused", "taken")}
    page.context.close()
    assert answers == {
        "no-network": "offline",
        "proxy": "offline",
        "refused": "Please draw a stroke first.",
        "taken": "/retouch/jobs/1",
    }


def test_without_script_an_edited_file_can_be_uploaded(
    chromium: Browser, address: str, submission: Submission, portrait: Portrait, tmp_path: Path
) -> None:
    page = page_of_retoucher(chromium, address, java_script_enabled=False)
    page.goto(f"/retouch/{submission.pk}/")
    page.click("#claim button")
    page.click("#external summary")
    with page.expect_download() as download:
        page.click("#external a >> nth=0")
    assert download.value.path().read_bytes() == portrait.jpeg
    edited = tmp_path / "edited.jpg"
    edited.write_bytes(RETOUCHED)
    page.set_input_files("#file", edited)
    page.click("#upload-form button")
    expect(page.locator("#job progress")).to_be_visible()
    run_jobs()
    page.reload()
    expect(page.locator("#job .note")).to_contain_text("face was changed")
    expect(page.locator("#job .difference img")).to_be_visible()
    page.context.close()


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_nothing_is_wider_than_a_phone(language: str, chromium: Browser, address: str, submission: Submission) -> None:
    phone = page_of_retoucher(chromium, address, viewport=PHONE, locale=language, has_touch=True)
    phone.goto("/retouch/")
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    open_brush(phone, submission)
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    keep_picture(phone, f"retouch-phone-{language}")
    phone.context.close()
