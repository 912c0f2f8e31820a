"""A whole campaign on an empty server, from its first form to confirmed portraits.

The server and its worker are processes, people use a browser, the station sends with its own client. Only the portraits
are ready-made; the one that is retouched comes from the engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import BROWSER_MARKS, chromium
from tests.e2e.campaign_steps import School, capture_again, capture_everybody, pair_station, set_up_campaign
from tests.e2e.review_steps import answer, expect_headline, retouch, review, review_finally, revoke
from tests.e2e.school_server import school_server
from tests.kiosk.capture.conftest import take
from tests.kiosk.tools.photo.conftest import SmallShot, small_shot

__all__ = ["chromium", "small_shot", "take"]
pytestmark = BROWSER_MARKS

WITHDRAWN, REJECTED, RETOUCHED, CONFIRMED, RETAKEN, SILENT = range(6)
"""The first students by the outcome of their portraits; all others are like the silent one."""


@pytest.fixture
def school(chromium: Browser, tmp_path: Path) -> Iterator[School]:
    with school_server(tmp_path) as server:
        server.create_users(
            "lan --all --clerk",
            "mei --all",
            "tang --all",
            "yun --all --retoucher",
            "zhou --all --admin",
            "lin --all --admin",
        )
        school = School(server, chromium)
        yield school
        assert [text for of_page in school.complaints for text in of_page] == []


def test_from_an_empty_server_to_confirmed_portraits(school: School, small_shot: SmallShot, tmp_path: Path) -> None:
    set_up_campaign(school, tmp_path)
    administrator, phone = school.administrator("zhou", "/review/"), school.phone()
    station = pair_station(school, administrator)
    visits = capture_everybody(station, small_shot(), RETOUCHED, doubtful=(REJECTED, RETOUCHED))

    answer(phone, visits[WITHDRAWN], "withdraw")
    review(school, visits[REJECTED], visits[RETOUCHED])
    retouch(school, visits[RETOUCHED])
    review_finally(school, visits[RETOUCHED])
    assert sorted(school.server.states()) == ["awaiting_confirmation"] * 28 + ["rejected", "withdrawn"]

    answer(phone, visits[CONFIRMED], "confirm")
    answer(phone, visits[RETAKEN], "retake")
    capture_again(station, visits[RETAKEN])
    revoke(school, administrator, visits[CONFIRMED], phone)

    school.server.let_days_pass(10)
    expect_headline(phone, visits[SILENT], "progress.confirmed_by_deadline")
    expect_headline(phone, visits[REJECTED], "progress.rejected")
    assert sorted(school.server.states()) == ["confirmed"] * 27 + ["received", "rejected", "withdrawn", "withdrawn"]
