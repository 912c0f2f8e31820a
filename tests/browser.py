"""A real Chromium for the tests; its timeouts scale with the machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.waiting import scale_timeout

CHROMIUM: Final = shutil.which("chromium")
ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


@contextmanager
def chromium_running() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS), timeout=milliseconds(30))
        expect.set_options(timeout=milliseconds(5))
        yield browser
        browser.close()


def new_page(browser: Browser, **settings: Any) -> Page:
    """Open a page in a new browser context with these `settings`."""
    context = browser.new_context(**settings)
    context.set_default_timeout(milliseconds(30))
    return context.new_page()


def milliseconds(seconds: float) -> float:
    """Return the timeout in milliseconds, scaled to this machine."""
    return 1000 * scale_timeout(seconds)
