"""The staff's page of stations: pair a new one, see who was here when, take access away."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from config.problem import Problem
from server.pages.access import needs
from server.pages.language import language_of, words_for
from server.records.models import Campaign, School, Student
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
        return _page(request, wrong=problem.in_words(language_of(request)))
    return _page(request, new_pairing_code(timezone.now(), scope, request))


@require_POST
@needs("stations.change_station")
def new_scope(request: HttpRequest, identifier: str) -> HttpResponse:
    """From now on the station gets other campaigns."""
    station = get_object_or_404(Station, pk=identifier, revoked_at=None)
    try:
        change_scope(station, _chosen(request), request)
    except Problem as problem:
        return _page(request, wrong=problem.in_words(language_of(request)))
    messages.success(request, words_for(request).say("stations.changed", name=station.name))
    return redirect("stations:stations")


@require_POST
@needs("stations.change_station")
def take_away(request: HttpRequest, identifier: str) -> HttpResponse:
    station = get_object_or_404(Station, pk=identifier)
    revoke(station, timezone.now(), request)
    messages.success(request, words_for(request).say("stations.revoked", name=station.name))
    return redirect("stations:stations")


def _chosen(request: HttpRequest) -> Scope:
    """What the form's list names: "all", "school:CODE" or "campaign:CODE", several of them. Raises Problem."""
    named = [choice.partition(":") for choice in request.POST.getlist("scope")]
    schools = [code for kind, _, code in named if kind == "school"]
    campaigns = [code for kind, _, code in named if kind == "campaign"]
    try:
        return named_scope(any(kind == "all" for kind, _, _ in named), schools, campaigns)
    except Problem as problem:
        raise Problem("scope.choose_in_list") if problem.key == "scope.choose" else problem from problem


@dataclass(frozen=True)
class _Choice:
    """One line of the list of schools and campaigns."""

    value: str
    label: str
    of_school: bool = False


def _choices() -> list[_Choice]:
    choices: list[_Choice] = []
    for school in School.objects.order_by("name").prefetch_related("campaign_set"):
        choices.append(_Choice(f"school:{school.pk}", str(school), True))
        campaigns = school.campaign_set.order_by("-closes")  # type: ignore[attr-defined]
        choices += [_Choice(f"campaign:{campaign.pk}", str(campaign)) for campaign in campaigns]
    return choices


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
    stations = Station.objects.order_by("revoked_at", "name")
    lines = [_line(station) for station in stations]
    context = {
        "lines": lines,
        "code": code,
        "wrong": wrong,
        "choices": _choices(),
        "schools": School.objects.count(),
        "outdated": [line.station for line in lines if line.station.has_shared_key],
    }
    return render(request, "stations/stations.html", context, status=422 if wrong else 200)
