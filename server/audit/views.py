"""The audit log for administrators, newest event first, filtered by action and user."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from server.audit.models import Action, Event
from server.core.access import require_permission, role_missing

PER_PAGE: Final = 100


@require_safe
@require_permission("audit.view_event", "administrator")
def audit_page(request: HttpRequest) -> HttpResponse:
    """Show the log. Superusers only: it names people and campaigns of every school."""
    user: Any = request.user
    if not user.is_superuser:
        return role_missing(request, "administrator")
    action, text = request.GET.get("action", ""), request.GET.get("text", "").strip()[:100]
    events = Event.objects.select_related("user")
    if action in Action.values:
        events = events.filter(action=action)
    if text:
        matches = Q(subject__icontains=text) | Q(user__username__icontains=text) | Q(address__startswith=text)
        events = events.filter(matches | Q(station_name__icontains=text))
    page = Paginator(events, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "actions": Action.values,
        "chosen": action,
        "text": text,
        "query": urlencode({"action": action, "text": text}),
    }
    return render(request, "audit/audit.html", context)
