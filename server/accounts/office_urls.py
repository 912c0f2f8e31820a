"""URLs of the office's pages about accounts, under /clerk/links/."""

from __future__ import annotations

from django.urls import path

from server.accounts.views import office

app_name = "links"
urlpatterns = [
    path("", office.waiting, name="waiting"),
    path("<int:identifier>/", office.compare, name="compare"),
    path("<int:identifier>/decide", office.decide_request, name="decide"),
]
