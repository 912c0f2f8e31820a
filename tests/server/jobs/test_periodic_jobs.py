"""One worker queues the periodic jobs, each once when it is due, also after crashes and with wrong clocks."""

from __future__ import annotations

from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from server.jobs import periodic
from server.jobs.leader import DURATION, acquire_lease, release_lease
from server.jobs.models import Lease, Schedule
from server.jobs.periodic import PERIODIC_JOBS, PeriodicJob
from server.jobs.tasks import FAILED_KEPT, MAX_RUNTIME, SUCCESSFUL_KEPT, delete_finished_tasks, run_periodic_job
from server.jobs.tick import tick
from server.jobs.worker import JobWorker
from server.notices.models import Notice
from server.notices.queue import queue_notice
from server.submissions.models import Submission
from tests.server.notices.conftest import NOON, make_submission

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
calls: list[Any] = []


def record(now: Any) -> None:
    calls.append(now)


def fail(now: Any) -> None:
    raise RuntimeError("a bug in a job")


@pytest.fixture(autouse=True)
def one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the connection that has this test's transaction; the worker closes connections between tasks."""
    for module in ("server.jobs.worker", "django_tasks_db.management.commands.db_worker"):
        monkeypatch.setattr(f"{module}.close_old_connections", lambda: None)


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> dict[str, PeriodicJob]:
    """Two jobs of this test, every 10 s and every minute."""
    calls.clear()
    own = {"fast": PeriodicJob(10 * SECOND, f"{__name__}.record"), "slow": PeriodicJob(60 * SECOND, f"{__name__}.fail")}
    for name in list(PERIODIC_JOBS):
        monkeypatch.delitem(PERIODIC_JOBS, name)
    for name, job in own.items():
        monkeypatch.setitem(PERIODIC_JOBS, name, job)
    return own


def run_queued() -> None:
    """Run the queued tasks, without a tick."""
    worker = JobWorker(Event(), monotonic=lambda: 0.0)
    worker._next_tick = 1.0
    worker.run_once()


def test_one_worker_holds_the_lease_until_it_expires() -> None:
    assert acquire_lease("a", NOON)
    assert not acquire_lease("b", NOON + DURATION - SECOND)
    assert acquire_lease("a", NOON + DURATION - SECOND)
    assert not acquire_lease("b", NOON + DURATION)
    assert acquire_lease("b", NOON + 2 * DURATION)
    assert not acquire_lease("a", NOON + 2 * DURATION)


def test_a_worker_that_stops_gives_only_its_own_lease_back() -> None:
    assert acquire_lease("a", NOON)
    release_lease("b")
    assert not acquire_lease("b", NOON)
    release_lease("a")
    assert acquire_lease("b", NOON)


@pytest.mark.usefixtures("jobs")
def test_jobs_are_queued_when_they_are_due() -> None:
    assert tick("a", NOON) == ["fast", "slow"]
    run_queued()
    assert tick("a", NOON + 9 * SECOND) == []
    assert tick("a", NOON + 10 * SECOND) == ["fast"]
    run_queued()
    assert tick("a", NOON + 60 * SECOND) == ["fast", "slow"]


@pytest.mark.usefixtures("jobs")
def test_only_the_leader_queues() -> None:
    assert tick("a", NOON)
    run_queued()
    assert tick("b", NOON + 10 * SECOND) == []
    assert tick("b", NOON + DURATION) == ["fast"]


@pytest.mark.usefixtures("jobs")
def test_a_job_that_still_waits_is_not_queued_again() -> None:
    tick("a", NOON)
    assert tick("a", NOON + 10 * SECOND) == []
    assert DBTaskResult.objects.count() == 2


@pytest.mark.usefixtures("jobs")
def test_a_clock_that_was_a_year_ahead_stops_no_job() -> None:
    Lease.objects.all().delete()
    tick("a", NOON + timedelta(days=365))
    run_queued()
    Lease.objects.all().delete()
    assert tick("a", NOON) == ["fast", "slow"]


@pytest.mark.usefixtures("jobs")
def test_a_lease_of_a_killed_worker_with_a_wrong_clock_blocks_nobody() -> None:
    Lease.objects.all().delete()
    assert acquire_lease("killed", NOON + timedelta(days=365))
    assert acquire_lease("b", NOON)
    assert not acquire_lease("c", NOON - 20 * SECOND)  # whose clock differs a little


@pytest.mark.usefixtures("jobs")
def test_a_tick_that_fails_halfway_queues_nothing_and_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Schedule.objects, "update_or_create", lambda **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tick("a", NOON)
    assert DBTaskResult.objects.count() == 0
    assert tick("a", NOON) == ["fast", "slow"]


@pytest.mark.usefixtures("jobs")
def test_a_worker_ticks_and_runs_and_a_failing_job_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    seconds = [0.0]
    worker = JobWorker(Event(), clock=lambda: NOON + seconds[0] * SECOND, monotonic=lambda: seconds[0])
    worker.run_once()
    assert len(calls) == 1
    assert "a bug in a job" in caplog.text
    states = dict(DBTaskResult.objects.values_list("args_kwargs__args__0", "status"))
    assert states == {"fast": TaskResultStatus.SUCCESSFUL, "slow": TaskResultStatus.FAILED}
    seconds[0] = 9.0
    worker.run_once()
    assert len(calls) == 1
    seconds[0] = 10.0
    worker.run_once()
    assert len(calls) == 2


def test_a_stopped_worker_takes_no_further_task(jobs: dict[str, PeriodicJob]) -> None:
    tick("a", NOON)
    stop = Event()
    stop.set()
    worker = JobWorker(stop)
    worker.run()
    assert calls == []


def test_a_job_of_a_later_version_is_ignored() -> None:
    run_periodic_job.enqueue("no_such_job")
    run_queued()
    assert DBTaskResult.objects.get().status == TaskResultStatus.SUCCESSFUL


@pytest.mark.parametrize("name", list(periodic.PERIODIC_JOBS))
def test_every_job_can_run_twice(name: str, submission: Submission) -> None:
    queue_notice("rejected", submission, NOON)
    for _ in range(2):
        PERIODIC_JOBS[name].run(NOON)
    assert Notice.objects.count() == 1


def test_a_queued_notice_is_sent_by_the_worker(submission: Submission) -> None:
    queue_notice("rejected", submission, timezone.now())
    JobWorker(Event()).run_once()
    assert Notice.objects.get().state == "delivered"


def test_old_results_are_deleted_and_lost_tasks_fail() -> None:
    for status, finished_at in (
        (TaskResultStatus.SUCCESSFUL, NOON - SUCCESSFUL_KEPT),
        (TaskResultStatus.SUCCESSFUL, NOON - SUCCESSFUL_KEPT + SECOND),
        (TaskResultStatus.FAILED, NOON - FAILED_KEPT),
        (TaskResultStatus.FAILED, NOON - SUCCESSFUL_KEPT),
        (TaskResultStatus.RUNNING, None),
    ):
        run_periodic_job.enqueue("x")
        row = DBTaskResult.objects.filter(status=TaskResultStatus.READY)
        row.update(status=status, finished_at=finished_at, started_at=NOON - MAX_RUNTIME)
    assert delete_finished_tasks(NOON) == 2
    assert sorted(DBTaskResult.objects.values_list("status", flat=True)) == ["FAILED", "FAILED", "SUCCESSFUL"]


@pytest.fixture
def submission(student: Any) -> Submission:
    return make_submission(student)
