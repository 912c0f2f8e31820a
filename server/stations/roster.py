"""The roster as stations get it: hashes instead of numbers, masked names."""

from __future__ import annotations

from datetime import datetime, time

from django.conf import settings
from django.utils import timezone

from kiosk.upload.envelope import Roster, StudentState, WireCampaign, WireStudent, student_no_hash
from server.records.models import Campaign, Student
from server.records.number import roster_key


def roster(now: datetime, base_url: str) -> Roster:
    """Every campaign whose data is still kept, and its students; a closed one too, so that a station can say so."""
    kept = [campaign for campaign in Campaign.objects.select_related("school") if campaign.kept_until() >= now]
    students = Student.objects.filter(campaign__in=kept).order_by("campaign_id", "student_no", "id")
    return Roster(
        drawn_at=now,
        campaigns=tuple(_campaign(campaign) for campaign in kept),
        students=tuple(_student(student, base_url) for student in students),
    )


def progress_url(student: Student, base_url: str) -> str:
    """The student's progress page; `base_url` without a slash at its end."""
    return f"{base_url}/p/{student.token}"


def _campaign(campaign: Campaign) -> WireCampaign:
    zone, (first, last) = timezone.get_default_timezone(), campaign.days()
    return WireCampaign(
        code=campaign.code,
        school=campaign.school.name,
        title=campaign.title,
        standard=campaign.standard,
        background=campaign.background,
        opens=datetime.combine(first, time.min, zone),
        closes=datetime.combine(last, time.max, zone),
        simulated=campaign.simulated,
        time_zone=settings.TIME_ZONE,
    )


def _student(student: Student, base_url: str) -> WireStudent:
    return WireStudent(
        id=student.id,
        campaign=student.campaign_id,
        name=student.masked_name,
        number_hash=student.number_hash,
        last_four=student.last_four,
        state=StudentState(student.state),
        progress_url=progress_url(student, base_url),
        student_no_hash=student_no_hash(roster_key(), student.student_no) if student.student_no else None,
    )
