"""The redirect to WeChat and the return from it."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from server.core.access import error_page
from server.core.api_errors import ApiError
from server.core.language import request_language
from server.core.throttle import Throttle, throttle_address
from server.wechat.account import OfficialAccount, configured_account
from server.wechat.authorization import authorize_url, exchange
from server.wechat.pending import Pending, begin, finish
from server.wechat.session_user import store_user

_HEADERS: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
# Everybody in a hall may share one IP address. Each attempt makes this server send a request to WeChat.
_TRIES: Final = 600


def redirect_to_wechat(request: HttpRequest, account: OfficialAccount, pending: Pending) -> HttpResponseRedirect:
    """Redirect the browser to WeChat, which redirects it immediately to `return_page`."""
    base_url = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    state = begin(request, pending)
    response = HttpResponseRedirect(authorize_url(account, base_url + reverse("wechat:return"), state))
    _add_headers(response)
    return response


@require_safe
def return_page(request: HttpRequest) -> HttpResponse:
    """Exchange the code that WeChat gave to the browser, and redirect to the page that continues."""
    try:
        pending = finish(request, request.GET.get("state", ""))
    except ApiError as error:
        return _add_headers(error_page(request, error.key, error.status))
    try:
        _store_user(request)
    except ApiError as error:
        messages.error(request, error.in_language(request_language(request)))
        return _add_headers(HttpResponseRedirect(pending.back_path))
    return _add_headers(HttpResponseRedirect(pending.next_path))


def _store_user(request: HttpRequest) -> None:
    account = configured_account()
    if account is None:
        raise ApiError("refused.wechat_declined", code="")
    if not Throttle("wechat", _TRIES).allow(throttle_address(request)):
        raise ApiError("refused.too_many_tries", minutes=settings.APP.throttle.window_minutes)
    store_user(request, exchange(account, request.GET.get("code", "")))


def _add_headers(response: HttpResponse) -> HttpResponse:
    for name, value in _HEADERS.items():
        response.headers[name] = value
    return response
