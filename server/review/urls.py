"""URLs of the reviewer's pages, under /review/."""

from __future__ import annotations

from django.urls import path, re_path

from server.review import sharing, views

app_name = "review"
urlpatterns = [
    path("", views.queue_page, name="queue"),
    re_path(r"^(?P<identifier>[0-9a-f]{32})/$", views.submission_page, name="submission"),
    re_path(r"^(?P<identifier>[0-9a-f]{32})/decide$", views.decide, name="decide"),
    re_path(r"^(?P<identifier>[0-9a-f]{32})/take-back$", views.take_back, name="take_back"),
    re_path(r"^(?P<identifier>[0-9a-f]{32})/share$", sharing.share_portrait, name="share"),
    re_path(
        r"^(?P<identifier>[0-9a-f]{32})/(?P<part>shot\.jpg|portrait\.jpg|original)$", views.picture, name="picture"
    ),
]
