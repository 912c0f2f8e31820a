"""Read from a request the submission, and the list that the reviewer came from."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from server.review.filters import FINAL, FIRST, QueueFilter
from server.submissions.models import Submission
from server.submissions.states import State
from server.submissions.visibility import submissions_of


def get_submission(request: HttpRequest, identifier: str) -> Submission:
    """Look a submission up; 404 also for submissions that the reviewer may not see, so that nobody can find
    out what other schools have."""
    related = ("student", "student__campaign", "student__campaign__school", "station")
    return get_object_or_404(submissions_of(request.user).select_related(*related), pk=identifier)


def chosen_list(request: HttpRequest, submission: Submission) -> QueueFilter:
    """Return the list that the reviewer came from, in the stage of this submission."""
    stage = FINAL if submission.state == State.FINAL_REVIEW.value else FIRST
    return replace(QueueFilter.parse(request.GET), stage=stage)


def suffix(request: HttpRequest) -> str:
    """Return the query that keeps the chosen list."""
    return QueueFilter.parse(request.GET).query()
