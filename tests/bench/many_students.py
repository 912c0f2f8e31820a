"""A server with many students, their submissions and files, for the benchmarks of erasure and backup."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from datetime import date
from typing import Final

from django.utils import timezone

from config.id_number import make_number
from server.records.id_number_protection import encrypt_number, keyed_hash
from server.records.identifiers import new_token
from server.records.models import Campaign, Student
from server.submissions.models import Submission
from server.submissions.store import picture_store
from tests.server.submissions.reviewing import a_station

BATCH: Final = 1000


def fill(campaign: Campaign, count: int, files_each: int, file_bytes: int) -> None:
    """Create `count` students with a published portrait that was handed over, and `files_each` files of `file_bytes`
    for each: shot, portrait, portrait before retouching."""
    station, now = a_station(), timezone.now()
    for start in range(0, count, BATCH):
        numbers = range(start, min(start + BATCH, count))
        students = Student.objects.bulk_create(_student(campaign, number) for number in numbers)
        Submission.objects.bulk_create(
            Submission(
                id=hashlib.sha256(f"{campaign.pk} {student.pk}".encode()).hexdigest()[:32],
                student=student,
                campaign=campaign,
                station=station,
                version=1,
                state="published",
                simulated=False,
                outcome="accepted",
                taken_at=now,
                received_at=now,
                handed_over_at=now,
                envelope={},
                **dict(zip(("shot_sha256", "portrait_sha256", "original_portrait_sha256"), files, strict=False)),
            )
            for student, files in zip(students, _files(numbers, files_each, file_bytes), strict=True)
        )


def _student(campaign: Campaign, number: int) -> Student:
    id_number = make_number("990101", date(1950 + number // 900, 1, 2), number % 900)
    return Student(
        campaign=campaign,
        name=f"王小{chr(0x4E00 + number % 20000)}",
        id_number_hmac=keyed_hash(id_number),
        id_number_encrypted=encrypt_number(id_number),
        last_four=id_number[-4:],
        student_no=f"2022{number:06d}",
        class_name=f"计算机{number // 40:04d}班",
        progress_token=new_token(),
        state="captured",
    )


def _files(numbers: range, files_each: int, file_bytes: int) -> Iterator[list[str]]:
    """Write the files without waiting for the disk, and yield their hashes."""
    for number in numbers:
        hashes = []
        for part in range(files_each):
            content = random.Random(f"{number} {part}").randbytes(file_bytes)
            sha256 = hashlib.sha256(content).hexdigest()
            path = picture_store().path(sha256)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            hashes.append(sha256)
        yield hashes
