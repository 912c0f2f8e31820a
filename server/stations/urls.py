"""URLs of the station administration, under /stations/."""

from __future__ import annotations

from django.urls import path

from server.stations import views

app_name = "stations"
urlpatterns = [
    path("", views.stations_page, name="stations"),
    path("code", views.create_code, name="code"),
    path("<str:identifier>/scope", views.change_station_scope, name="scope"),
    path("<str:identifier>/revoke", views.revoke_station, name="revoke"),
]
