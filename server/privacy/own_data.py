"""Everything stored about a person's enrolments, as texts and as JSON. It contains nothing about other people: staff
are named by their role."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from config.i18n import Message
from server.accounts.models import Account, LinkRequest
from server.audit.models import Event
from server.delivery.check_models import PortraitCheck
from server.notices.contacts import decrypt_address
from server.notices.models import Contact, Notice
from server.payments.models import Order
from server.portal.models import Appeal
from server.privacy.models import SubjectRequest
from server.privacy.views_of_data import OF_A_SUBMISSION
from server.records.id_number_protection import decrypt_number
from server.records.models import Student
from server.records.people_models import Consent
from server.remote.models import PhotoJob
from server.submissions.models import Submission

Value = str | int | Message


@dataclass(frozen=True)
class Row:
    """`name` is the last part of a message id `privacy.own.<name>`."""

    name: str
    value: Value


@dataclass(frozen=True)
class Part:
    """A part of the copy. `title` as `Row.name`; `pictures`: names of files in the copy."""

    title: str
    rows: tuple[Row, ...]
    pictures: tuple[str, ...] = ()


def enrolments_of(student: Student) -> list[Student]:
    """Return the person's enrolments: those with the same ID number."""
    same = Student.objects.filter(id_number_hmac=student.id_number_hmac, erased_at=None)
    return list(same.select_related("campaign__school").order_by("campaign__opens_at", "pk"))


def parts_of(student: Student, *, with_number: bool) -> Iterator[Part]:
    """Yield the parts about one enrolment. `with_number`: the complete ID number, for the person alone."""
    yield Part("enrolment", tuple(_enrolment(student, with_number)))
    contact = Contact.objects.filter(student=student).first()
    if contact is not None:
        phone, email = decrypt_address(contact.phone_encrypted), decrypt_address(contact.email_encrypted)
        yield Part("contact", _rows(phone=phone, email=email, agreed_at=_moment(contact.consent_at)))
    yield from _account(student)
    for consent in Consent.objects.filter(student=student):
        yield Part("consent", _consent(consent))
    person = Consent.objects.filter(person__links__student=student)
    yield from (Part("consent", _consent(consent)) for consent in person)
    for submission in student.submissions.select_related("station").order_by("version"):
        yield Part("submission", tuple(_submission(submission)), tuple(picture_names(submission)))
        yield from (Part("step", tuple(_step(entry))) for entry in submission.history.order_by("id"))
    for appeal in Appeal.objects.filter(submission__student=student):
        yield Part("appeal", _rows(at=_moment(appeal.filed_at), text=appeal.text, answer=appeal.answer))
    for notice in Notice.objects.filter(student=student).order_by("pk"):
        subject = Message(f"notice.{notice.event}.subject")
        to = decrypt_address(notice.address_encrypted) or notice.recipient
        yield Part("notice", _rows(event=subject, to=to, at=_moment(notice.sent_at)))
    for check in PortraitCheck.objects.filter(submission__student=student).order_by("pk"):
        result = Message(f"delivery.check_level.{check.level}")
        yield Part("check", _rows(at=_moment(check.checked_at), result=result, score=f"{check.score:.2f}"))
    yield from _money(student)
    for filed in SubjectRequest.objects.filter(student=student):
        kind = Message(f"privacy.kind.{filed.kind}")
        yield Part("request", _rows(kind=kind, at=_moment(filed.filed_at), text=filed.text, answer=filed.answer))
    ids = list(student.submissions.values_list("pk", flat=True))
    for event in Event.objects.filter(subject__in=ids, action__in=[one.value for one in OF_A_SUBMISSION]).order_by(
        "pk"
    ):
        by = Message("privacy.own.staff" if event.user_id else "privacy.the_student")
        yield Part("viewed", _rows(at=_moment(event.at), by=by, part=str(event.details.get("part", ""))))


def picture_names(submission: Submission) -> dict[str, str]:
    """Return the hash of each picture of the submission by its name in the copy, without ending."""
    hashes = {
        "original": submission.shot_sha256,
        "portrait": submission.portrait_sha256,
        "portrait-before-retouching": submission.original_portrait_sha256,
    }
    return {f"{submission.pk}-{name}": sha256 for name, sha256 in hashes.items() if sha256}


