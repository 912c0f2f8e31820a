"""Data of the version with four states: decisions keep their meaning, reasons and history, although the audit log is
protected by triggers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config import garbage_collection
from server.audit import append_only
from server.audit.append_only import protect_audit_log
from server.submissions.models import AuditEntry, Submission
from tests.server.audit_triggers import audit_triggers, drop_audit_triggers
from tests.server.submissions.reviewing import NOW

BEFORE = [
    ("submissions", "0004_standard_names"),
    ("records", "0004_standard_names"),
    ("stations", "0003_standard_names"),
    ("members", "0001_initial"),
    ("audit", "0001_initial"),
]
PROTECTED = {"sqlite": ["DELETE", "UPDATE"], "postgresql": ["DELETE", "TRUNCATE", "UPDATE"]}


def migrate(targets: list[tuple[str, str]]) -> Any:
    executor = MigrationExecutor(connection)
    with garbage_collection.paused():
        executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.fixture
def apps_before(new_database: Callable[[], None]) -> Any:
    return migrate([*BEFORE, ("auth", "0012_alter_user_first_name_max_length")])


def old_submission(apps: Any, serial: int, **details: Any) -> Any:
    campaign = apps.get_model("records", "Campaign").objects.get()
    student = apps.get_model("records", "Student").objects.create(
        id=f"{serial:032x}", campaign=campaign, name="王小明", id_number_hmac=f"{serial:064x}", student_no=str(serial)
    )
    fields = {"version": 1, "shot_sha256": "f" * 64, "simulated": False, "outcome": "accepted", "envelope": {}}
    station = apps.get_model("stations", "Station").objects.get()
    times = {"taken_at": NOW, "received_at": NOW}
    return apps.get_model("submissions", "Submission").objects.create(
        id=f"{serial:032x}", student=student, station=station, **{**fields, **times, **details}
    )


def test_decisions_reasons_and_history_are_kept(apps_before: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    apps_before.get_model("stations", "Station").objects.create(id="c" * 32, name="站", token_hash="d", paired_at=NOW)
    school = apps_before.get_model("records", "School").objects.create(code="99001", name="示范大学")
    apps_before.get_model("records", "Campaign").objects.create(
        code="tstcmp", school=school, title="2026 届", opens_at=NOW, closes_at=NOW
    )
    entries = apps_before.get_model("submissions", "AuditEntry").objects
    approved = old_submission(apps_before, 1, state="approved", revision=1)
    entries.create(submission=approved, at=NOW, from_state="received", to_state="approved")
    rejected = old_submission(apps_before, 2, state="rejected", revision=1, reason="tilted", comment="请坐直")
    entries.create(
        submission=rejected, at=NOW, from_state="received", to_state="rejected", reason="tilted", comment="请坐直"
    )
    old_submission(apps_before, 3, envelope={"verdicts": [{"outcome": "unsure"}]}, portrait_sha256="1" * 64)
    old_submission(apps_before, 4, envelope={"verdicts": [{"outcome": "pass"}]}, portrait_sha256="2" * 64)
    with monkeypatch.context() as earlier:  # that version protected the tables that it had
        earlier.setattr(append_only, "APPEND_ONLY_TABLES", ("audit_event", "submissions_auditentry"))
        protect_audit_log()
    assert audit_triggers("submissions_auditentry") == PROTECTED[connection.vendor], "control"

    migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())

    assert list(Submission.objects.order_by("pk").values_list("state", "suspicious")) == [
        ("confirmed", False),
        ("rejected", False),
        ("received", True),
        ("received", False),
    ]
    assert list(Submission.objects.order_by("pk").values_list("campaign", "worst_outcome")) == [
        ("tstcmp", ""),
        ("tstcmp", ""),
        ("tstcmp", "unsure"),
        ("tstcmp", "pass"),
    ]
    assert [(entry.from_state, entry.to_state) for entry in AuditEntry.objects.all()] == [
        ("received", "confirmed"),
        ("received", "rejected"),
    ]
    kept = Submission.objects.get(state="rejected")
    [reason] = kept.latest_reasons()
    assert (reason.code, reason.comment, reason.entry) == ("tilted", "请坐直", kept.history.get())  # type: ignore[attr-defined]
    left = set(audit_triggers("submissions_auditentry"))
    assert left.isdisjoint({"UPDATE", "DELETE"}), "the next start creates them again"
    protect_audit_log()
    assert audit_triggers("submissions_auditentry") == PROTECTED[connection.vendor]
    drop_audit_triggers()


def test_the_people_of_earlier_reviews_become_columns(apps_before: Any) -> None:
    """One person approved alone while the campaign allowed it: the constraint must accept that row."""
    apps = migrate([("submissions", "0007_reasons_are_rows"), ("auth", "0012_alter_user_first_name_max_length")])
    apps.get_model("stations", "Station").objects.create(id="c" * 32, name="站", token_hash="d", paired_at=NOW)
    school = apps.get_model("records", "School").objects.create(code="99001", name="示范大学")
    apps.get_model("records", "Campaign").objects.create(
        code="tstcmp", school=school, title="2026 届", opens_at=NOW, closes_at=NOW
    )
    mei, late = (apps.get_model("auth", "User").objects.create(username=name) for name in ("mei", "late"))
    entries = apps.get_model("submissions", "AuditEntry").objects
    for serial, final in ((1, mei), (2, late)):
        submission = old_submission(apps, serial, state="confirmed")
        steps = (("first_review", "approve", mei), ("final_review", "approve", final))
        for state, action, user in steps:
            entries.create(submission=submission, at=NOW, user=user, action=action, from_state=state, to_state="x")
    migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())
    names = ("first_reviewer__username", "final_reviewer__username", "retoucher", "four_eyes")
    assert list(Submission.objects.order_by("pk").values_list(*names)) == [
        ("mei", "mei", None, False),
        ("mei", "late", None, True),
    ]
