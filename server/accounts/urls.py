"""URLs of accounts, under /account/."""

from __future__ import annotations

from django.urls import path

from server.accounts.views import capture_code, card, home, manual, phone, settings, sign_in, start

app_name = "accounts"
urlpatterns = [
    path("", home.home, name="home"),
    path("start", start.start, name="start"),
    path("consent", start.consent, name="consent"),
    path("identify", start.identify, name="identify"),
    path("phone", phone.phone, name="phone"),
    path("code", phone.code, name="code"),
    path("signin", sign_in.sign_in_page, name="sign_in"),
    path("signout", sign_in.sign_out_page, name="sign_out"),
    path("password", settings.password, name="password"),
    path("password/new", settings.new_password, name="new_password"),
    path("phone/new", settings.new_phone, name="new_phone"),
    path("card", card.card, name="card"),
    path("details", card.details, name="details"),
    path("found", card.found, name="found"),
    path("capture-code", capture_code.capture_code, name="capture_code"),
    path("last-four", capture_code.last_four, name="last_four"),
    path("check", capture_code.check, name="check"),
    path("manual", manual.manual, name="manual"),
    path("withdraw/<str:student_id>", home.withdraw, name="withdraw"),
]
