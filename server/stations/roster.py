"""The roster of a station: its campaigns, masked names, and hashes with its own key instead of numbers."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection
from datetime import datetime, time
from typing import Any, Final

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from kiosk.upload.number_hashing import roster_hash, student_no_hash
from kiosk.upload.roster_payload import CampaignPayload, MakeUpWindow, RosterPayload, StudentPayload, StudentState
from kiosk.upload.wire_names import to_version_1
from server.payments.models import Order
from server.records.id_number_protection import hashing_parameters
from server.records.models import Campaign, Student
from server.records.slow_hashes import compute_missing_hashes
from server.records.student_conditions import has_portrait
from server.records.window_models import CaptureWindow, WindowKind
from server.stations.models import Station
from server.stations.pairing import roster_key_of

NOT_IN_FIRST_ROSTER: Final = {"time_zone", "make_up_windows", "price_fen", "payment_required", "payer"}
"""Fields of a campaign that 86a4649 lacks; it rejects a roster that has one."""


def roster(station: Station, now: datetime, base_url: str) -> RosterPayload:
    """Return the station's campaigns within their retention period and their students; closed campaigns too, so that
    the station can report them as closed."""
    compute_missing_hashes()
    campaigns, students = retained(station, now)
    key = roster_key_of(station)
    enrolments = Counter(student.id_number_slow_hash for student in students)
    portrait_ids, windows = students_with_portrait(students), make_up_windows(campaigns)
    window_ids = {window.pk for window in windows}
    order_states = dict(Order.objects.filter(student__in=students).values_list("student_id", "state"))
    return RosterPayload(
        generated_at=now,
        campaigns=tuple(_campaign_payload(campaign, windows) for campaign in campaigns),
        students=tuple(
            _student_payload(
                student, key, enrolments[student.id_number_slow_hash] > 1, portrait_ids, window_ids
            ).model_copy(update={"order_state": order_states.get(student.pk, "")})
            for student in students
        ),
        number_hashing=hashing_parameters(),
        progress_base_url=progress_base(base_url),
    )


def legacy_roster(station: Station, now: datetime, base_url: str) -> dict[str, Any]:
    """Return the roster for a station whose program and pairing are of 86a4649: it accepts these fields only, and finds
    numbers by the hash that all stations shared. It never contains the last four characters of an ID number."""
    campaigns, students = retained(station, now)
    legacy_campaigns = [
        to_version_1(
            _campaign_payload(campaign, []).model_dump(mode="json", exclude=NOT_IN_FIRST_ROSTER),
            "CampaignPayload",
        )
        for campaign in campaigns
    ]
    key = roster_key_of(station)
    portrait_ids = students_with_portrait(students)
    return {
        "drawn_at": now.isoformat(),
        "campaigns": legacy_campaigns,
        "students": [_legacy_student(student, key, base_url, portrait_ids) for student in students],
    }


def progress_base(base_url: str) -> str:
    """Return the URL to which a progress token is appended; `base_url` has no trailing slash."""
    return f"{base_url}/p/"


def progress_url(student: Student, base_url: str) -> str:
    """Return the student's progress page, for stations that create no token of their own."""
    return progress_base(base_url) + student.progress_token


def token_hash(token: str) -> str:
    """Return the stored form of a progress token."""
    return hashlib.sha256(token.encode()).hexdigest()


def retained(station: Station, now: datetime) -> tuple[list[Campaign], QuerySet[Student]]:
    """Return the campaigns of the station's roster, and their students."""
    allowed = station.scope.allowed().select_related("school")
    campaigns = [campaign for campaign in allowed if campaign.retention_end() >= now]
    return campaigns, Student.objects.filter(campaign__in=campaigns, erased_at=None).order_by(
        "campaign_id", "student_no", "id"
    )


def students_with_portrait(students: QuerySet[Student]) -> frozenset[str]:
    """Return students that must not be expected although their state is `expected`: somebody set it while their
    portrait is in review or past it, so a second one would be rejected after the visit."""
    expected = students.filter(has_portrait(), state=StudentState.EXPECTED.value)
    return frozenset(expected.order_by().values_list("pk", flat=True))


def make_up_windows(campaigns: list[Campaign]) -> list[CaptureWindow]:
    """Return the make-up windows in which stations take pictures; the remote page has the others."""
    return list(CaptureWindow.objects.filter(campaign__in=campaigns, kind=WindowKind.MAKE_UP.value))


def _campaign_payload(campaign: Campaign, windows: list[CaptureWindow]) -> CampaignPayload:
    zone, (first, last) = timezone.get_default_timezone(), campaign.capture_days()
    return CampaignPayload(
        code=campaign.code,
        school=campaign.school.name,
        title=campaign.title,
        standard=campaign.standard,
        background=campaign.background,
        opens_at=datetime.combine(first, time.min, zone),
        closes_at=datetime.combine(last, time.max, zone),
        simulated=campaign.simulated,
        time_zone=settings.TIME_ZONE,
        make_up_windows=tuple(
            MakeUpWindow(id=window.pk, opens_at=window.opens_at, closes_at=window.closes_at)
            for window in windows
            if window.campaign_id == campaign.pk
        ),
        price_fen=campaign.price_fen,
        payment_required=campaign.payment_required,
        payer=campaign.payer,
    )


def _student_payload(
    student: Student, key: str, several: bool, portrait_ids: frozenset[str], window_ids: Collection[int]
) -> StudentPayload:
    """`several`: the person has several enrolments, and the label distinguishes them. `window_ids`: the make-up windows
    of stations."""
    return StudentPayload(
        id=student.id,
        campaign=student.campaign_id,
        name=student.masked_name,
        id_number_hmac=roster_hash(key, bytes.fromhex(student.id_number_slow_hash)),
        state=_student_state(student, portrait_ids),
        student_no_hash=student_no_hash(key, student.student_no) if student.student_no else None,
        label=student.enrolment_label if several else "",
        resubmit_until=student.resubmit_until,
        make_up_window=student.make_up_window_id if student.make_up_window_id in window_ids else None,
    )


def _student_state(student: Student, portrait_ids: frozenset[str]) -> StudentState:
    return StudentState.CAPTURED if student.pk in portrait_ids else StudentState(student.state)


def _legacy_student(student: Student, key: str, base_url: str, portrait_ids: frozenset[str]) -> dict[str, Any]:
    return {
        "id": student.id,
        "campaign": student.campaign_id,
        "name": student.masked_name,
        "number_hash": student.id_number_hmac,
        "last_four": "",
        "state": _student_state(student, portrait_ids).value,
        "progress_url": progress_url(student, base_url),
        "student_no_hash": student_no_hash(key, student.student_no) if student.student_no else None,
    }
