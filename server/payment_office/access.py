"""Access to the office's pages of payments: the roles, and the campaigns and orders that a user may see."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from server.core.access import require
from server.core.database_text import without_nul
from server.members.models import Role
from server.members.scope import has_role, request_scope
from server.payments.models import Order
from server.records.models import Campaign
from server.records.scope import Scope

ROLES: Final = (Role.CLERK, Role.ADMINISTRATOR)


def sees_payments(user: Any) -> bool:
    return has_role(user, *ROLES)


require_office: Final = require(sees_payments, *ROLES)


def office_scope(user: Any) -> Scope:
    return request_scope(user, *ROLES)


def campaigns(user: Any) -> QuerySet[Campaign]:
    return office_scope(user).allowed().select_related("school")


def get_campaign(request: HttpRequest, code: str) -> Campaign:
    """Look a campaign up; 404 also for those of other schools."""
    return get_object_or_404(campaigns(request.user), pk=code)


def chosen_campaign(request: HttpRequest) -> Campaign | None:
    """Return the campaign that the address names, else the latest with a price, else the latest; None if the user has
    none. On the pages for all campaigns, the tabs link to it."""
    known = campaigns(request.user).order_by("-closes_at", "pk")
    code = without_nul(request.GET.get("campaign", ""))
    return (known.filter(pk=code).first() if code else None) or known.filter(price_fen__gt=0).first() or known.first()


def orders(user: Any) -> QuerySet[Order]:
    scope = office_scope(user)
    all_orders = Order.objects.select_related("student__campaign__school")
    return all_orders if scope.everything else all_orders.filter(student__campaign__in=scope.allowed())


def get_order(request: HttpRequest, number: int) -> Order:
    return get_object_or_404(orders(request.user), pk=number)
