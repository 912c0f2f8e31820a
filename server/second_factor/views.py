"""The page on which an administrator sets up or enters the second factor."""

from __future__ import annotations

import base64
import io

import qrcode
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from server.core.language import request_translations
from server.second_factor import factor
from server.second_factor.totp import provisioning_uri


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    return _verify(request) if factor.confirmed_factor(request.user) else _set_up(request)


def _verify(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        if factor.check(request, request.POST.get("code", ""), timezone.now()):
            factor.mark_passed(request)
            return redirect(_next_url(request))
        return _render(request, "second_factor/ask.html", wrong=True)
    return _render(request, "second_factor/ask.html")


def _set_up(request: HttpRequest) -> HttpResponse:
    secret = factor.pending_secret(request.user)
    issuer = request_translations(request).translate("pages.brand")
    address = provisioning_uri(secret, str(request.user.get_username()), issuer)
    wrong = False
    if request.method == "POST":
        codes = factor.confirm(request, request.POST.get("code", ""), timezone.now())
        if codes is not None:
            factor.mark_passed(request)
            return render(request, "second_factor/codes.html", {"codes": codes, "next": _next_url(request)})
        wrong = True
    secret_text = base64.b32encode(secret).decode("ascii").rstrip("=")
    return _render(request, "second_factor/set_up.html", wrong=wrong, picture=_qr_data_url(address), secret=secret_text)


def _render(request: HttpRequest, template: str, wrong: bool = False, **values: object) -> HttpResponse:
    context = {"wrong": wrong, "paused": factor.is_paused(request.user), "next": _next_url(request), **values}
    return render(request, template, context, status=429 if context["paused"] else 403 if wrong else 200)


def _next_url(request: HttpRequest) -> str:
    """Return the page that the user requested; never one of another server."""
    target = request.POST.get("next") or request.GET.get("next") or "/review/"
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else "/review/"


def _qr_data_url(text: str) -> str:
    out = io.BytesIO()
    qrcode.make(text, box_size=6, border=3).save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode("ascii")
