"""A student appeals a revocation once, in time; the school grants it with two people or declines it with an answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from server.audit.models import Event
from server.core.api_errors import ApiError
from server.members.roles import create_reviewer
from server.notices.models import Notice
from server.portal.appeals import MAX_LENGTH, decline_appeal
from server.portal.models import Appeal
from server.portal.progress import progress_of
from server.records.models import Student
from server.submissions.models import AuditEntry, Submission
from server.submissions.reasons import GivenReason
from server.submissions.revocation import approve_revocation, request_revocation
from server.submissions.rule import Action, Role
from server.submissions.states import State
from tests.server.portal.conftest import html_of, prove, url
from tests.server.submissions.reviewing import submission_of, user_in

pytestmark = pytest.mark.django_db
REASONS = (GivenReason("retouched", "皮肤被磨皮"),)
TEXT = "照片没有修过。\r\n请核对原片。"


@pytest.fixture
def admins(db: None) -> tuple[User, User]:
    return user_in(Role.ADMINISTRATOR, name="first"), user_in(Role.ADMINISTRATOR, name="second")


@pytest.fixture
def revoked(student: Student, admins: tuple[User, User]) -> Submission:
    submission = submission_of(student, State.CONFIRMED)
    return decide_by_two(submission, Action.REVOKE, admins)


def decide_by_two(submission: Submission, action: Action, admins: tuple[User, User]) -> Submission:
    request = request_revocation(submission.pk, action, admins[0], timezone.now(), REASONS)
    return approve_revocation(request.pk, admins[1], timezone.now())


def file_appeal(client: Client, student: Student, text: str = TEXT) -> str:
    return client.post(url(student, "appeal"), {"text": text}, follow=True).content.decode()


def refusal(appeal: Appeal, user: User, answer: str) -> str:
    with pytest.raises(ApiError) as api_error:
        decline_appeal(appeal, user, answer, timezone.now())
    return api_error.value.reason


def test_the_page_shows_why_and_until_when(revoked: Submission, student: Student, english: Client) -> None:
    html = html_of(english, student)
    assert "The approval of your portrait was revoked" in html
    assert "皮肤被磨皮" in html
    assert 'id="appeal"' in html
    progress = progress_of(student)
    entry = AuditEntry.objects.get(action="revoke")
    assert progress.next_step is not None
    assert progress.next_step.until == entry.at + timedelta(days=7)


def test_the_notice_names_the_same_deadline(revoked: Submission) -> None:
    until = Notice.objects.get(event="revoked").values["until"]
    assert datetime.fromisoformat(until) == AuditEntry.objects.get(action="revoke").at + timedelta(days=7)


def test_an_appeal_is_filed_once_and_followed(revoked: Submission, student: Student, english: Client) -> None:
    prove(english, student)
    assert "<textarea" in html_of(english, student, "appeal")
    assert Appeal.objects.count() == 0
    assert "Your appeal was sent." in file_appeal(english, student)
    file_appeal(english, student, "a second one")
    appeal = Appeal.objects.get()
    assert (appeal.text, appeal.is_declined) == ("照片没有修过。\n请核对原片。", False)
    html = html_of(english, student)
    assert "Your appeal has arrived" in html
    assert 'id="appeal"' not in html
    assert 'class="until' in html, "until when the school answers"
    assert [event.details["change"] for event in Event.objects.filter(subject=f"student {student.pk}")] == ["appealed"]


def test_a_granted_appeal_restores_the_portrait(
    revoked: Submission, student: Student, english: Client, admins: tuple[User, User]
) -> None:
    prove(english, student)
    file_appeal(english, student)
    decide_by_two(revoked, Action.GRANT_APPEAL, admins)
    assert "Your appeal was granted" in html_of(english, student)


def test_a_declined_appeal_shows_the_answer(
    revoked: Submission, student: Student, english: Client, admins: tuple[User, User]
) -> None:
    prove(english, student)
    file_appeal(english, student)
    decline_appeal(Appeal.objects.get(), admins[1], " 原片核对过，<b>磨皮</b>。 ", timezone.now())
    html = html_of(english, student)
    assert "Your appeal was not granted" in html
    assert "原片核对过，&lt;b&gt;磨皮&lt;/b&gt;。" in html
    assert 'id="appeal"' not in html
    assert Notice.objects.get(event="appeal_declined").values["comment"] == "原片核对过，<b>磨皮</b>。"
    assert refusal(Appeal.objects.get(), admins[1], "again") == "not_now"


def test_only_administrators_decline_and_with_an_answer(
    revoked: Submission, student: Student, english: Client, admins: tuple[User, User]
) -> None:
    prove(english, student)
    file_appeal(english, student)
    appeal = Appeal.objects.get()
    assert refusal(appeal, user_in(Role.REVIEWER), "no") == "not_allowed"
    assert refusal(appeal, admins[1], "  ") == "answer_missing"
    assert refusal(appeal, admins[0], "no") == "appeal_own"  # who requested the revocation
    assert not Appeal.objects.get().is_declined


def test_after_the_deadline_it_is_too_late(revoked: Submission, student: Student, english: Client) -> None:
    prove(english, student)
    student.campaign.appeal_days = 0
    student.campaign.save()
    assert "The time for an appeal is over, so none was sent." in file_appeal(english, student)
    html = html_of(english, student)
    assert "The time for an appeal is over." in html
    assert 'id="appeal"' not in html
    assert not Appeal.objects.exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("   ", "Please write what you think is wrong"),
        ("字" * (MAX_LENGTH + 1), f"at most {MAX_LENGTH} characters"),
    ],
)
def test_a_text_that_cannot_be_sent_is_kept(
    text: str, sentence: str, revoked: Submission, student: Student, english: Client
) -> None:
    prove(english, student)
    answer = english.post(url(student, "appeal"), {"text": text})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert text.strip() in answer.content.decode()
    assert not Appeal.objects.exists()


def test_a_text_is_kept_while_the_student_proves_their_identity_again(
    revoked: Submission, student: Student, english: Client
) -> None:
    answer = english.post(url(student, "appeal"), {"text": "was typed for an hour"})
    assert answer.status_code == 403
    assert not Appeal.objects.exists()
    english.post(url(student, "unlock"), {"last_four": student.last_four, "next": "appeal"})
    assert "was typed for an hour" in html_of(english, student, "appeal")


def test_a_valid_portrait_needs_no_appeal(student: Student, english: Client) -> None:
    submission_of(student, State.CONFIRMED)
    prove(english, student)
    assert english.get(url(student, "appeal")).status_code == 302
    assert "no appeal is needed and none was sent" in file_appeal(english, student)


def test_administrators_answer_in_the_administration(
    revoked: Submission, student: Student, english: Client, admins: Any
) -> None:
    prove(english, student)
    file_appeal(english, student)
    appeal = Appeal.objects.get()
    create_reviewer("mei", "correct horse battery", admin=True)
    staff = Client()
    staff.force_login(User.objects.get(username="mei"))
    change = f"/admin/portal/appeal/{appeal.pk}/change/"
    assert "请核对原片。" in staff.get(change).content.decode()
    staff.post(change, {"answer": ""})
    assert not Appeal.objects.get().is_declined
    staff.post(change, {"answer": "核对过。"})
    assert (Appeal.objects.get().answer, Appeal.objects.get().is_declined) == ("核对过。", True)
    staff.post(change, {"answer": "changed"})
    assert Appeal.objects.get().answer == "核对过。"
