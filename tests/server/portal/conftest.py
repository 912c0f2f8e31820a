"""A student on their phone: the page, the proof of identity, and portraits in every state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from server.records.models import Student
from server.submissions.models import AuditEntry, Submission, store_reasons
from server.submissions.reasons import GivenReason
from server.submissions.rule import Action, Role
from server.submissions.states import State
from tests.server.submissions.reviewing import submission_of, user_in


@pytest.fixture
def english() -> Client:
    return Client(headers={"accept-language": "en"})


def url(student: Student, part: str = "") -> str:
    return f"/p/{student.progress_token}{f'/{part}' if part else ''}"


def prove(client: Client, student: Student) -> None:
    assert client.post(url(student, "unlock"), {"last_four": student.last_four}).status_code == 302


def html_of(client: Client, student: Student, part: str = "") -> str:
    answer = client.get(url(student, part))
    assert answer.status_code == 200, answer
    return answer.content.decode()


def shown_version(submission: Submission) -> dict[str, Any]:
    """Return the fields of an action's form: the version and revision that the page showed."""
    return {"version": submission.version, "revision": submission.revision}


def submission_after(
    student: Student,
    state: State,
    action: Action,
    at: datetime,
    *,
    from_state: State = State.RECEIVED,
    reasons: tuple[GivenReason, ...] = (),
    **details: Any,
) -> Submission:
    """Create a submission whose latest transition was `action`, at the time `at`."""
    submission = submission_of(student, state, received_at=at, taken_at=at, **details)
    entry = AuditEntry.objects.create(
        submission=submission,
        at=at,
        user=user_in(Role.REVIEWER),
        action=action.value,
        role=Role.REVIEWER.value,
        from_state=from_state.value,
        to_state=state.value,
    )
    store_reasons(submission, entry, reasons)
    return submission
