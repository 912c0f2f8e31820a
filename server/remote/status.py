"""The state of the photo that a student submitted, for the page and its script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from config.i18n import Translations
from server.records.models import Student
from server.remote.models import PhotoJob, Status
from server.remote.photo_jobs import is_closed, latest_job
from server.remote.proofs import problem_sentence
from server.remote.signs import TO_STUDENT

NONE, WAITING, RUNNING, FAILED, SUBMITTED = "none", "waiting", "running", "failed", "submitted"


@dataclass(frozen=True)
class PhotoStatus:
    """`state` as in README.md; `notes` help the student, `submission` is "" before there is one."""

    state: str
    sentence: str
    notes: tuple[str, ...] = ()
    problem: str = ""
    submission: str = ""

    @property
    def is_waiting(self) -> bool:
        return self.state in (WAITING, RUNNING)


def photo_status(student: Student, tr: Translations) -> PhotoStatus:
    """Return the state of the latest photo. One whose submission was rejected or withdrawn counts as none."""
    job = latest_job(student)
    if job is None:
        return PhotoStatus(NONE, tr.translate("remote.status_none"))
    if job.status == Status.DONE.value:
        return _submitted(job, tr)
    if job.status == Status.REFUSED.value:
        return PhotoStatus(FAILED, problem_sentence(job.problem, job.problem_values, tr), problem=job.problem)
    # A failed job is retried automatically: for the student it still waits.
    state = RUNNING if job.status == Status.RUNNING.value else WAITING
    return PhotoStatus(state, tr.translate("remote.status_delayed" if job.attempts > 1 else "remote.status_waiting"))


def status_document(student: Student, status: PhotoStatus) -> dict[str, Any]:
    page = "camera" if status.state in (NONE, FAILED) else "result"
    return {
        "state": status.state,
        "sentence": status.sentence,
        "notes": list(status.notes),
        "problem": status.problem,
        "submission": status.submission or None,
        "next": reverse(f"remote:{page}", args=[student.pk]),
    }


def _submitted(job: PhotoJob, tr: Translations) -> PhotoStatus:
    if is_closed(job):
        return PhotoStatus(NONE, tr.translate("remote.status_none"))
    signs = job.report.get("origin", {}).get("signs", [])
    notes = tuple(tr.translate(f"remote.note.{sign}") for sign in signs if sign in TO_STUDENT)
    return PhotoStatus(SUBMITTED, tr.translate("remote.status_submitted"), notes, submission=job.pk)
