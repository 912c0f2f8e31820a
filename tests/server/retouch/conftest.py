"""A retoucher who is signed in, a submission in retouching with its files, and a fake engine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from config.errors import Problem
from server.members.models import Role as Member
from server.members.scope import set_scope
from server.records.models import Student
from server.records.scope import EVERYTHING, Scope
from server.retouch import jobs
from server.submissions.models import Submission
from server.submissions.states import State
from server.submissions.store import picture_store
from tests.server.sample_pictures import portrait_jpeg, shot_jpeg
from tests.server.submissions.reviewing import submission_of

SHOT, PORTRAIT, RETOUCHED = shot_jpeg(1, (300, 400)), portrait_jpeg(1), portrait_jpeg(2)
INFO = {"width": 480, "height": 640, "background": [100, 197, 255], "hue": None, "same_bytes": True}


def store(content: bytes) -> str:
    files = picture_store()
    files.commit(files.write_temp([content]))
    return hashlib.sha256(content).hexdigest()


def in_retouching(student: Student, **details: Any) -> Submission:
    """Create a submission that waits for retouching, with its files."""
    values = {"shot_sha256": store(SHOT), "portrait_sha256": store(PORTRAIT), "envelope": {"recipe": {"portrait": {}}}}
    submission = submission_of(student, State.RETOUCHING, **{**values, **details})
    picture_store().store_preview(submission.shot_sha256, SHOT)
    return submission


@pytest.fixture
def submission(student: Student) -> Submission:
    return in_retouching(student)


def client_of(name: str, scope: Scope = EVERYTHING, role: Member = Member.RETOUCHER) -> Client:
    user, _ = User.objects.get_or_create(username=name)
    set_scope(user, scope, role)
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def retoucher(db: None) -> Client:
    return client_of("yun")


class FakeEngine:
    """Responds like the engine's process; `verdict`, `findings`, `failed_rules` and `problem` can be set."""

    def __init__(self) -> None:
        self.requests: list[Mapping[str, Any]] = []
        self.verdict, self.findings, self.failed_rules = "pass", [], []
        self.problem: Problem | None = None
        self.result = RETOUCHED

    def request(self, request: Mapping[str, Any], on_stage: Callable[[str], None]) -> dict[str, Any]:
        self.requests.append(request)
        on_stage("checking")
        if self.problem is not None:
            raise self.problem
        if request["task"] == "prepare":
            for name in ("crop", "person", "matte", "face"):
                Path(request["folder"], f"{name}.png").write_bytes(b"png")
            return dict(INFO)
        report = {"verdict": self.verdict, "findings": self.findings, "failed_rules": self.failed_rules}
        if self.findings:
            Path(request["difference"]).write_bytes(b"png")
        if request["task"] == "strokes":
            Path(request["result"]).write_bytes(self.result)
            return {**report, "recipe": {"format": 3, "repair": {"strokes": request["strokes"]}}}
        return report


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    fake = FakeEngine()
    monkeypatch.setattr(jobs, "ENGINE", fake)
    return fake
