"""Helpers for tests of races: threads that meet inside a function, and the same code without its locks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from threading import Barrier, BrokenBarrierError
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db.models import F

from server.core.api_errors import ApiError
from server.records.models import Student
from server.submissions import decisions, leases, workflow
from server.submissions.models import Submission
from tests.waiting import scale_timeout

MEET_WITHIN_S = 0.4
"""How long a thread waits for the others where a lock blocks them."""


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at the same time, each in its own thread; return the result or the error of each."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait(scale_timeout(20))
        try:
            return call()
        except (ApiError, DatabaseError) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def meet(patch: pytest.MonkeyPatch, module: Any, name: str, *, locked: bool, parties: int = 2) -> None:
    """Make every call of the function wait until `parties` threads have called it. Without a lock they all arrive; with
    one (`locked`) they cannot, and the call continues after MEET_WITHIN_S."""
    barrier, real = Barrier(parties), getattr(module, name)
    timeout = MEET_WITHIN_S if locked else scale_timeout(20)

    def meet_others(*arguments: Any, **named: Any) -> Any:
        with suppress(BrokenBarrierError):
            barrier.wait(timeout)
        return real(*arguments, **named)

    patch.setattr(module, name, meet_others)


def remove_transactions(patch: pytest.MonkeyPatch, *modules: Any) -> None:
    """Run without transactions, which are the locks on SQLite."""
    for module in modules:
        patch.setattr(module, "transaction", SimpleNamespace(atomic=nullcontext))


def remove_locks(patch: pytest.MonkeyPatch) -> None:
    """Read submissions without locking them."""
    remove_transactions(patch, workflow, leases, decisions)
    for module in (workflow, leases, decisions):
        patch.setattr(module, "lock", lambda identifier: _rows().get(pk=identifier))
    patch.setattr(leases, "locked_rows", lambda skip_locked=False: _rows())


def remove_revision_check(patch: pytest.MonkeyPatch) -> None:
    """Write without comparing the revision."""

    def write(submission: Submission, changes: dict[str, Any]) -> None:
        Submission.objects.filter(pk=submission.pk).update(**changes, revision=F("revision") + 1)
        for name, value in changes.items():
            setattr(submission, name, value)

    patch.setattr(workflow, "_write", write)


def read_students(identifiers: Iterable[str]) -> list[Student]:
    """Read students as `lock_students` does, without a lock."""
    return list(Student.objects.select_related("campaign").filter(pk__in=set(identifiers)))


def _rows() -> Any:
    return Submission.objects.select_related("student__campaign", "claimed_by")
