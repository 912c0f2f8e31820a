"""Link enrolments to the person they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from config.person_names import normalize_name
from server.accounts.models import Account
from server.accounts.phones import phone_of
from server.audit.models import Action
from server.audit.record import record
from server.core.locks import lock_names
from server.notices.addresses import normalize_email
from server.notices.contacts import decrypt_address, set_contact
from server.notices.models import Contact
from server.records.models import Campaign, Student
from server.records.people_models import EnrolmentLink, LinkProof, Person


def find_by_number(campaign: Campaign, id_number_hmac: str, name: str) -> list[Student]:
    """Return the enrolments of the campaign with this ID number and name: proof that they belong together."""
    normalized = normalize_name(name)
    same_number = (
        campaign.students.filter(id_number_hmac=id_number_hmac) if id_number_hmac else campaign.students.none()
    )
    students = same_number.order_by("pk")
    return [student for student in students if normalized and normalize_name(student.name) == normalized]


def link(
    person: Person,
    students: Sequence[Student],
    proof: LinkProof,
    *,
    request: HttpRequest | None = None,
    user: Any = None,
) -> list[Student]:
    """Link the enrolments to the person, and return those that are linked now.

    An enrolment of another person with an account stays with them unless a clerk (`user`) decided. A person without an
    account was created by an import, from enrolments with the same number.
    """
    linked = []
    with transaction.atomic():
        lock_names("links of enrolments")
        for student in students:
            if _may_link(person, student, user):
                _link(person, student, proof, user)
                record(
                    Action.ENROLMENT_LINKED,
                    f"student {student.pk}",
                    request=request,
                    user=user,
                    person=person.pk,
                    proof=proof.value,
                )
                linked.append(student)
    return linked


def _may_link(person: Person, student: Student, user: Any) -> bool:
    holder = EnrolmentLink.objects.filter(student=student).exclude(person=person).first()
    return holder is None or user is not None or not Account.objects.filter(pk=holder.person_id).exists()


def _link(person: Person, student: Student, proof: LinkProof, user: Any) -> None:
    values = {"person": person, "proof": proof.value, "user": user, "linked_at": timezone.now()}
    EnrolmentLink.objects.update_or_create(student=student, defaults=values)
    account = Account.objects.filter(pk=person.pk).first()
    if account is None or Contact.objects.filter(student=student).exists():
        return
    phone, email = phone_of(account), normalize_email(decrypt_address(account.email_encrypted))
    if phone or email:
        set_contact(student, phone=phone, email=email, language=account.language, consent_at=timezone.now())
