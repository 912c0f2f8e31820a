"""A real Chromium for the tests; its timeouts scale with the machine."""

from __future__ import annotations

import atexit
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, Playwright, Route, expect, sync_playwright

from tests.waiting import eventually, scale_timeout

CHROMIUM: Final = shutil.which("chromium-headless-shell")
"""Chromium without its windows, which needs less than half the processor time of the whole browser."""
BROWSER_MARKS: Final = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium-headless-shell is not installed"),
]
PICTURES: Final = os.environ.get("ZHENGGUAN_SCREENS", "")
PHONE: Final = {"width": 390, "height": 844}
ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


@cache
def playwright_driver() -> Playwright:
    """Return Playwright's driver, whose process ends with this one. Starting it takes 0.7 s of processor time.

    Playwright's event loop then counts as running in this thread, where Django would refuse access to the database. The
    tests read the database, so the refusal is switched off."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    playwright = sync_playwright().start()
    atexit.register(playwright.stop)
    expect.set_options(timeout=milliseconds(5))
    return playwright


def launch(more_arguments: Sequence[str] = ()) -> Browser:
    arguments = [*ARGUMENTS, *more_arguments]
    return playwright_driver().chromium.launch(executable_path=CHROMIUM, args=arguments, timeout=milliseconds(30))


@contextmanager
def chromium_running(more_arguments: Sequence[str] = ()) -> Iterator[Browser]:
    """Run a separate browser with more command-line arguments."""
    browser = launch(more_arguments)
    try:
        yield browser
    finally:
        browser.close()


@cache
def _shared_browser() -> Browser:
    return launch()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser that all modules share; contexts left open by a module are closed, a crashed browser is restarted."""
    if not _shared_browser().is_connected():
        _shared_browser.cache_clear()
    yield _shared_browser()
    for context in _shared_browser().contexts:
        context.close()


def new_page(browser: Browser, **settings: Any) -> Page:
    """Open a page in a new browser context with these `settings`."""
    context = browser.new_context(**settings)
    context.set_default_timeout(milliseconds(30))
    return context.new_page()


@contextmanager
def script_held_back(page: Page, name: str) -> Iterator[None]:
    """Delay the script `name` of the page until the block ends, as on a slow connection. Open the page with
    `wait_until="commit"`, because its load event waits for the script."""
    pattern, routes = f"**/{name}*.js", list[Route]()
    page.route(pattern, lambda route: routes.append(route))
    yield
    for route in routes:
        route.continue_()
    page.unroute(pattern)


def keep_picture(page: Page, name: str) -> None:
    """Store a picture of the whole page in the folder ZHENGGUAN_SCREENS. Without that variable, take none, which saves
    0.1 s of processor time."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES, f"{name}.png"), full_page=True)


def milliseconds(seconds: float) -> float:
    """Return the timeout in milliseconds, scaled to this machine."""
    return 1000 * scale_timeout(seconds)


def wait_for_script(page: Page, condition: str, timeout: float = 30.0) -> None:
    """Wait until the JavaScript expression is true; a policy without eval forbids Page.wait_for_function."""
    eventually(lambda: page.evaluate(condition), timeout=timeout)


def sign_in(page: Page, path: str, name: str, password: str, lands_on: str = "") -> None:
    """Open `path` and sign in; `lands_on` is the page that follows, if it is not `path`."""
    page.goto(path)
    page.fill("#id_username", name)
    page.fill("#id_password", password)
    page.click("form button.main")
    page.wait_for_url(f"**{lands_on or path}")


def collect_complaints(page: Page) -> list[str]:
    """Return a list that receives the errors in the browser's console, such as blocked scripts and missing files."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    return complaints
