"""The job that packs a delivery, and the job that restarts it after a crash."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django_tasks import task

from config.errors import Problem
from config.i18n import values_to_json
from server.delivery.models import Delivery, Status
from server.delivery.packaging import WorkerReplaced, pack, remove_files, withdrawn_items
from server.records.identifiers import new_id
from server.submissions.store import disk_is_full

MAX_ATTEMPTS: Final = 5
"""Attempts without a finished file."""
LOST_AFTER: Final = timedelta(minutes=10)
"""A file of a package takes seconds; a delivery without progress for this long was lost with its worker."""
log = logging.getLogger(__name__)


@task()
def pack_delivery(identifier: str) -> None:
    run(identifier, timezone.now())


def run(identifier: str, now: datetime) -> None:
    """Pack a queued delivery; do nothing if it is running, ready or gone."""
    worker = new_id()
    queued = Delivery.objects.filter(pk=identifier, status=Status.QUEUED.value)
    if not queued.update(status=Status.RUNNING.value, worker=worker, active_at=now, attempts=F("attempts") + 1):
        return
    try:
        pack(Delivery.objects.get(pk=identifier), worker)
    except WorkerReplaced:
        log.warning("delivery %s: another worker continues", identifier)
    except Problem as problem:
        _fail(identifier, worker, problem)
    except OSError as error:
        if not disk_is_full(error):
            raise
        _fail(identifier, worker, Problem("delivery.disk_full"))


def _fail(identifier: str, worker: str, problem: Problem) -> None:
    values = values_to_json(problem.values)
    Delivery.objects.filter(pk=identifier, worker=worker).update(
        status=Status.FAILED.value, problem=problem.key, problem_values=values, active_at=timezone.now()
    )


def pack_again(delivery: Delivery, now: datetime) -> None:
    """Pack a delivery again if it failed, or if portraits were taken out or revoked since; leave these portraits out.
    Finished files are kept only if there are no such portraits. Raises Problem delivery.handed_over."""
    with transaction.atomic():
        locked = Delivery.objects.select_for_update().get(pk=delivery.pk)
        if locked.handed_over_at is not None:
            raise Problem("delivery.handed_over")
        if locked.status not in (Status.FAILED.value, Status.READY.value):
            return
        changed = withdrawn_items(locked).update(left_out_at=now)
        if changed:
            remove_files(locked)
        elif locked.status == Status.READY.value:
            return
        Delivery.objects.filter(pk=delivery.pk).update(
            status=Status.QUEUED.value, problem="", problem_values={}, attempts=0, active_at=now, hash_list_sha256=""
        )
        pack_delivery.enqueue(delivery.pk)


def resume_deliveries(now: datetime) -> int:
    """The periodic job: queue deliveries that were lost with a worker; return how many."""
    stuck = Q(active_at__lte=now - LOST_AFTER) | Q(active_at=None, created_at__lte=now - LOST_AFTER)
    lost = list(Delivery.objects.filter(stuck, status__in=[Status.QUEUED.value, Status.RUNNING.value]))
    for delivery in lost:
        if delivery.attempts < MAX_ATTEMPTS:
            with transaction.atomic():
                Delivery.objects.filter(pk=delivery.pk).update(status=Status.QUEUED.value, active_at=now)
                pack_delivery.enqueue(delivery.pk)
        else:
            _fail(delivery.pk, delivery.worker, Problem("delivery.stopped"))
    return len(lost)
