"""A roster of invented students in three collections, one of them over, one of another school."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.upload.encryption import KEY_SIZE, FileCipher
from kiosk.upload.envelope import (
    CampaignPayload,
    RosterPayload,
    StudentPayload,
    StudentState,
    number_hash,
    student_no_hash,
)
from kiosk.upload.roster import Roster

KEY = "ab" * 32
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
VAULT = FileCipher(bytes(KEY_SIZE))
NUMBER = "990101200305090121"


def campaign(code: str, closes: int = 10) -> CampaignPayload:
    return CampaignPayload(
        code=code,
        school="示范大学",
        title=f"采集 {code}",
        standard="chsi",
        background="blue",
        opens_at=NOW - timedelta(days=30),
        closes_at=NOW + timedelta(days=closes),
        simulated=True,
    )


def student(who: str, code: str, student_no: str | None, number: str = "") -> StudentPayload:
    return StudentPayload(
        id=who,
        campaign=code,
        name="王*明",
        id_number_hmac=number_hash(KEY, number or who),
        last_four="0121",
        state=StudentState.EXPECTED,
        progress_url=f"http://server/p/{who}",
        student_no_hash=student_no_hash(KEY, student_no) if student_no else None,
    )


@pytest.fixture
def roster(tmp_path: Path) -> Roster:
    book = Roster(tmp_path / "roster", VAULT, KEY)
    students = (
        student("wang", "NOW001", "2022S001", NUMBER),
        student("twin-a", "NOW001", "2022S777"),
        student("twin-b", "NOW002", "2022S777"),
        student("late", "OVER01", "2019S001"),
        student("again", "OVER01", "2022S001", NUMBER),
        student("numberless", "NOW002", None),
    )
    campaigns = (campaign("NOW001"), campaign("NOW002"), campaign("OVER01", closes=-1))
    book.replace(RosterPayload(generated_at=NOW, campaigns=campaigns, students=students))
    return book


@pytest.fixture
def key_of() -> Callable[[Callable[[], object]], str]:
    from config.errors import Problem

    def key(ask: Callable[[], object]) -> str:
        with pytest.raises(Problem) as caught:
            ask()
        assert "{" not in caught.value.in_language("zh_CN")
        return caught.value.key

    return key
