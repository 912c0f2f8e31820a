"""Requests of a student that need a proof of identity: an invoice, or a refund."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from server.audit.models import Action
from server.audit.record import record
from server.core.api_errors import ApiError
from server.core.language import request_language, request_translations
from server.order_page.access import order_view
from server.order_page.invoices import InvoiceForm, request_invoice
from server.order_page.summary import summary_of
from server.order_page.views import render_page
from server.payments.models import Order
from server.payments.refunds import request_refund
from server.portal.proof import is_proven, prove
from server.portal.views import proof_error


@require_POST
@order_view
def unlock(request: HttpRequest, order: Order) -> HttpResponse:
    """Prove the identity in this browser for a limited time."""
    result = prove(request, order.student, request.POST.get("last_four", ""))
    if result.confirmed:
        return redirect("order_page:page", token=order.token)
    status = 429 if result.is_paused else 403
    return render_page(request, order, status, proof_error=proof_error(request, result))


@require_POST
@order_view
def invoice(request: HttpRequest, order: Order) -> HttpResponse:
    if not is_proven(request, order.student):
        return render_page(request, order, 403)
    form = InvoiceForm(request.POST, order=order)
    if not form.is_valid():
        return render_page(request, order, 422, invoice_form=form)
    try:
        request_invoice(order, form.cleaned_data, timezone.now())
    except ApiError as error:
        return render_page(request, order, error.status, error=error.in_language(request_language(request)))
    return _done(request, order, "invoice_requested", "order_page.invoice_saved")


@require_POST
@order_view
def refund(request: HttpRequest, order: Order) -> HttpResponse:
    """Request all of the money that can still go back; the office decides."""
    if not is_proven(request, order.student):
        return render_page(request, order, 403)
    summary = summary_of(order, timezone.now())
    try:
        if summary.kept is None or not summary.refundable_fen:
            raise ApiError("refused.not_refundable")
        request_refund(summary.kept, summary.refundable_fen, request.POST.get("reason", ""), timezone.now())
    except ApiError as error:
        return render_page(request, order, error.status, error=error.in_language(request_language(request)))
    return _done(request, order, "refund_requested", "order_page.refund_sent")


def _done(request: HttpRequest, order: Order, change: str, message: str) -> HttpResponse:
    record(Action.RECORD_CHANGED, f"student {order.student_id}", request=request, by="student", change=change)
    messages.success(request, request_translations(request).translate(message))
    return redirect("order_page:page", token=order.token)
