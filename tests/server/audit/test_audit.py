"""The audit log is append-only, and administrators see it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from server.audit.append_only import protect_audit_log
from server.audit.models import Action, Event
from server.audit.record import record
from server.members.roles import create_reviewer
from server.records.models import Student
from tests.server.audit_triggers import drop_audit_triggers
from tests.server.conftest import fake_number
from tests.server.review.test_review_pages import create_received

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture
def protected(db: None) -> Iterator[None]:
    """The triggers of an installed server; dropped at the end, because the test database is emptied afterwards."""
    protect_audit_log()
    protect_audit_log()
    yield
    drop_audit_triggers()


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET subject = ''", "DELETE FROM audit_event"])
def test_the_database_itself_refuses_changes(protected: None, statement: str) -> None:
    record(Action.STATION_PAIRED, "one")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement", ["UPDATE submissions_auditentry SET user_id = NULL", "DELETE FROM submissions_auditentry"]
)
def test_the_history_of_a_submission_is_protected_too(protected: None, statement: str, student: Student) -> None:
    create_received(student)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_models_refuse_changes_too(db: None) -> None:
    event = record(Action.STATION_PAIRED, "one")
    for change in (event.save, event.delete, Event.objects.all().delete, lambda: Event.objects.update(subject="")):
        with pytest.raises(TypeError):
            change()


def client_of(admin: bool) -> Client:
    create_reviewer("boss", PASSWORD, admin=admin)
    client = Client()
    assert client.login(username="boss", password=PASSWORD)
    return client


def test_views_are_recorded_once_and_downloads_each_time(student: Student) -> None:
    submission, client = create_received(student), client_of(admin=False)
    for part in ("portrait.jpg", "portrait.jpg", "original", "original"):
        assert client.get(f"/review/{submission.id}/{part}").status_code == 200
    actions = list(Event.objects.order_by("id").values_list("action", flat=True))
    assert actions.count(Action.IMAGE_VIEWED) == 1
    assert actions.count(Action.ORIGINAL_DOWNLOADED) == 2
    log = str(list(Event.objects.values()))
    assert not [secret for secret in (fake_number(1), student.progress_token, student.name, PASSWORD) if secret in log]


def test_administrators_find_events(db: None) -> None:
    client = client_of(admin=True)
    record(Action.STATION_PAIRED, "一号站")
    record(Action.STATION_REVOKED, "二号站")
    page = client.get("/audit/", {"action": "station_paired"}).content.decode()
    assert "一号站" in page
    assert "二号站" not in page
    assert "二号站" in client.get("/audit/", {"text": "二号"}).content.decode()
    for number in range(120):
        record(Action.STATION_PAIRED, f"many {number}")
    assert client.get("/audit/", {"page": "2"}).status_code == 200
    assert client.get("/audit/", {"page": "999", "action": "x", "text": "'\"%"}).status_code == 200


def test_nobody_else_sees_the_audit_log(db: None) -> None:
    assert client_of(admin=False).get("/audit/").status_code == 403
    assert Client().get("/audit/").status_code == 302
