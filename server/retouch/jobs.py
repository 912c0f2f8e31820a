"""Request jobs of the photo engine, run them in the worker, and start them again after a crash."""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django_tasks import task

from config.errors import Problem
from config.i18n import values_to_json
from kiosk.capture.repair.strokes import Strokes, strokes_to_json
from server.jobs.queues import ENGINE_QUEUE
from server.records.models import Campaign
from server.retouch import workspace
from server.retouch.engine_process import ENGINE
from server.retouch.models import UNFINISHED, Kind, RetouchJob, Status
from server.submissions.models import Submission
from server.submissions.states import State
from server.submissions.store import file_sha256, picture_store

MAX_ATTEMPTS: Final = 3
LOST_AFTER: Final = timedelta(minutes=15)
"""A job that has been running for this long was lost with its worker."""
WAITING_AFTER: Final = timedelta(minutes=5)
RETRY_AFTER: Final = timedelta(minutes=1)
"""A page does not request a failed preparation again earlier."""
KEPT: Final = timedelta(days=1)
"""How long unused results stay after their submission has left retouching."""
_TECHNICAL: Final = ("retouch_page.engine_missing", "retouch_page.engine_stopped", "retouch_page.job_failed")
log = logging.getLogger(__name__)


def request_pictures(submission: Submission, user: Any, now: datetime) -> RetouchJob:
    """Return the job that makes the brush's pictures; queue it unless they exist or are being made."""
    job = _get_or_create(submission, Kind.PREPARE, user, now, {})
    missing = job.status == Status.DONE.value and not workspace.has_brush_pictures(submission.pk)
    failed = job.status == Status.FAILED.value and (job.finished_at is None or job.finished_at <= now - RETRY_AFTER)
    if missing or failed:
        _queue_again(job, now)
    return job


def request_repair(submission: Submission, strokes: Strokes, user: Any, now: datetime) -> RetouchJob:
    """Return the job that makes the portrait with these strokes. The same strokes are the same job."""
    job = _get_or_create(submission, Kind.STROKES, user, now, {"strokes": strokes_to_json(strokes)})
    return _again_if_failed(job, now)


def request_check(submission: Submission, portrait: bytes, user: Any, now: datetime) -> RetouchJob:
    """Return the job that checks a portrait that was edited elsewhere. The same file is the same job."""
    sha256 = hashlib.sha256(portrait).hexdigest()
    job = _get_or_create(submission, Kind.UPLOAD, user, now, {"upload_sha256": sha256}, portrait)
    return _again_if_failed(job, now)


def _again_if_failed(job: RetouchJob, now: datetime) -> RetouchJob:
    lost_file = job.status == Status.DONE.value and not workspace.result_path(job.submission_id, job.pk).exists()
    if job.status == Status.FAILED.value or lost_file:
        _queue_again(job, now)
    return job


def _get_or_create(
    submission: Submission, kind: Kind, user: Any, now: datetime, values: dict[str, Any], upload: bytes | None = None
) -> RetouchJob:
    parent = submission.portrait_sha256 or ""
    # The brush always starts from the station's portrait; a later portrait does not change the brush's pictures.
    parent_in_key = (submission.submitted_portrait_sha256 or "") if kind is Kind.PREPARE else parent
    text = json.dumps([submission.pk, kind.value, parent_in_key, values], sort_keys=True)
    key = hashlib.sha256(text.encode()).hexdigest()
    with transaction.atomic():
        job, is_new = RetouchJob.objects.get_or_create(
            key=key,
            defaults={
                "submission": submission,
                "kind": kind.value,
                "user": user,
                "parent_sha256": parent,
                "created_at": now,
                **values,
            },
        )
        if upload is not None:
            workspace.store_upload(submission.pk, job.pk, upload)
        if is_new:
            run_retouch_job.enqueue(job.pk)
        return job


def _queue_again(job: RetouchJob, now: datetime) -> None:
    changes: dict[str, Any] = {
        "status": Status.QUEUED.value,
        "stage": "",
        "created_at": now,
        "started_at": None,
        "finished_at": None,
        "problem": "",
        "problem_values": {},
    }
    for name, value in changes.items():
        setattr(job, name, value)
    with transaction.atomic():
        job.save(update_fields=list(changes))
        run_retouch_job.enqueue(job.pk)


