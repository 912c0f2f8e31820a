"""The pages of one campaign: create, edit, capture windows, counts, and the printed notice."""

from __future__ import annotations

import base64
import io
from typing import Any

import qrcode
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kiosk.upload.roster_payload import StudentState
from server.audit.models import Action
from server.audit.record import record
from server.clerk.access import get_campaign, require_clerk, schools
from server.clerk.forms import CampaignForm, WindowForm
from server.clerk.standards import standard_title
from server.core.language import request_language, request_translations
from server.day.make_up_notices import notify_cancelled
from server.payments.jobs import reprice_orders
from server.payments.repricing import price_effects
from server.records.help_line import help_line_of
from server.records.import_models import RosterImport
from server.records.models import Campaign
from server.records.roster_import.undo import undo_problem

_MAX_IMPORTS = 5


@require_http_methods(["GET", "HEAD", "POST"])
@require_clerk
def new_campaign(request: HttpRequest) -> HttpResponse:
    form = CampaignForm(request.POST or None, schools=schools(request.user))
    if request.method == "POST" and form.is_valid():
        return _save(request, form, "clerk.campaign_added")
    return render(request, "clerk/campaign_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require_clerk
def edit_campaign(request: HttpRequest, code: str) -> HttpResponse:
    campaign = get_campaign(request, code)
    form = CampaignForm(request.POST or None, instance=campaign, schools=schools(request.user))
    if request.method == "POST" and form.is_valid():
        return _save(request, form, "clerk.campaign_saved")
    context = {"form": form, "campaign": get_campaign(request, code)}
    return render(request, "clerk/campaign_form.html", context, status=422 if form.errors else 200)


def _save(request: HttpRequest, form: CampaignForm, key: str) -> HttpResponse:
    with transaction.atomic():
        campaign = form.save()
        change = "added" if key == "clerk.campaign_added" else "changed"
        record(
            Action.RECORD_CHANGED,
            f"campaign {campaign.pk}",
            request=request,
            change=change,
            fields=sorted(form.changed_data),
        )
    tr = request_translations(request)
    messages.success(request, tr.translate(key, title=campaign.title))
    if {"price", "payer"} & set(form.changed_data) and change == "changed":
        reprice_orders.enqueue(campaign.pk)
        keeping = price_effects(campaign).keeping
        if keeping:
            messages.warning(request, tr.translate("clerk.price_kept", count=keeping))
    return redirect("clerk:campaign", campaign.pk)


@require_safe
@require_clerk
def campaign_page(request: HttpRequest, code: str) -> HttpResponse:
    campaign = get_campaign(request, code)
    return _render_campaign(request, campaign, WindowForm(campaign=campaign))


@require_POST
@require_clerk
def add_window(request: HttpRequest, code: str) -> HttpResponse:
    campaign = get_campaign(request, code)
    form = WindowForm(request.POST, campaign=campaign)
    if not form.is_valid():
        return _render_campaign(request, campaign, form, status=422)
    form.save()
    record(Action.RECORD_CHANGED, f"campaign {code}", request=request, change="window added")
    return redirect(reverse("clerk:campaign", args=[code]) + "#windows")


@require_POST
@require_clerk
def remove_window(request: HttpRequest, code: str, number: int) -> HttpResponse:
    window = get_object_or_404(get_campaign(request, code).windows, pk=number)
    with transaction.atomic():
        notify_cancelled(window, timezone.now())
        window.delete()
        record(Action.RECORD_CHANGED, f"campaign {code}", request=request, change="window removed")
    return redirect(reverse("clerk:campaign", args=[code]) + "#windows")


def _render_campaign(request: HttpRequest, campaign: Campaign, form: WindowForm, status: int = 200) -> HttpResponse:
    counts = dict(campaign.students.order_by().values_list("state").annotate(count=Count("id")))
    context = {
        "campaign": campaign,
        "counts": [(state.value, counts.get(state.value, 0)) for state in StudentState],
        "total": sum(counts.values()),
        "windows": campaign.windows.all(),
        "form": form,
        "imports": _imports(campaign, request_language(request)),
        "public_url": public_url(request, campaign),
        "standard_title": standard_title(campaign.standard),
    }
    return render(request, "clerk/campaign.html", context, status=status)


def _imports(campaign: Campaign, language: str) -> list[tuple[RosterImport, str]]:
    """Return the latest imports, each with the reason why it cannot be undone or ""."""
    latest = campaign.roster_imports.select_related("user")[:_MAX_IMPORTS]
    problems = [(entry, undo_problem(entry)) for entry in latest]
    return [(entry, problem.in_language(language) if problem else "") for entry, problem in problems]


@require_safe
@require_clerk
def notice(request: HttpRequest, code: str) -> HttpResponse:
    """Show the notice for students on one A4 page, to print or to save as PDF from the browser."""
    campaign = get_campaign(request, code)
    return render(request, "clerk/notice.html", notice_context(request, campaign))


def notice_context(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    first, last = campaign.capture_days()
    url = public_url(request, campaign)
    return {
        "campaign": campaign,
        "first_day": first,
        "last_day": last,
        "windows": campaign.windows.all(),
        "help_line": help_line_of(campaign, request_language(request)),
        "price": f"{campaign.price_fen / 100:.2f}",
        "url": url,
        "code_picture": _qr_data_url(url),
    }


def public_url(request: HttpRequest, campaign: Campaign) -> str:
    """Return the address of the campaign's public page, which the notice shows as a QR code."""
    path = reverse("campaign_info", args=[campaign.pk])
    return settings.PUBLIC_URL + path if settings.PUBLIC_URL else request.build_absolute_uri(path)


def _qr_data_url(text: str) -> str:
    out = io.BytesIO()
    qrcode.make(text, box_size=8, border=2).save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode("ascii")
