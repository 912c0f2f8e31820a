"""axe-core on a page: no violation of WCAG 2.2, levels A and AA."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from playwright.sync_api import Page

from tests.server.remote.built_page import WORK

_TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@cache
def _axe() -> str:
    return (WORK / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """Each violation with the elements that have it. `page.evaluate` runs axe in spite of the page's policy."""
    page.evaluate(_axe())
    found: dict[str, Any] = page.evaluate("(tags) => axe.run(document, {runOnly: tags})", _TAGS)
    return [
        f"{one['id']}: {one['help']}: {'; '.join(node['html'][:120] for node in one['nodes'])}"
        for one in found["violations"]
    ]


def assert_accessible(page: Page) -> None:
    assert violations(page) == []
