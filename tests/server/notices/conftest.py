"""A submission that is not simulated, a student who can be reached, and a provider that can fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from server.notices.contacts import set_contact
from server.notices.senders.sender import OutgoingNotice, SendReceipt
from server.records.identifiers import new_id
from server.records.models import Student
from server.settings import APP
from server.stations.models import Station
from server.submissions.models import Submission

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 5, 20, 12, tzinfo=ZONE)
PHONE, EMAIL = "13812345678", "ming@school.edu"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def notices_settings(settings: Any, **changes: Any) -> None:
    settings.APP = APP.model_copy(update={"notices": APP.notices.model_copy(update=changes)})


def make_submission(student: Student, **details: Any) -> Submission:
    station, _ = Station.objects.get_or_create(name="一号站", defaults={"token_hash": "x" * 64, "paired_at": NOON})
    values = {
        "id": new_id(),
        "version": Submission.objects.filter(student=student).count() + 1,
        "shot_sha256": "0" * 64,
        "portrait_sha256": "1" * 64,
        "simulated": False,
        "outcome": "accepted",
        "taken_at": NOON,
        "received_at": NOON,
        "envelope": {},
    }
    return Submission.objects.create(student=student, station=station, **{**values, **details})


@dataclass
class FakeProvider:
    """A provider that stores messages.

    The next attempts raise the exceptions in `before`, before a message is stored, or `after`, once it is stored."""

    messages: list[OutgoingNotice] = field(default_factory=list)
    before: list[BaseException] = field(default_factory=list)
    after: list[BaseException] = field(default_factory=list)
    attempts: int = 0
    delivered: bool = False
    receipts: dict[str, bool] = field(default_factory=dict)
    during: Callable[[], object] = lambda: None

    def send(self, notice: OutgoingNotice) -> SendReceipt:
        self.attempts += 1
        self.during()
        if self.before:
            raise self.before.pop(0)
        self.messages.append(notice)
        if self.after:
            raise self.after.pop(0)
        return SendReceipt(self.delivered, "serial")

    def was_sent(self, notice: OutgoingNotice) -> bool:
        return notice.key in [one.key for one in self.messages]

    def receipt(self, notice: OutgoingNotice) -> bool | None:
        return self.receipts.get(notice.key)


@pytest.fixture
def submission(student: Student) -> Submission:
    return make_submission(student)


@pytest.fixture
def providers(settings: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, FakeProvider]:
    """Set up every channel and replace each by its own fake provider."""
    notices_settings(settings, backends=("sms-tencent", "email", "folder"))
    fakes = {name: FakeProvider(delivered=name == "folder") for name in ("sms", "email", "folder")}
    for module in ("sending", "receipts"):
        monkeypatch.setattr(f"server.notices.{module}.sender_of", lambda channel: fakes[channel])
    return fakes


@pytest.fixture
def reachable(student: Student) -> Student:
    set_contact(student, phone=PHONE, email=EMAIL, consent_at=NOON)
    return student
