"""A new password, and another phone: both are proved by a code to the phone."""

from __future__ import annotations

import time
from typing import Final

from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from server.accounts.forms import NewPasswordForm
from server.accounts.models import Account
from server.accounts.opening import end_other_sessions
from server.accounts.phones import account_of_phone, set_phone
from server.accounts.session import person_required, signed_in_person
from server.accounts.sms_codes import Purpose, SentCode
from server.accounts.views.asking import ask_phone
from server.accounts.views.page import render_page
from server.audit.models import Action
from server.audit.record import record
from server.core.language import request_translations
from server.notices.addresses import mask_address

_RESET_KEY: Final = "account_reset"
_RESET_MINUTES: Final = 15


@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Ask for the phone of the account. The response is the same whether there is an account or not."""
    return ask_phone(request, Purpose.PASSWORD, "password")


def finish_password(request: HttpRequest, proved: SentCode) -> str:
    account = account_of_phone(proved.phone)
    if account is None:
        messages.error(request, request_translations(request).translate("account.phone_without_account"))
        return "accounts:sign_in"
    request.session[_RESET_KEY] = {"account": account.pk, "at": time.time()}
    return "accounts:new_password"


@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: HttpRequest) -> HttpResponse:
    account = _proved_account(request)
    if account is None:
        return redirect("accounts:password")
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render_page(request, "new_password", form=form, status=422 if form.errors else 200)
    encoded = make_password(form.cleaned_data["password"])
    with transaction.atomic():
        Account.objects.filter(pk=account.pk).update(password=encoded)
        record(Action.PERSON_PASSWORD_CHANGED, f"person {account.pk}", request=request)
    request.session.pop(_RESET_KEY, None)
    end_other_sessions(request, account)
    messages.success(request, request_translations(request).translate("account.password_saved"))
    return redirect("accounts:home")


def _proved_account(request: HttpRequest) -> Account | None:
    proved = request.session.get(_RESET_KEY)
    if not isinstance(proved, dict) or not 0 <= time.time() - proved["at"] <= _RESET_MINUTES * 60:
        return None
    return Account.objects.select_related("person").filter(pk=proved["account"]).first()


@require_http_methods(["GET", "HEAD", "POST"])
@person_required
def new_phone(request: HttpRequest) -> HttpResponse:
    """Ask for the new number; the code is sent to it."""
    return ask_phone(request, Purpose.PHONE, "new_phone")


def finish_phone(request: HttpRequest, proved: SentCode) -> str:
    """Store the proved phone, unless it belongs to another account: one phone has one account."""
    person = signed_in_person(request)
    if person is None:
        return "accounts:sign_in"
    account = Account.objects.select_related("person").get(pk=person.pk)
    set_phone(account, proved.phone)
    try:
        with transaction.atomic():
            account.save(update_fields=["phone_encrypted", "phone_hmac"])
            masked = mask_address(proved.phone)
            record(Action.PERSON_PHONE_CHANGED, f"person {account.pk}", request=request, phone=masked)
    except IntegrityError:
        messages.error(request, request_translations(request).translate("account.phone_taken"))
        return "accounts:new_phone"
    end_other_sessions(request, account)
    messages.success(request, request_translations(request).translate("account.phone_saved"))
    return "accounts:home"
