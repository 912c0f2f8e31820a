"""Accessibility checks of a page by axe-core: WCAG 2.2, levels A and AA."""

from __future__ import annotations

from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.paths import ROOT

_FILE: Final = ROOT / "build" / "page" / "node_modules" / "axe-core" / "axe.min.js"
_TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@cache
def _axe() -> str:
    if not _FILE.is_file():
        pytest.fail("axe-core comes with the page: config/deploy/python/page.sh .venv test", pytrace=False)
    return _FILE.read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """Return each violation with its elements. `page.evaluate` runs axe despite the page's content security policy."""
    page.evaluate(_axe())
    report: dict[str, Any] = page.evaluate("(tags) => axe.run(document, {runOnly: tags})", _TAGS)
    return [
        f"{violation['id']}: {violation['help']}: {'; '.join(node['html'][:120] for node in violation['nodes'])}"
        for violation in report["violations"]
    ]


def assert_accessible(page: Page) -> None:
    assert violations(page) == [], page.url


def assert_paths_accessible(page: Page, *paths: str) -> None:
    """Open each path, which must not redirect to another, and check its page."""
    for path in paths:
        page.goto(path)
        assert urlsplit(page.url).path == path.partition("?")[0], page.url
        assert_accessible(page)
