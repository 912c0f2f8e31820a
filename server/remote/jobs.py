"""Run the photo engine for remote students in the worker, and restart jobs that were lost with a worker."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django_tasks import task

from config.errors import Problem
from config.i18n import values_to_json
from server.core.api_errors import ApiError
from server.jobs.queues import ENGINE_QUEUE
from server.records.models import Campaign
from server.remote import workspace
from server.remote.erasing import erase_photos_of_withdrawn
from server.remote.models import UNFINISHED, EngineJob, PhotoJob, Proof, RemoteProgress, Status
from server.remote.submitting import submit_photo
from server.remote.workspace import photo_files
from server.retouch.engine_process import ENGINE
from server.submissions.pictures import PREVIEW_EDGE_PX, create_preview

PROOF_PRIORITY: Final = 50
MAX_ATTEMPTS: Final = 3
LOST_AFTER: Final = timedelta(minutes=3)
"""A job that runs for longer was lost with its worker: the engine is stopped after a minute."""
WAITING_AFTER: Final = timedelta(minutes=2)
RETRY_AFTER: Final = timedelta(hours=1)
"""A submitted photo is never abandoned: after MAX_ATTEMPTS its job is retried every hour."""
_TECHNICAL: Final = ("retouch_page.engine_missing", "retouch_page.engine_stopped", "retouch_page.job_failed")
_TEMPORARY: Final = ("decoder_busy", "disk_full", "busy", "storage")
Job = TypeVar("Job", bound=EngineJob)
log = logging.getLogger(__name__)


@task(queue_name=ENGINE_QUEUE, priority=PROOF_PRIORITY)
def run_proof(identifier: str) -> None:
    check_proof(identifier, timezone.now())


@task(queue_name=ENGINE_QUEUE)
def run_photo(identifier: str) -> None:
    make_submission(identifier, timezone.now())


def check_proof(identifier: str, now: datetime) -> None:
    """Check a waiting copy and delete it afterwards; skip a check that is running, finished or deleted."""
    proof = _take(Proof, identifier, now)
    if proof is None:
        return
    try:
        photo = _photo_of(proof)
        answer = ENGINE.request(_request("proof", photo, workspace.preview_path(proof.pk), proof), lambda _: None)
        key = answer.pop("problem_key", "")
        proof.report, proof.problem = answer, key
        proof.problem_values = answer.pop("problem_values", {})
        proof.status = (Status.REFUSED if key else Status.DONE).value
    except Problem as problem:
        _set_problem(proof, problem)
    _finish(proof)
    workspace.copy_path(proof.pk).unlink(missing_ok=True)


def make_submission(identifier: str, now: datetime) -> None:
    """Make the submission of a waiting photo. A job that was killed at any point can run again: the submission has the
    id of the row, so it is neither lost nor made twice."""
    job = _take(PhotoJob, identifier, now)
    if job is None:
        return
    try:
        submit_photo(job, lambda: _engine_answer(job), now)
        job.status = Status.DONE.value
    except Problem as problem:
        _set_problem(job, problem)
    _finish(job)
    if job.status == Status.DONE.value:
        workspace.remove_job_files(job.pk)
        photo_files(job.student).discard(job.sha256)


def resume_jobs(now: datetime) -> int:
    """The periodic job: queue jobs again that were lost with a worker or could not run; return how many changed."""
    count = 0
    lost = Q(status=Status.RUNNING.value, started_at__lte=now - LOST_AFTER)
    waiting = Q(status=Status.WAITING.value, created_at__lte=now - WAITING_AFTER)
    failed = Q(status=Status.FAILED.value, attempts__lt=MAX_ATTEMPTS)
    failed |= Q(status=Status.FAILED.value, finished_at__lte=now - RETRY_AFTER)
    for proof in Proof.objects.filter(lost | waiting):
        count += _again(proof, run_proof, now)
    for job in PhotoJob.objects.filter(lost | waiting | failed):
        count += _again(job, run_photo, now)
    return count


def delete_old_files(now: datetime) -> int:
    """The periodic job: delete proofs after a day, files that no row names any more, and what withdrawn students sent;
    return how many."""
    erased = erase_photos_of_withdrawn()
    old = Proof.objects.filter(created_at__lte=now - workspace.MAX_AGE).exclude(status__in=UNFINISHED)
    for identifier in old.values_list("pk", flat=True):
        workspace.remove_proof_files(identifier)
    count, _ = old.delete()
    RemoteProgress.objects.exclude(proof="").exclude(proof__in=Proof.objects.values("pk")).update(proof="")
    open_jobs = PhotoJob.objects.exclude(status__in=(Status.DONE.value, Status.REFUSED.value))
    named = {*Proof.objects.values_list("pk", flat=True), *open_jobs.values_list("pk", flat=True)}
    return erased + count + workspace.remove_unnamed(named, now)


def _take(kind: type[Job], identifier: str, now: datetime) -> Job | None:
    """Return the job, now running; None if it does not wait or another worker has taken it."""
    waiting = kind._default_manager.filter(pk=identifier, status=Status.WAITING.value)
    if not waiting.update(status=Status.RUNNING.value, started_at=now, attempts=F("attempts") + 1):
        return None
    return kind._default_manager.select_related("student__campaign").get(pk=identifier)


def _again(job: EngineJob, run: Any, now: datetime) -> int:
    """Queue a lost or failed job again; a lost one fails after MAX_ATTEMPTS. Nothing changes if a worker has taken it
    meanwhile."""
    same = type(job)._default_manager.filter(pk=job.pk, status=job.status, attempts=job.attempts)
    if job.status != Status.FAILED.value and job.attempts >= MAX_ATTEMPTS:
        failure = {"status": Status.FAILED.value, "problem": "remote.engine_stopped", "finished_at": now}
        return same.update(**failure)
    attempts = 0 if job.attempts >= MAX_ATTEMPTS else job.attempts
    with transaction.atomic():
        queued = same.update(
            status=Status.WAITING.value, created_at=now, started_at=None, finished_at=None, attempts=attempts
        )
        if queued:
            run.enqueue(job.pk)
    return queued


def _engine_answer(job: PhotoJob) -> Mapping[str, Any]:
    """Decode the original in the isolated decoder first, which rejects too large pictures; then make the portrait."""
    photo = workspace.photo_path(job.pk)
    create_preview(photo, PREVIEW_EDGE_PX)
    camera = {"driver": "remote", **{name: job.device.get(name) for name in ("source", "facing")}}
    request = _request("photo", photo, workspace.portrait_path(job.pk), job)
    return ENGINE.request({**request, "camera": camera}, lambda _: None)


def _photo_of(proof: Proof) -> Path:
    if not proof.photo_sha256:
        photo: Path | None = workspace.copy_path(proof.pk)
    else:
        photo = photo_files(proof.student).state(proof.photo_sha256).path
    if photo is None or not photo.is_file():
        raise Problem("remote.photo_gone")
    create_preview(photo, PREVIEW_EDGE_PX)
    return photo


def _request(task_name: str, photo: Path, result: Path, job: Any) -> dict[str, Any]:
    entry = _standard_entry(job.student.campaign)
    return {"task": task_name, "photo": str(photo), "result": str(result), "standard": entry}


def _standard_entry(campaign: Campaign) -> dict[str, str]:
    folder = settings.APP.server.standards_folder
    return {"name": campaign.standard, "background": campaign.background, "folder": folder}


def _set_problem(job: EngineJob, problem: Problem) -> None:
    temporary = problem.key in _TECHNICAL or (isinstance(problem, ApiError) and problem.reason in _TEMPORARY)
    job.status = (Status.FAILED if temporary else Status.REFUSED).value
    job.problem, job.problem_values = problem.key, values_to_json(problem.values)


def _finish(job: EngineJob) -> None:
    """Store the result, unless the row was erased meanwhile."""
    job.finished_at = timezone.now()
    names = ("status", "report", "problem", "problem_values", "finished_at")
    type(job)._default_manager.filter(pk=job.pk).update(**{name: getattr(job, name) for name in names})
