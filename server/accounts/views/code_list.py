"""The clerk's page for the list of capture codes of a campaign."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from config.errors import Problem
from server.accounts.code_lists import MAX_BYTES, ImportedCodes, import_codes
from server.accounts.models import CaptureCode
from server.audit.models import Action
from server.audit.record import record
from server.clerk.access import get_campaign, require_clerk
from server.core.language import request_language, request_translations
from server.records.models import Campaign

_MAX_SHOWN: Final = 20


@require_http_methods(["GET", "HEAD", "POST"])
@require_clerk
def code_list(request: HttpRequest, code: str) -> HttpResponse:
    campaign = get_campaign(request, code)
    if request.method != "POST":
        return _render(request, campaign)
    try:
        imported = _import(request, campaign)
    except Problem as problem:
        return _render(request, campaign, problem.in_language(request_language(request)), 422)
    subject = f"campaign {campaign.pk}"
    record(Action.RECORD_CHANGED, subject, request=request, change="capture codes imported", stored=imported.stored)
    tr = request_translations(request)
    messages.success(request, tr.translate("links.codes_stored", count=imported.stored))
    if imported.unknown:
        shown = "、".join(imported.unknown[:_MAX_SHOWN])
        messages.error(request, tr.translate("links.codes_unknown", count=len(imported.unknown), numbers=shown))
    return redirect("capture_codes", campaign.pk)


def _import(request: HttpRequest, campaign: Campaign) -> ImportedCodes:
    file = request.FILES.get("file")
    if file is None or not file.size or file.size > MAX_BYTES:
        raise Problem("roster.choose_file", limit=MAX_BYTES // 1_000_000)
    return import_codes(campaign, file.read(), file.name or "")


def _render(request: HttpRequest, campaign: Campaign, error: str = "", status: int = 200) -> HttpResponse:
    count = CaptureCode.objects.filter(campaign=campaign).count()
    context = {"campaign": campaign, "count": count, "error": error}
    return render(request, "accounts/code_list.html", context, status=status)
