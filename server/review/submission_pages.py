"""The page of one submission, the decision on it, and taking that back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from server.core.api_errors import ApiError
from server.core.language import request_translations
from server.review import queue
from server.review.access import require_reviewer
from server.review.decision_form import DecisionForm
from server.review.meanwhile import explain
from server.review.requests import chosen_list, get_submission, suffix
from server.review.submission_context import submission_context
from server.review.undo import undo_of
from server.submissions import decisions
from server.submissions.clock import run_due_transitions


@require_safe
@require_reviewer
def submission_page(request: HttpRequest, identifier: str) -> HttpResponse:
    run_due_transitions(timezone.now())
    return _render_page(request, identifier)


@require_POST
@require_reviewer
def decide(request: HttpRequest, identifier: str) -> HttpResponse:
    """Carry out the decision and open the next submission. If it is rejected, the page explains why."""
    submission, form = get_submission(request, identifier), DecisionForm.parse(request.POST)
    following = queue.next_after(request.user, submission, chosen_list(request, submission))
    try:
        decisions.decide(
            identifier,
            form.action,
            form.revision,
            request.user,
            timezone.now(),
            reasons=form.reasons,
            identity_confirmed=form.identity_confirmed,
        )
    except ApiError as api_error:
        return _render_page(request, identifier, api_error, form)
    if undo_of(request.user, timezone.now(), identifier) is None:  # else the next page shows it with the countdown
        tr = request_translations(request)
        messages.success(request, tr.translate(f"review.done_{form.action}", name=submission.student.masked_name))
    target = reverse("review:submission", args=[following]) if following else reverse("review:queue")
    return redirect(target + suffix(request))


@require_POST
@require_reviewer
def take_back(request: HttpRequest, identifier: str) -> HttpResponse:
    """Take the reviewer's pending decision back and show the submission again."""
    submission = get_submission(request, identifier)
    try:
        decisions.take_back(submission.pk, request.user, timezone.now())
    except ApiError as api_error:
        return _render_page(request, identifier, api_error)
    return redirect(reverse("review:submission", args=[identifier]) + suffix(request))


def _render_page(
    request: HttpRequest, identifier: str, api_error: ApiError | None = None, form: DecisionForm | None = None
) -> HttpResponse:
    submission = get_submission(request, identifier)
    context = submission_context(request, submission, form or DecisionForm())
    if api_error is not None:
        context["error"] = explain(api_error, submission, request_translations(request))
    return render(request, "review/submission.html", context, status=api_error.status if api_error else 200)
