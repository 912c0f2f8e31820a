"""The staff's page of stations: pair a new one, see who was here when, take access away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from config.errors import Problem
from server.core.access import needs
from server.core.language import language_of, words_for
from server.members.scope import campaigns_of, covers, schools_of, scope_of
from server.records.models import Campaign, Student
from server.records.scope import Scope, named_scope
from server.stations.models import Station
from server.stations.pairing import change_scope, new_pairing_code, revoke


@require_safe
@needs("stations.view_station")
def stations_page(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
@needs("stations.add_pairingcode")
def new_code(request: HttpRequest) -> HttpResponse:
    """Shows a new code once; it cannot be looked up again."""
    try:
        scope = _chosen(request)
    except Problem as problem:
        return _page(request, wrong=problem.in_language(language_of(request)))
    return _page(request, new_pairing_code(timezone.now(), scope, request))


@require_POST
@needs("stations.change_station")
def new_scope(request: HttpRequest, identifier: str) -> HttpResponse:
    """From now on the station gets other campaigns."""
    station = _found(request, identifier)
    if station.revoked:
        raise Http404
    try:
        change_scope(station, _chosen(request), request)
    except Problem as problem:
        return _page(request, wrong=problem.in_language(language_of(request)))
    messages.success(request, words_for(request).translate("stations.changed", name=station.name))
    return redirect("stations:stations")


@require_POST
@needs("stations.change_station")
def take_away(request: HttpRequest, identifier: str) -> HttpResponse:
    station = _found(request, identifier)
    revoke(station, timezone.now(), request)
    messages.success(request, words_for(request).translate("stations.revoked", name=station.name))
    return redirect("stations:stations")


def _chosen(request: HttpRequest) -> Scope:
    """What the form's list names: "all", "school:CODE" or "campaign:CODE", several of them. Raises Problem."""
    named = [choice.partition(":") for choice in request.POST.getlist("scope")]
    schools = [code for kind, _, code in named if kind == "school"]
    campaigns = [code for kind, _, code in named if kind == "campaign"]
    try:
        scope = named_scope(any(kind == "all" for kind, _, _ in named), schools, campaigns)
    except Problem as problem:
        raise Problem("scope.choose_in_list") if problem.key == "scope.choose" else problem from problem
    if not covers(request.user, scope):
        raise Problem("scope.not_yours")
    return scope


@dataclass(frozen=True)
class _Choice:
    """One line of the list of schools and campaigns."""

    value: str
    label: str
    of_school: bool = False


def _choices(user: Any) -> list[_Choice]:
    """What the person may give to a station: of their own schools all, of others single collections."""
    own, campaigns = scope_of(user), campaigns_of(user)
    choices: list[_Choice] = []
    for school in schools_of(user).order_by("name"):
        if own.everything or school.pk in own.schools:
            choices.append(_Choice(f"school:{school.pk}", str(school), True))
        of_school = campaigns.filter(school=school).order_by("-closes")
        choices += [_Choice(f"campaign:{campaign.pk}", str(campaign)) for campaign in of_school]
    return choices


def _stations_of(user: Any) -> list[Station]:
    """Those that have students of the person's collections, and no others'."""
    return [station for station in Station.objects.order_by("revoked_at", "name") if covers(user, station.scope)]


def _found(request: HttpRequest, identifier: str) -> Station:
    station = get_object_or_404(Station, pk=identifier)
    if not covers(request.user, station.scope):
        raise Http404
    return station


@dataclass(frozen=True)
class _Line:
    """One station with what it has of students: for the table, and to know whose data a stolen one had."""

    station: Station
    campaigns: tuple[Campaign, ...]
    students: int
    chosen: frozenset[str]


def _line(station: Station) -> _Line:
    scope = station.scope
    campaigns = scope.allowed()
    chosen = {f"school:{code}" for code in scope.schools} | {f"campaign:{code}" for code in scope.campaigns}
    students = Student.objects.filter(campaign__in=campaigns).count()
    return _Line(station, tuple(campaigns), students, frozenset(chosen | ({"all"} if scope.everything else set())))


def _page(request: HttpRequest, code: str = "", wrong: str = "") -> HttpResponse:
    lines = [_line(station) for station in _stations_of(request.user)]
    context = {
        "lines": lines,
        "code": code,
        "wrong": wrong,
        "choices": _choices(request.user),
        "schools": schools_of(request.user).count(),
        "outdated": [line.station for line in lines if line.station.has_shared_key],
    }
    return render(request, "stations/stations.html", context, status=422 if wrong else 200)
