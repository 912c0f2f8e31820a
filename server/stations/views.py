"""The station administration: pair a station, see when each was last seen, revoke access."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from config.errors import Problem
from server.core.access import require_permission
from server.core.language import request_language, request_translations
from server.members.scope import campaigns_of, can_grant, schools_of, scope_of
from server.records.models import Campaign, Student
from server.records.scope import Scope, parse_scope
from server.stations.models import Station
from server.stations.pairing import change_scope, new_pairing_code, revoke


@require_safe
@require_permission("stations.view_station", "administrator")
def stations_page(request: HttpRequest) -> HttpResponse:
    return _render_page(request)


@require_POST
@require_permission("stations.add_pairingcode", "administrator")
def create_code(request: HttpRequest) -> HttpResponse:
    """Show a new code once; it cannot be displayed again."""
    try:
        scope = _parse_scope(request)
    except Problem as problem:
        return _render_page(request, error=problem.in_language(request_language(request)))
    return _render_page(request, new_pairing_code(timezone.now(), scope, request))


@require_POST
@require_permission("stations.change_station", "administrator")
def change_station_scope(request: HttpRequest, identifier: str) -> HttpResponse:
    """Give the station other campaigns from now on."""
    station = _get_station(request, identifier)
    if station.revoked:
        raise Http404
    try:
        change_scope(station, _parse_scope(request), request)
    except Problem as problem:
        return _render_page(request, error=problem.in_language(request_language(request)))
    messages.success(request, request_translations(request).translate("stations.changed", name=station.name))
    return redirect("stations:stations")


@require_POST
@require_permission("stations.change_station", "administrator")
def revoke_station(request: HttpRequest, identifier: str) -> HttpResponse:
    station = _get_station(request, identifier)
    revoke(station, timezone.now(), request)
    messages.success(request, request_translations(request).translate("stations.revoked", name=station.name))
    return redirect("stations:stations")


def _parse_scope(request: HttpRequest) -> Scope:
    """Return the scope chosen in the form: "all", "school:CODE" or "campaign:CODE", several of them. Raises Problem."""
    named = [choice.partition(":") for choice in request.POST.getlist("scope")]
    schools = [code for kind, _, code in named if kind == "school"]
    campaigns = [code for kind, _, code in named if kind == "campaign"]
    try:
        scope = parse_scope(any(kind == "all" for kind, _, _ in named), schools, campaigns)
    except Problem as problem:
        raise Problem("scope.choose_in_list") if problem.key == "scope.choose" else problem from problem
    if not can_grant(request.user, scope):
        raise Problem("scope.not_yours")
    return scope


@dataclass(frozen=True)
class _Choice:
    """One entry in the list of schools and campaigns."""

    value: str
    label: str
    of_school: bool = False


def _choices(user: Any) -> list[_Choice]:
    """Return what the user may give to a station: their own schools completely, single campaigns of others."""
    own, campaigns = scope_of(user), campaigns_of(user)
    choices: list[_Choice] = []
    for school in schools_of(user).order_by("name"):
        if own.everything or school.pk in own.schools:
            choices.append(_Choice(f"school:{school.pk}", str(school), True))
        of_school = campaigns.filter(school=school).order_by("-closes_at")
        choices += [_Choice(f"campaign:{campaign.pk}", str(campaign)) for campaign in of_school]
    return choices


def _visible_stations(user: Any) -> list[Station]:
    """Return the stations that have students of the user's campaigns and no others."""
    return [
        station
        for station in Station.objects.order_by(F("revoked_at").asc(nulls_first=True), "name")
        if can_grant(user, station.scope)
    ]


def _get_station(request: HttpRequest, identifier: str) -> Station:
    station = get_object_or_404(Station, pk=identifier)
    if not can_grant(request.user, station.scope):
        raise Http404
    return station


@dataclass(frozen=True)
class _StationLine:
    """One station with the students that it has: for the table, and to know whose data a stolen station had."""

    station: Station
    campaigns: tuple[Campaign, ...]
    students: int
    chosen: frozenset[str]


def _station_line(station: Station) -> _StationLine:
    scope = station.scope
    campaigns = scope.allowed()
    chosen = {f"school:{code}" for code in scope.schools} | {f"campaign:{code}" for code in scope.campaigns}
    students = Student.objects.filter(campaign__in=campaigns).count()
    return _StationLine(
        station, tuple(campaigns), students, frozenset(chosen | ({"all"} if scope.everything else set()))
    )


def _render_page(request: HttpRequest, code: str = "", error: str = "") -> HttpResponse:
    lines = [_station_line(station) for station in _visible_stations(request.user)]
    context = {
        "lines": lines,
        "code": code,
        "error": error,
        "choices": _choices(request.user),
        "schools": schools_of(request.user).count(),
        "outdated": [line.station for line in lines if line.station.has_shared_key],
    }
    return render(request, "stations/stations.html", context, status=422 if error else 200)
