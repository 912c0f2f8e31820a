"""The rows on which a gateway's daily bill and the ledger differ, with three decisions: the gateway is right, our rows
are right, or the office asks the gateway."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from server.audit.models import Action
from server.audit.record import record
from server.core.api_errors import ApiError
from server.core.language import request_language, request_translations
from server.payment_office.access import chosen_campaign, office_scope, require_office
from server.payments.bill_models import Bill, BillFinding, FindingState
from server.payments.findings import decide_finding
from server.payments.models import Payment

DECISIONS: Final = (FindingState.GATEWAY.value, FindingState.OURS.value, FindingState.ASKED.value)
_UNDECIDED: Final = (FindingState.OPEN.value, FindingState.ASKED.value)
_PER_PAGE: Final = 50


def findings(user: Any) -> QuerySet[BillFinding]:
    """Return the findings of the user's campaigns. Only a user with all schools sees a row that belongs to no order
    here."""
    payment = Payment.objects.filter(number=OuterRef("payment_number"))
    rows = BillFinding.objects.select_related("bill", "decided_by").annotate(
        order_id=Subquery(payment.values("order")[:1]),
        campaign_id=Subquery(payment.values("order__student__campaign")[:1]),
    )
    scope = office_scope(user)
    return rows if scope.everything else rows.filter(campaign_id__in=scope.allowed().values("pk"))


@require_safe
@require_office
def finding_list(request: HttpRequest) -> HttpResponse:
    rows = findings(request.user)
    if "all" not in request.GET:
        rows = rows.filter(state__in=_UNDECIDED)
    context = {
        "tab": "findings",
        "campaign": chosen_campaign(request),
        "page": Paginator(rows, _PER_PAGE).get_page(request.GET.get("page")),
        "all": "all" in request.GET,
        "decisions": DECISIONS,
        "undecided": _UNDECIDED,
        "bills": Bill.objects.all()[:14],
    }
    return render(request, "payment_office/findings.html", context)


@require_POST
@require_office
def decide(request: HttpRequest, number: int) -> HttpResponse:
    finding = get_object_or_404(findings(request.user), pk=number)
    decision = request.POST.get("decision", "")
    tr = request_translations(request)
    if decision not in DECISIONS:
        messages.error(request, tr.translate("payment_office.choose_decision"))
        return _back(request)
    try:
        decide_finding(finding, decision, request.user, timezone.now(), request.POST.get("remark", ""))
    except ApiError as error:
        messages.error(request, error.in_language(request_language(request)))
        return _back(request)
    record(Action.RECORD_CHANGED, f"finding {number}", request=request, change=f"finding_{decision}")
    messages.success(request, tr.translate("payment_office.done.finding"))
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    campaign = chosen_campaign(request)
    query = f"?campaign={campaign.pk}" if campaign is not None else ""
    return redirect(reverse("payment_office:findings") + query)
