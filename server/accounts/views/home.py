"""The person's page: their enrolments, requests to a clerk, sign-in data, and the withdrawal of consent."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from server.accounts.models import Account, LinkRequest
from server.accounts.phones import phone_of
from server.accounts.requests import due
from server.accounts.session import chosen_student, enrolments_of, person_required, signed_in_person
from server.accounts.views.page import render_page
from server.accounts.withdrawal import what_remains, withdraw_consent
from server.core.language import request_translations
from server.notices.addresses import mask_address
from server.notices.contacts import decrypt_address
from server.portal.progress import progress_of
from server.records.people_models import Person


@require_safe
@person_required
def home(request: HttpRequest) -> HttpResponse:
    person = signed_in_person(request)
    assert person is not None  # because of person_required
    account = Account.objects.get(pk=person.pk)
    now = timezone.now()
    enrolments = [(student, progress_of(student, now)) for student in enrolments_of(person)]
    return render_page(
        request,
        "home",
        enrolments=enrolments,
        requests=_requests(person),
        phone=mask_address(phone_of(account)),
        email=mask_address(decrypt_address(account.email_encrypted)),
        has_password=bool(account.password),
    )


def _requests(person: Person) -> list[tuple[LinkRequest, object]]:
    """Return the latest request for each campaign in which no enrolment is linked yet."""
    linked = enrolments_of(person).values("campaign")
    rows = LinkRequest.objects.filter(person=person).exclude(campaign__in=linked).select_related("campaign__school")
    latest = {row.campaign_id: row for row in rows.order_by("created_at", "pk")}
    return [(row, due(row)) for row in latest.values()]


@require_http_methods(["GET", "HEAD", "POST"])
@person_required
def withdraw(request: HttpRequest, student_id: str) -> HttpResponse:
    """Withdraw both consents for one enrolment: GET shows the consequences, POST withdraws."""
    student, person = chosen_student(request, student_id), signed_in_person(request)
    assert person is not None  # because of person_required
    if request.method != "POST":
        return render_page(
            request,
            "withdraw",
            campaign=student.campaign,
            student=student,
            remains=what_remains(student),
            days=settings.APP.privacy.answer_workdays,
        )
    withdraw_consent(request, person, student, timezone.now())
    messages.success(request, request_translations(request).translate("account.consent_withdrawn"))
    return redirect("accounts:home")
