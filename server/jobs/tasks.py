"""The tasks that workers run, and their clean-up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django_tasks import task
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from server.jobs.periodic import PERIODIC_JOBS

SUCCESSFUL_KEPT: Final = timedelta(minutes=10)
FAILED_KEPT: Final = timedelta(days=7)
MAX_RUNTIME: Final = timedelta(hours=6)
"""A task that is marked as running for longer was lost with its worker."""


@task()
def run_periodic_job(name: str) -> None:
    """Run one job of PERIODIC_JOBS with the current time. A name that an update removed is ignored."""
    job = PERIODIC_JOBS.get(name)
    if job is not None:
        job.run(timezone.now())


def is_waiting(name: str) -> bool:
    """Whether a run of the periodic job is queued and no worker has taken it yet."""
    path = run_periodic_job.module_path
    return DBTaskResult.objects.ready().filter(task_path=path, args_kwargs__args=[name]).exists()


def delete_finished_tasks(now: datetime) -> int:
    """Delete old results: failed tasks stay for a week, so that an administrator sees them."""
    results = DBTaskResult.objects.all()
    lost = results.filter(status=TaskResultStatus.RUNNING, started_at__lte=now - MAX_RUNTIME)
    lost.update(status=TaskResultStatus.FAILED, finished_at=now, exception_class_path="", traceback="worker lost")
    count, _ = results.successful().filter(finished_at__lte=now - SUCCESSFUL_KEPT).delete()
    failed, _ = results.failed().filter(finished_at__lte=now - FAILED_KEPT).delete()
    return count + failed
