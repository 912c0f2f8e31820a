"""The staff's page of stations: pair a new one, see who was here when, take access away."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from server.pages.access import needs
from server.pages.language import words_for
from server.stations.models import Station
from server.stations.pairing import new_pairing_code, revoke


@require_safe
@needs("stations.view_station")
def stations_page(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
@needs("stations.add_pairingcode")
def new_code(request: HttpRequest) -> HttpResponse:
    """Shows a new code once; it cannot be looked up again."""
    return _page(request, new_pairing_code(timezone.now()))


@require_POST
@needs("stations.change_station")
def take_away(request: HttpRequest, identifier: str) -> HttpResponse:
    station = get_object_or_404(Station, pk=identifier)
    revoke(station, timezone.now())
    messages.success(request, words_for(request).say("stations.revoked", name=station.name))
    return redirect("stations:stations")


def _page(request: HttpRequest, code: str = "") -> HttpResponse:
    stations = Station.objects.order_by("revoked_at", "name")
    return render(request, "stations/stations.html", {"stations": stations, "code": code})
