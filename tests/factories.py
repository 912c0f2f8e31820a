"""Data that many tests need: a campaign, a student, and the roster of both, as a station receives them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from kiosk.upload.number_hashing import number_hash
from kiosk.upload.roster_payload import CampaignPayload, RosterPayload, StudentPayload, StudentState

NOW: Final = datetime(2026, 5, 20, 12, tzinfo=UTC)
ROSTER_KEY: Final = "ab" * 32
ID_NUMBER: Final = "990101200305090121"
"""A number with an area code that does not exist, so that it belongs to nobody."""


def make_campaign(
    code: str = "zgdemo", *, now: datetime = NOW, opens: int = -1, closes: int = 1, **changes: Any
) -> CampaignPayload:
    """Return a simulated campaign that opens `opens` days and closes `closes` days after `now`."""
    values = {
        "school": "示范大学",
        "title": f"采集 {code}",
        "standard": "chsi",
        "background": "blue",
        "opens_at": now + timedelta(days=opens),
        "closes_at": now + timedelta(days=closes),
        "simulated": True,
    }
    return CampaignPayload(code=code, **{**values, **changes})


def make_student(
    number: str = ID_NUMBER, *, campaign: str = "zgdemo", key: str = ROSTER_KEY, **changes: Any
) -> StudentPayload:
    """Return an expected student of `campaign` with the ID number `number`."""
    values = {
        "id": "a" * 32,
        "name": "王*明",
        "id_number_hmac": number_hash(key, number),
        "last_four": number[-4:],
        "state": StudentState.EXPECTED,
        "progress_url": "http://localhost/p/x",
    }
    return StudentPayload(campaign=campaign, **{**values, **changes})


def make_roster(
    campaigns: Iterable[CampaignPayload], students: Iterable[StudentPayload], *, now: datetime = NOW
) -> RosterPayload:
    return RosterPayload(generated_at=now, campaigns=tuple(campaigns), students=tuple(students))
