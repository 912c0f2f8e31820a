"""Who may open the retoucher's pages, and what they see there."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from server.core.access import View, error_page, redirect_to_sign_in
from server.members.models import Role
from server.members.scope import scope_of
from server.records.scope import Scope
from server.retouch.models import RetouchJob
from server.submissions.models import Submission
from server.submissions.visibility import submissions_in


def is_retoucher(user: Any) -> bool:
    """Whether the user has the role somewhere; a superuser has every role."""
    if not user.is_authenticated or not user.is_active:
        return False
    return retoucher_scope(user) != Scope()


def retoucher_scope(user: Any) -> Scope:
    """Return what the user sees as a retoucher; read once for each request."""
    if not hasattr(user, "retoucher_scope_of_request"):
        user.retoucher_scope_of_request = scope_of(user, Role.RETOUCHER)
    scope: Scope = user.retoucher_scope_of_request
    return scope


def require_retoucher(view: View) -> View:
    """Redirect anonymous users to the sign-in page; answer 403 to users without the role."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_sign_in(request)
        if not is_retoucher(request.user):
            return error_page(request, "refused.not_allowed", 403)
        return view(request, *args, **kwargs)

    return guarded


def submissions(user: Any) -> QuerySet[Submission]:
    return submissions_in(retoucher_scope(user))


def get_submission(request: HttpRequest, identifier: str) -> Submission:
    """Look a submission up; 404 also for those of other schools, so nobody learns what they have."""
    related = ("student__campaign__school", "claimed_by")
    return get_object_or_404(submissions(request.user).select_related(*related), pk=identifier)


def get_job(request: HttpRequest, submission: str, job: str) -> RetouchJob:
    """Look a job of a visible submission up."""
    jobs = RetouchJob.objects.filter(submission__in=submissions(request.user))
    return get_object_or_404(jobs.select_related("submission"), pk=job, submission=submission)
