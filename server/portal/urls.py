"""URLs of the student's page, under /p/: short, because they are printed as a QR code."""

from __future__ import annotations

from django.urls import path

from server.portal import action_views, contact_views, views
from server.portal.actions import TRANSITIONS

app_name = "portal"
urlpatterns = [
    path("<str:token>", views.page, name="page"),
    path("<str:token>/unlock", views.unlock, name="unlock"),
    path("<str:token>/lock", views.lock, name="lock"),
    *(path(f"<str:token>/{action}", action_views.decide, {"action": action}, name=action) for action in TRANSITIONS),
    path("<str:token>/appeal", action_views.appeal, name="appeal"),
    path("<str:token>/contact", contact_views.contact, name="contact"),
    path("<str:token>/contact/remove", contact_views.remove_contact, name="remove_contact"),
    path("<str:token>/portrait.jpg", views.picture, {"part": "portrait"}, name="portrait"),
    path("<str:token>/shot.jpg", views.picture, {"part": "shot"}, name="shot"),
]
