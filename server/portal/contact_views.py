"""The page on which a student leaves, changes and removes the phone number and e-mail address for notices."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from config.i18n import LANGUAGES, translations
from server.audit.models import Action
from server.audit.record import record
from server.core.language import request_translations
from server.core.throttle import Throttle
from server.notices.contacts import COLUMNS, ShownContact, remove_address, shown_contact
from server.portal.access import student_view
from server.portal.contact_form import ContactForm, withdraw_contact_consent
from server.portal.proof import is_proven
from server.portal.views import page_context, render_proof
from server.records.models import Student

_HOUR_MINUTES = 60


@require_http_methods(["GET", "HEAD", "POST"])
@student_view
def contact(request: HttpRequest, student: Student, token: str) -> HttpResponse:
    if not is_proven(request, student):
        return render_proof(request, student, token, "contact", status=403 if request.method == "POST" else 200)
    known = shown_contact(student)
    form = ContactForm(request.POST if request.method == "POST" else None, known=known)
    if request.method != "POST" or not form.is_valid():
        return _render(request, student, token, form, status=422 if form.errors else 200)
    if not Throttle("contact", settings.APP.throttle.contact_changes_per_hour, _HOUR_MINUTES).allow(student.pk):
        error = request_translations(request).translate("progress.contact_too_often")
        return _render(request, student, token, form, error, status=429)
    with transaction.atomic():
        form.save(student, timezone.now())
        _record(request, student, known)
    messages.success(request, request_translations(request).translate("progress.contact_saved"))
    return redirect("portal:contact", token=token)


@require_POST
@student_view
def remove_contact(request: HttpRequest, student: Student, token: str) -> HttpResponse:
    """Remove one address; with the last one the consent ends. A repeated request changes nothing."""
    name = request.POST.get("address", "")
    if not is_proven(request, student):
        return render_proof(request, student, token, "contact", status=403)
    if name in COLUMNS:
        with transaction.atomic():
            known = shown_contact(student)
            if remove_address(student, name):
                _record(request, student, known)
            if shown_contact(student).is_empty:
                withdraw_contact_consent(student, timezone.now())
        messages.success(request, request_translations(request).translate(f"progress.contact_removed_{name}"))
    return redirect("portal:contact", token=token)


def _record(request: HttpRequest, student: Student, before: ShownContact) -> None:
    """Record the changed addresses, masked."""
    after = shown_contact(student)
    changes: dict[str, Any] = {
        name: [getattr(before, name) or "-", getattr(after, name) or "-"]
        for name in COLUMNS
        if getattr(before, name) != getattr(after, name)
    }
    subject = f"student {student.pk}"
    record(Action.RECORD_CHANGED, subject, request=request, by="student", change="contact_changed", **changes)


def _render(
    request: HttpRequest, student: Student, token: str, form: ContactForm, error: str = "", status: int = 200
) -> HttpResponse:
    context = {
        **page_context(request, student, token),
        "form": form,
        "contact": form.known,
        "languages": [(language, translations(language).translate("pages.language")) for language in LANGUAGES],
        "error": error,
    }
    return render(request, "portal/contact.html", context, status=status)
