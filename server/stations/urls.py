"""The staff's addresses of stations, under /stations/."""

from __future__ import annotations

from django.urls import path

from server.stations import views

app_name = "stations"
urlpatterns = [
    path("", views.stations_page, name="stations"),
    path("code", views.new_code, name="code"),
    path("<str:identifier>/scope", views.new_scope, name="scope"),
    path("<str:identifier>/revoke", views.take_away, name="revoke"),
]
