"""Access to the retoucher's pages, and the submissions that a user sees there."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from server.core.access import require
from server.members.models import Role
from server.members.scope import has_role, request_scope
from server.retouch.models import RetouchJob
from server.submissions.models import Submission
from server.submissions.visibility import submissions_in


def is_retoucher(user: Any) -> bool:
    return has_role(user, Role.RETOUCHER)


require_retoucher: Final = require(is_retoucher, Role.RETOUCHER)


def submissions(user: Any) -> QuerySet[Submission]:
    return submissions_in(request_scope(user, Role.RETOUCHER))


def get_submission(request: HttpRequest, identifier: str) -> Submission:
    """Look a submission up; 404 also for those of other schools, so that nobody learns what they have."""
    related = ("student__campaign__school", "claimed_by")
    return get_object_or_404(submissions(request.user).select_related(*related), pk=identifier)


def get_job(request: HttpRequest, submission: str, job: str) -> RetouchJob:
    """Look a job of a visible submission up."""
    jobs = RetouchJob.objects.filter(submission__in=submissions(request.user))
    return get_object_or_404(jobs.select_related("submission"), pk=job, submission=submission)
