"""A campaign whose retention is over, with a student who has rows in every table that can identify one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from server.accounts.models import Account
from server.audit.models import Action, Event
from server.delivery.models import Delivery, DeliveryFile, DeliveryItem, encrypt_row
from server.notices.contacts import encrypt_address, set_contact
from server.notices.models import Notice
from server.payments.models import Order, Payment
from server.payments.refund_models import Refund, RefundState
from server.portal.models import Appeal
from server.records.id_number_protection import encrypt_number, keyed_hash, slow_keyed_hash
from server.records.import_models import RosterChange, RosterImport
from server.records.models import Campaign, Student
from server.records.people_models import Consent, EnrolmentLink, Person
from server.remote.models import Proof
from server.remote.workspace import partial_root, store_copy
from server.retouch import workspace
from server.retouch.models import RetouchJob
from server.review.models import SecondLook
from server.secrets.private_files import private_folder, write_private
from server.stations.models import LastFourConfirmation, ProgressLink
from server.submissions.models import AuditEntry, PendingDecision, Submission
from server.submissions.reason_models import Reason
from server.submissions.revocation_models import RevocationRequest
from server.submissions.states import State
from server.submissions.store import picture_store
from tests.server.conftest import fake_number, make_campaign, make_student
from tests.server.delivery.conftest import store_picture
from tests.server.submissions.reviewing import a_station, submission_of

NAME = "欧阳试样"
NUMBER = fake_number(7)
PHONE, EMAIL = "13900000007", "shiyang7@example.com"
WORDS = f"{NAME} {NUMBER} {PHONE}"
NOW = timezone.now()
LONG_AGO = NOW - timedelta(days=400)


@dataclass(frozen=True)
class Traces:
    """A student with rows in every table, and what identifies them."""

    student: Student
    submission: Submission
    pictures: tuple[str, ...]
    clerk: User


@pytest.fixture
def over(db: None) -> Campaign:
    return make_campaign("overco", simulated=False, opens_at=LONG_AGO, closes_at=LONG_AGO + timedelta(days=9))


@pytest.fixture
def traces(over: Campaign) -> Traces:
    """A published portrait, and every kind of row around it."""
    clerk = User.objects.create_user("clerk-of-traces")
    other = User.objects.create_user("second-of-traces")
    student = make_student(
        over, 7, name=NAME, class_name="试样班", major="试样学", id_number_slow_hash=slow_keyed_hash(NUMBER)
    )
    pictures = tuple(store_picture(f"{part} of the erased".encode()) for part in ("shot", "portrait", "station"))
    picture_store().store_preview(pictures[0], b"preview")
    submission = submission_of(
        student,
        State.PUBLISHED,
        id="e" * 32,
        shot_sha256=pictures[0],
        portrait_sha256=pictures[1],
        original_portrait_sha256=pictures[2],
        handed_over_at=LONG_AGO,
        envelope={"student": student.pk, "shot": {"sha256": pictures[0]}, "card": WORDS},
    )
    _history(submission, clerk, other)
    _person(student)
    _contact(student, submission, clerk)
    _money(student, clerk)
    _delivery(submission, clerk)
    _files(student, submission)
    return Traces(student, submission, pictures, clerk)


def _history(submission: Submission, clerk: User, other: User) -> None:
    entry = AuditEntry.objects.create(
        submission=submission, at=LONG_AGO, user=clerk, action="approve", to_state="published", comment=WORDS
    )
    Reason.objects.create(submission=submission, entry=entry, code="tilted", comment=WORDS, x=0.1, y=0.1, w=0.2, h=0.2)
    PendingDecision.objects.create(
        submission=submission,
        action="approve",
        user=clerk,
        decided_at=NOW,
        effective_at=NOW + timedelta(days=1),
        reasons=[WORDS],
    )
    RevocationRequest.objects.create(
        submission=submission,
        action="revoke",
        requested_by=clerk,
        requested_at=LONG_AGO,
        approved_by=other,
        approved_at=LONG_AGO,
        reasons=[{"comment": WORDS}],
        internal_remark=WORDS,
    )
    SecondLook.objects.create(
        entry=entry, submission=submission, reviewer=clerk, day=LONG_AGO.date(), drawn_at=LONG_AGO, comment=WORDS
    )
    Appeal.objects.create(entry=entry, submission=submission, text=WORDS, filed_at=LONG_AGO, answer=WORDS)
    RetouchJob.objects.create(
        key="k" * 64, submission=submission, kind="strokes", parent_sha256="3" * 64, created_at=LONG_AGO
    )
    Event.objects.create(action=Action.OWN_FILE_DOWNLOADED, subject=submission.pk, address="203.0.113.7")
    LogEntry.objects.create(
        user=clerk,
        content_type=ContentType.objects.get_for_model(Student),
        object_id=submission.student_id,
        object_repr=NAME,
        action_flag=CHANGE,
    )


def _person(student: Student) -> None:
    person = Person.objects.create()
    EnrolmentLink.objects.create(student=student, person=person, proof="id_number")
    Account.objects.create(
        person=person,
        phone_encrypted=encrypt_address(PHONE),
        phone_hmac="f" * 64,
        name_encrypted=encrypt_address(NAME),
        id_number_hmac=keyed_hash(NUMBER),
    )
    Consent.objects.create(person=person, text_version="1", given_at=LONG_AGO, source="page")
    Consent.objects.create(student=student, text_version="1", given_at=LONG_AGO, source="station 1")
    roster = RosterImport.objects.create(campaign=student.campaign, imported_at=LONG_AGO, created=1, changed=0)
    RosterChange.objects.create(
        roster_import=roster,
        student=student,
        id_number_encrypted=encrypt_number(NUMBER),
        before={"name": NAME},
        after={"name": NAME},
    )


def _contact(student: Student, submission: Submission, clerk: User) -> None:
    set_contact(student, phone=PHONE, email=EMAIL, consent_at=LONG_AGO)
    Notice.objects.create(
        student=student,
        submission=submission,
        event="rejected",
        version=1,
        channel="folder",
        values={"comment": WORDS},
        queued_at=LONG_AGO,
        next_attempt_at=LONG_AGO,
        recipient="139****0007",
        address_encrypted=encrypt_address("own@example.edu"),
    )
    LastFourConfirmation.objects.create(student=student, station=a_station(), at=LONG_AGO)
    ProgressLink.objects.create(token_hash="b" * 64, student=student, station=a_station(), created_at=LONG_AGO)
    session = SessionStore()
    session[f"appeal:{student.pk}"] = WORDS
    session.save()


def _money(student: Student, clerk: User) -> None:
    order = Order.objects.create(student=student, amount_fen=1500, state="refunded", invoice_title=NAME)
    payment = Payment.objects.create(
        order=order, gateway="wechat", product="jsapi", amount_fen=1500, valid_until=LONG_AGO, payer_hmac="c" * 64
    )
    Refund.objects.create(payment=payment, amount_fen=1500, state=RefundState.DONE.value, reason=WORDS)


def _delivery(submission: Submission, clerk: User) -> None:
    delivery = Delivery.objects.create(
        campaign=submission.campaign,
        key="d" * 32,
        created_at=LONG_AGO,
        created_by=clerk,
        template="{xh}.jpg",
        encryption="none",
        status="ready",
        handed_over_at=LONG_AGO,
        handed_over_by=clerk,
    )
    DeliveryItem.objects.create(
        delivery=delivery,
        position=1,
        submission=submission,
        portrait_sha256=submission.portrait_sha256 or "",
        row_encrypted=encrypt_row(f"{NAME}.jpg", {"xm": NAME, "sfzh": NUMBER}),
    )
    DeliveryFile.objects.create(
        delivery=delivery, number=1, name="a.zip", stored_name="a.zip", sha256="4" * 64, size=3, portraits=1
    )
    folder = private_folder(private_folder(Path(settings.DELIVERIES)) / delivery.pk)
    (folder / "a.zip").write_bytes(b"zip")


def _files(student: Student, submission: Submission) -> None:
    (workspace.folder_of(submission.pk) / "job.jpg").write_bytes(b"retouched")
    partial = private_folder(private_folder(partial_root()) / f"student-{student.pk}")
    (partial / f"{'5' * 64}.9.part").write_bytes(b"half")
    store_copy(Proof.objects.create(student=student, created_at=LONG_AGO).pk, b"copy")
    notice = Notice.objects.get(student=student)
    day = private_folder(private_folder(Path(settings.NOTICES)) / "2026-01-01")
    write_private(day / f"090000-rejected-{notice.key}.txt", WORDS)


def moment(days: int) -> datetime:
    return NOW + timedelta(days=days)
