"""The card: its pictures are read in memory, the person confirms what was read, and the enrolment is found."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from server.accounts.card_pictures import count_picture, keep_in_memory, read_front, require_back, uploaded_picture
from server.accounts.consent import consent_required
from server.accounts.forms import CardForm, TooYoungError
from server.accounts.matching import find_by_number, link
from server.accounts.models import Account
from server.accounts.opening import claim_number
from server.accounts.session import person_required, signed_in_person
from server.accounts.steps import next_step
from server.accounts.views.page import finish_link, render_page, sentence
from server.accounts.views.register import register
from server.accounts.visit import CardFields, Visit, current_person
from server.core.api_errors import ApiError
from server.core.throttle import throttle_address
from server.notices.contacts import decrypt_address
from server.records.campaign_options import Identification
from server.records.id_number_protection import keyed_hash
from server.records.models import Campaign, Student
from server.records.people_models import LinkProof, Person

_MODES = (Identification.ID_CARD.value, Identification.PASSWORD.value)


@csrf_exempt  # the check of the token would read the body: it comes after the consent
@require_http_methods(["GET", "HEAD", "POST"])
@consent_required
def card(request: HttpRequest) -> HttpResponse:
    """Ask for both sides (mode A) or the front (mode B)."""
    if request.method == "POST":
        keep_in_memory(request)
    return _card(request)


@csrf_protect
def _card(request: HttpRequest) -> HttpResponse:
    both = needs_both_sides(request)
    if not _may_open(request):
        return redirect(next_step(request))
    if request.method != "POST":
        return render_page(request, "card", both=both)
    person = current_person(request)
    try:
        count_picture(person.pk if person else throttle_address(request))
        text = read_front(uploaded_picture(request, "front"))
        if both:
            require_back(uploaded_picture(request, "back"))
    except ApiError as error:
        return render_page(request, "card", both=both, error=sentence(request, error), status=error.status)
    Visit(request).set_card(CardFields(text.number, text.name, bool(text.number)))
    return redirect("accounts:details")


def _may_open(request: HttpRequest) -> bool:
    """Whether the card is the next step: only mode B begins with it, the other ways need an account first."""
    campaign = Visit(request).campaign
    modes = campaign.identification if campaign else []
    return Identification.PASSWORD.value in modes or (signed_in_person(request) is not None and _MODES[0] in modes)


def needs_both_sides(request: HttpRequest) -> bool:
    visit = Visit(request)
    modes = visit.campaign.identification if visit.campaign else []
    return visit.mode == Identification.ID_CARD.value or modes == [Identification.ID_CARD.value]


@require_http_methods(["GET", "HEAD", "POST"])
@consent_required
def details(request: HttpRequest) -> HttpResponse:
    """Confirm name and number. A visitor of mode B opens the account with the same form."""
    visit = Visit(request)
    if visit.card is None:
        return redirect("accounts:card")
    if signed_in_person(request) is None:
        if not _may_open(request):
            return redirect(next_step(request))
        return register(request, visit.card)
    form = CardForm(
        request.POST if request.method == "POST" else None,
        initial={"name": visit.card.name, "number": visit.card.number},
    )
    try:
        if request.method != "POST" or not form.is_valid():
            return render_page(request, "details", form=form, card=visit.card, status=422 if form.errors else 200)
    except TooYoungError:
        visit.set_card(None)
        return render_page(request, "too_young", status=403)
    number, name = form.cleaned_data["number"], form.cleaned_data["name"]
    visit.set_card(CardFields(number, name, visit.card.is_read and number == visit.card.number))
    return redirect("accounts:found")


@require_http_methods(["GET", "HEAD", "POST"])
@person_required
@consent_required
def found(request: HttpRequest) -> HttpResponse:
    """Find the enrolments with the confirmed number and name, and link them. Without a match, the next page is the same
    for a wrong number and a wrong name."""
    visit, person = Visit(request), signed_in_person(request)
    campaign = visit.campaign
    if person is None or campaign is None or not set(_MODES) & set(campaign.identification):
        return redirect(next_step(request))
    if request.method != "POST":
        return render_page(request, "find", card=visit.card)
    students = _match(request, person, campaign, visit)
    return finish_link(request) if students else redirect("accounts:manual")


def _match(request: HttpRequest, person: Person, campaign: Campaign, visit: Visit) -> list[Student]:
    """Link the enrolments of the number. A number that was typed and not read from the card proves nothing."""
    account, card = Account.objects.get(pk=person.pk), visit.card
    is_read = card is not None and card.is_read
    if card is not None and is_read:
        number, name = keyed_hash(card.number), card.name
    else:
        number, name = account.id_number_hmac, decrypt_address(account.name_encrypted)
    students = link(person, find_by_number(campaign, number, name), LinkProof.ID_NUMBER, request=request)
    if students and card is not None and is_read and not account.id_number_hmac:
        claim_number(account, card.number, card.name)
    return students
