"""Sign in with WeChat, where `[wechat] sign_in` allows it: the person first connects it while signed in otherwise.

Only a form of this server connects or disconnects: WeChat's redirect alone changes no link.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from server.accounts.models import Account
from server.accounts.opening import after_sign_in, sign_in_account
from server.accounts.session import HOME_PATH, SIGN_IN_PATH, person_required, safe_next, signed_in_person
from server.accounts.visit import Visit
from server.audit.models import Action
from server.audit.record import record
from server.core.api_errors import ApiError
from server.core.language import request_language, request_translations
from server.wechat.account import configured_account
from server.wechat.links import connect, disconnect, person_of
from server.wechat.models import WeChatLink
from server.wechat.pending import Pending
from server.wechat.session_user import known_user
from server.wechat.views import redirect_to_wechat

_ENTERING: Final = "wechat_entering"
"""In the session: this browser has begun a sign-in."""
View = Callable[..., HttpResponseBase]


def where_allowed(view: View) -> View:
    """Respond with 404 unless the settings allow the sign-in with WeChat."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.APP.wechat.sign_in or configured_account() is None:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@require_safe
@where_allowed
def sign_in_page(request: HttpRequest) -> HttpResponse:
    """Let WeChat name its user; `next` is the path of this server to open then, by default the page that began."""
    account = configured_account()
    if account is None:
        raise Http404
    if "next" in request.GET:
        Visit(request).set(next=safe_next(request, request.GET["next"]))
    request.session[_ENTERING] = True
    return redirect_to_wechat(request, account, Pending(reverse("wechat:enter"), SIGN_IN_PATH))


@require_safe
@where_allowed
def enter(request: HttpRequest) -> HttpResponse:
    """Sign in the person of the user that WeChat has just named in this browser."""
    has_begun, user = request.session.pop(_ENTERING, False), known_user(request)
    if not has_begun or user is None:
        return redirect(SIGN_IN_PATH)
    person = person_of(user)
    if person is None:
        messages.error(request, request_translations(request).translate("wechat.not_connected"))
        return redirect(SIGN_IN_PATH)
    account, _ = Account.objects.get_or_create(person=person)
    sign_in_account(request, account, "wechat")
    return redirect(after_sign_in(request))


@require_safe
@where_allowed
@person_required
def connection(request: HttpRequest) -> HttpResponse:
    """Show whether WeChat is connected, and the button for it; WeChat has to name the user first."""
    person, account = signed_in_person(request), configured_account()
    if person is None or account is None:
        raise Http404
    is_connected = WeChatLink.objects.filter(person=person).exists()
    if not is_connected and known_user(request) is None and "ask" in request.GET:
        here = reverse("wechat:connection")
        return redirect_to_wechat(request, account, Pending(here, here))
    context = {"is_connected": is_connected, "is_named": known_user(request) is not None, "home": HOME_PATH}
    return render(request, "wechat/connection.html", context)


@require_POST
@where_allowed
@person_required
def change_connection(request: HttpRequest) -> HttpResponse:
    """Connect the user that WeChat has named, or disconnect."""
    person, user = signed_in_person(request), known_user(request)
    if person is None:
        raise Http404
    tr = request_translations(request)
    if "disconnect" in request.POST:
        if disconnect(person):
            record(Action.RECORD_CHANGED, f"person {person.pk}", request=request, change="wechat disconnected")
        messages.success(request, tr.translate("wechat.disconnected"))
        return redirect("wechat:connection")
    if user is None:
        return redirect(reverse("wechat:connection") + "?ask")
    try:
        connect(person, user)
    except ApiError as error:
        messages.error(request, error.in_language(request_language(request)))
        return redirect("wechat:connection")
    record(Action.RECORD_CHANGED, f"person {person.pk}", request=request, change="wechat connected")
    messages.success(request, tr.translate("wechat.connected"))
    return redirect("wechat:connection")
