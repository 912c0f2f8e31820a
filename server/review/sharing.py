"""The reviewer's button "use this portrait for the other enrolment too"."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from server.core.access import needs
from server.core.api_errors import Refusal
from server.core.language import language_of, words_for
from server.submissions.models import REVIEWERS
from server.submissions.sharing import share
from server.submissions.visible import submissions_of


@require_POST
@needs(REVIEWERS)
def share_portrait(request: HttpRequest, identifier: str) -> HttpResponse:
    submission = get_object_or_404(submissions_of(request.user), pk=identifier)
    try:
        copy = share(submission, request.POST.get("student", ""), request.user, timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.in_language(language_of(request)))
        return redirect("review:submission", identifier)
    messages.success(request, words_for(request).translate("review.shared", label=copy.student.enrolment_label))
    return redirect("review:submission", copy.pk)
