"""The title and the taxpayer number that a student gives for an invoice (发票); the office issues it elsewhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction

from config.errors import Problem
from config.i18n import translations
from config.taxpayer_number import is_taxpayer_number, normalize_taxpayer_number
from server.core.api_errors import ApiError
from server.core.language import current_language
from server.notices.addresses import normalize_email
from server.payments.events import EventKind, add_event
from server.payments.models import InvoiceState, Order, OrderState
from server.payments.orders import lock_order

CHANGEABLE: Final = (InvoiceState.NONE.value, InvoiceState.REQUESTED.value)
"""States before the office has issued the invoice."""


class InvoiceForm(forms.Form):
    """A person needs no taxpayer number, an organisation does."""

    kind = forms.ChoiceField(choices=[("person", "person"), ("organisation", "organisation")])
    title = forms.CharField(max_length=100)
    number = forms.CharField(max_length=30, required=False)
    email = forms.CharField(max_length=254, required=False)

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {
            "kind": "organisation" if order.invoice_taxpayer_number else "person",
            "title": order.invoice_title,
            "number": order.invoice_taxpayer_number,
            "email": order.invoice_email,
        }

        for field in self.fields.values():
            field.error_messages["required"] = _message("order_page.field_missing")

    def clean_email(self) -> str:
        text: str = self.cleaned_data["email"]
        try:
            return normalize_email(text) if text else ""
        except Problem as problem:
            raise ValidationError(problem.in_language(current_language())) from problem

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        number = normalize_taxpayer_number(values.get("number") or "")
        values["number"] = number if values.get("kind") == "organisation" else ""
        if values.get("kind") == "organisation" and not is_taxpayer_number(number):
            raise ValidationError({"number": _message("order_page.taxpayer_number_wrong")})
        return values


def request_invoice(order: Order, values: dict[str, Any], now: datetime) -> None:
    """Store the title, number and e-mail address for the invoice. Raises ApiError invoice_closed if the order is not
    paid, or the invoice was issued already."""
    with transaction.atomic():
        locked = lock_order(order.pk)
        if locked.state != OrderState.PAID.value or locked.invoice_state not in CHANGEABLE:
            raise ApiError("refused.invoice_closed")
        locked.invoice_state = InvoiceState.REQUESTED.value
        locked.invoice_title, locked.invoice_taxpayer_number = values["title"], values["number"]
        locked.invoice_email = values["email"]
        locked.save(update_fields=["invoice_state", "invoice_title", "invoice_taxpayer_number", "invoice_email"])
        add_event(locked, EventKind.INVOICE_CHANGED, now, state=locked.invoice_state, by="student")


def _message(key: str) -> str:
    return translations(current_language()).translate(key)
