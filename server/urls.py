"""Every address of the server."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from server.stations.api import api

urlpatterns = [
    path("api/station/v1/", api.urls),
    path("admin/", admin.site.urls),
    path("", RedirectView.as_view(url="/review/")),
]
