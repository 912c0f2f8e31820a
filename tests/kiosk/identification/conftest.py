"""A roster of invented students in three campaigns, one of which is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.upload.encryption import KEY_SIZE, FileCipher
from kiosk.upload.number_hashing import student_no_hash
from kiosk.upload.roster import Roster
from kiosk.upload.roster_payload import CampaignPayload, StudentPayload
from tests.factories import make_campaign, make_roster, make_student

KEY = "ab" * 32
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
CIPHER = FileCipher(bytes(KEY_SIZE))
NUMBER = "990101200305090121"


def campaign(code: str, closes: int = 10) -> CampaignPayload:
    return make_campaign(code, now=NOW, opens=-30, closes=closes)


def student(who: str, code: str, student_no: str | None, number: str = "") -> StudentPayload:
    no_hash = student_no_hash(KEY, student_no) if student_no else None
    return make_student(number or who, campaign=code, key=KEY, id=who, last_four="0121", student_no_hash=no_hash)


@pytest.fixture
def roster(tmp_path: Path) -> Roster:
    roster = Roster(tmp_path / "roster", CIPHER, KEY)
    students = (
        student("wang", "NOW001", "2022S001", NUMBER),
        student("twin-a", "NOW001", "2022S777"),
        student("twin-b", "NOW002", "2022S777"),
        student("late", "OVER01", "2019S001"),
        student("again", "OVER01", "2022S001", NUMBER),
        student("numberless", "NOW002", None),
    )
    campaigns = (campaign("NOW001"), campaign("NOW002"), campaign("OVER01", closes=-1))
    roster.replace(make_roster(campaigns, students, now=NOW))
    return roster


@pytest.fixture
def key_of() -> Callable[[Callable[[], object]], str]:
    from config.errors import Problem

    def key(call: Callable[[], object]) -> str:
        with pytest.raises(Problem) as caught:
            call()
        assert "{" not in caught.value.in_language("zh_CN")
        return caught.value.key

    return key
