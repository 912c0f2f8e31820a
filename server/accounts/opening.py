"""Open an account, or sign in to one, at the end of a way to identify: by phone, by password, or by another method."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from server.accounts.models import Account
from server.accounts.phones import account_of_phone, set_phone
from server.accounts.session import enrolments_of, safe_next, sign_in, signed_in_person
from server.accounts.steps import next_step
from server.accounts.visit import Visit
from server.audit.models import Action
from server.audit.record import record
from server.core.language import request_language
from server.notices.contacts import encrypt_address
from server.records.id_number_protection import keyed_hash
from server.records.people_models import Consent, Person

UNFINISHED_KEPT: Final = timedelta(days=2)


def sign_in_account(request: HttpRequest, account: Account, method: str) -> None:
    """Sign in; the consents of this browser's visit become those of the account's person."""
    visitor = Visit(request).person
    with transaction.atomic():
        if visitor is not None:
            Consent.objects.filter(person=visitor).update(person=account.person)
            visitor.delete()
        Account.objects.filter(pk=account.pk).update(language=request_language(request))
        record(Action.PERSON_SIGNED_IN, f"person {account.pk}", request=request, method=method)
    sign_in(request, account.person)


def open_account(request: HttpRequest, method: str, phone: str = "", email: str = "", password: str = "") -> bool:
    """Open an account for the visitor who has consented, and sign them in; False if nobody has consented here.

    `password` is already hashed. If another request has just opened an account for the same phone, it is used.
    """
    visitor = Visit(request).person
    if visitor is None:
        return False
    account = Account(person=visitor, language=request_language(request), password=password)
    account.email_encrypted = encrypt_address(email)
    if phone:
        set_phone(account, phone)
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError:
        existing = account_of_phone(phone) if phone else None
        if existing is None:
            raise
        account = existing
    sign_in_account(request, account, method)
    return True


def claim_number(account: Account, number: str, name: str) -> bool:
    """Let this account sign in by the number, and find its enrolments by it. False if another account has it: a clerk
    then compares the documents (server.accounts.requests)."""
    account.id_number_hmac, account.name_encrypted = keyed_hash(number), encrypt_address(name)
    try:
        with transaction.atomic():
            account.save(update_fields=["id_number_hmac", "name_encrypted"])
    except IntegrityError:
        account.refresh_from_db()
        return False
    return True


def end_other_sessions(request: HttpRequest, account: Account) -> None:
    """End every other session of the account after a new password or phone; this session continues."""
    Account.objects.filter(pk=account.pk).update(session_version=account.session_version + 1)
    sign_in(request, account.person)


def after_sign_in(request: HttpRequest) -> str:
    """Return the next page of the visit. A person who chose no campaign, or has an enrolment already, continues to the
    page that they requested before the sign-in."""
    visit, person = Visit(request), signed_in_person(request)
    if person is not None and (visit.campaign is None or (visit.next and enrolments_of(person).exists())):
        return safe_next(request, visit.end())
    return next_step(request)


def delete_unfinished(now: datetime) -> int:
    """Delete visitors who consented UNFINISHED_KEPT ago and never opened an account, with their consents."""
    visitors = Person.objects.filter(account=None, links=None, link_requests=None)
    count, _ = visitors.filter(created_at__lt=now - UNFINISHED_KEPT).delete()
    return count
