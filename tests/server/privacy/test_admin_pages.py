"""Pages of administrators: erasure, record of views, breach list."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from openpyxl import load_workbook

from server.audit.models import Action, Event
from server.audit.record import record
from server.members.models import Role
from server.members.scope import set_scope
from server.privacy.runs import erase_expired
from server.records.models import Student
from server.records.scope import EVERYTHING, Scope
from tests.server.conftest import make_campaign, make_student
from tests.server.privacy.conftest import NOW, Traces

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(db: None) -> Client:
    return signed_in("admin-of-privacy", Role.ADMINISTRATOR)


def signed_in(name: str, role: Role, scope: Scope = EVERYTHING) -> Client:
    user = User.objects.create_user(name)
    set_scope(user, scope, role)
    client = Client()
    client.force_login(user)
    return client


def record_view(traces: Traces, name: str = "=cmd|'/c calc'!A1") -> None:
    """Record that the clerk viewed the portrait of the student, whose name is a formula."""
    Student.objects.filter(pk=traces.student.pk).update(name=name)
    record(Action.IMAGE_VIEWED, traces.submission.pk, user=traces.clerk, part="portrait.jpg", campaign="overco")


def rows_of(response: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_pages_open(traces: Traces, administrator: Client, language: str) -> None:
    for path in ("erasures", "views", "breaches", "breaches?user=clerk-of-traces"):
        assert administrator.get(f"/privacy/{path}", headers={"accept-language": language}).status_code == 200
    erase_expired(NOW)
    page = administrator.get("/privacy/erasures").content.decode()
    assert "复查无残留" in page


def test_others_do_not_open_them(db: None) -> None:
    clerk = signed_in("a-clerk", Role.CLERK)
    for path in ("erasures", "views", "breaches"):
        assert clerk.get(f"/privacy/{path}").status_code == 403
    assert clerk.post("/privacy/views/export").status_code == 403
    assert Client().get("/privacy/views").status_code == 302


def test_the_record_of_views_is_filtered_and_exported(traces: Traces, administrator: Client) -> None:
    record_view(traces)
    record(Action.IMAGE_VIEWED, "0" * 32, user=traces.clerk, part="shot.jpg")
    rows = rows_of(administrator.post("/privacy/views/export", {"term": traces.student.student_no, "file": "csv"}))
    # The clerk's view, and the student's download of the own file.
    assert [row[6] for row in rows[1:]] == [traces.student.student_no] * 2
    assert rows[1][5].startswith("'=cmd")
    event = Event.objects.filter(action=Action.LOG_EXPORTED).get()
    assert (event.user.get_username() if event.user else "", event.details["rows"]) == ("admin-of-privacy", 2)
    assert rows_of(administrator.post("/privacy/views/export", {"until": "2020-01-01"}))[1:] == []
    book = load_workbook(io.BytesIO(administrator.post("/privacy/views/export", {"file": "xlsx"}).content))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert any(cell.value == "=cmd|'/c calc'!A1" for cell in cells)
    assert not any(cell.data_type == "f" for cell in cells)


@pytest.mark.parametrize("value", ["2026-13-40", "0001-01-01", "9999-12-31", "\x00", "😀", "x" * 5000, "\u202e"])
@pytest.mark.parametrize("field", ["since", "until", "term", "user", "action", "page", "station"])
def test_wrong_input_is_no_error(administrator: Client, field: str, value: str) -> None:
    assert administrator.get("/privacy/views", {field: value}).status_code == 200
    assert administrator.get("/privacy/breaches", {field: value, "user": "mei"}).status_code in (200, 422)


def test_an_administrator_of_another_school_sees_nothing(traces: Traces) -> None:
    record_view(traces, "太史无涉")
    make_campaign("nocamp")
    other = signed_in("elsewhere", Role.ADMINISTRATOR, Scope(campaigns=("nocamp",)))
    assert rows_of(other.post("/privacy/views/export"))[1:] == []
    assert "overco" not in other.get("/privacy/erasures").content.decode()
    assert "没有这个采集站或用户" in breach_list(other, traces).content.decode()


def breach_list(client: Client, traces: Traces) -> Any:
    return client.post("/privacy/breaches", {"station": traces.submission.station_id, "file": "csv"})


def test_the_breach_list_has_everybody_whom_it_concerns(traces: Traces, administrator: Client, capsys: Any) -> None:
    make_student(traces.student.campaign, 20, name="司马未拍")
    record_view(traces, "欧阳试样")
    station = traces.submission.station
    station.set_scope(EVERYTHING)
    rows = rows_of(breach_list(administrator, traces))[1:]
    assert [(row[2], row[5]) for row in rows] == [
        ("欧阳试样", "可读取名单中的信息"),
        ("司马未拍", "可读取名单中的信息"),
        ("欧阳试样", "拍摄并上传了照片"),
    ]
    assert Event.objects.filter(action=Action.BREACH_LISTED).count() == 1
    call_command("breach", user="clerk-of-traces")
    lines = capsys.readouterr().out.splitlines()
    assert sorted(line.split(",")[5] for line in lines[1:]) == [
        "decided on the submission",
        "viewed a picture",
    ]
    call_command("breach", user="clerk-of-traces", until=date(2020, 1, 1))
    assert len(capsys.readouterr().out.splitlines()) == 1
