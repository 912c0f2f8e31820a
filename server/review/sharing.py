"""The reviewer's button "use this portrait for the other enrolment too"."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from server.core.api_errors import ApiError
from server.core.language import request_language, request_translations
from server.review.access import require_reviewer
from server.submissions.sharing import share
from server.submissions.visibility import submissions_of


@require_POST
@require_reviewer
def share_portrait(request: HttpRequest, identifier: str) -> HttpResponse:
    submission = get_object_or_404(submissions_of(request.user), pk=identifier)
    try:
        copy = share(submission, request.POST.get("student", ""), request.user, timezone.now())
    except ApiError as api_error:
        messages.error(request, api_error.in_language(request_language(request)))
        return redirect("review:submission", identifier)
    messages.success(
        request, request_translations(request).translate("review.shared", label=copy.student.enrolment_label)
    )
    return redirect("review:submission", copy.pk)
