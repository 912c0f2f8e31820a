"""The request to submit a photo that has arrived completely: its checks, and the job that carries it out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from pydantic import ValidationError

from kiosk.upload.photo_origin import DeviceReport
from server.core.api_errors import ApiError
from server.core.database_text import without_nul
from server.records.models import Student
from server.remote import workspace
from server.remote.eligibility import require_open
from server.remote.jobs import run_photo
from server.remote.models import UNFINISHED, PhotoJob, Status
from server.remote.photo_jobs import job_key, job_of_photo
from server.remote.workspace import photo_files

MAX_ENROLMENTS: Final = 8


def read_device(values: Any) -> DeviceReport:
    """Read what the browser reported. Raises ApiError: envelope_wrong with the first invalid field."""
    try:
        return DeviceReport.model_validate(without_nul(values))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "-"
        raise ApiError("refused.envelope_wrong", where=where, why=first["msg"]) from error


def request_submission(
    student: Student, sha256: str, device: DeviceReport, also_for: Sequence[str], now: datetime
) -> PhotoJob:
    """Return the job that makes the submission of this complete photo; the same photo again is the same job.

    Raises ApiError: why the student may send none now, remote_source, files_missing, remote_waiting.
    """
    known = job_of_photo(student, sha256)
    if known is not None:
        return known
    require_open(student, now)
    if device.source not in student.campaign.photo_sources:
        raise ApiError("refused.remote_source")
    path = photo_files(student).state(sha256).path
    if path is None:
        raise ApiError("refused.files_missing")
    if PhotoJob.objects.filter(student=student, status__in=(*UNFINISHED, Status.FAILED.value)).exists():
        raise ApiError("refused.remote_waiting")
    return _create(student, sha256, device, also_for, path, now)


def _create(
    student: Student, sha256: str, device: DeviceReport, also_for: Sequence[str], path: Path, now: datetime
) -> PhotoJob:
    with transaction.atomic():
        job, is_new = PhotoJob.objects.get_or_create(
            key=job_key(student, sha256),
            defaults={
                "student": student,
                "sha256": sha256,
                "size": path.stat().st_size,
                "device": device.model_dump(mode="json"),
                "also_for": list(also_for)[:MAX_ENROLMENTS],
                "created_at": now,
            },
        )
        if is_new:
            workspace.link_photo(job.pk, path)
            run_photo.enqueue(job.pk)
    return job
