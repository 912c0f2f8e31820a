"""手动关联学籍: a clerk compares the values that a person typed with the roster, and links or refuses.

The clerk compares the name, never the server alone. The decision is due after one working day, and is sent by SMS to
the account's phone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest

from config.person_names import normalize_name
from server.accounts.capture_codes import code_hash
from server.accounts.matching import link
from server.accounts.messages import send_text
from server.accounts.models import Account, LinkRequest, RequestState
from server.accounts.opening import claim_number
from server.accounts.phones import phone_of
from server.accounts.visit import CardFields
from server.audit.models import Action
from server.audit.record import record
from server.core.api_errors import ApiError
from server.core.language import localized
from server.core.throttle import Throttle
from server.core.working_hours import DueTime, due_time
from server.notices.contacts import decrypt_address, encrypt_address
from server.records.id_number_protection import decrypt_number, encrypt_number, keyed_hash
from server.records.models import Campaign, Student
from server.records.people_models import LinkProof, Person

DUE_HOURS: Final = 8
"""Working hours: one day."""
MAX_CANDIDATES: Final = 10
MAX_ATTEMPTS: Final = 5
_DAY_MINUTES: Final = 24 * 60


def request_link(
    person: Person,
    campaign: Campaign,
    card: CardFields | None,
    capture_code: str,
    values: dict[str, str],
    now: datetime,
) -> LinkRequest:
    """Store the values that the person typed, in their waiting request if there is one. Raises ApiError
    link_too_many."""
    if not Throttle("link_request", settings.APP.throttle.link_requests_per_day, _DAY_MINUTES).allow(person.pk):
        raise ApiError("refused.link_too_many")
    row: dict[str, Any] = {
        "name_encrypted": encrypt_address(values["name"]),
        "student_no": values["student_no"],
        "class_name": values["class_name"],
        "number_encrypted": encrypt_number(card.number) if card else "",
        "is_card_read": bool(card and card.is_read),
        "capture_code_hmac": code_hash(capture_code) if capture_code else "",
    }
    waiting = {"person": person, "campaign": campaign, "state": RequestState.WAITING.value}
    with transaction.atomic():
        link_request, _ = LinkRequest.objects.update_or_create(
            **waiting, defaults=row, create_defaults={**row, "created_at": now}
        )
    return link_request


def waiting_request(person: Person, campaign: Campaign) -> LinkRequest | None:
    return LinkRequest.objects.filter(person=person, campaign=campaign, state=RequestState.WAITING.value).first()


def due(link_request: LinkRequest) -> DueTime:
    return due_time(link_request.created_at, DUE_HOURS)


def typed_name(link_request: LinkRequest) -> str:
    return decrypt_address(link_request.name_encrypted)


def typed_number(link_request: LinkRequest) -> str:
    """Return the plain ID number, "" if there is none; show it masked."""
    return decrypt_number(link_request.number_encrypted) if link_request.number_encrypted else ""


def candidates(link_request: LinkRequest) -> Sequence[Student]:
    """Return the enrolments of the campaign that may be meant: by ID number, student number, or name and class."""
    number = typed_number(link_request)
    same = Q(student_no=link_request.student_no)
    same |= Q(name=normalize_name(typed_name(link_request)), class_name=link_request.class_name)
    if number:
        same |= Q(id_number_hmac=keyed_hash(number))
    students = link_request.campaign.students.filter(same).select_related("person_link")
    return list(students.order_by("student_no", "pk")[:MAX_CANDIDATES])


def decide(
    identifier: int,
    user: Any,
    now: datetime,
    *,
    student: Student | None = None,
    reason: str = "",
    request: HttpRequest | None = None,
) -> LinkRequest:
    """Link the enrolment that the clerk chose, or refuse with a reason; the encrypted values are deleted.

    Raises ApiError: link_decided if another clerk decided first, link_reason if there is neither enrolment nor reason.
    """
    if student is None and not reason.strip():
        raise ApiError("refused.link_reason")
    with transaction.atomic():
        locked = (
            LinkRequest.objects.select_for_update(of=("self",)).select_related("person", "campaign").get(pk=identifier)
        )
        if locked.state != RequestState.WAITING.value:
            raise ApiError("refused.link_decided")
        if student is not None:
            _link(locked, student, user, request)
        else:
            subject = f"person {locked.person_id}"
            record(Action.LINK_REFUSED, subject, request=request, user=user, campaign=locked.campaign_id)
        locked.state = (RequestState.LINKED if student else RequestState.REFUSED).value
        locked.student, locked.user, locked.decided_at = student, user, now
        locked.reason = "" if student else reason.strip()[:300]
        locked.name_encrypted = locked.number_encrypted = locked.capture_code_hmac = ""
        locked.save()
    return locked


def _link(link_request: LinkRequest, student: Student, user: Any, request: HttpRequest | None) -> None:
    link(link_request.person, [student], LinkProof.CLERK, request=request, user=user)
    number, account = typed_number(link_request), Account.objects.filter(pk=link_request.person_id).first()
    if account is not None and number and keyed_hash(number) == student.id_number_hmac:
        Account.objects.filter(id_number_hmac=student.id_number_hmac).exclude(pk=account.pk).update(id_number_hmac="")
        claim_number(account, number, typed_name(link_request))


def unsent(now: datetime) -> QuerySet[LinkRequest]:
    decided = LinkRequest.objects.exclude(state=RequestState.WAITING.value)
    return decided.filter(notified_at=None, attempts__lt=MAX_ATTEMPTS)


def send_decisions(now: datetime) -> int:
    """Send the SMS of each decision once; a failed SMS is sent again, MAX_ATTEMPTS times in all. The account's page
    shows the decision in any case."""
    sent = 0
    for decided in list(unsent(now).select_related("person__account", "campaign__school")[:20]):
        LinkRequest.objects.filter(pk=decided.pk).update(attempts=F("attempts") + 1)
        account: Account | None = getattr(decided.person, "account", None)
        phone = phone_of(account) if account is not None else ""
        if account is None or not phone:
            LinkRequest.objects.filter(pk=decided.pk).update(attempts=MAX_ATTEMPTS)
            continue
        try:
            event = "enrolment_linked" if decided.state == RequestState.LINKED.value else "enrolment_refused"
            school = localized(decided.campaign.school, "name", account.language)
            send_text(event, phone, account.language, f"link{decided.pk}", school=school)
        except ApiError:
            continue
        LinkRequest.objects.filter(pk=decided.pk).update(notified_at=now)
        sent += 1
    return sent
