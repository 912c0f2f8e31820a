"""After an erasure no data identify the student; the verification reports a column, row or file that was left out."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from django.test import Client
from django.utils import timezone

from server.accounts.models import Account
from server.audit.append_only import protect_audit_log
from server.audit.models import Event
from server.notices.models import Notice
from server.payments.models import Order
from server.payments.refund_models import Refund
from server.privacy import doomed_files, runs, tables
from server.privacy.erased_list import complete_lists, list_files
from server.privacy.models import DoomedFile, ErasureReport
from server.privacy.runs import erase_again, erase_campaign, erase_expired, erase_nightly, erase_students, plan_campaign
from server.privacy.table_rule import Fresh, TableRule
from server.records.models import Campaign, Student
from server.records.people_models import Consent, Person
from server.secrets.key_check import check_keys
from server.submissions.models import AuditEntry, Submission
from server.submissions.reason_models import Reason
from server.submissions.states import State
from server.submissions.store import picture_store
from tests.server.audit_triggers import audit_triggers, drop_audit_triggers
from tests.server.conftest import make_student
from tests.server.delivery.conftest import store_picture
from tests.server.privacy.conftest import NAME, NOW, NUMBER, Traces
from tests.server.submissions.reviewing import submission_of

pytestmark = pytest.mark.django_db
EMPTIED_COLUMNS = [
    (label, column)
    for label, rule in tables.RULES.items()
    for column, value in rule.empties.items()
    # Positions and the last four characters are left out: other columns may contain the same by chance.
    if column not in ("x", "y", "w", "h", "last_four")
]


def leave_out(monkeypatch: pytest.MonkeyPatch, label: str, column: str) -> None:
    """Remove the column from the rule of its table, so that the erasure does not empty it."""
    rule = tables.RULES[label]
    remaining = {name: value for name, value in rule.empties.items() if name != column}
    monkeypatch.setitem(tables.RULES, label, dataclasses.replace(rule, empties=remaining))


def test_nothing_is_left_and_the_counts_stay(traces: Traces, over: Campaign) -> None:
    (report,) = erase_expired(NOW)
    assert report.problems == []
    assert report.blocked == {}
    assert report.counts["students"] == report.counts["submissions"] == report.counts["contacts"] == 1
    assert report.counts["pictures"] == 3
    erased = Student.objects.get(pk=traces.student.pk)
    assert (erased.name, erased.student_no, erased.erased_at) == ("—", "", NOW)
    assert erased.progress_token != traces.student.progress_token
    submission = Submission.objects.get(pk=traces.submission.pk)
    assert (submission.state, submission.shot_sha256, submission.envelope) == (State.PUBLISHED.value, "", {})
    assert not any(picture_store().path(sha256).exists() for sha256 in traces.pictures)
    assert not picture_store().preview_path(traces.pictures[0]).exists()
    assert not Person.objects.exists()
    assert not Account.objects.exists()
    assert Consent.objects.filter(student=erased, person=None).count() == 2
    check_keys()
    assert erase_expired(NOW) == []


def test_history_and_accounts_stay_without_their_words(traces: Traces) -> None:
    erase_expired(NOW)
    entry = AuditEntry.objects.get(submission=traces.submission)
    assert (entry.user, entry.to_state, entry.comment) == (traces.clerk, "published", "")
    assert (Reason.objects.get().code, Reason.objects.get().mark) == ("tilted", None)
    assert Event.objects.get(subject=traces.submission.pk).address == ""
    assert Notice.objects.get().values == {}
    order = Order.objects.get()
    assert (order.amount_fen, order.invoice_title) == (1500, NAME)
    assert NUMBER in Refund.objects.get().reason


def test_words_on_receipts_are_erased_after_their_own_retention(traces: Traces, settings: Any) -> None:
    erase_expired(NOW)
    later = NOW + timedelta(days=366 * settings.APP.privacy.receipt_years)
    erase_expired(later)
    assert (Order.objects.get().invoice_title, Refund.objects.get().reason) == ("", "")


@pytest.mark.parametrize(("label", "column"), EMPTIED_COLUMNS)
def test_a_forgotten_column_is_reported(
    traces: Traces, monkeypatch: pytest.MonkeyPatch, label: str, column: str
) -> None:
    table = apps.get_model(label)._meta.db_table
    fill_with_words(label, column, traces)
    leave_out(monkeypatch, label, column)
    (report,) = erase_expired(NOW)
    assert any(problem.startswith(f"{table}.{column}:") for problem in report.problems), report.problems


def fill_with_words(label: str, column: str, traces: Traces) -> None:
    """Write the name into a column that has nothing of the student in the fixture."""
    model, rule = apps.get_model(label), tables.RULES[label]
    rows = models.QuerySet(model).filter(**{rule.student: traces.student.pk})
    value = rows.values_list(column, flat=True).first()
    if label == "privacy.SubjectRequest":
        model.objects.create(
            student=traces.student, kind="copy", state="done", filed_at=NOW, due_at=NOW, **{column: NAME}
        )
    elif column not in ("id_number_encrypted", "row_encrypted", "address_encrypted") and not isinstance(
        value, dict | list
    ):
        identifying = column.endswith("hmac") or column in ("progress_token", "name", "student_no")
        if not (identifying or value in traces.pictures):
            rows.update(**{column: NAME})


@pytest.mark.parametrize("function", ["_delete", "remove_packages"])
def test_a_forgotten_file_is_reported(traces: Traces, monkeypatch: pytest.MonkeyPatch, function: str) -> None:
    monkeypatch.setattr(runs if function == "remove_packages" else doomed_files, function, lambda *_: 0)
    (report,) = erase_expired(NOW)
    expected = "package" if function == "remove_packages" else f"file {traces.pictures[0]}"
    assert any(problem.startswith(expected) for problem in report.problems)


def test_a_forgotten_row_is_reported(traces: Traces, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = tables.RULES["stations.ProgressLink"]
    real = runs.erase_rows

    def erase_without_links(*arguments: Any) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(tables.RULES, "stations.ProgressLink", TableRule(rule.why))
            return real(*arguments)

    monkeypatch.setattr(runs, "erase_rows", erase_without_links)
    (report,) = erase_expired(NOW)
    assert report.problems == ["stations.ProgressLink: row"]


def test_an_undelivered_student_stays_and_the_report_gives_the_reason(traces: Traces, over: Campaign) -> None:
    waiting = make_student(over, 8, name="诸葛待付")
    submission_of(waiting, State.CONFIRMED, id="f" * 32, shot_sha256="6" * 64, portrait_sha256="7" * 64)
    (report,) = erase_expired(NOW)
    assert report.blocked == {"undelivered": [waiting.pk]}
    assert Student.objects.get(pk=waiting.pk).name == "诸葛待付"
    assert Student.objects.get(pk=traces.student.pk).name == "—"
    (again,) = erase_expired(NOW + timedelta(days=1))
    assert again.pk == report.pk
    assert ErasureReport.objects.get(pk=report.pk).finished_at == NOW + timedelta(days=1)
    final = erase_campaign(plan_campaign(over, also_undelivered=True), NOW)
    assert (final.blocked, final.counts["students"], final.problems) == ({}, 1, [])


def test_files_and_rows_of_another_enrolment_stay(traces: Traces, campaign: Campaign) -> None:
    """The same person has another enrolment with the same portrait, in a campaign that is not over."""
    other = make_student(campaign, 7, name=NAME)
    submission_of(other, State.PUBLISHED, shot_sha256=traces.pictures[0], portrait_sha256=traces.pictures[1])
    (report,) = erase_expired(NOW)
    assert report.problems == []
    assert picture_store().path(traces.pictures[1]).is_file()
    assert picture_store().preview_path(traces.pictures[0]).is_file()
    assert not picture_store().path(traces.pictures[2]).exists()
    assert Student.objects.get(pk=other.pk).id_number_hmac


def test_the_run_after_a_killed_one_deletes_its_files(
    traces: Traces, monkeypatch: pytest.MonkeyPatch, over: Campaign
) -> None:
    def kill(*_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(runs, "delete_doomed_files", kill)
        with pytest.raises(KeyboardInterrupt):
            erase_expired(NOW)
    assert picture_store().path(traces.pictures[0]).is_file()
    make_student(over, 9)
    (report,) = erase_expired(NOW)
    assert report.problems == []
    assert not picture_store().path(traces.pictures[0]).exists()
    assert not DoomedFile.objects.exists()


def test_the_nightly_erasure_runs_at_night_only(traces: Traces) -> None:
    noon = timezone.localtime(NOW).replace(hour=12)
    erase_nightly(noon)
    assert not ErasureReport.objects.exists()
    erase_nightly(noon.replace(hour=2))
    assert ErasureReport.objects.count() == 1


def test_a_restored_backup_is_erased_again(traces: Traces, over: Campaign, campaign: Campaign) -> None:
    person = make_student(campaign, 11, name="端木复原")
    columns = Student.objects.filter(pk=person.pk).values().get()
    (report,) = erase_students([person], NOW)
    assert report.problems == []
    assert person.pk in list_files()[0].read_text()
    Student.objects.filter(pk=person.pk).update(**columns)
    erased = [one.campaign_id for one in erase_again(NOW)]
    assert erased == [campaign.pk, over.pk]
    assert Student.objects.get(pk=person.pk).name == "—"


def test_nobody_opens_the_page_of_an_erased_student(traces: Traces) -> None:
    token = traces.student.progress_token
    assert Client().get(f"/p/{token}").status_code == 200
    erase_expired(NOW)
    assert Client().get(f"/p/{token}").status_code == 404
    new = Student.objects.get(pk=traces.student.pk).progress_token
    response = Client().post(f"/p/{new}/unlock", {"last_four": ""})
    assert response.status_code == 403


@pytest.mark.django_db(transaction=True)
def test_the_triggers_allow_the_erasure_and_nothing_else(traces: Traces) -> None:
    protect_audit_log()
    try:
        before = audit_triggers()
        (report,) = erase_expired(NOW)
        assert report.problems == []
        assert audit_triggers() == before
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE submissions_auditentry SET comment = 'x'")
    finally:
        drop_audit_triggers()


def test_fresh_values_are_never_the_same() -> None:
    for kind in (Fresh.TOKEN, Fresh.HASH):
        assert kind.new_value() != kind.new_value()
    assert len(Fresh.FOUR.new_value()) == 4


def test_a_picture_of_two_erased_students_is_deleted(traces: Traces, over: Campaign) -> None:
    twin = make_student(over, 12, name="公孙同照")
    submission_of(twin, State.PUBLISHED, id="9" * 32, shot_sha256=traces.pictures[0], portrait_sha256=None)
    store_picture(b"somebody else")
    erase_expired(NOW)
    assert not picture_store().path(traces.pictures[0]).exists()


def test_a_list_that_the_service_cannot_write_delays_only_those_it_lacks(
    traces: Traces, campaign: Campaign, over: Campaign, settings: Any, tmp_path: Path
) -> None:
    """systemd lets the service write its data folder only, not the folder of the backups."""
    person = make_student(campaign, 11, name="端木申请")
    more = tmp_path / "backups" / "erased-students"
    privacy = settings.APP.privacy.model_copy(update={"erased_list": str(more)})
    settings.APP = settings.APP.model_copy(update={"privacy": privacy})
    assert erase_students([person], NOW) == []
    assert not Student.objects.filter(pk=person.pk, erased_at__isnull=False).exists()
    more.parent.mkdir()
    complete_lists(tmp_path)  # as the command that makes a backup
    assert more.read_text() == (tmp_path / more.name).read_text() == f"{person.pk}\n"
    (report,) = erase_students([person], NOW)
    assert (report.counts["students"], list_files()[0].read_text()) == (1, f"{person.pk}\n")
