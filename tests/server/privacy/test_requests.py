"""Requests of students: a copy that opens offline, a correction, and the erasure; each has a deadline."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from server.audit.models import Action, Event
from server.members.models import Role
from server.notices.models import Notice
from server.privacy.models import RequestState, SubjectRequest
from server.privacy.requests import answer_by, students_to_erase
from server.privacy.runs import erase_expired
from server.records.models import Student
from server.records.scope import Scope
from server.submissions.states import State
from tests.server.conftest import fake_number, make_campaign, make_student
from tests.server.privacy.conftest import EMAIL, NAME, NOW, NUMBER, Traces
from tests.server.privacy.test_admin_pages import signed_in
from tests.server.submissions.reviewing import submission_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor(traces: Traces) -> Client:
    """The student's client, after the last four characters were entered on the student's page."""
    client = Client()
    client.post(f"/p/{traces.student.progress_token}/unlock", {"last_four": NUMBER[-4:], "next": "data"})
    return client


def page_of(traces: Traces) -> str:
    return f"/p/{traces.student.progress_token}/data"


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_the_copy_has_everything_of_the_person_and_nothing_of_others(traces: Traces, visitor: Client) -> None:
    other = make_student(traces.student.campaign, 33, name="夏侯旁人", class_name="试样班")
    submission_of(other, State.PUBLISHED, id="c" * 32)
    second = make_student(traces.student.campaign, 7, name=NAME, major="第二专业")
    archive = zipfile.ZipFile(io.BytesIO(content(visitor.post(f"{page_of(traces)}/copy"))))
    page = archive.read("index.html").decode()
    for text in (NAME, NUMBER, EMAIL, "试样学", second.major, "Everything that", "系统保存的"):
        assert text in page
    assert "http" not in page.replace("http-equiv", ""), "it opens without a network"
    everything = page + archive.read("data.json").decode()
    for foreign in ("夏侯旁人", fake_number(33), other.pk, traces.clerk.username):
        assert foreign not in everything
    pictures = [name for name in archive.namelist() if name.startswith("pictures/")]
    assert len(pictures) == 3
    assert all(f'href="{name}"' in page for name in pictures)
    own = {one["id"]: one for one in json.loads(archive.read("data.json"))}
    assert own[traces.student.pk]["envelopes"][0]["shot"]["sha256"] == traces.pictures[0]
    assert Event.objects.filter(action=Action.DATA_COPIED, subject=f"student {traces.student.pk}").exists()


def test_without_the_last_four_characters_there_is_no_copy(traces: Traces) -> None:
    assert Client().post(f"{page_of(traces)}/copy").status_code == 403
    assert Client().post(page_of(traces), {"kind": "erasure"}).status_code == 403
    assert not SubjectRequest.objects.exists()


def test_a_clerk_makes_a_copy_with_a_masked_number(traces: Traces) -> None:
    response = signed_in("clerk", Role.CLERK).post(f"/privacy/students/{traces.student.pk}/copy")
    archive = zipfile.ZipFile(io.BytesIO(content(response)))
    page = archive.read("index.html").decode()
    assert f"•{NUMBER[-4:]}" in page
    facts = json.loads(archive.read("data.json"))[0]["parts"][0]
    assert facts["id_number"].endswith(f"•{NUMBER[-4:]}")
    assert Event.objects.get(action=Action.DATA_COPIED).user is not None


def test_a_correction_is_answered_and_the_student_sees_it(traces: Traces, visitor: Client) -> None:
    assert visitor.post(page_of(traces), {"kind": "correction", "text": " "}).status_code == 422
    visitor.post(page_of(traces), {"kind": "correction", "text": "专业应为“摄影学”"})
    visitor.post(page_of(traces), {"kind": "correction", "text": "再来一次"})
    filed = SubjectRequest.objects.get()
    assert filed.due_at == answer_by(filed.filed_at)
    clerk = signed_in("clerk", Role.CLERK)
    assert "欧**样" in clerk.get("/privacy/").content.decode()
    assert clerk.post(f"/privacy/requests/{filed.pk}", {"decision": "refuse"}).status_code == 422
    clerk.post(f"/privacy/requests/{filed.pk}", {"decision": "grant", "answer": "已改为摄影学"})
    again = clerk.post(f"/privacy/requests/{filed.pk}", {"decision": "grant"})
    assert again.status_code == 422
    assert Notice.objects.filter(event="request_answered", version=filed.pk).count() == 1
    assert "已改为摄影学" in visitor.get(page_of(traces)).content.decode()


def test_a_granted_erasure_takes_place_after_the_notice(traces: Traces, visitor: Client, settings: Any) -> None:
    traces.student.campaign.closes_at = timezone.now()
    traces.student.campaign.save()
    visitor.post(page_of(traces), {"kind": "erasure", "text": ""})
    filed = SubjectRequest.objects.get()
    signed_in("clerk", Role.CLERK).post(f"/privacy/requests/{filed.pk}", {"decision": "grant"})
    now = timezone.now()
    assert students_to_erase(now) == []
    (report,) = erase_expired(now + timedelta(days=1, minutes=1))
    assert (report.since, report.problems, report.counts["students"]) == (None, [], 1)
    assert Student.objects.get(pk=traces.student.pk).name == "—"
    assert SubjectRequest.objects.get().state == RequestState.DONE.value


def test_a_refused_erasure_needs_a_legal_ground(traces: Traces, visitor: Client) -> None:
    visitor.post(page_of(traces), {"kind": "erasure", "text": "我不想要了"})
    filed = SubjectRequest.objects.get()
    clerk, path = signed_in("clerk", Role.CLERK), f"/privacy/requests/{filed.pk}"
    for wrong in ({"answer": "不行"}, {"ground": "registered"}, {"answer": "不行", "ground": "因为"}):
        assert clerk.post(path, {"decision": "refuse", **wrong}).status_code == 422
    clerk.post(path, {"decision": "refuse", "answer": "照片已用于注册", "ground": "registered"})
    assert "照片已用于注册" in visitor.get(page_of(traces)).content.decode()
    assert students_to_erase(NOW + timedelta(days=9)) == []


def test_the_deadline_is_fifteen_working_days(settings: Any) -> None:
    filed_at = datetime(2026, 3, 2, 10, tzinfo=timezone.get_default_timezone())
    assert timezone.localtime(answer_by(filed_at)).date().isoformat() == "2026-03-23"


@pytest.mark.parametrize("text", ["x" * 5000, "\x00", "\u202e😀" * 10])
def test_any_text_is_handled(traces: Traces, visitor: Client, text: str) -> None:
    for path in (page_of(traces), f"{page_of(traces)}/copy"):
        assert visitor.post(path, {"kind": "correction", "text": text}).status_code in (200, 302, 422)
    assert visitor.post(page_of(traces), {"kind": text, "text": text}).status_code == 200


def test_a_clerk_sees_nothing_of_other_schools(traces: Traces, visitor: Client) -> None:
    visitor.post(page_of(traces), {"kind": "erasure"})
    make_campaign("nocamp")
    clerk = signed_in("elsewhere", Role.CLERK, Scope(campaigns=("nocamp",)))
    assert clerk.get(f"/privacy/requests/{SubjectRequest.objects.get().pk}").status_code == 404
    assert clerk.post(f"/privacy/students/{traces.student.pk}/copy").status_code == 404
