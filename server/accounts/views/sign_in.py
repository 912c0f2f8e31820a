"""The sign-in page: by phone, or by ID number and password, or by a method of another package."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from server.accounts import passwords
from server.accounts.forms import PasswordSignInForm, PhoneForm, message
from server.accounts.opening import after_sign_in, sign_in_account
from server.accounts.session import safe_next, sign_out, signed_in_person
from server.accounts.sign_in_methods import offered_methods
from server.accounts.views.page import render_page
from server.accounts.visit import Visit
from server.audit.models import Action
from server.audit.record import record


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_page(request: HttpRequest) -> HttpResponse:
    if "next" in request.GET:
        Visit(request).set(next=safe_next(request, request.GET["next"]))
    if request.method != "POST":
        return redirect(after_sign_in(request)) if signed_in_person(request) else _render(request)
    form = PasswordSignInForm(request.POST)
    if not form.is_valid():
        return _render(request, form, status=422)
    try:
        account = passwords.check(request, form.cleaned_data["number"], form.cleaned_data["password"])
    except passwords.PausedError:
        error = message("refused.too_many_tries", minutes=settings.APP.throttle.window_minutes)
        return _render(request, form, error, 429)
    if account is None:
        record(Action.PERSON_SIGN_IN_FAILED, request=request)
        return _render(request, form, message("account.sign_in_wrong"), 403)
    sign_in_account(request, account, "password")
    return redirect(after_sign_in(request))


@require_POST
def sign_out_page(request: HttpRequest) -> HttpResponse:
    """End the session of a person. A user of the staff is not signed out here."""
    if signed_in_person(request) is not None:
        sign_out(request)
    return redirect("accounts:sign_in")


def _render(
    request: HttpRequest, form: PasswordSignInForm | None = None, error: str = "", status: int = 200
) -> HttpResponse:
    return render_page(
        request,
        "sign_in",
        form=form or PasswordSignInForm(),
        phone_form=PhoneForm(),
        methods=offered_methods(request),
        error=error,
        status=status,
    )
