"""The form in which a student leaves a phone number and an e-mail address."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction

from config.errors import Problem
from config.i18n import LANGUAGES, translations
from server.core.language import current_language
from server.notices.addresses import normalize_email, normalize_phone
from server.notices.contacts import ShownContact, change_contact
from server.records.models import Student
from server.records.people_models import Consent

CONSENT_VERSION: Final = "contact-1"
"""Changes with the text `progress.contact_consent`."""
CONSENT_SOURCE: Final = "student page"


class ContactForm(forms.Form):
    """An empty field leaves the stored address as it is. Consent is required as soon as there is an address."""

    phone = forms.CharField(max_length=30, required=False)
    email = forms.CharField(max_length=254, required=False)
    language = forms.ChoiceField(choices=[(language, language) for language in LANGUAGES])
    agree = forms.BooleanField(required=False)

    def __init__(self, *args: Any, known: ShownContact, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known
        self.initial = {"language": known.language, "agree": known.agreed}

    def clean_phone(self) -> str:
        return _checked(normalize_phone, self.cleaned_data["phone"])

    def clean_email(self) -> str:
        return _checked(normalize_email, self.cleaned_data["email"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        has_address = bool(values.get("phone") or values.get("email") or not self.known.is_empty)
        if has_address and not values.get("agree"):
            self.add_error("agree", translations(current_language()).translate("progress.contact_agree_missing"))
        return values

    def save(self, student: Student, now: datetime) -> None:
        """Store the values of a valid form, and the consent with the version of its text."""
        values = self.cleaned_data
        with transaction.atomic():
            change_contact(
                student,
                phone=values["phone"],
                email=values["email"],
                language=values["language"],
                consent_at=now if values["agree"] else None,
            )
            if values["agree"]:
                _record_consent(student, now)


def withdraw_contact_consent(student: Student, now: datetime) -> None:
    consents = Consent.objects.filter(student=student, text_version=CONSENT_VERSION, withdrawn_at=None)
    consents.update(withdrawn_at=now)


def _record_consent(student: Student, now: datetime) -> None:
    """Record the consent, unless the student has already given it and not withdrawn it."""
    text = translations(current_language()).translate("progress.contact_consent")
    Consent.objects.get_or_create(
        student=student,
        text_version=CONSENT_VERSION,
        withdrawn_at=None,
        defaults={
            "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
            "given_at": now,
            "source": CONSENT_SOURCE,
        },
    )


def _checked(normalize: Callable[[str], str], text: str) -> str:
    try:
        return normalize(text)
    except Problem as problem:
        raise ValidationError(problem.in_language(current_language())) from problem
