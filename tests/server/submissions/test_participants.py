"""Four eyes as a constraint of the database: it holds even where the guard is missing."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from server.records.models import Campaign, Student
from server.submissions import guards
from server.submissions.actor import Actor
from server.submissions.models import Submission
from server.submissions.rule import Action, Guard, Role
from server.submissions.states import State
from server.submissions.workflow import apply
from tests.server.submissions.reviewing import NOW, approve, claimed_by, submission_of, user_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei(student: Student) -> User:
    Campaign.objects.update(final_review=True, retouch="on_request")
    return user_in(Role.REVIEWER, Role.RETOUCHER, Role.FINAL_REVIEWER, name="mei")


def without_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "CHECKS", {**guards.CHECKS, Guard.FOUR_EYES: lambda attempt: None})


def in_final_review(student: Student, user: User) -> Submission:
    submission_of(Student.objects.get(pk=student.pk))
    return approve("a" * 32, 0, user, NOW)


def test_each_participant_is_a_column(student: Student, mei: User) -> None:
    final = user_in(Role.FINAL_REVIEWER, name="final")
    approve("a" * 32, in_final_review(student, mei).revision, final, NOW)
    row = Submission.objects.get()
    assert (row.state, row.first_reviewer, row.final_reviewer, row.retoucher) == ("confirmed", mei, final, None)
    assert row.four_eyes


@pytest.mark.parametrize("part", ["first_reviewer", "retoucher"])
def test_one_person_in_two_parts_is_rejected_without_the_guard(
    part: str, student: Student, mei: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_guard(monkeypatch)
    submission = claimed_by(submission_of(student, State.FINAL_REVIEW, **{part: mei}), mei)
    with pytest.raises(IntegrityError), transaction.atomic():
        apply(submission.pk, Action.APPROVE, Actor(user=mei), NOW)
    assert Submission.objects.get().state == State.FINAL_REVIEW


def test_the_campaigns_switch_is_copied_with_the_approval(student: Student, mei: User) -> None:
    Campaign.objects.update(four_eyes=False)
    approve("a" * 32, in_final_review(student, mei).revision, mei, NOW)
    row = Submission.objects.get()
    assert (row.first_reviewer, row.final_reviewer, row.four_eyes) == (mei, mei, False)
    with pytest.raises(IntegrityError), transaction.atomic():
        Submission.objects.update(four_eyes=True)


def test_a_retouch_stores_the_retoucher_and_clears_the_verdicts(student: Student, mei: User) -> None:
    submission = claimed_by(submission_of(student, State.RETOUCHING, worst_outcome="pass"), mei)
    apply(submission.pk, Action.SUBMIT_RETOUCH, Actor(user=mei), NOW, portrait_sha256="3" * 64)
    row = Submission.objects.get()
    assert (row.retoucher, row.worst_outcome, row.state) == (mei, "", "final_review")