@task(queue_name=ENGINE_QUEUE)
def run_retouch_job(identifier: str) -> None:
    run(identifier, timezone.now())


def run(identifier: str, now: datetime) -> None:
    """Run a queued job; do nothing if it is running, finished or gone."""
    queued = RetouchJob.objects.filter(pk=identifier, status=Status.QUEUED.value)
    if not queued.update(status=Status.RUNNING.value, started_at=now, attempts=F("attempts") + 1):
        return
    job = RetouchJob.objects.select_related("submission__student__campaign").get(pk=identifier)
    try:
        answer = ENGINE.request(_request(job), lambda stage: _show_stage(job, stage))
        _store_answer(job, answer)
    except Problem as problem:
        may_be_repeated = job.kind == Kind.PREPARE.value or problem.key in _TECHNICAL
        job.status = (Status.FAILED if may_be_repeated else Status.REFUSED).value
        job.problem, job.problem_values = problem.key, values_to_json(problem.values)
    job.stage, job.finished_at = "", timezone.now()
    job.save()


def _show_stage(job: RetouchJob, stage: str) -> None:
    RetouchJob.objects.filter(pk=job.pk).update(stage=stage)


def _request(job: RetouchJob) -> dict[str, Any]:
    submission, files = job.submission, picture_store()
    campaign = submission.student.campaign
    return {
        "task": job.kind,
        "shot": str(files.path(submission.shot_sha256)),
        "own": str(files.path(submission.submitted_portrait_sha256 or "")),
        "recipe": submission.envelope.get("recipe"),
        "strokes": job.strokes,
        "standard": _standard_entry(campaign),
        "folder": str(workspace.folder_of(submission.pk)),
        "result": str(workspace.result_path(submission.pk, job.pk)),
        "difference": str(workspace.difference_path(submission.pk, job.pk)),
    }


def _standard_entry(campaign: Campaign) -> dict[str, str]:
    folder = settings.APP.server.standards_folder
    return {"name": campaign.standard, "background": campaign.background, "folder": folder}


def _store_answer(job: RetouchJob, answer: dict[str, Any]) -> None:
    """Store the engine's answer. The result is refused if the face has changed, or if a rule of the standard fails that
    did not fail before."""
    job.recipe = answer.pop("recipe", None)
    job.report = answer
    job.status = Status.DONE.value
    if job.kind == Kind.PREPARE.value:
        return
    job.result_sha256 = file_sha256(workspace.result_path(job.submission_id, job.pk))
    if answer["verdict"] == "fail":
        job.status, job.problem = Status.REFUSED.value, "retouch_page.face_changed"
    elif answer["failed_rules"]:
        job.status, job.problem = Status.REFUSED.value, "retouch_page.rules_fail"


def resume_jobs(now: datetime) -> int:
    """The periodic job: queue jobs that were lost with a worker; return how many."""
    lost = Q(status=Status.RUNNING.value, started_at__lte=now - LOST_AFTER)
    waiting = Q(status=Status.QUEUED.value, created_at__lte=now - WAITING_AFTER)
    jobs = list(RetouchJob.objects.filter(lost | waiting))
    for job in jobs:
        if job.attempts < MAX_ATTEMPTS:
            _queue_again(job, now)
            continue
        job.status, job.problem, job.finished_at = Status.FAILED.value, "retouch_page.engine_stopped", now
        job.save()
    return len(jobs)


def delete_unused_results(now: datetime) -> int:
    """The periodic job: delete files of submissions that have left retouching, and jobs whose result was not submitted;
    return how many submissions."""
    count = 0
    for folder in workspace.root().iterdir():
        jobs = RetouchJob.objects.filter(submission=folder.name)
        in_use = Q(submission__state=State.RETOUCHING.value) | Q(status__in=UNFINISHED) | Q(created_at__gt=now - KEPT)
        if not jobs.filter(in_use).exists():
            jobs.filter(submitted_at=None).delete()
            workspace.remove_folder(folder.name)
            count += 1
    return count
