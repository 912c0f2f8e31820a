"""Uploads in a browser with cut connections, a stopped server, reloads, two tabs and refusals.

Nothing is lost or sent needlessly."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser import BROWSER_MARKS, PHONE, chromium, milliseconds, new_page, wait_for_script  # noqa: F401 - a fixture
from tests.server.remote.built_page import require_built_page
from tests.server.remote.page_server import STUDENT, TOKEN, PageServer
from tests.server.sample_pictures import shot_jpeg

pytestmark = BROWSER_MARKS
PHOTO_BYTES = 1_500_000


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A JPEG with random bytes behind its end marker: as large as a phone's, and quick to make."""
    path = tmp_path_factory.mktemp("photo") / "photo.jpg"
    path.write_bytes(shot_jpeg(size=(640, 480)) + os.urandom(PHOTO_BYTES))
    return path


@pytest.fixture
def server() -> Iterator[PageServer]:
    require_built_page()
    server = PageServer()
    yield server
    server.stop()


@pytest.fixture
def page(chromium: Browser, server: PageServer) -> Iterator[Page]:  # noqa: F811
    page = new_page(chromium, viewport=PHONE, base_url=server.url)
    yield page
    page.context.close()


def choose(page: Page, photo: Path) -> None:
    """Choose the photo in the album and wait for the result of the check."""
    page.goto(f"{STUDENT}/camera/")
    page.set_input_files("#guide input[type=file] >> nth=1", photo)
    expect(page.locator("#guide .guide-buttons")).to_be_visible(timeout=milliseconds(30))


def submit(page: Page) -> None:
    page.click("#guide .guide-buttons .main")


def assert_arrives(page: Page, server: PageServer, photo: Path) -> None:
    page.wait_for_url("**/result/", timeout=milliseconds(120))
    assert list(server.state.stored.values()) == [photo.read_bytes()]
    (submission,) = server.state.submitted.values()
    assert submission["source"] == "album"
    assert (submission["width"], submission["height"]) == (640, 480)


def test_a_photo_arrives_byte_for_byte_after_its_proof(page: Page, server: PageServer, photo: Path) -> None:
    choose(page, photo)
    expect(page.locator("#plain-form")).to_be_hidden()
    expect(page.locator(".guide-verdicts li.unsure")).to_have_count(1)
    expect(page.locator(".guide-pictures img")).to_have_count(2)
    (proof,) = server.state.proofs
    assert proof.startswith(b"\xff\xd8")
    assert len(proof) <= 400_000
    assert not server.state.stored, "the original is sent after the student's decision"
    submit(page)
    assert_arrives(page, server, photo)


def test_a_server_that_is_gone_for_a_while_loses_nothing(page: Page, server: PageServer, photo: Path) -> None:
    choose(page, photo)
    submit_part(page, server)
    server.stop()
    expect(page.locator("#guide [role=status]")).not_to_be_empty(timeout=milliseconds(30))
    send_the_rest(server)
    server.start()
    assert_arrives(page, server, photo)


def test_a_page_that_is_reloaded_goes_on_where_it_was(page: Page, server: PageServer, photo: Path) -> None:
    choose(page, photo)
    submit_part(page, server)
    page.reload()
    send_the_rest(server)
    assert_arrives(page, server, photo)
    assert server.state.received < 1.9 * PHOTO_BYTES


def test_another_page_of_the_student_finishes_the_upload(page: Page, server: PageServer, photo: Path) -> None:
    choose(page, photo)
    submit_part(page, server)
    page.goto(f"{STUDENT}/before/")
    send_the_rest(server)
    assert_arrives(page, server, photo)


def test_two_tabs_send_the_photo_once(page: Page, server: PageServer, photo: Path) -> None:
    choose(page, photo)
    submit_part(page, server)  # the first tab is still sending when the second has read the stored photo
    other = page.context.new_page()
    other.goto(f"{server.url}{STUDENT}/camera/")
    expect(other.locator("#guide progress")).to_be_visible(timeout=milliseconds(30))
    send_the_rest(server)
    assert_arrives(page, server, photo)
    other.wait_for_url("**/result/")
    assert len(server.state.submitted) == 1
    assert server.state.received < 1.3 * PHOTO_BYTES


