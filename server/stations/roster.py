"""The roster as a station gets it: hashes by its own key instead of numbers, masked names, its own campaigns."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from kiosk.upload.envelope import CampaignPayload, RosterPayload, StudentPayload, StudentState, student_no_hash
from kiosk.upload.number_hashing import roster_hash
from kiosk.upload.wire_names import to_version_1
from server.records.id_number_protection import hashing_parameters
from server.records.models import Campaign, Student
from server.records.slow_hashes import compute_missing_hashes
from server.stations.models import Station
from server.stations.pairing import roster_key_of


def roster(station: Station, now: datetime, base_url: str) -> RosterPayload:
    """The station's campaigns whose data is still kept, and their students; a closed one too, so that a station can
    say so."""
    compute_missing_hashes()
    campaigns, students = retained(station, now)
    key = roster_key_of(station)
    enrolments = Counter(student.id_number_slow_hash for student in students)
    portrait_ids = students_with_portrait(students)
    return RosterPayload(
        generated_at=now,
        campaigns=tuple(_campaign_payload(campaign) for campaign in campaigns),
        students=tuple(
            _student_payload(student, key, enrolments[student.id_number_slow_hash] > 1, portrait_ids)
            for student in students
        ),
        number_hashing=hashing_parameters(),
        progress_base_url=progress_base(base_url),
    )


def legacy_roster(station: Station, now: datetime, base_url: str) -> dict[str, Any]:
    """The roster for a station whose program and pairing are of 86a4649: it takes no other fields than these, and knows
    numbers by the hash that all stations shared. Never the last four characters of an ID number."""
    campaigns, students = retained(station, now)
    shown = [
        to_version_1(_campaign_payload(campaign).model_dump(mode="json", exclude={"time_zone"}), "CampaignPayload")
        for campaign in campaigns
    ]
    key = roster_key_of(station)
    portrait_ids = students_with_portrait(students)
    return {
        "drawn_at": now.isoformat(),
        "campaigns": shown,
        "students": [_legacy_student(student, key, base_url, portrait_ids) for student in students],
    }


def progress_base(base_url: str) -> str:
    """To which a progress token is appended; `base_url` without a slash at its end."""
    return f"{base_url}/p/"


def progress_url(student: Student, base_url: str) -> str:
    """The student's progress page for stations that make no token of their own."""
    return progress_base(base_url) + student.progress_token


def token_hash(token: str) -> str:
    """What is kept of a progress token."""
    return hashlib.sha256(token.encode()).hexdigest()


def retained(station: Station, now: datetime) -> tuple[list[Campaign], QuerySet[Student]]:
    """The campaigns of the station's roster, and their students."""
    allowed = station.scope.allowed().select_related("school")
    campaigns = [campaign for campaign in allowed if campaign.retention_end() >= now]
    return campaigns, Student.objects.filter(campaign__in=campaigns).order_by("campaign_id", "student_no", "id")


def students_with_portrait(students: QuerySet[Student]) -> frozenset[str]:
    """Whom to expect no more, although their state says so: it was set by hand, and their portrait is in review or
    approved, so a second one would be refused after the visit."""
    open_ones = Q(submissions__state="approved") | Q(submissions__state="received", submissions__ending="accepted")
    expected = students.filter(open_ones, state=StudentState.EXPECTED.value)
    return frozenset(expected.order_by().values_list("pk", flat=True))


def _campaign_payload(campaign: Campaign) -> CampaignPayload:
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
    )


def _student_payload(student: Student, key: str, several: bool, portrait_ids: frozenset[str]) -> StudentPayload:
    """`several`: the person is enrolled more than once, and the label tells them which enrolment is which."""
    return StudentPayload(
        id=student.id,
        campaign=student.campaign_id,
        name=student.masked_name,
        id_number_hmac=roster_hash(key, bytes.fromhex(student.id_number_slow_hash)),
        state=_student_state(student, portrait_ids),
        student_no_hash=student_no_hash(key, student.student_no) if student.student_no else None,
        label=student.enrolment_label if several else "",
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
