"""Access to the pages of the delivery, and the campaigns and deliveries that a user sees there."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from server.core.access import require
from server.delivery.models import Delivery
from server.members.models import Role
from server.members.scope import has_role, request_scope
from server.records.models import Campaign


def sees_delivery(user: Any) -> bool:
    return has_role(user, Role.DELIVERY)


require_delivery: Final = require(sees_delivery, Role.DELIVERY)


def campaigns(user: Any) -> QuerySet[Campaign]:
    return request_scope(user, Role.DELIVERY).allowed().select_related("school")


def deliveries(user: Any) -> QuerySet[Delivery]:
    return Delivery.objects.filter(campaign__in=request_scope(user, Role.DELIVERY).allowed())


def get_campaign(request: HttpRequest, code: str) -> Campaign:
    """Look a campaign up; 404 also for those of other schools."""
    return get_object_or_404(campaigns(request.user), pk=code)


def get_delivery(request: HttpRequest, identifier: str) -> Delivery:
    related = ("campaign__school", "created_by", "handed_over_by", "source", "portrait_check__skipped_by")
    return get_object_or_404(deliveries(request.user).select_related(*related), pk=identifier)
