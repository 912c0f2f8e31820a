"""Mode B: a visitor opens an account with the card's fields, a phone and a password."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from server.accounts.forms import RegisterForm, TooYoungError
from server.accounts.models import Account
from server.accounts.opening import after_sign_in, claim_number, open_account, sign_in_account
from server.accounts.phones import account_of_phone
from server.accounts.puzzle import is_solved, new_puzzle
from server.accounts.session import signed_in_person
from server.accounts.sms_codes import Purpose, SentCode, needs_puzzle, send_code
from server.accounts.views.page import render_page, sentence
from server.accounts.visit import CardFields, Visit
from server.core.api_errors import ApiError
from server.core.language import request_translations
from server.records.id_number_protection import keyed_hash


def register(request: HttpRequest, card: CardFields) -> HttpResponse:
    """Show the form, or send a code to the phone. The account is opened once the code has been typed."""
    initial = {"name": card.name, "number": card.number}
    form = RegisterForm(request.POST if request.method == "POST" else None, initial=initial)
    try:
        if request.method != "POST" or not form.is_valid():
            return _render(request, form, card, status=422 if form.errors else 200)
    except TooYoungError:
        Visit(request).set_card(None)
        return render_page(request, "too_young", status=403)
    values: dict[str, Any] = form.cleaned_data
    if needs_puzzle(values["phone"]) and not is_solved(request, request.POST.get("puzzle", "")):
        return _render(request, form, card, puzzle=new_puzzle(request), status=422)
    details = {
        "name": values["name"],
        "number": values["number"],
        "email": values["email"],
        "password": make_password(values["password"]),
    }
    try:
        send_code(request, values["phone"], Purpose.REGISTER, **details)
    except ApiError as error:
        return _render(request, form, card, error=sentence(request, error), status=error.status)
    Visit(request).set_card(
        CardFields(values["number"], values["name"], card.is_read and values["number"] == card.number)
    )
    return redirect("accounts:code")


def finish_registration(request: HttpRequest, proved: SentCode) -> str:
    """Open an account for the proved phone. If the same person has one already, it gets the new password."""
    values, account = proved.values, account_of_phone(proved.phone)
    if account is not None and account.id_number_hmac not in ("", keyed_hash(values["number"])):
        messages.error(request, request_translations(request).translate("account.phone_of_another"))
        return "accounts:details"
    if account is not None:
        Account.objects.filter(pk=account.pk).update(password=values["password"])
        sign_in_account(request, account, "phone")
    elif not open_account(request, "phone", proved.phone, values["email"], values["password"]):
        return "accounts:consent"
    person = signed_in_person(request)
    if person is not None:
        claim_number(Account.objects.get(pk=person.pk), values["number"], values["name"])
    return after_sign_in(request)


def _render(request: HttpRequest, form: RegisterForm, card: CardFields, **more: Any) -> HttpResponse:
    return render_page(request, "register", form=form, card=card, **more)
