"""URLs of the student's page, under /p/: short, because they are printed as a QR code."""

from __future__ import annotations

from django.urls import path

from server.portal import views

app_name = "portal"
urlpatterns = [
    path("<str:token>", views.page, name="page"),
    path("<str:token>/unlock", views.unlock, name="unlock"),
    path("<str:token>/answer", views.answer, name="answer"),
    path("<str:token>/portrait.jpg", views.portrait, name="portrait"),
]
