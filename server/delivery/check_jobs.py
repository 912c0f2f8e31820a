"""The job that checks the portraits of a delivery for beauty filters, and the job that restarts it after a crash.

It works in short slices in the engine's queue, behind everything for which a person waits. Each result is a separate
row, so that the process can be killed at any moment: the next slice continues with the portraits without a result.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from config.errors import Problem
from server.delivery.check_findings import open_findings, summary_of, unchecked_items
from server.delivery.check_models import CheckStatus, DeliveryCheck, Level, PortraitCheck
from server.delivery.jobs import pack_delivery
from server.delivery.models import Delivery, DeliveryItem, Status
from server.jobs.queues import ENGINE_QUEUE
from server.records.identifiers import new_id
from server.retouch.engine_process import ENGINE
from server.submissions.models import STATION_SOURCE
from server.submissions.store import picture_store

SLICE_S: Final = 5.0
"""A student's proof has a higher priority; it waits for the slice under way: this long and one portrait at most."""
PRIORITY: Final = -50
LOST_AFTER: Final = timedelta(minutes=3)
"""A portrait takes a tenth of a second, and the engine is stopped after a minute."""
MAX_ATTEMPTS: Final = 3
"""Failures of the engine on one portrait, which then counts as not measured."""
ENGINE_MISSING: Final = "retouch_page.engine_missing"
_ENGINE_FAILED: Final = ("retouch_page.engine_stopped", "retouch_page.job_failed")
_BATCH: Final = 100
log = logging.getLogger(__name__)


class Replaced(Exception):
    """Another worker has taken the check over."""


@task(queue_name=ENGINE_QUEUE, priority=PRIORITY)
def check_portraits(identifier: str) -> None:
    run_slice(identifier, timezone.now())


def start_check(delivery: Delivery, now: datetime) -> None:
    """Queue the check of a new delivery, within the transaction that plans it; packaging follows automatically."""
    DeliveryCheck.objects.create(delivery=delivery, active_at=now)
    check_portraits.enqueue(delivery.pk)


def check_again(check: DeliveryCheck, now: datetime) -> None:
    """Queue a check that stopped, for example because the engine was missing; leave any other check alone."""
    with transaction.atomic():
        _queue(check.pk, CheckStatus.STOPPED, now)


def run_slice(identifier: str, now: datetime) -> None:
    """Check portraits for SLICE_S and queue the next slice, or end the check. Do nothing if it is not waiting."""
    worker = new_id()
    waiting = DeliveryCheck.objects.filter(pk=identifier, status=CheckStatus.WAITING.value)
    if not waiting.update(status=CheckStatus.RUNNING.value, worker=worker, active_at=now):
        return
    check = DeliveryCheck.objects.select_related("delivery").get(pk=identifier)
    try:
        _run(check)
    except Replaced:
        log.warning("check of delivery %s: another worker continues", identifier)


def _run(check: DeliveryCheck) -> None:
    try:
        is_complete = _work(check)
    except Problem as problem:
        _stop(check, problem)
        return
    with transaction.atomic():
        if is_complete:
            _change(check, status=CheckStatus.DONE.value, finished_at=timezone.now(), problem="")
            pack_if_decided(check.delivery)
        else:
            _queue(check.pk, CheckStatus.RUNNING, timezone.now(), worker=check.worker)


def pack_if_decided(delivery: Delivery) -> bool:
    """Queue the packaging if the check is over and nothing waits for a decision; return whether. The caller is in a
    transaction."""
    locked = Delivery.objects.select_for_update().get(pk=delivery.pk)
    done = DeliveryCheck.objects.filter(pk=locked.pk, status=CheckStatus.DONE.value)
    if locked.status != Status.WAITING.value or not done.exists() or open_findings(locked).exists():
        return False
    done.update(summary=summary_of(locked))
    queue_packaging(locked)
    return True


def queue_packaging(delivery: Delivery) -> None:
    Delivery.objects.filter(pk=delivery.pk, status=Status.WAITING.value).update(status=Status.QUEUED.value)
    pack_delivery.enqueue(delivery.pk)


