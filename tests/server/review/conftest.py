"""A signed-in reviewer in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, Page

from tests.browser import chromium, collect_complaints, keep_picture, new_page

__all__ = ["chromium"]


@pytest.fixture
def page_of_reviewer(chromium: Browser, address: str, reviewer: tuple[str, str]) -> Iterator[Page]:
    """The browser of a signed-in reviewer; errors in its console (blocked scripts, missing files) fail the test."""
    page = new_page(chromium, viewport={"width": 1440, "height": 900}, locale="en-GB", base_url=address)
    complaints = collect_complaints(page)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    client = Client()
    client.force_login(User.objects.get(username=reviewer[0]))
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}])
    yield page
    keep_picture(page, "review-desk")
    page.context.close()
    assert [text for text in complaints if "status of 409" not in text] == []  # Chromium reports a rejected decision
