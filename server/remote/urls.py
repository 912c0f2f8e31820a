"""URLs of the remote student's page, under /remote/."""

from __future__ import annotations

from django.urls import re_path

from server.remote import api

app_name = "remote"
_STUDENT = r"^(?P<student_id>[0-9a-f]{32})/"
_PHOTO = rf"{_STUDENT}photos/(?P<sha256>[0-9a-f]{{64}})"
urlpatterns = [
    re_path(rf"{_PHOTO}$", api.photo, name="photo"),
]
