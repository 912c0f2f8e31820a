"""Functions that the pages of accounts share."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from server.accounts.session import signed_in_person
from server.accounts.visit import Visit
from server.core.api_errors import ApiError
from server.core.language import request_language, request_translations
from server.records.help_line import help_line_of
from server.records.models import Campaign


def render_page(
    request: HttpRequest, name: str, *, status: int = 200, campaign: Campaign | None = None, **more: Any
) -> HttpResponse:
    """Render accounts/<name>.html with the campaign of the visit and its help line."""
    campaign = campaign or Visit(request).campaign
    context = {
        "campaign": campaign,
        "help_line": help_line_of(campaign, request_language(request)) if campaign else None,
        "person": signed_in_person(request),
        **more,
    }
    response = render(request, f"accounts/{name}.html", context, status=status)
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def sentence(request: HttpRequest, error: ApiError) -> str:
    return error.in_language(request_language(request))


def finish_link(request: HttpRequest) -> HttpResponse:
    """End the visit after an enrolment was linked; redirect to the page that the person requested before, or home."""
    target = Visit(request).end()
    messages.success(request, request_translations(request).translate("account.linked"))
    return redirect(target or "accounts:home")
