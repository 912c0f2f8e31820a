"""A real Chromium for the tests, whose waits follow the machine."""

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


def new_page(browser: Browser, **wishes: Any) -> Page:
    """A page in a context of its own, made as `wishes` say."""
    context = browser.new_context(**wishes)
    context.set_default_timeout(milliseconds(30))
    return context.new_page()


def milliseconds(seconds: float) -> float:
    """What a quiet machine needs at most `seconds` for."""
    return 1000 * scale_timeout(seconds)
