"""A campaign with confirmed portraits in the store, and a person who delivers them."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from config.errors import Problem
from server.delivery import check_jobs
from server.delivery.creation import create_delivery
from server.delivery.jobs import run
from server.delivery.models import Delivery, Encryption
from server.delivery.names import parse_template
from server.delivery.planning import Options, make_plan
from server.members.models import Role as Member
from server.members.scope import set_scope
from server.records.models import Campaign, Student
from server.records.scope import EVERYTHING
from server.submissions.models import Submission
from server.submissions.states import State
from server.submissions.store import picture_store
from tests.server.conftest import make_campaign, make_student
from tests.server.submissions.reviewing import submission_of

_SERIALS = itertools.count(1)


@pytest.fixture
def campaign(db: None) -> Campaign:
    return make_campaign(simulated=False)


@pytest.fixture
def lan(db: None) -> User:
    user = User.objects.create_user("lan", password="correct horse battery")
    set_scope(user, EVERYTHING, Member.DELIVERY)
    return user


@pytest.fixture
def small_parts(settings: Any) -> None:
    """Limit each file of a package to two portraits."""
    delivery = settings.APP.delivery.model_copy(update={"part_portraits": 2})
    settings.APP = settings.APP.model_copy(update={"delivery": delivery})


def store_picture(content: bytes) -> str:
    files = picture_store()
    files.commit(files.write_temp([content]))
    return hashlib.sha256(content).hexdigest()


def portrait_of(
    campaign: Campaign,
    state: State = State.CONFIRMED,
    content: bytes = b"",
    student: dict[str, Any] | None = None,
    **details: Any,
) -> Submission:
    """Create a student, with the columns `student`, and their portrait in this state."""
    serial = next(_SERIALS)
    columns = {"class_name": "一班", "name": "王小明", **(student or {})}
    number = columns.pop("student_no", None)
    person = make_student(campaign, serial, **columns)
    if number is not None:
        Student.objects.filter(pk=person.pk).update(student_no=number)
        person.student_no = number
    sha256 = store_picture(content or f"portrait {serial}".encode())
    return submission_of(person, state, id=f"{serial:032x}", portrait_sha256=sha256, **details)


def options_of(
    template: str = "{yxdm}/{bh}/{xh}.jpg", encryption: Encryption = Encryption.NONE, **more: Any
) -> Options:
    allowed = more.get("with_id_number", False)
    return Options(template, parse_template(template, allowed), encryption=encryption, **more)


def plan_and_create(campaign: Campaign, user: Any, options: Options | None = None, key: str = "one") -> Delivery:
    chosen, now = options or options_of(), timezone.now()
    delivery = create_delivery(campaign, chosen, key, make_plan(campaign, chosen, user, now).fingerprint, user, now)
    return checked(delivery)


class FakeEngine:
    """A replacement for the photo engine in the check.

    `results` maps the hash of a portrait to the changes of its result, to a Problem that is raised, or to a list of
    these, one for each request."""

    def __init__(self, results: dict[str, Any] | None = None) -> None:
        self.results = results or {}
        self.requests: list[str] = []

    def request(self, request: Mapping[str, Any], on_stage: Callable[[str], None]) -> dict[str, Any]:
        sha256 = Path(request["portrait"]).name
        self.requests.append(sha256)
        changes = self.results.get(sha256, {})
        if isinstance(changes, list):
            changes = changes.pop(0) if changes else {}
        if isinstance(changes, Problem):
            raise changes
        return {"level": "none", "score": 0.1, "evidence": [], "unable": "", **changes}


def checked(delivery: Delivery, engine: FakeEngine | None = None) -> Delivery:
    """Run the check of the delivery to its end, by default without findings, so that packaging is queued."""
    with patch.object(check_jobs, "ENGINE", engine or FakeEngine()):
        check_jobs.run_slice(delivery.pk, timezone.now())
    delivery.refresh_from_db()
    return delivery


def packed(delivery: Delivery) -> Delivery:
    checked(delivery)
    run(delivery.pk, timezone.now())
    delivery.refresh_from_db()
    return delivery
