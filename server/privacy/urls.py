"""URLs of the pages of data protection, under /privacy/."""

from __future__ import annotations

from django.urls import path

from server.privacy import admin_pages, request_pages

app_name = "privacy"
urlpatterns = [
    path("", request_pages.requests_page, name="requests"),
    path("requests/<int:number>", request_pages.request_page, name="request"),
    path("students/<str:student>/copy", request_pages.copy, name="copy"),
    path("erasures", admin_pages.erasures, name="erasures"),
    path("views", admin_pages.views, name="views"),
    path("views/export", admin_pages.export_views, name="export_views"),
    path("breaches", admin_pages.breaches, name="breaches"),
]
