"""Steps on the page of one submission, shared by its browser tests."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from server.submissions.models import Submission
from tests.server.station_client import Visit

READY = "body[data-ready=yes]"


def wait_for_submission(page: Page, visit: Visit, width: int = 480) -> None:
    """Wait until this submission is shown, its portrait is painted, and keys are accepted."""
    page.wait_for_url(f"**/review/{visit.envelope.id}/**")
    expect(page.locator("#portrait")).to_be_visible()
    page.wait_for_function(f"() => document.querySelector('#portrait').naturalWidth === {width}")
    expect(page.locator(READY)).to_be_attached()


def press(page: Page, key: str) -> None:
    page.keyboard.press(key)


def state_of(visit: Visit) -> str:
    return Submission.objects.get(pk=visit.envelope.id).state


def claimed_by(visit: Visit) -> str:
    user = Submission.objects.get(pk=visit.envelope.id).claimed_by
    return user.get_username() if user else ""