def test_airplane_mode_is_shown_and_ends_without_a_tap(page: Page, server: PageServer, photo: Path) -> None:
    choose(page, photo)
    page.context.set_offline(True)
    submit(page)
    expect(page.locator("#guide [role=status]")).to_contain_text("没有丢", timeout=milliseconds(30))
    page.context.set_offline(False)
    assert_arrives(page, server, photo)


def test_requests_are_repeated_after_cut_connections_and_busy_responses(
    page: Page, server: PageServer, photo: Path
) -> None:
    statuses = iter((-1, 0, 503, 0, -1, 429))

    def fail(method: str, path: str) -> int:
        return next(statuses, 0) if method in ("PATCH", "HEAD") else 0

    choose(page, photo)
    server.state.fail = fail
    submit(page)
    assert_arrives(page, server, photo)


def test_a_refusal_is_shown_in_words_and_the_photo_stays(page: Page, server: PageServer, photo: Path) -> None:
    choose(page, photo)
    server.state.fail = lambda method, path: 422 if method == "PATCH" else 0
    submit(page)
    expect(page.locator("#guide [role=alert]")).to_have_text("测试拒绝了。")
    server.state.fail = lambda method, path: 0
    page.click("#guide .guide-buttons .main")
    assert_arrives(page, server, photo)


def test_a_discarded_photo_is_not_sent_again(page: Page, server: PageServer, photo: Path) -> None:
    choose(page, photo)
    server.state.fail = lambda method, path: 422 if method == "PATCH" else 0
    submit(page)
    page.click("#guide .guide-buttons .quiet")
    expect(page.locator("#guide input[type=file]")).to_have_count(2)
    server.state.fail = lambda method, path: 0
    page.reload()
    expect(page.locator("#guide input[type=file]")).to_have_count(2)
    assert not server.state.stored


