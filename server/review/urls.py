"""URLs of the reviewer's pages, under /review/."""

from __future__ import annotations

from django.urls import path, re_path

from server.review import picture_pages, queue_pages, sharing, submission_pages

app_name = "review"
urlpatterns = [
    path("", queue_pages.queue_page, name="queue"),
    re_path(r"^(?P<identifier>[0-9a-f]{32})/$", submission_pages.submission_page, name="submission"),
    re_path(r"^(?P<identifier>[0-9a-f]{32})/decide$", submission_pages.decide, name="decide"),
    re_path(r"^(?P<identifier>[0-9a-f]{32})/take-back$", submission_pages.take_back, name="take_back"),
    re_path(r"^(?P<identifier>[0-9a-f]{32})/share$", sharing.share_portrait, name="share"),
    re_path(
        r"^(?P<identifier>[0-9a-f]{32})/(?P<part>shot\.jpg|portrait\.jpg|original)$",
        picture_pages.picture,
        name="picture",
    ),
]
