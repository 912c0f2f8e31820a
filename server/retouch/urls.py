"""URLs of the retoucher's pages, under /retouch/."""

from __future__ import annotations

from typing import Final

from django.urls import path, re_path

from server.retouch import actions, pages, pictures, repairs

app_name = "retouch"
_SUBMISSION: Final = r"^(?P<identifier>[0-9a-f]{32})/"
_JOB: Final = rf"{_SUBMISSION}jobs/(?P<job>[0-9a-f]{{32}})"
urlpatterns = [
    path("", pages.queue_page, name="queue"),
    path("next", actions.claim_next_one, name="next"),
    re_path(rf"{_SUBMISSION}$", pages.submission_page, name="submission"),
    re_path(rf"{_SUBMISSION}claim$", actions.claim_this, name="claim"),
    re_path(rf"{_SUBMISSION}renew$", actions.renew_claim, name="renew"),
    re_path(rf"{_SUBMISSION}leave$", actions.leave, name="leave"),
    re_path(rf"{_SUBMISSION}release$", actions.release_claim, name="release"),
    re_path(rf"{_SUBMISSION}decide$", actions.decide, name="decide"),
    re_path(rf"{_SUBMISSION}strokes$", repairs.send_strokes, name="strokes"),
    re_path(rf"{_SUBMISSION}upload$", repairs.upload, name="upload"),
    re_path(
        rf"{_SUBMISSION}(?P<part>shot\.jpg|portrait\.jpg|station\.jpg|original|download)$",
        pictures.picture,
        name="picture",
    ),
    re_path(rf"{_SUBMISSION}brush/(?P<name>crop|person|matte|face)\.png$", pictures.brush_picture, name="brush"),
    re_path(rf"{_JOB}$", repairs.job_state, name="job"),
    re_path(rf"{_JOB}/(?P<part>result\.jpg|difference\.png)$", pictures.job_picture, name="job_picture"),
]
