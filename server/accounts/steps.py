"""The next page of a visit: campaign, consents, way to identify, account, proof."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse

from server.accounts.consent import has_consented
from server.accounts.models import Account
from server.accounts.session import signed_in_person
from server.accounts.visit import Visit, current_person
from server.records.campaign_options import Identification
from server.records.models import Campaign
from server.records.people_models import Person


def allowed_modes(campaign: Campaign) -> Sequence[str]:
    """Return the campaign's ways to identify, in one order."""
    return [mode.value for mode in Identification if mode.value in campaign.identification]


def next_step(request: HttpRequest) -> str:
    """Return the address of the page that comes next."""
    visit, campaign = Visit(request), Visit(request).campaign
    if campaign is None:
        return reverse("accounts:home" if signed_in_person(request) else "accounts:start")
    if not has_consented(current_person(request), campaign):
        return reverse("accounts:consent")
    modes = allowed_modes(campaign)
    mode = visit.mode if visit.mode in modes else modes[0] if len(modes) == 1 else ""
    return reverse(f"accounts:{_page_of(mode, signed_in_person(request))}")


def _page_of(mode: str, person: Person | None) -> str:
    if not mode:
        return "identify"
    if mode == Identification.PASSWORD.value:
        return "found" if _has_number(person) else "card"
    if person is None:
        return "phone"
    if mode == Identification.CAPTURE_CODE.value:
        return "capture_code"
    return "found" if _has_number(person) else "card"


def _has_number(person: Person | None) -> bool:
    """Whether an earlier picture of the card has proved the person's number."""
    return person is not None and Account.objects.filter(pk=person.pk).exclude(id_number_hmac="").exists()
