"""A real Chromium for the tests; its timeouts scale with the machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.waiting import eventually, scale_timeout

CHROMIUM: Final = shutil.which("chromium-headless-shell")
"""The engine without the browser's windows: it takes less than half the processor time of the whole browser."""
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


@contextmanager
def chromium_running(more_arguments: Sequence[str] = ()) -> Iterator[Browser]:
    arguments = [*ARGUMENTS, *more_arguments]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments, timeout=milliseconds(30))
        expect.set_options(timeout=milliseconds(5))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as environment:
        # Playwright runs an event loop in this thread; Django would refuse its database there, which the test reads.
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with chromium_running() as browser:
            yield browser


def new_page(browser: Browser, **settings: Any) -> Page:
    """Open a page in a new browser context with these `settings`."""
    context = browser.new_context(**settings)
    context.set_default_timeout(milliseconds(30))
    return context.new_page()


def keep_picture(page: Page, name: str) -> None:
    """Store a picture of the whole page in the folder of ZHENGGUAN_SCREENS, to look at; without a folder none is made,
    which takes 0.1 s of a processor."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES, f"{name}.png"), full_page=True)


def milliseconds(seconds: float) -> float:
    """Return the timeout in milliseconds, scaled to this machine."""
    return 1000 * scale_timeout(seconds)


def wait_for_script(page: Page, condition: str, timeout: float = 30.0) -> None:
    """Wait until the JavaScript expression is true; a policy without eval forbids Page.wait_for_function."""
    eventually(lambda: page.evaluate(condition), timeout=timeout)


def sign_in(page: Page, path: str, name: str, password: str, lands_on: str = "") -> None:
    """Sign in on the way to `path`; `lands_on` is the page that follows, if it is another."""
    page.goto(path)
    page.fill("#id_username", name)
    page.fill("#id_password", password)
    page.click("form button.main")
    page.wait_for_url(f"**{lands_on or path}")


def collect_complaints(page: Page) -> list[str]:
    """Return the list that gets what the browser reports as errors: blocked scripts, missing files."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    return complaints
