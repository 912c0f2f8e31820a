"""The student enters, changes and removes a phone number and an e-mail address; only masked ones are shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from server.audit.models import Event
from server.notices.contacts import address_of, contact_of, set_contact
from server.notices.models import Contact, ContactSource
from server.records.models import Student
from server.records.people_models import Consent
from tests.server.portal.conftest import html_of, prove, url

pytestmark = pytest.mark.django_db
PHONE, EMAIL = "138 1234 5678", "ming@school.edu"


def save(client: Client, student: Student, **values: str) -> Any:
    form = {"phone": "", "email": "", "language": "zh_CN", "agree": "on", **values}
    return client.post(url(student, "contact"), {name: value for name, value in form.items() if value != "off"})


@pytest.fixture
def proven(english: Client, student: Student) -> Client:
    prove(english, student)
    return english


def test_an_address_is_stored_with_its_consent(proven: Client, student: Student) -> None:
    assert save(proven, student, phone=PHONE, email=EMAIL, language="en").status_code == 302
    contact = contact_of(student)
    assert contact is not None
    assert (address_of(contact, "sms"), address_of(contact, "email")) == ("+8613812345678", EMAIL)
    assert contact.language == "en"
    consent = Consent.objects.get(student=student, text_version="contact-1")
    assert (len(consent.text_sha256), consent.source, consent.withdrawn_at) == (64, "student page", None)


def test_addresses_are_shown_masked_everywhere(proven: Client, student: Student) -> None:
    save(proven, student, phone=PHONE, email=EMAIL)
    for html in (html_of(proven, student), html_of(proven, student, "contact"), str(Event.objects.values_list())):
        assert "138****5678" in html
        assert "m***@school.edu" in html
        assert "1234 5678" not in html
        assert "13812345678" not in html
        assert EMAIL not in html


def test_without_the_proof_not_even_masked_addresses_are_shown(student: Student, english: Client) -> None:
    set_contact(student, phone=PHONE, email=EMAIL, consent_at=timezone.now())
    assert "5678" not in html_of(english, student)
    assert "5678" not in html_of(english, student, "contact")
    assert english.post(url(student, "contact/remove"), {"address": "phone"}).status_code == 403
    assert save(english, student, phone="13900000000").status_code == 403
    assert address_of(contact_of(student), "sms") == "+8613812345678"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"phone": "12345"}, "This is not a valid phone number."),
        ({"email": "ming@"}, "This is not a valid e-mail address."),
        ({"phone": PHONE, "agree": "off"}, "Please tick your consent"),
    ],
)
def test_what_cannot_be_stored_is_explained(
    values: dict[str, str], sentence: str, proven: Client, student: Student
) -> None:
    answer = save(proven, student, **values)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Contact.objects.exists()
    assert not Consent.objects.filter(text_version="contact-1").exists()


def test_an_empty_field_leaves_the_address(proven: Client, student: Student) -> None:
    save(proven, student, phone=PHONE)
    save(proven, student, email=EMAIL, language="en")
    contact = contact_of(student)
    assert (address_of(contact, "sms"), address_of(contact, "email")) == ("+8613812345678", EMAIL)
    assert Consent.objects.filter(text_version="contact-1").count() == 1


def test_removing_the_last_address_ends_the_consent(proven: Client, student: Student) -> None:
    save(proven, student, phone=PHONE, email=EMAIL)
    proven.post(url(student, "contact/remove"), {"address": "phone"})
    assert address_of(contact_of(student), "sms") == ""
    assert address_of(contact_of(student), "email") == EMAIL
    for _ in range(2):
        proven.post(url(student, "contact/remove"), {"address": "email"})
    assert contact_of(student) is None
    assert Consent.objects.get(text_version="contact-1").withdrawn_at is not None
    save(proven, student, phone=PHONE)
    assert Consent.objects.filter(text_version="contact-1", withdrawn_at=None).count() == 1


def test_only_known_addresses_can_be_removed(proven: Client, student: Student) -> None:
    save(proven, student, phone=PHONE)
    proven.post(url(student, "contact/remove"), {"address": "language"})
    assert address_of(contact_of(student), "sms") == "+8613812345678"


def test_an_address_of_the_school_waits_for_the_consent(proven: Client, student: Student) -> None:
    set_contact(student, phone=PHONE, consent_at=None)
    Contact.objects.update(source=ContactSource.ROSTER.value)
    html = html_of(proven, student, "contact")
    assert "138****5678" in html
    assert "it has not been used" in html
    assert contact_of(student) is None
    save(proven, student)
    assert address_of(contact_of(student), "sms") == "+8613812345678"


def test_the_language_alone_needs_no_consent(proven: Client, student: Student) -> None:
    assert save(proven, student, language="en", agree="off").status_code == 302
    assert Contact.objects.get().language == "en"
    assert contact_of(student) is None


def test_changes_are_limited(proven: Client, student: Student, settings: Any) -> None:
    limit = settings.APP.throttle.contact_changes_per_hour
    answers = [save(proven, student, email=f"ming{count}@school.edu") for count in range(limit + 1)]
    assert [answer.status_code for answer in answers] == [302] * limit + [429]
    assert "Please try again in an hour." in answers[-1].content.decode()
    assert address_of(contact_of(student), "email") == f"ming{limit - 1}@school.edu"
