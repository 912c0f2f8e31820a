"""Sign-in, with a pause after too many wrong passwords."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse

from server.audit.models import Action
from server.audit.record import record
from server.core.throttle import Throttle, throttle_address

log = logging.getLogger(__name__)


class SignInView(LoginView):
    """The sign-in page. Attempts count per name and address, so that nobody can lock another user out, and per address,
    so that one password cannot be tried on every name."""

    template_name = "core/sign_in.html"
    redirect_authenticated_user = True
    start_page: Callable[[Any], str] = staticmethod(lambda user: settings.LOGIN_REDIRECT_URL)
    """Return the page on which a user starts; server.urls sets this function."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not (
            self._address_throttle.allow(throttle_address(request)) and self._name_throttle.allow(self._throttle_key)
        ):
            log.warning("sign-in paused: too many tries from %s", throttle_address(request))
            minutes = settings.APP.throttle.window_minutes
            context = self.get_context_data(form=AuthenticationForm(request), too_many=True, minutes=minutes)
            return self.render_to_response(context, status=429)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        record(Action.SIGN_IN_FAILED, masked_name(self._username), request=self.request)
        log.warning("sign-in failed: %s from %s", masked_name(self._username), throttle_address(self.request))
        return self.render_to_response(self.get_context_data(form=form, wrong=True), status=403)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        self._name_throttle.succeeded(self._throttle_key)
        self._address_throttle.give_back(throttle_address(self.request))
        record(Action.SIGN_IN, request=self.request, user=form.get_user())
        return super().form_valid(form)

    def get_default_redirect_url(self) -> str:
        return self.start_page(self.request.user)

    @property
    def _name_throttle(self) -> Throttle:
        return Throttle("signin", settings.APP.throttle.signin_tries)

    @property
    def _address_throttle(self) -> Throttle:
        return Throttle("signin_address", settings.APP.throttle.signin_tries_per_address)

    @property
    def _username(self) -> str:
        # Normalized as by Django's form; otherwise each added blank or full-width letter would get new attempts.
        return unicodedata.normalize("NFKC", self.request.POST.get("username", "")).strip()

    @property
    def _throttle_key(self) -> str:
        return f"{self._username}@{throttle_address(self.request)}"


def masked_name(name: str) -> str:
    """Mask a user name for the log: only the first character stays, because people also type their password there."""
    return f"{name[:1]}*** ({len(name)} characters)" if name.isprintable() else "unprintable"
