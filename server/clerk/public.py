"""The public page of a campaign, to which the QR code of the printed notice leads. It shows no personal data."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from server.clerk.campaigns import notice_context
from server.core.access import error_page
from server.records.scope import find_campaign


@require_safe
def campaign_info(request: HttpRequest, code: str) -> HttpResponse:
    campaign = find_campaign(code)
    if campaign is None:
        return error_page(request, "pages.not_found", 404)
    return render(request, "clerk/public.html", notice_context(request, campaign))
