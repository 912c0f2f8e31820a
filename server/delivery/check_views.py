"""The findings of a delivery's check for beauty filters, with the decision on each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Problem
from config.i18n import Message
from server.audit.models import Action
from server.audit.record import record, record_several
from server.core.language import request_language, request_translations
from server.delivery.access import get_delivery, require_delivery
from server.delivery.check_decisions import decide, pack_unchecked
from server.delivery.check_findings import decided_findings, open_findings, results_of
from server.delivery.check_jobs import check_again
from server.delivery.check_models import Decision, DeliveryCheck, Level, PortraitCheck
from server.delivery.models import Delivery
from server.submissions.picture_views import record_views
from server.submissions.store import picture_store

PER_PAGE: Final = 24
MAX_LISTED: Final = 200
_PORTRAIT: Final = "portrait"


class DecisionForm(forms.Form):
    """Findings that are decided alike, and the reason."""

    finding = forms.TypedMultipleChoiceField(coerce=int)
    decision = forms.ChoiceField(choices=Decision.choices)
    reason = forms.CharField(required=False)

    def __init__(self, *args: Any, findings: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["finding"].choices = [(one, one) for one in findings]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@require_delivery
def check_page(request: HttpRequest, identifier: str) -> HttpResponse:
    """Show the findings, and decide those that are ticked."""
    delivery = get_delivery(request, identifier)
    if request.method != "POST":
        return _render(request, delivery)
    findings = list(open_findings(delivery).values_list("pk", flat=True))
    form = DecisionForm(request.POST, findings=findings)
    if not form.is_valid():
        missing = "decision" if "decision" in form.errors else "finding"
        error = request_translations(request).translate(f"delivery.check_missing.{missing}")
        return _render(request, delivery, error, 422)
    values = form.cleaned_data
    try:
        with transaction.atomic():
            decided = decide(
                delivery,
                values["finding"],
                Decision(values["decision"]),
                values["reason"],
                request.user,
                timezone.now(),
            )
            details = {"delivery": delivery.pk, "decision": values["decision"]}
            rows = [(one.submission_id, {**details, "score": round(one.score, 2)}) for one in decided]
            record_several(Action.DELIVERY_FINDING_DECIDED, rows, request=request)
    except Problem as problem:
        return _render(request, delivery, problem.in_language(request_language(request)), 422)
    messages.success(request, request_translations(request).translate("delivery.check_decided", count=len(decided)))
    delivery.refresh_from_db(fields=["status"])
    more = open_findings(delivery).exists()
    return redirect("delivery:check" if more else "delivery:delivery", delivery.pk)


@require_safe
@require_delivery
def finding_picture(request: HttpRequest, identifier: str, finding: int) -> HttpResponseBase:
    """Send the portrait of a finding, and record who saw it."""
    delivery = get_delivery(request, identifier)
    planned = delivery.items.values("submission")
    result = get_object_or_404(PortraitCheck.objects.select_related("submission"), pk=finding, submission__in=planned)
    path = picture_store().path(result.portrait_sha256)
    if not path.is_file():
        raise Http404
    record_views(request, [result.submission], _PORTRAIT)
    headers = {"Cache-Control": "private, no-store"}
    return FileResponse(path.open("rb"), content_type="image/jpeg", headers=headers)


@require_POST
@require_delivery
def again(request: HttpRequest, identifier: str) -> HttpResponse:
    """Continue a check that stopped."""
    delivery = get_delivery(request, identifier)
    check_again(get_object_or_404(DeliveryCheck, pk=delivery.pk), timezone.now())
    return redirect("delivery:delivery", delivery.pk)


@require_POST
@require_delivery
def skip(request: HttpRequest, identifier: str) -> HttpResponse:
    """Pack without the check, with a reason, if the server cannot carry it out."""
    delivery = get_delivery(request, identifier)

    def step() -> None:
        pack_unchecked(delivery, request.POST.get("reason", ""), request.user, timezone.now())
        record(Action.DELIVERY_UNCHECKED, f"delivery {delivery.pk}", request=request, campaign=delivery.campaign_id)

    return _or_message(request, delivery, step)


def _or_message(request: HttpRequest, delivery: Delivery, step: Callable[[], None]) -> HttpResponse:
    try:
        with transaction.atomic():
            step()
    except Problem as problem:
        messages.error(request, problem.in_language(request_language(request)))
    return redirect("delivery:delivery", delivery.pk)


def _render(request: HttpRequest, delivery: Delivery, error: str = "", status: int = 200) -> HttpResponse:
    page = Paginator(open_findings(delivery), PER_PAGE).get_page(request.GET.get("page"))
    unable = results_of(delivery).filter(level=Level.UNABLE.value).select_related("submission__student")
    decided = decided_findings(delivery)
    context = {
        "delivery": delivery,
        "campaign": delivery.campaign,
        "page": page,
        "findings": [(one, evidence_of(one)) for one in page],
        "chosen": set(request.POST.getlist("finding")),
        "decision": request.POST.get("decision", ""),
        "reason": request.POST.get("reason", ""),
        "decisions": [one.value for one in Decision],
        "decided": decided[:MAX_LISTED],
        "decided_count": decided.count(),
        "unable": unable.order_by("submission__student__student_no", "pk")[:MAX_LISTED],
        "unable_count": unable.count(),
        "error": error,
    }
    return render(request, "delivery/check.html", context, status=status)


def evidence_of(result: PortraitCheck) -> list[Message]:
    """Return the messages of the evidence for a beauty filter."""
    return [Message(f"beauty_filter.evidence.{key}", {"value": value}) for key, value in result.evidence]
