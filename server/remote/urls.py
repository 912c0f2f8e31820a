"""URLs of the remote student's page, under /remote/."""

from __future__ import annotations

from django.urls import re_path

from server.remote import api, pages
from server.remote.models import PREPARATION

app_name = "remote"
_STUDENT = r"^(?P<student_id>[0-9a-f]{32})/"
_PHOTO = rf"{_STUDENT}photos/(?P<sha256>[0-9a-f]{{64}})"
_PROOF = rf"{_STUDENT}proofs/(?P<proof>[0-9a-f]{{32}})"
urlpatterns = [
    re_path(rf"{_STUDENT}$", pages.start, name="start"),
    *(
        re_path(rf"{_STUDENT}{step.value}/$", pages.prepare, {"step": step.value}, name=step.value)
        for step in PREPARATION
    ),
    re_path(rf"{_STUDENT}camera/$", pages.camera, name="camera"),
    re_path(rf"{_STUDENT}camera/photo$", pages.send_form, name="send_form"),
    re_path(rf"{_STUDENT}check/$", pages.check, name="check"),
    re_path(rf"{_STUDENT}check/send$", pages.send, name="send"),
    re_path(rf"{_STUDENT}result/$", pages.result, name="result"),
    re_path(rf"{_STUDENT}guide\.json$", api.guide, name="guide"),
    re_path(rf"{_STUDENT}status$", api.status, name="status"),
    re_path(rf"{_PHOTO}$", api.photo, name="photo"),
    re_path(rf"{_PHOTO}/submit$", api.submit, name="submit"),
    re_path(rf"{_STUDENT}proofs$", api.new_proof, name="proofs"),
    re_path(rf"{_PROOF}$", api.proof_state, name="proof"),
    re_path(rf"{_PROOF}/preview\.jpg$", api.preview, name="preview"),
]