def resume_checks(now: datetime) -> int:
    """The periodic job: queue checks that were lost with a worker; return how many."""
    open_ones = (CheckStatus.WAITING.value, CheckStatus.RUNNING.value)
    lost = list(DeliveryCheck.objects.filter(status__in=open_ones, active_at__lte=now - LOST_AFTER))
    for check in lost:
        with transaction.atomic():
            _queue(check.pk, CheckStatus(check.status), now, active_at=check.active_at)
    return len(lost)


def _queue(identifier: str, status: CheckStatus, now: datetime, **same: Any) -> int:
    """Queue a slice of a check that is still in `status`; return whether it is."""
    own = DeliveryCheck.objects.filter(pk=identifier, status=status.value, **same)
    queued = own.update(status=CheckStatus.WAITING.value, active_at=now, problem="")
    if queued:
        check_portraits.enqueue(identifier)
    return queued


def _work(check: DeliveryCheck) -> bool:
    """Check portraits until the slice is over; return whether all are checked. Raises Replaced, and Problem if the
    engine is missing or fails on a portrait."""
    end = time.monotonic() + SLICE_S
    while items := list(unchecked_items(check.delivery).select_related("submission")[:_BATCH]):
        for item in items:
            if time.monotonic() >= end:
                return False
            result = _assess(item, is_last_attempt=check.attempts >= MAX_ATTEMPTS)
            _store(check, item, result)
    return True


def _assess(item: DeliveryItem, is_last_attempt: bool) -> dict[str, Any]:
    """Return the columns of the result. A file that is damaged or no picture is not measured: packaging refuses it."""
    path = picture_store().path(item.portrait_sha256)
    answer: dict[str, Any] = {"level": Level.NONE.value, "score": 0.0, "evidence": [], "unable": "unreadable"}
    if path.is_file():
        try:
            answer = ENGINE.request({"task": "beauty", "portrait": str(path)}, lambda _: None)
        except Problem as problem:
            if problem.key == ENGINE_MISSING or (problem.key in _ENGINE_FAILED and not is_last_attempt):
                raise
            answer["unable"] = "engine_failed" if problem.key in _ENGINE_FAILED else "unreadable"
    return _with_arrival(item, answer)


def _with_arrival(item: DeliveryItem, answer: dict[str, Any]) -> dict[str, Any]:
    """Add the evidence found in a phone's photo when it arrived: the portrait made of it has no metadata any more."""
    submission, level = item.submission, answer["level"]
    origin = submission.envelope.get("origin") or {} if submission.source != STATION_SOURCE else {}
    arrival = origin.get("suspicion") or {}
    if arrival.get("level") == Level.STRONG.value:
        evidence = [*answer["evidence"], *(list(one) for one in arrival.get("evidence", []))]
        return {**answer, "level": Level.STRONG.value, "score": max(answer["score"], arrival["score"] or 0.0),
                "evidence": evidence}  # fmt: skip
    return {**answer, "level": Level.UNABLE.value if level == Level.NONE.value and answer["unable"] else level}


def _store(check: DeliveryCheck, item: DeliveryItem, result: dict[str, Any]) -> None:
    now = timezone.now()
    with transaction.atomic():
        _change(check, active_at=now, attempts=0)
        PortraitCheck.objects.get_or_create(
            submission=item.submission,
            portrait_sha256=item.portrait_sha256,
            defaults={"checked_at": now, **{name: result[name] for name in ("level", "score", "evidence", "unable")}},
        )
    check.attempts = 0


def _stop(check: DeliveryCheck, problem: Problem) -> None:
    """Stop if the engine is missing; after any other failure, try the same portrait again."""
    if problem.key == ENGINE_MISSING:
        _change(check, status=CheckStatus.STOPPED.value, problem=problem.key)
        return
    log.warning("check of delivery %s: %s", check.pk, problem.key)
    with transaction.atomic():
        _change(check, attempts=check.attempts + 1)
        _queue(check.pk, CheckStatus.RUNNING, timezone.now(), worker=check.worker)


def _change(check: DeliveryCheck, **values: Any) -> None:
    """Change the row. Raises Replaced if another worker has taken the check over."""
    own = DeliveryCheck.objects.filter(pk=check.pk, worker=check.worker, status=CheckStatus.RUNNING.value)
    if not own.update(**values):
        raise Replaced
