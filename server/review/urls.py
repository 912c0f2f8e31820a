"""URLs of the reviewer's pages, under /review/."""

from __future__ import annotations

from django.urls import path, re_path

from server.review import (
    claim_pages,
    grid_pages,
    picture_pages,
    queue_pages,
    revocation_pages,
    second_look_pages,
    sharing,
    submission_pages,
)

app_name = "review"
urlpatterns = [
    path("", queue_pages.queue_page, name="queue"),
    path("grid/", grid_pages.grid_page, name="grid"),
    path("grid/claim", grid_pages.claim, name="grid_claim"),
    path("grid/renew", grid_pages.renew, name="grid_renew"),
    path("grid/give-back", grid_pages.give_back, name="grid_give_back"),
    path("grid/decide", grid_pages.decide_page, name="grid_decide"),
    path("grid/undo", grid_pages.undo, name="grid_undo"),
    path("second-looks/", second_look_pages.second_look_page, name="second_looks"),
    path("second-looks/<int:identifier>", second_look_pages.answer, name="second_look"),
    re_path(r"^(?P<identifier>[0-9a-f]{32})/$", submission_pages.submission_page, name="submission"),
    re_path(r"^(?P<identifier>[0-9a-f]{32})/decide$", submission_pages.decide, name="decide"),
    re_path(r"^(?P<identifier>[0-9a-f]{32})/take-back$", submission_pages.take_back, name="take_back"),
    re_path(r"^(?P<identifier>[0-9a-f]{32})/claim$", claim_pages.claim, name="claim"),
    re_path(r"^(?P<identifier>[0-9a-f]{32})/release$", claim_pages.release, name="release"),
    re_path(r"^(?P<identifier>[0-9a-f]{32})/share$", sharing.share_portrait, name="share"),
    re_path(
        r"^(?P<identifier>[0-9a-f]{32})/(?P<part>shot\.jpg|portrait\.jpg|station\.jpg|shot-full|original)$",
        picture_pages.picture,
        name="picture",
    ),
    path("revocations/", revocation_pages.revocations_page, name="revocations"),
    re_path(r"^revocations/(?P<identifier>[0-9a-f]{32})/$", revocation_pages.revocation_page, name="revocation"),
    re_path(
        r"^revocations/(?P<identifier>[0-9a-f]{32})/(?P<step>[a-z_]+)$",
        revocation_pages.revocation_step,
        name="revocation_step",
    ),
]
