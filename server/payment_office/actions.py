"""The office's actions on one order: cash, waiver, refund, invoice. Each is audited; server.payments requires the
second person."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from typing import Any, Final

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from config.text_normalization import normalize_text
from server.audit.models import Action
from server.audit.record import record
from server.core.api_errors import ApiError
from server.core.form_numbers import whole_number
from server.core.language import request_language, request_translations
from server.payment_office.access import get_order, require_office
from server.payment_office.order_pages import render_order
from server.payments.cash import Cashier, pay_out_cash, take_cash
from server.payments.events import EventKind, add_event
from server.payments.models import InvoiceState, Order
from server.payments.orders import lock_order
from server.payments.refund_models import Refund
from server.payments.refunds import approve_refund, decline_refund, request_refund, retry_refund
from server.payments.waivers import approve_waiver, decline_waiver, waive

_YUAN: Final = re.compile(r"-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?")
_MAX_FEN: Final = 100_000_000
Act = Callable[[HttpRequest, Order], str]


def order_action(act: Act) -> Callable[..., Any]:
    """Create the view of a POST on one order: `act` returns the name of the action (message
    `payment_office.done.<name>`), or raises ApiError, which the order's page shows."""

    @wraps(act)
    def view(request: HttpRequest, number: int) -> HttpResponse:
        order = get_order(request, number)
        try:
            change = act(request, order)
        except ApiError as error:
            return render_order(
                request, get_order(request, number), error.in_language(request_language(request)), error.status
            )
        record(Action.RECORD_CHANGED, f"order {order.pk}", request=request, change=change)
        messages.success(request, request_translations(request).translate(f"payment_office.done.{change}"))
        return redirect("payment_office:order", order.pk)

    return require_POST(require_office(view))


@order_action
def cash(request: HttpRequest, order: Order) -> str:
    take_cash(order, Cashier(user=request.user), timezone.now())
    return "cash"


@order_action
def waive_order(request: HttpRequest, order: Order) -> str:
    waiver = waive(order, request.POST.get("reason", ""), request.user, timezone.now())
    return "waived" if waiver.state == "approved" else "waiver_requested"


@order_action
def decide_waiver(request: HttpRequest, order: Order) -> str:
    waiver = order.waivers.filter(state="requested").first()
    if waiver is None:
        raise ApiError("refused.waiver_decided")
    if "approve" in request.POST:
        approve_waiver(waiver, request.user, timezone.now())
        return "waived"
    decline_waiver(waiver, request.user, timezone.now())
    return "waiver_declined"


@order_action
def ask_refund(request: HttpRequest, order: Order) -> str:
    payment = get_object_or_404(order.payments, pk=whole_number(request.POST.get("payment", ""), 0))
    amount_fen = fen_of(request.POST.get("amount", ""))
    if amount_fen is None or amount_fen <= 0:
        raise ApiError("refused.amount_wrong")
    request_refund(payment, amount_fen, request.POST.get("reason", ""), timezone.now(), request.user)
    return "refund_requested"


@order_action
def decide_refund(request: HttpRequest, order: Order) -> str:
    refunds = Refund.objects.filter(payment__order=order)
    refund = get_object_or_404(refunds, pk=whole_number(request.POST.get("refund", ""), 0))
    now, user = timezone.now(), request.user
    match request.POST.get("decision", ""):
        case "approve":
            approve_refund(refund, user, now)
            return "refund_approved"
        case "decline":
            decline_refund(refund, user, now)
            return "refund_declined"
        case "retry":
            retry_refund(refund, user, now)
            return "refund_retried"
        case "paid_out":
            pay_out_cash(refund, Cashier(user=user), now)
            return "cash_paid_out"
    raise ApiError("refused.refund_decided")


@order_action
def issue_invoice(request: HttpRequest, order: Order) -> str:
    """Store the number of the invoice that the office issued elsewhere, or that the invoice was reversed."""
    number = request.POST.get("number", "").strip()[:40]
    with transaction.atomic():
        locked = lock_order(order.pk)
        if locked.invoice_state == InvoiceState.REQUESTED.value and number:
            locked.invoice_state, locked.invoice_number = InvoiceState.ISSUED.value, number
        elif locked.invoice_state == InvoiceState.ISSUED.value and "reverse" in request.POST:
            locked.invoice_state = InvoiceState.REVERSED.value
        else:
            raise ApiError("refused.invoice_number_missing")
        locked.save(update_fields=["invoice_state", "invoice_number"])
        add_event(locked, EventKind.INVOICE_CHANGED, timezone.now(), user=request.user, state=locked.invoice_state)
    return "invoice"


def fen_of(text: str) -> int | None:
    """Return an amount in fen typed as yuan; None if it is not one. Chinese keyboards type ￥ and full-width digits; a
    comma is only read before three digits, because some people write 5,5 for 5.5.

    >>> fen_of("30"), fen_of(" ¥1,234.50 "), fen_of("￥５元"), fen_of("0.001"), fen_of("5,5"), fen_of("1e5")
    (3000, 123450, 500, None, None, None)
    """
    amount = normalize_text(text).strip().removeprefix("¥").removesuffix("元").strip()
    if not _YUAN.fullmatch(amount):
        return None
    fen = Decimal(amount.replace(",", "")) * 100
    return int(fen) if abs(fen) <= _MAX_FEN and fen == int(fen) else None
