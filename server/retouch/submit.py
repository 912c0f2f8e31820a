"""Submit the result of a job: the portrait goes to the store of pictures, the submission to the final review."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from server.core.api_errors import ApiError
from server.core.locks import lock_names
from server.proof.statements import sign_retouched
from server.retouch import workspace
from server.retouch.models import RetouchJob
from server.submissions.actor import Actor
from server.submissions.models import Submission
from server.submissions.rule import Action
from server.submissions.store import picture_store
from server.submissions.workflow import apply


def submit_result(job: RetouchJob, user: Any, revision: int, now: datetime) -> Submission:
    """Submit the portrait of a job that was checked.

    Raises ApiError: retouch_unchecked, retouch_outdated (the submission has another portrait, or the file of the result
    is gone or has changed), and those of `apply`.
    """
    if not job.is_usable:
        raise ApiError("refused.retouch_unchecked")
    files, path = picture_store(), workspace.result_path(job.submission_id, job.pk)
    if not path.is_file():
        raise ApiError("refused.retouch_outdated")
    draft = files.link_temp(path)
    try:
        if draft.sha256 != job.result_sha256:
            raise ApiError("refused.retouch_outdated")
        with transaction.atomic():
            lock_names(draft.sha256)  # before the submission, as intake does (server.submissions.locks)
            if job.submission.portrait_sha256 != job.parent_sha256:
                raise ApiError("refused.retouch_outdated")
            submission = apply(
                job.submission_id,
                Action.SUBMIT_RETOUCH,
                Actor(user=user),
                now,
                revision=revision,
                portrait_sha256=job.result_sha256,
            )
            sign_retouched(submission, job.recipe, draft.size, now)
            # Last, so that a refused transition leaves no file behind.
            files.commit(draft)
            RetouchJob.objects.filter(pk=job.pk).update(submitted_at=now)
            return submission
    finally:
        draft.discard()
