"""What the pages of review read from a request: the submission, the queue, and the query that keeps the choice."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from server.review import queue
from server.submissions.models import Submission
from server.submissions.rules import State
from server.submissions.visibility import submissions_of


def get_submission(request: HttpRequest, identifier: str) -> Submission:
    """Look a submission up; 404 also for submissions that the reviewer may not see, so nobody learns what other schools
    have."""
    related = ("student", "student__campaign", "student__campaign__school", "station")
    return get_object_or_404(submissions_of(request.user).select_related(*related), pk=identifier)


def stage_of(request: HttpRequest, submission: Submission | None = None) -> str:
    """Return the queue that the request is about: the submission's own, or the one that it names."""
    if submission is not None and submission.state == State.FINAL_REVIEW.value:
        return queue.FINAL
    return queue.FINAL if submission is None and request.GET.get("stage") == queue.FINAL else queue.FIRST


def suffix(request: HttpRequest) -> str:
    """Return the query that keeps the chosen campaign and queue."""
    chosen = {name: request.GET.get(name, "") for name in ("campaign", "stage")}
    chosen = {name: value for name, value in chosen.items() if value}
    return f"?{urlencode(chosen)}" if chosen else ""
