"""Addresses of students. They are decrypted only to send a notice or to show them masked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from server.core.language import DEFAULT_LANGUAGE
from server.notices.addresses import mask_address, normalize_email, normalize_phone
from server.notices.events import Channel
from server.notices.models import Contact, ContactSource
from server.records.models import Student
from server.secrets.encryption import decrypt, encrypt

ENCRYPTION_KEY: Final = "contact"
COLUMNS: Final = {"phone": "phone_encrypted", "email": "email_encrypted"}
_COLUMN_OF_CHANNEL: Final = {Channel.SMS.value: "phone_encrypted", Channel.EMAIL.value: "email_encrypted"}


@dataclass(frozen=True)
class ShownContact:
    """A contact as pages show it, masked. `agreed`: notices may be sent there. `from_roster`: the school entered it."""

    phone: str = ""
    email: str = ""
    language: str = DEFAULT_LANGUAGE
    agreed: bool = False
    from_roster: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.phone or self.email)


def set_contact(
    student: Student, *, phone: str = "", email: str = "", language: str = DEFAULT_LANGUAGE, consent_at: datetime | None
) -> Contact:
    """Store the addresses that the student gave; empty ones are deleted. Raises Problem for an invalid one."""
    values = {
        "phone_encrypted": encrypt_address(normalize_phone(phone)),
        "email_encrypted": encrypt_address(normalize_email(email)),
        "language": language,
        "consent_at": consent_at,
        "source": ContactSource.STUDENT.value,
    }
    contact, _ = Contact.objects.update_or_create(student=student, defaults=values)
    return contact


def change_contact(student: Student, *, phone: str, email: str, language: str, consent_at: datetime | None) -> Contact:
    """Store what the student entered; an empty address stays as it is. Raises Problem for an invalid one."""
    known = Contact.objects.filter(student=student).first()
    return set_contact(
        student,
        phone=phone or address_of(known, Channel.SMS.value),
        email=email or address_of(known, Channel.EMAIL.value),
        language=language,
        consent_at=consent_at,
    )


def remove_address(student: Student, name: str) -> bool:
    """Delete the student's `phone` or `email`, and the consent with the last of them; return whether there was one.

    A later roster does not bring it back.
    """
    contact = Contact.objects.filter(student=student).first()
    if contact is None or not getattr(contact, COLUMNS[name]):
        return False
    setattr(contact, COLUMNS[name], "")
    contact.source = ContactSource.STUDENT.value
    if not (contact.phone_encrypted or contact.email_encrypted):
        contact.consent_at = None
    contact.save()
    return True


def shown_contact(student: Student) -> ShownContact:
    contact = Contact.objects.filter(student=student).first()
    if contact is None:
        return ShownContact()
    return ShownContact(
        mask_address(address_of(contact, Channel.SMS.value)),
        mask_address(address_of(contact, Channel.EMAIL.value)),
        contact.language,
        contact.consent_at is not None,
        contact.source == ContactSource.ROSTER.value,
    )


def contact_of(student: Student) -> Contact | None:
    """Return the contact that may be used: only with consent."""
    return Contact.objects.filter(student=student, consent_at__isnull=False).first()


def address_of(contact: Contact | None, channel: str) -> str:
    """Return the plain phone number (E.164) or e-mail address; "" if there is none."""
    column = _COLUMN_OF_CHANNEL.get(channel)
    return decrypt_address(getattr(contact, column)) if contact and column else ""


def encrypt_address(text: str) -> str:
    return encrypt(ENCRYPTION_KEY, text) if text else ""


def decrypt_address(token: str) -> str:
    return decrypt(ENCRYPTION_KEY, token) if token else ""
