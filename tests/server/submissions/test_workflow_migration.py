"""Migration of databases of earlier versions: of 86a4649, with four states of a submission, and before the reviewers
were columns. Everybody has the same rights as before; decisions keep their meaning, reasons and history, although the
audit log is protected by triggers.

All migrations run once, because they take six seconds; the rows of each version are added after its migrations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from config import garbage_collection
from server.audit import append_only
from server.audit.append_only import protect_audit_log
from server.members.models import Membership
from server.records.id_number_protection import encrypt_number, slow_keyed_hash
from server.records.models import Student
from server.records.slow_hashes import compute_missing_hashes
from server.stations.models import Station
from server.submissions.models import AuditEntry, Submission
from tests.server.audit_triggers import audit_triggers
from tests.server.conftest import connected_to_new_database, fake_number
from tests.server.submissions.reviewing import NOW

AUTH: Final = ("auth", "0012_alter_user_first_name_max_length")
FIRST_RELEASE: Final = [
    ("records", "0001_initial"),
    ("stations", "0001_initial"),
    ("submissions", "0001_initial"),
    AUTH,
]
FOUR_STATES: Final = [
    ("submissions", "0004_standard_names"),
    ("records", "0004_standard_names"),
    ("stations", "0003_standard_names"),
    ("members", "0001_initial"),
    ("audit", "0001_initial"),
    AUTH,
]
REVIEWS_IN_HISTORY: Final = [("submissions", "0007_reasons_are_rows"), AUTH]
PROTECTED: Final = {"sqlite": ["DELETE", "UPDATE"], "postgresql": ["DELETE", "TRUNCATE", "UPDATE"]}


@dataclass(frozen=True)
class Before:
    """Values of the earlier versions, with which the tests compare the migrated database."""

    opens: Any
    token: str
    triggers: list[str]


def migrate(targets: list[tuple[str, str]]) -> Any:
    executor = MigrationExecutor(connection)
    with garbage_collection.paused():
        executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.fixture(scope="module")
def before(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Before]:
    """A database after all migrations; the tests of this file use it instead of the usual one."""
    with django_db_blocker.unblock(), connected_to_new_database(tmp_path_factory.mktemp("old") / uuid4().hex):
        opens, token = add_first_release(migrate(FIRST_RELEASE))
        triggers = add_four_states(migrate(FOUR_STATES))
        add_reviews(migrate(REVIEWS_IN_HISTORY))
        migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())
        yield Before(opens, token, triggers)


def add_first_release(apps: Any) -> tuple[Any, str]:
    now = timezone.now()
    school = apps.get_model("records", "School").objects.create(code="99001", name="示范大学")
    campaign = apps.get_model("records", "Campaign").objects.create(
        code="tstcmp", school=school, title="2026 届", opens=now, closes=now
    )
    student = apps.get_model("records", "Student").objects.create(
        id="a" * 32,
        campaign=campaign,
        name="王小明",
        number_sealed=encrypt_number(fake_number(1)),
        number_hash="b" * 64,
        last_four="0000",
    )
    station = apps.get_model("stations", "Station").objects.create(
        id="c" * 32, name="旧站", token_hash="d" * 64, paired_at=now
    )
    apps.get_model("submissions", "Submission").objects.create(
        id="e" * 32,
        student=student,
        station=station,
        version=1,
        shot_sha256="f" * 64,
        simulated=False,
        ending="accepted",
        taken_at=now,
        received_at=now,
        remark="请坐直",
        envelope={"identified_by": "id_card"},
    )
    user = apps.get_model("auth", "User").objects.create(username="mei")
    user.groups.add(apps.get_model("auth", "Group").objects.create(name="reviewers"))
    return now, student.token


def add_campaign(apps: Any, code: str) -> None:
    """Add a school, a campaign and a station with this code."""
    apps.get_model("stations", "Station").objects.create(id=f"{code:0>32}", name="站", token_hash=code, paired_at=NOW)
    school = apps.get_model("records", "School").objects.create(code=code, name="示范大学")
    apps.get_model("records", "Campaign").objects.create(
        code=code, school=school, title="2026 届", opens_at=NOW, closes_at=NOW
    )


def old_submission(apps: Any, code: str, serial: int, **details: Any) -> Any:
    number = f"{code}{serial}"
    student = apps.get_model("records", "Student").objects.create(
        id=f"{number:0>32}", campaign_id=code, name="王小明", id_number_hmac=f"{number:0>64}", student_no=number
    )
    fields = {"version": 1, "shot_sha256": "f" * 64, "simulated": False, "outcome": "accepted", "envelope": {}}
    times = {"taken_at": NOW, "received_at": NOW}
    return apps.get_model("submissions", "Submission").objects.create(
        id=f"{number:0>32}", student=student, station_id=f"{code:0>32}", **{**fields, **times, **details}
    )


def add_four_states(apps: Any) -> list[str]:
    add_campaign(apps, "99002")
    entries = apps.get_model("submissions", "AuditEntry").objects
    approved = old_submission(apps, "99002", 1, state="approved", revision=1)
    entries.create(submission=approved, at=NOW, from_state="received", to_state="approved")
    rejected = old_submission(apps, "99002", 2, state="rejected", revision=1, reason="tilted", comment="请坐直")
    entries.create(
        submission=rejected, at=NOW, from_state="received", to_state="rejected", reason="tilted", comment="请坐直"
    )
    unsure, passed = ({"verdicts": [{"outcome": outcome}]} for outcome in ("unsure", "pass"))
    old_submission(apps, "99002", 3, envelope=unsure, portrait_sha256="1" * 64)
    old_submission(apps, "99002", 4, envelope=passed, portrait_sha256="2" * 64)
    with pytest.MonkeyPatch.context() as earlier:  # the tables that this version protected
        earlier.setattr(append_only, "APPEND_ONLY_TABLES", ("audit_event", "submissions_auditentry"))
        protect_audit_log()
    return audit_triggers("submissions_auditentry")


def add_reviews(apps: Any) -> None:
    """Add two submissions; one was approved twice by the same person while the campaign allowed it."""
    add_campaign(apps, "99003")
    alone, late = (apps.get_model("auth", "User").objects.create(username=name) for name in ("alone", "late"))
    entries = apps.get_model("submissions", "AuditEntry").objects
    for serial, final in ((1, alone), (2, late)):
        submission = old_submission(apps, "99003", serial, state="confirmed")
        steps = (("first_review", "approve", alone), ("final_review", "approve", final))
        for state, action, user in steps:
            entries.create(submission=submission, at=NOW, user=user, action=action, from_state=state, to_state="x")


def test_an_older_database_keeps_its_people_and_stations(before: Before) -> None:
    station = Station.objects.get(pk="c" * 32)
    assert (station.has_shared_key, station.scope.everything, station.scope.campaigns) == (True, False, ("tstcmp",))
    assert set(Membership.objects.values_list("user__username", "school", "role")) == {
        ("mei", "99001", "reviewer"),
        ("mei", "99001", "final_reviewer"),
    }
    assert (station.campaigns.get().opens_at, station.campaigns.get().closes_at) == (before.opens, before.opens)
    submission = Submission.objects.get(pk="e" * 32)
    assert (submission.identity_check, submission.outcome, submission.comment) == ("card", "accepted", "请坐直")
    assert (submission.student.id_number_hmac, submission.student.progress_token) == ("b" * 64, before.token)
    Student.objects.exclude(pk="a" * 32).update(id_number_slow_hash="x")  # the other students have no ID number
    assert compute_missing_hashes() == 1
    assert Student.objects.get(pk="a" * 32).id_number_slow_hash == slow_keyed_hash(fake_number(1))


def test_decisions_reasons_and_history_are_kept(before: Before) -> None:
    assert before.triggers == PROTECTED[connection.vendor], "control"
    submissions = Submission.objects.filter(student__campaign="99002").order_by("pk")
    assert list(submissions.values_list("state", "suspicious")) == [
        ("confirmed", False),
        ("rejected", False),
        ("received", True),
        ("received", False),
    ]
    assert list(submissions.values_list("campaign", "worst_outcome")) == [
        ("99002", ""),
        ("99002", ""),
        ("99002", "unsure"),
        ("99002", "pass"),
    ]
    entries = AuditEntry.objects.filter(submission__in=submissions)
    assert [(entry.from_state, entry.to_state) for entry in entries] == [
        ("received", "confirmed"),
        ("received", "rejected"),
    ]
    rejected = submissions.get(state="rejected")
    [reason] = rejected.latest_reasons()
    assert (reason.code, reason.comment, reason.entry) == ("tilted", "请坐直", rejected.history.get())  # type: ignore[attr-defined]
    triggers = set(audit_triggers("submissions_auditentry"))
    assert triggers.isdisjoint({"UPDATE", "DELETE"}), "the next start creates them again"
    protect_audit_log()
    assert audit_triggers("submissions_auditentry") == PROTECTED[connection.vendor]


def test_the_people_of_earlier_reviews_become_columns(before: Before) -> None:
    """The constraint must accept the row of the person who approved alone while the campaign allowed it."""
    names = ("first_reviewer__username", "final_reviewer__username", "retoucher", "four_eyes")
    submissions = Submission.objects.filter(student__campaign="99003").order_by("pk")
    assert list(submissions.values_list(*names)) == [
        ("alone", "alone", None, False),
        ("alone", "late", None, True),
    ]
