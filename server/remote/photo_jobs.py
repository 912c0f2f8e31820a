"""The photos that a student has submitted."""

from __future__ import annotations

import hashlib

from server.records.models import Student
from server.remote.models import PhotoJob, Status
from server.submissions.models import CLOSED_STATES, Submission


def latest_job(student: Student) -> PhotoJob | None:
    return PhotoJob.objects.filter(student=student).order_by("-created_at").first()


def job_of_photo(student: Student, sha256: str) -> PhotoJob | None:
    """Return the job of this photo; None also where its submission was rejected or withdrawn since, after which the
    same photo may be sent again."""
    job = PhotoJob.objects.filter(student=student, sha256=sha256).order_by("-created_at").first()
    return None if job is None or is_closed(job) else job


def is_closed(job: PhotoJob) -> bool:
    """Whether the submission of a finished job was rejected, withdrawn or erased, so that another photo may come."""
    if job.status != Status.DONE.value:
        return False
    state = Submission.objects.filter(pk=job.pk).values_list("state", flat=True).first()
    return state is None or state in CLOSED_STATES


def job_key(student: Student, sha256: str) -> str:
    """Return the key of a job: the same for two simultaneous requests for one photo, another one after a rejection."""
    return hashlib.sha256(f"{student.pk}:{sha256}:{student.submissions.count()}".encode()).hexdigest()