def test_a_submitted_photo_cannot_be_replaced_before_it_is_stored(page: Page, photo: Path) -> None:
    choose(page, photo)
    page.evaluate("indexedDB.open = () => ({})")  # a database that never responds
    submit(page)
    expect(page.locator("#guide .guide-buttons")).to_be_hidden()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("notes.txt", b"hello", "不是照片"), ("empty.jpg", b"", "不是照片")],
    ids=["text", "empty"],
)
def test_what_is_no_photo_is_refused_before_it_is_sent(
    page: Page, server: PageServer, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    page.goto(f"{STUDENT}/camera/")
    page.set_input_files("#guide input[type=file] >> nth=1", tmp_path / name)
    expect(page.locator(".guide-problem")).to_contain_text(words)
    assert not server.state.proofs


def test_a_photo_that_the_browser_cannot_read_is_sent_without_a_proof(
    page: Page, server: PageServer, tmp_path: Path
) -> None:
    heic = tmp_path / "photo.heic"
    heic.write_bytes(b"\0\0\0\x18ftypheic" + os.urandom(5000))
    choose(page, heic)
    assert not server.state.proofs
    submit(page)
    page.wait_for_url("**/result/")
    assert list(server.state.stored) == [hashlib.sha256(heic.read_bytes()).hexdigest()]


def test_a_student_who_was_signed_out_reads_why(page: Page, server: PageServer, photo: Path) -> None:
    """The first request of an upload is a HEAD, whose response has no body and so no reason."""
    choose(page, photo)
    server.state.fail = lambda method, path: 401 if method in ("HEAD", "PATCH") else 0
    submit(page)
    expect(page.locator("#guide [role=alert]")).to_have_text("测试拒绝了。")


def refuse_as_forged(route: Route, token: str) -> None:
    """Respond as Django does to a token that has ended: with a page instead of JSON."""
    if route.request.headers.get("x-csrftoken", token) == token:
        route.continue_()
    else:
        route.fulfill(status=403, content_type="text/html", body="<p>outdated</p>")


def test_signing_in_again_in_another_tab_does_not_stop_the_upload(page: Page, server: PageServer, photo: Path) -> None:
    choose(page, photo)
    page.evaluate("document.getElementById('guide').dataset.csrf = 'from before the second sign-in'")
    page.route("**/photos/**", lambda route: refuse_as_forged(route, TOKEN))
    submit(page)
    assert_arrives(page, server, photo)


def test_a_refusal_without_a_reason_explains_what_to_do(page: Page, server: PageServer, photo: Path) -> None:
    choose(page, photo)
    page.route("**/photos/*", lambda route: refuse_as_forged(route, "no token is right"))
    submit(page)
    expect(page.locator("#guide [role=alert]")).to_contain_text("刷新本页")


def test_a_response_that_is_cut_off_or_of_a_proxy_counts_as_no_connection(
    page: Page, server: PageServer, photo: Path
) -> None:
    bodies = iter(('{"state": "do', "<html>sign in to the campus network</html>"))

    def harm(route: Route) -> None:
        body = next(bodies, None)
        route.continue_() if body is None else route.fulfill(status=200, body=body)

    page.add_init_script(
        "const wait = setTimeout; window.setTimeout = (act, ms) => wait(act, ms > 60_000 ? ms : ms / 50);"
    )
    page.goto(f"{STUDENT}/camera/")
    page.route("**/proofs*", harm, times=1)
    page.route("**/proofs/*", harm, times=1)
    page.set_input_files("#guide input[type=file] >> nth=1", photo)
    expect(page.locator("#guide .guide-buttons")).to_be_visible(timeout=milliseconds(30))
    assert next(bodies, None) is None


def test_a_photo_that_the_phone_no_longer_reads_is_explained(page: Page, photo: Path) -> None:
    choose(page, photo)
    page.evaluate("() => { Blob.prototype.arrayBuffer = () => Promise.reject(new Error('NotReadableError')); }")
    submit(page)
    expect(page.locator(".guide-problem")).to_contain_text("读不出这张照片")


def test_a_photo_chosen_in_the_plain_form_keeps_the_form(page: Page, photo: Path) -> None:
    routes: list[Route] = []
    page.route("**/guide.json", lambda route: routes.append(route))
    page.goto(f"{STUDENT}/camera/")
    page.set_input_files("#plain-form input", photo)
    with page.expect_response("**/guide.json"):
        routes[0].continue_()
    page.evaluate("new Promise((resolve) => setTimeout(resolve))")
    expect(page.locator("#plain-form")).to_be_visible()
    expect(page.locator("#guide h2")).to_have_count(0)


CAMERA = """() => new Promise((resolve) => opened.push(() => {
    const canvas = document.createElement("canvas");
    window.stream = canvas.captureStream();
    setInterval(() => canvas.getContext("2d").fillRect(0, 0, Math.random() * 9, 9), 50);
    resolve(stream);
}))"""
"""A camera that opens when the test calls `opened[0]`, as after a phone's request for permission."""


@pytest.fixture
def opening_camera(page: Page) -> Page:
    """A page on which the student has tapped twice for the camera, and the phone asks for permission."""
    page.add_init_script(
        f"window.opened = []; delete window.OffscreenCanvas; navigator.mediaDevices.getUserMedia = {CAMERA};"
    )
    page.goto(f"{STUDENT}/camera/")
    page.dispatch_event("#guide button.main", "click")
    page.dispatch_event("#guide button.main", "click")
    return page


def test_a_second_tap_opens_no_second_camera(opening_camera: Page) -> None:
    """It would stay on, and its hints would be spoken during the check."""
    assert opening_camera.evaluate("opened.length") == 1
    opening_camera.evaluate("opened[0]()")
    expect(opening_camera.locator(".guide-shutter")).to_be_visible()


def test_a_camera_that_opens_after_a_photo_was_chosen_is_closed(opening_camera: Page, photo: Path) -> None:
    opening_camera.set_input_files("#guide input[type=file] >> nth=1", photo)
    expect(opening_camera.locator(".guide-pictures")).to_be_visible()
    opening_camera.evaluate("opened[0]()")
    wait_for_script(opening_camera, "stream.getTracks()[0].readyState === 'ended'")
    expect(opening_camera.locator(".guide-pictures")).to_be_visible()


def submit_part(page: Page, server: PageServer) -> None:
    """Submit the photo to a server that reads two thirds of it and then waits."""
    server.state.hold_after = server.state.received + PHOTO_BYTES * 2 / 3
    submit(page)
    wait_for_script(page, "document.querySelector('#guide progress')?.value > 0.3", 60)
    assert not server.state.stored


def send_the_rest(server: PageServer) -> None:
    server.state.hold_after = math.inf
