"""Phone numbers and addresses: checked, encrypted, masked."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from config.errors import Problem
from server.audit.models import Action, Event
from server.members.roles import create_reviewer
from server.notices.addresses import mask_address, normalize_phone
from server.notices.contacts import address_of, contact_of, set_contact
from server.notices.models import Contact, Notice
from server.notices.queue import queue_notice
from server.notices.sending import send_due
from server.records.models import Student
from server.secrets.key_rotation import reencrypt_everything
from server.submissions.models import Submission
from tests.server.notices.conftest import EMAIL, NOON, PHONE, FakeProvider

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("138 1234 5678", "+8613812345678"),
        ("+86-138-1234-5678", "+8613812345678"),
        ("0086 13812345678", "+8613812345678"),
        ("+852 9123 4567", "+85291234567"),
        ("", ""),
    ],
)
def test_a_phone_number_is_stored_in_one_form(typed: str, number: str) -> None:
    assert normalize_phone(typed) == number


@pytest.mark.parametrize("typed", ["12345", "23812345678", "+8612812345678", "138123456789", "abc", "+0123456789"])
def test_what_is_no_phone_number_is_refused(typed: str) -> None:
    with pytest.raises(Problem):
        normalize_phone(typed)


@pytest.mark.parametrize("typed", ["ming", "ming@", "ming@school.edu\nBcc: x@y.z"])
def test_what_is_no_address_is_refused(typed: str, student: Student) -> None:
    with pytest.raises(Problem):
        set_contact(student, email=typed, consent_at=NOON)


def test_addresses_are_encrypted_and_keys_can_change(student: Student) -> None:
    contact = set_contact(student, phone=PHONE, email=EMAIL, consent_at=NOON)
    stored = str(Contact.objects.values().get())
    assert PHONE not in stored
    assert EMAIL not in stored
    before = contact.phone_encrypted
    reencrypt_everything()
    contact.refresh_from_db()
    assert contact.phone_encrypted != before
    assert address_of(contact_of(student), "sms") == f"+86{PHONE}"
    assert address_of(contact_of(student), "email") == EMAIL


def test_an_address_that_is_not_given_any_more_is_deleted(student: Student) -> None:
    set_contact(student, phone=PHONE, email=EMAIL, consent_at=NOON)
    set_contact(student, email=EMAIL, consent_at=NOON)
    assert address_of(contact_of(student), "sms") == ""
    assert Contact.objects.get().phone_encrypted == ""


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("+8613812345678", "138****5678"),
        ("+85291234567", "+85****4567"),
        ("+1234567", "+12****67"),
        (EMAIL, "m***@school.edu"),
        ("", ""),
    ],
)
def test_addresses_are_masked(address: str, masked: str) -> None:
    assert mask_address(address) == masked


def test_the_administration_shows_notices_and_changes_none(submission: Submission, settings: Any) -> None:
    notice = queue_notice("rejected", submission, NOON)
    assert notice is not None
    create_reviewer("mei", "correct horse battery", admin=True)
    client = Client()
    client.force_login(User.objects.get(username="mei"))
    for page in ("/admin/notices/notice/", f"/admin/notices/notice/{notice.pk}/change/"):
        answer = client.get(page, follow=True)
        assert answer.status_code == 200
        assert submission.student.name not in answer.content.decode()
    assert client.post(f"/admin/notices/notice/{notice.pk}/delete/", {"post": "yes"}).status_code in (302, 403)
    notice.refresh_from_db()


def test_staff_report_an_e_mail_that_came_back(
    submission: Submission, reachable: Student, providers: dict[str, FakeProvider]
) -> None:
    notice = queue_notice("published", submission, NOON)
    assert notice is not None
    create_reviewer("mei", "correct horse battery", admin=True)
    client = Client()
    client.force_login(User.objects.get(username="mei"))
    form = {"action": "mark_undelivered", "_selected_action": [notice.pk]}

    def states() -> list[tuple[str, str]]:
        answer = client.post("/admin/notices/notice/", form, follow=True)
        assert answer.status_code == 200
        return list(Notice.objects.order_by("id").values_list("channel", "state"))

    assert states() == [("email", "queued")], "nothing was sent yet"
    send_due(NOON)
    assert states() == [("email", "failed"), ("folder", "queued")]
    assert [event.subject for event in Event.objects.filter(action=Action.RECORD_CHANGED)] == [
        f"Notices | notice {notice.pk}"
    ]
