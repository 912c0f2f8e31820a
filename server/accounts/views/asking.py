"""Ask for a phone, and send a code to it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from server.accounts.forms import PhoneForm
from server.accounts.puzzle import is_solved, new_puzzle
from server.accounts.sign_in_methods import offered_methods
from server.accounts.sms_codes import Purpose, needs_puzzle, send_code
from server.accounts.views.page import render_page, sentence
from server.core.api_errors import ApiError


def ask_phone(request: HttpRequest, purpose: Purpose, page: str) -> HttpResponse:
    """Show the form of `page`, or send a code to the phone that was typed and go to the page of the code."""
    form = PhoneForm(request.POST if request.method == "POST" else None)
    methods = offered_methods(request) if purpose is Purpose.SIGN_IN else []
    if request.method != "POST" or not form.is_valid():
        return render_page(request, page, form=form, methods=methods, status=422 if form.errors else 200)
    number = form.cleaned_data["phone"]
    if needs_puzzle(number) and not is_solved(request, request.POST.get("puzzle", "")):
        puzzle = new_puzzle(request)
        return render_page(request, page, form=form, methods=methods, puzzle=puzzle, status=422)
    try:
        send_code(request, number, purpose)
    except ApiError as error:
        return render_page(
            request, page, form=form, methods=methods, error=sentence(request, error), status=error.status
        )
    return redirect("accounts:code")
