"""The camera page on a phone with a fake camera, also without camera access or WebAssembly; screens are accessible."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from config.opencv import cv2
from hardware.simulators.studio_camera.scene import Scene
from tests.axe import assert_accessible
from tests.browser import (
    BROWSER_MARKS,
    PHONE,
    chromium_running,
    collect_complaints,
    milliseconds,
    new_page,
    wait_for_script,
)
from tests.server.remote.built_page import require_built_page
from tests.server.remote.fake_camera import SIZE, camera_arguments, studio_frame, write_camera
from tests.server.remote.page_server import STUDENT, PageServer

pytestmark = BROWSER_MARKS
LONG = milliseconds(240)


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of the sitter first at the edge of the picture, then in the right place."""
    path = tmp_path_factory.mktemp("camera") / "camera.y4m"
    write_camera(path, [(studio_frame(Scene(x=0.62, y=0.42)), 6), (studio_frame(Scene(y=0.42)), 60)], 1)
    return path


@pytest.fixture(scope="module")
def phone(camera: Path) -> Iterator[Browser]:
    require_built_page()
    with chromium_running(camera_arguments(camera)) as browser:
        yield browser


@pytest.fixture
def server() -> Iterator[PageServer]:
    server = PageServer()
    yield server
    server.stop()


def open_camera(phone: Browser, server: PageServer, **settings: object) -> Page:
    page = new_page(phone, viewport=PHONE, base_url=server.url, permissions=["camera"], **settings)
    page.goto(f"{STUDENT}/camera/")
    return page


def test_a_helper_is_guided_to_a_photo_that_arrives(phone: Browser, server: PageServer) -> None:
    page = open_camera(phone, server)
    complaints = collect_complaints(page)
    assert_accessible(page)
    page.click("#guide button.main")
    expect(page.locator(".guide-hint")).to_have_attribute("role", "status")
    wait_for_script(page, "Boolean(document.getElementById('guide').dataset.hint)", 240)
    page.wait_for_selector(".guide-shutter.ready", timeout=LONG)
    expect(page.locator(".guide-hint")).to_contain_text("请保持不动")
    assert_accessible(page)
    page.click(".guide-shutter")
    expect(page.locator(".guide-buttons")).to_be_visible(timeout=LONG)
    assert_accessible(page)
    server.state.bytes_per_second = 400_000
    page.click(".guide-buttons .main")
    page.wait_for_url("**/result/", timeout=LONG)
    (photo,), (submission,) = server.state.stored.values(), server.state.submitted.values()
    assert cv2.imdecode(np.frombuffer(photo, np.uint8), 1).shape[1::-1] == SIZE
    assert submission["source"] == "stream"
    assert submission["browser_verdicts"]["place_across"] == "pass"
    assert [one for one in complaints if "Content Security Policy" in one] == []
    page.context.close()


@pytest.mark.parametrize("missing", ["WebAssembly", "OffscreenCanvas", "Worker"])
def test_without_guidance_the_camera_takes_a_photo(phone: Browser, server: PageServer, missing: str) -> None:
    page = new_page(phone, viewport=PHONE, base_url=server.url, permissions=["camera"])
    page.add_init_script(f"delete window.{missing}")
    page.goto(f"{STUDENT}/camera/")
    page.click("#guide button.main")
    expect(page.locator(".guide-note")).to_contain_text("不能实时提示")
    wait_for_script(page, "document.querySelector('video')?.videoWidth > 0")
    page.click(".guide-shutter")
    expect(page.locator(".guide-buttons")).to_be_visible(timeout=LONG)
    assert len(server.state.proofs) == 1
    page.context.close()


def test_without_camera_access_the_phones_camera_is_offered(phone: Browser, server: PageServer) -> None:
    server.state.sources = "stream"
    page = new_page(phone, viewport=PHONE, base_url=server.url)
    page.add_init_script("Object.defineProperty(navigator, 'mediaDevices', {value: undefined})")
    page.goto(f"{STUDENT}/camera/")
    expect(page.locator(".guide-problem")).to_contain_text("打不开摄像头")
    expect(page.locator("#guide input[capture=environment]")).to_have_count(1)
    assert_accessible(page)
    page.context.close()


def test_a_camera_that_is_refused_is_explained(phone: Browser, server: PageServer) -> None:
    page = new_page(phone, viewport=PHONE, base_url=server.url)
    page.add_init_script("navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('NotAllowedError'))")
    page.goto(f"{STUDENT}/camera/")
    page.click("#guide button.main")
    expect(page.locator(".guide-problem")).to_contain_text("没有得到使用摄像头的许可")
    page.context.close()


def test_a_small_stream_guides_and_takes_no_photo(phone: Browser, server: PageServer) -> None:
    server.state.language = "en"
    page = new_page(phone, viewport=PHONE, base_url=server.url, permissions=["camera"])
    page.add_init_script(
        "const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
        "navigator.mediaDevices.getUserMedia = () => open({video: {width: {exact: 480}, height: {exact: 640},"
        " resizeMode: 'crop-and-scale'}}); delete window.WebAssembly"
    )
    page.goto(f"{STUDENT}/camera/")
    page.click("#guide button.main")
    wait_for_script(page, "document.querySelector('video')?.videoWidth > 0")
    page.click(".guide-shutter")
    expect(page.locator(".guide-note[role=alert]")).to_contain_text("too small")
    assert not server.state.proofs
    page.context.close()
