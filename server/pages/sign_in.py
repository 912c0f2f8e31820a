"""Signing in, with a pause after too many wrong passwords."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse

from server.pages.throttle import Throttle, address_of


class SignIn(LoginView):
    """The sign-in page. Tries count for name and address together, so that nobody can lock another out."""

    template_name = "pages/sign_in.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self._throttle.exhausted(self._who):
            minutes = settings.HOUSE.throttle.minutes
            context = self.get_context_data(form=AuthenticationForm(request), too_many=True, minutes=minutes)
            return self.render_to_response(context, status=429)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        self._throttle.failed(self._who)
        return self.render_to_response(self.get_context_data(form=form, wrong=True), status=403)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        self._throttle.succeeded(self._who)
        return super().form_valid(form)

    @property
    def _throttle(self) -> Throttle:
        return Throttle("signin", settings.HOUSE.throttle.signin_tries)

    @property
    def _who(self) -> str:
        # As Django's form reads a name, lest every blank or full-width letter added to it were a fresh set of tries.
        name = unicodedata.normalize("NFKC", self.request.POST.get("username", "")).strip()
        return f"{name}@{address_of(self.request)}"
