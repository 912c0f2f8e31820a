"""URLs of the public pages of proofs, under /proof/."""

from __future__ import annotations

from django.urls import path

from server.proof import views

app_name = "proof"
urlpatterns = [
    path("", views.check_page, name="check"),
    path("school.pub", views.school_keys, name="school_keys"),
    path("revoked.json", views.revoked, name="revoked"),
    path("<str:code>", views.statement_page, name="statement"),
]
