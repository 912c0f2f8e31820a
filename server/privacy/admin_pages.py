"""Pages of administrators: erasures, the record of views, and the students affected by a breach."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from server.audit.models import Action
from server.audit.record import record
from server.core.language import request_translations
from server.members.models import Membership
from server.privacy import breach
from server.privacy.access import administered_scope, require_administrator
from server.privacy.forms import BreachForm, ViewForm
from server.privacy.models import ErasureReport
from server.privacy.runs import over_campaigns, plan_campaign
from server.privacy.tables_out import download
from server.privacy.unlinked import unlinked_accounts
from server.privacy.views_of_data import COLUMNS, VIEWS, start_of, view_events, with_students
from server.stations.models import Station

PER_PAGE: Final = 50
MAX_EXPORT: Final = 200_000
"""Events in one file: a workbook has at most about a million rows."""
SHOWN: Final = 200
UPCOMING_DAYS: Final = 90


@require_safe
@require_administrator
def erasures(request: HttpRequest) -> HttpResponse:
    """Show the erasures of the next night, the campaigns whose retention ends soon, and the reports."""
    scope, now = administered_scope(request.user), timezone.now()
    allowed = set(scope.allowed().values_list("pk", flat=True))
    plans = [plan_campaign(one) for one in over_campaigns(now) if one.pk in allowed]
    soon = [
        campaign
        for campaign in scope.allowed().select_related("school").order_by("closes_at")
        if now <= campaign.retention_end() < now + timedelta(days=UPCOMING_DAYS)
    ]
    of_scope = Q(campaign__in=scope.allowed()) | (Q(campaign=None) if scope.everything else Q(pk=None))
    reports = ErasureReport.objects.filter(of_scope).select_related("campaign")
    page = Paginator(reports, PER_PAGE).get_page(request.GET.get("page"))
    unlinked = len(unlinked_accounts(now)) if scope.everything else 0
    context = {"tab": "erasures", "plans": plans, "soon": soon, "page": page, "unlinked": unlinked}
    return render(request, "privacy/erasures.html", context)


@require_safe
@require_administrator
def views(request: HttpRequest) -> HttpResponse:
    """Show who viewed which picture and downloaded what."""
    form = ViewForm(request.GET, request_translations(request))
    chosen, scope = form.chosen(), administered_scope(request.user)
    page = Paginator(view_events(chosen, scope), PER_PAGE).get_page(request.GET.get("page"))
    query = {name: value for name, value in request.GET.items() if name in form.fields and value}
    context = {
        "tab": "views",
        "form": form,
        "page": page,
        "found": list(with_students(page.object_list)),
        "actions": [one.value for one in VIEWS],
        "query": urlencode(query),
        "hidden": query,
    }
    return render(request, "privacy/views.html", context)


@require_POST
@require_administrator
def export_views(request: HttpRequest) -> HttpResponse:
    """Send the filtered record as a file. The export is recorded itself."""
    tr = request_translations(request)
    chosen, form = ViewForm(request.POST, tr).chosen(), _file_form(request)
    events = view_events(chosen, administered_scope(request.user))[:MAX_EXPORT]
    rows = [view.cells(tr) for view in with_students(events)]
    days = {name: str(value) for name in ("since", "until") if (value := getattr(chosen, name))}
    record(Action.LOG_EXPORTED, f"{len(rows)} events", request=request, rows=len(rows), file=form, **days)
    titles = [tr.translate(f"privacy.column.{name}") for name in COLUMNS]
    return download("views", form, titles, rows)


@require_http_methods(["GET", "HEAD", "POST"])
@require_administrator
def breaches(request: HttpRequest) -> HttpResponse:
    """Show whose data a station or a user had access to; POST sends the list as a file."""
    tr = request_translations(request)
    form = BreachForm(request.POST if request.method == "POST" else request.GET, tr)
    valid = form.is_valid()
    source = _source(request, form) if valid else None
    context: dict[str, Any] = {"tab": "breaches", "form": form, **_choices(request)}
    if source is not None:
        since, until = form.cleaned_data["since"], form.cleaned_data["until"]
        end = start_of(until + timedelta(days=1)) if until else None
        period = breach.Period(start_of(since) if since else None, end)
        of = breach.of_station if isinstance(source, Station) else breach.of_user
        allowed = set(administered_scope(request.user).allowed().values_list("pk", flat=True))
        exposures = [one for one in of(source, period) if one.student.campaign_id in allowed]
        if request.method == "POST":
            record(Action.BREACH_LISTED, str(source), request=request, rows=len(exposures))
            titles = [tr.translate(f"privacy.column.{name}") for name in breach.COLUMNS]
            return download("breach", _file_form(request), titles, (one.cells(tr) for one in exposures))
        people = len({one.student.pk for one in exposures})
        context |= {"found": exposures[:SHOWN], "rows": len(exposures), "people": people, "source": str(source)}
    elif valid and (form.cleaned_data["station"] or form.cleaned_data["user"]):
        context["error"] = tr.translate("privacy.breach_unknown")
    return render(request, "privacy/breaches.html", context, status=200 if valid else 422)


def _source(request: HttpRequest, form: BreachForm) -> Any:
    """Return the station or user that the form names, if the administrator may see them."""
    station, user = form.cleaned_data["station"], form.cleaned_data["user"]
    if station:
        return _stations(request).filter(pk=station).first()
    return _users(request).filter(username=user).first() if user else None


def _choices(request: HttpRequest) -> dict[str, Any]:
    return {"stations": _stations(request).order_by("name"), "users": _users(request).order_by("username")}


def _stations(request: HttpRequest) -> QuerySet[Station]:
    scope = administered_scope(request.user)
    every = Station.objects.all()
    if scope.everything:
        return every
    own = scope.allowed()
    return (every.filter(campaigns__in=own) | every.filter(schools__in=own.values("school"))).distinct()


def _users(request: HttpRequest) -> QuerySet[Any]:
    scope, every = administered_scope(request.user), get_user_model().objects.all()
    if scope.everything:
        return every
    own = Membership.objects.filter(campaign__in=scope.allowed()) | Membership.objects.filter(school__in=scope.schools)
    return every.filter(pk__in=own.values("user"))


def _file_form(request: HttpRequest) -> str:
    return "xlsx" if request.POST.get("file") == "xlsx" else "csv"
