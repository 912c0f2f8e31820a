"""Students with a submission each that waits for review, written without the intake."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.utils import timezone

from server.records.models import Campaign, School, Student
from server.stations.models import Station
from server.submissions.models import Submission

BATCH: Final = 1000
VERDICTS: Final = [{"rule": f"rule_{number}", "outcome": "pass", "value": 1.0, "unit": "px"} for number in range(39)]


def create_waiting(count: int) -> Campaign:
    """Create a campaign with `count` of them and return it."""
    school, _ = School.objects.get_or_create(code="99001", defaults={"name": "示范大学"})
    now = timezone.now()
    campaign = Campaign.objects.create(
        code="bench1", school=school, title="示范", opens_at=now, closes_at=now + timedelta(days=1), simulated=True
    )
    station = Station.objects.create(name="一号机", token_hash="0" * 64, paired_at=now)
    students = [
        Student(
            id=f"{n:032x}", campaign=campaign, name="王小明", id_number_hmac=f"{n:064x}", student_no=f"2022{n:06d}",
            class_name=f"计科{n % 40}班", last_four="0016", state="captured",
        )
        for n in range(count)
    ]  # fmt: skip
    Student.objects.bulk_create(students, batch_size=BATCH)
    submissions = [
        Submission(
            id=f"{n:032x}", student_id=f"{n:032x}", station=station, version=1, shot_sha256=f"{n:064x}",
            portrait_sha256=f"{n:064x}", simulated=True, outcome="accepted", suspicious=n % 10 == 0,
            taken_at=now, received_at=now + timedelta(seconds=n), envelope={"verdicts": VERDICTS},
        )
        for n in range(count)
    ]  # fmt: skip
    Submission.objects.bulk_create(submissions, batch_size=BATCH)
    return campaign
