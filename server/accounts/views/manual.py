"""手动关联学籍: the person types the values that the clerk compares."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from server.accounts.consent import consent_required
from server.accounts.forms import LinkRequestForm
from server.accounts.requests import due, request_link, waiting_request
from server.accounts.session import person_required, signed_in_person
from server.accounts.steps import next_step
from server.accounts.views.page import render_page, sentence
from server.accounts.visit import Visit
from server.core.api_errors import ApiError


@require_http_methods(["GET", "HEAD", "POST"])
@person_required
@consent_required
def manual(request: HttpRequest) -> HttpResponse:
    """Show the form and a waiting request, with the time by which it is decided; POST stores the request."""
    visit, person = Visit(request), signed_in_person(request)
    campaign = visit.campaign
    if person is None or campaign is None:
        return redirect(next_step(request))
    form = LinkRequestForm(
        request.POST if request.method == "POST" else None, initial={"name": visit.card.name if visit.card else ""}
    )
    waiting = waiting_request(person, campaign)
    if request.method != "POST" or not form.is_valid():
        until = due(waiting) if waiting else None
        return render_page(request, "manual", form=form, waiting=waiting, due=until, status=422 if form.errors else 200)
    try:
        stored = request_link(person, campaign, visit.card, visit.capture_code, form.cleaned_data, timezone.now())
    except ApiError as error:
        return render_page(request, "manual", form=form, error=sentence(request, error), status=error.status)
    response = render_page(request, "manual_sent", due=due(stored))
    visit.end()
    return response
