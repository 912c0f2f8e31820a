"""Access to an order's page: the address contains the order's secret.

The secret opens the page and lets anybody pay. Invoice and refund also need a proof of identity (server.portal.proof).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from server.core.access import error_page
from server.payments.models import Order
from server.portal.access import HEADERS

View = Callable[..., HttpResponseBase]


def order_view(view: View) -> View:
    """Call `view(request, order)`; for an unknown address, respond with an error page."""

    @wraps(view)
    def with_order(request: HttpRequest, token: str, **values: Any) -> HttpResponseBase:
        orders = Order.objects.select_related("student__campaign__school")
        order = orders.filter(token=token).first()
        if order is None:
            response: HttpResponseBase = error_page(request, "order_page.unknown_link", 404)
        else:
            response = view(request, order, **values)
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    return with_order
