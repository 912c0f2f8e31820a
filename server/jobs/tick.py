"""Queue the periodic jobs that are due."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction

from server.jobs.leader import acquire_lease
from server.jobs.models import Schedule
from server.jobs.periodic import PERIODIC_JOBS
from server.jobs.tasks import is_waiting, run_periodic_job

TICK_S: Final = 10.0


def tick(holder: str, now: datetime) -> list[str]:
    """Queue the jobs that are due if `holder` is the leader; return the names of the queued jobs.

    Due times and tasks are written in one transaction: a crash repeats a tick or loses none of its jobs.
    """
    if not acquire_lease(holder, now):
        return []
    with transaction.atomic():
        due = _due_names(now)
        queued = [name for name in due if not is_waiting(name)]
        for name in queued:
            run_periodic_job.enqueue(name)
        for name in due:
            next_run_at = now + PERIODIC_JOBS[name].interval
            Schedule.objects.update_or_create(name=name, defaults={"next_run_at": next_run_at})
    return queued


def _due_names(now: datetime) -> list[str]:
    """Return the jobs that are due. A time more than one interval ahead was set by a wrong clock and is due, too."""
    planned = dict(Schedule.objects.values_list("name", "next_run_at"))
    return [
        name
        for name, job in PERIODIC_JOBS.items()
        if name not in planned or not now < planned[name] <= now + job.interval
    ]
