"""Where a student can be reached. Addresses are decrypted only to send; everybody else sees them masked."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from config.errors import Problem
from server.core.language import DEFAULT_LANGUAGE
from server.notices.events import Channel
from server.notices.models import Contact
from server.records.models import Student
from server.secrets.encryption import decrypt, encrypt

ENCRYPTION_KEY: Final = "contact"
_MAINLAND_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
_INTERNATIONAL: Final = re.compile(r"\+[1-9]\d{6,14}")  # E.164


def set_contact(
    student: Student, *, phone: str = "", email: str = "", language: str = DEFAULT_LANGUAGE, consent_at: datetime | None
) -> Contact:
    """Store the addresses that the student gave; empty ones are deleted. Raises Problem for an invalid one."""
    values = {
        "phone_encrypted": _encrypt(normalize_phone(phone)),
        "email_encrypted": _encrypt(_normalize_email(email)),
        "language": language,
        "consent_at": consent_at,
    }
    contact, _ = Contact.objects.update_or_create(student=student, defaults=values)
    return contact


def contact_of(student: Student) -> Contact | None:
    """Return the contact that may be used: only with consent."""
    return Contact.objects.filter(student=student, consent_at__isnull=False).first()


def address_of(contact: Contact | None, channel: str) -> str:
    """Return the plain phone number (E.164) or e-mail address; "" if there is none."""
    encrypted = {Channel.SMS.value: "phone_encrypted", Channel.EMAIL.value: "email_encrypted"}.get(channel)
    token = getattr(contact, encrypted) if contact and encrypted else ""
    return decrypt(ENCRYPTION_KEY, token) if token else ""


def normalize_phone(text: str) -> str:
    """Return a phone number as E.164, a mainland one with +86; "" for "". Raises Problem."""
    digits = re.sub(r"[\s()（）-]", "", text)
    if not digits:
        return ""
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    number = digits.removeprefix("+86")
    if _MAINLAND_MOBILE.fullmatch(number):
        return f"+86{number}"
    if not digits.startswith("+86") and _INTERNATIONAL.fullmatch(digits):
        return digits
    raise Problem("refused.phone_invalid")


def mask_address(address: str) -> str:
    """Return a phone number or e-mail address as staff and logs see it: 138****5678, m***@school.edu.

    >>> mask_address("+8613812345678"), mask_address("ming@school.edu")
    ('138****5678', 'm***@school.edu')
    """
    local, at, domain = address.partition("@")
    if at:
        return f"{local[:1]}***@{domain}"
    number = address.removeprefix("+86")
    return f"{number[:3]}****{number[-4:]}" if number else ""


def _normalize_email(text: str) -> str:
    address = text.strip()
    if not address:
        return ""
    try:
        validate_email(address)
    except ValidationError as error:
        raise Problem("refused.email_invalid") from error
    return address


def _encrypt(text: str) -> str:
    return encrypt(ENCRYPTION_KEY, text) if text else ""
