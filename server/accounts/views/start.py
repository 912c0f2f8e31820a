"""The first steps: the campaign code, the two consents, and the way to identify."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from server.accounts.consent import VERSIONS, consent_text, give_consent, has_consented
from server.accounts.forms import CampaignCodeForm, message
from server.accounts.opening import after_sign_in, open_account, sign_in_account
from server.accounts.phones import account_of_phone
from server.accounts.session import safe_next, signed_in_person
from server.accounts.steps import allowed_modes, next_step
from server.accounts.views.page import render_page
from server.accounts.visit import Visit, current_person
from server.core.language import request_language
from server.core.throttle import Throttle, address_tries, throttle_address
from server.records.models import Campaign
from server.records.people_models import Person
from server.records.scope import find_campaign


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Choose the campaign by its code, which proves nothing about the visitor. A link may contain it."""
    typed = request.POST if request.method == "POST" else request.GET
    if "next" in request.GET:
        Visit(request).set(next=safe_next(request, request.GET["next"]))
    if "campaign" not in typed:
        return render_page(request, "start", form=CampaignCodeForm(), campaign=None)
    form = CampaignCodeForm(typed)
    limit = address_tries(request, settings.APP.throttle.campaign_codes_per_address)
    if not Throttle("campaign_code", limit).allow(throttle_address(request)):
        error = message("refused.too_many_tries", minutes=settings.APP.throttle.window_minutes)
        return render_page(request, "start", form=form, error=error, status=429)
    campaign = find_campaign(form.cleaned_data["campaign"]) if form.is_valid() else None
    if campaign is None or not campaign.identification:
        error = message("account.campaign_unknown" if campaign is None else "account.campaign_closed")
        return render_page(request, "start", form=form, error=error, status=422)
    Visit(request).set(campaign=campaign.pk, mode="")
    return redirect(next_step(request))


@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest) -> HttpResponse:
    """Show two boxes, neither of them ticked. Nothing about a visitor is stored until both are ticked."""
    campaign = Visit(request).campaign
    if campaign is None:
        return redirect("accounts:start")
    if request.method != "POST":
        return redirect(next_step(request)) if _holds(request, campaign) else _render_consent(request, campaign)
    ticked = [version for version in VERSIONS if request.POST.get(version) == "on"]
    if len(ticked) < len(VERSIONS):
        return _render_consent(request, campaign, ticked, message("consent.missing"), 422)
    person, visit = current_person(request), Visit(request)
    if person is None:
        person = Person.objects.create()
        visit.set(person=person.pk)
    give_consent(person, campaign, request_language(request), timezone.now())
    if visit.phone and signed_in_person(request) is None:
        _use_proved_phone(request, visit.phone)
    return redirect(after_sign_in(request) if signed_in_person(request) else next_step(request))


def _holds(request: HttpRequest, campaign: Campaign) -> bool:
    return has_consented(current_person(request), campaign)


def _use_proved_phone(request: HttpRequest, phone: str) -> None:
    """Sign in, without a second code, by the phone that the visitor proved before the consent."""
    account = account_of_phone(phone)
    if account is not None:
        sign_in_account(request, account, "phone")
    else:
        open_account(request, "phone", phone=phone)


def _render_consent(
    request: HttpRequest, campaign: Campaign, ticked: list[str] | None = None, error: str = "", status: int = 200
) -> HttpResponse:
    texts = [
        (version, consent_text(version, campaign, request_language(request)), version in (ticked or ()))
        for version in VERSIONS
    ]
    return render_page(request, "consent", texts=texts, error=error, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def identify(request: HttpRequest) -> HttpResponse:
    """Choose among the ways that the campaign allows."""
    campaign = Visit(request).campaign
    if campaign is None or not _holds(request, campaign):
        return redirect(next_step(request))
    modes = allowed_modes(campaign)
    if request.method == "POST" and request.POST.get("mode") in modes:
        Visit(request).set(mode=request.POST["mode"])
        return redirect(next_step(request))
    return render_page(request, "identify", modes=modes, status=422 if request.method == "POST" else 200)
