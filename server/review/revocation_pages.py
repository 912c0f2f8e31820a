"""The administrator's pages: revoke a portrait, answer an appeal, take a portrait out of the delivery. Another
administrator must approve the request to revoke or to grant an appeal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from server.audit.models import Action as AuditAction
from server.audit.record import record
from server.core.api_errors import ApiError
from server.core.language import request_language, request_translations
from server.portal.appeals import decline_appeal
from server.review.access import administered, require_administrator
from server.review.revocation_context import revocation_context
from server.review.revocation_form import RevocationForm
from server.review.revocation_list import revocation_list
from server.submissions import revocation
from server.submissions.actor import Actor
from server.submissions.clock import run_due_transitions
from server.submissions.models import Submission
from server.submissions.rule import Action
from server.submissions.workflow import apply

Step = Callable[[Submission, RevocationForm, Any, datetime], object]


@require_safe
@require_administrator
def revocations_page(request: HttpRequest) -> HttpResponse:
    return render(request, "review/revocations.html", {"list": revocation_list(request.user, request.GET)})


@require_safe
@require_administrator
def revocation_page(request: HttpRequest, identifier: str) -> HttpResponse:
    run_due_transitions(timezone.now())
    return _render_page(request, identifier)


@require_POST
@require_administrator
def revocation_step(request: HttpRequest, identifier: str, step: str) -> HttpResponse:
    """Carry a step out and show the page again; after a rejection, with the text that was typed."""
    submission, form = _get_submission(request, identifier), RevocationForm.parse(request.POST)
    if step not in STEPS:
        raise Http404
    try:
        with transaction.atomic():
            STEPS[step](submission, form, request.user, timezone.now())
            campaign = submission.student.campaign_id
            record(AuditAction.REVOCATION_CHANGED, submission.pk, request=request, step=step, campaign=campaign)
    except ApiError as api_error:
        return _render_page(request, identifier, form, step, api_error)
    messages.success(request, request_translations(request).translate(f"revocation.done.{step}"))
    return redirect("review:revocation", identifier)


def _request(submission: Submission, form: RevocationForm, user: Any, now: datetime) -> object:
    return revocation.request_revocation(
        submission.pk, form.action, user, now, form.reasons, internal_remark=form.internal_remark
    )


def _approve(submission: Submission, form: RevocationForm, user: Any, now: datetime) -> object:
    _check_belongs(submission.revocation_requests.filter(pk=form.item))
    return revocation.approve_revocation(form.item, user, now)


def _decline(submission: Submission, form: RevocationForm, user: Any, now: datetime) -> object:
    _check_belongs(submission.revocation_requests.filter(pk=form.item))
    return revocation.decline_revocation(form.item, user, now, form.text)


def _cancel(submission: Submission, form: RevocationForm, user: Any, now: datetime) -> object:
    _check_belongs(submission.revocation_requests.filter(pk=form.item))
    return revocation.cancel_revocation(form.item, user, now)


def _decline_appeal(submission: Submission, form: RevocationForm, user: Any, now: datetime) -> object:
    appeal = get_object_or_404(submission.appeals, pk=form.item)
    decline_appeal(appeal, user, form.text, now)
    return appeal


def _dequeue(submission: Submission, form: RevocationForm, user: Any, now: datetime) -> object:
    revision, reasons = form.decision.revision, form.decision.reasons
    return apply(submission.pk, Action.DEQUEUE, Actor(user=user), now, revision=revision, reasons=reasons)


def _dismiss(submission: Submission, form: RevocationForm, user: Any, now: datetime) -> object:
    revocation.dismiss_proposal(submission, user, now)
    return submission


STEPS: Final[Mapping[str, Step]] = {
    "request": _request,
    "approve": _approve,
    "decline": _decline,
    "cancel": _cancel,
    "decline_appeal": _decline_appeal,
    "dequeue": _dequeue,
    "dismiss": _dismiss,
}


def _check_belongs(rows: Any) -> None:
    """Raise Http404 if there is no row: a request of another submission may belong to another campaign."""
    if not rows.exists():
        raise Http404


def _get_submission(request: HttpRequest, identifier: str) -> Submission:
    related = ("student", "student__campaign", "student__campaign__school")
    return get_object_or_404(administered(request.user).select_related(*related), pk=identifier)


def _render_page(
    request: HttpRequest,
    identifier: str,
    form: RevocationForm | None = None,
    step: str = "",
    api_error: ApiError | None = None,
) -> HttpResponse:
    context = revocation_context(request.user, _get_submission(request, identifier), form or RevocationForm())
    error = api_error.in_language(request_language(request)) if api_error else ""
    context |= {"error": error, "step": step}
    return render(request, "review/revocation.html", context, status=api_error.status if api_error else 200)
