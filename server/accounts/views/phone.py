"""Sign in or open an account by phone: the number, perhaps a puzzle, then the code of the SMS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from server.accounts.forms import CodeForm
from server.accounts.opening import after_sign_in, open_account, sign_in_account
from server.accounts.phones import account_of_phone
from server.accounts.session import signed_in_person
from server.accounts.sms_codes import Purpose, SentCode, check_code, sent_code
from server.accounts.views.asking import ask_phone
from server.accounts.views.page import render_page, sentence
from server.accounts.views.register import finish_registration
from server.accounts.views.settings import finish_password, finish_phone
from server.accounts.visit import Visit
from server.core.api_errors import ApiError
from server.notices.addresses import mask_address


@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: HttpRequest) -> HttpResponse:
    if signed_in_person(request) is not None:
        return redirect(after_sign_in(request))
    return ask_phone(request, Purpose.SIGN_IN, "phone")


@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Check the code of the SMS. The next page depends on the purpose of the code."""
    sent = sent_code(request)
    form = CodeForm(request.POST if request.method == "POST" else None)
    error, status = "", 200
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(
                _FINISH[(proved := check_code(request, form.cleaned_data["code"])).purpose](request, proved)
            )
        except ApiError as api_error:
            error, status = sentence(request, api_error), 403
            sent = sent if api_error.reason == "sms_code_wrong" else None
    elif form.errors:
        status = 422
    shown = mask_address(sent.phone) if sent else ""
    return render_page(request, "code", form=form, phone=shown, sent=sent, error=error, status=status)


def _finish_sign_in(request: HttpRequest, proved: SentCode) -> str:
    """Sign in, or open an account for the visitor who has consented; others choose their campaign and consent first."""
    account = account_of_phone(proved.phone)
    if account is not None:
        sign_in_account(request, account, "phone")
    elif not open_account(request, "phone", phone=proved.phone):
        Visit(request).set_phone(proved.phone)
        return "accounts:start"
    return after_sign_in(request)


_FINISH: Final[dict[Purpose, Callable[[HttpRequest, SentCode], str]]] = {
    Purpose.SIGN_IN: _finish_sign_in,
    Purpose.REGISTER: finish_registration,
    Purpose.PASSWORD: finish_password,
    Purpose.PHONE: finish_phone,
}