def as_json(student: Student, *, with_number: bool) -> dict[str, Any]:
    """Return the enrolment in a form for programs, with the complete envelopes of its submissions."""
    submissions = student.submissions.order_by("version")
    return {
        "id": student.pk,
        "parts": [
            {"part": part.title, **{row.name: _plain(row.value) for row in part.rows}}
            for part in parts_of(student, with_number=with_number)
        ],
        "envelopes": [_own_envelope(one) for one in submissions],
        "phone": list(PhotoJob.objects.filter(student=student).values_list("device", flat=True)),
    }


def _own_envelope(submission: Submission) -> dict[str, Any]:
    """Return the envelope without the ids of the person's other enrolments, which have copies of their own."""
    return {name: value for name, value in submission.envelope.items() if name != "also_for"}


def _enrolment(student: Student, with_number: bool) -> Iterator[Row]:
    campaign, number = student.campaign, decrypt_number(student.id_number_encrypted)
    yield Row("school", campaign.school.name)
    yield Row("campaign", campaign.title)
    yield Row("name", student.name)
    yield Row("id_number", number if with_number else "•" * max(len(number) - 4, 0) + number[-4:])
    yield Row("student_no", student.student_no)
    yield Row("candidate_no", student.candidate_no)
    yield Row("class_name", student.class_name)
    yield Row("major", student.major)
    yield Row("department", student.department)
    yield Row("study_level", student.study_level)
    yield Row("study_years", student.study_years)
    yield Row("state", Message(f"clerk.state.{student.state}"))
    yield Row("kept_until", _moment(campaign.retention_end()))


def _account(student: Student) -> Iterator[Part]:
    """Yield the values that the person entered to sign in and to be found, except the password, which is a hash."""
    for account in Account.objects.filter(person__links__student=student):
        values = {name: decrypt_address(getattr(account, f"{name}_encrypted")) for name in ("phone", "email", "name")}
        yield Part("account", _rows(**values, at=_moment(account.created_at)))
    for filed in LinkRequest.objects.filter(person__links__student=student, student=student):
        values = {"student_no": filed.student_no, "class_name": filed.class_name, "text": filed.reason}
        yield Part("link", _rows(at=_moment(filed.created_at), **values))


def _consent(consent: Consent) -> tuple[Row, ...]:
    withdrawn = _moment(consent.withdrawn_at)
    return _rows(text=consent.text_version, at=_moment(consent.given_at), source=consent.source, withdrawn=withdrawn)


def _submission(submission: Submission) -> Iterator[Row]:
    yield Row("version", submission.version)
    yield Row("state", Message(f"state.{submission.state}"))
    yield Row("taken_at", _moment(submission.taken_at))
    yield Row("received_at", _moment(submission.received_at))
    yield Row("station", submission.station.name if submission.station else "")
    yield Row("handed_over_at", _moment(submission.handed_over_at))


def _step(entry: Any) -> Iterator[Row]:
    yield Row("at", _moment(entry.at))
    yield Row("state", Message(f"state.{entry.to_state}"))
    for reason in entry.reasons.all():
        yield Row("reason", Message(f"reject.{reason.code}"))
        yield Row("text", reason.comment)
    yield Row("text", entry.comment)


def _money(student: Student) -> Iterator[Part]:
    order = Order.objects.filter(student=student).first()
    if order is None:
        return
    yield Part(
        "order",
        _rows(
            amount=f"¥{order.amount_fen / 100:.2f}",
            state=Message(f"order_page.{order.state}"),
            at=_moment(order.paid_at),
            invoice_title=order.invoice_title,
            taxpayer_number=order.invoice_taxpayer_number,
            email=order.invoice_email,
            invoice_number=order.invoice_number,
        ),
    )
    for payment in order.payments.order_by("pk"):
        way = Message(f"order_page.way.{payment.gateway}")
        yield Part("payment", _rows(way=way, at=_moment(payment.paid_at), receipt_number=payment.receipt_number))


def _rows(**values: Value) -> tuple[Row, ...]:
    return tuple(Row(name, value) for name, value in values.items())


def _moment(at: datetime | None) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at is not None and at.year < 9999 else ""


def _plain(value: Value) -> str | int:
    return value.key if isinstance(value, Message) else value
