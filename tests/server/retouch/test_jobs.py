"""Jobs of the engine: the same request is one job, a lost job is run again, and a refusal has a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django_tasks_db.models import DBTaskResult

from config.errors import Problem
from kiosk.capture.repair.strokes import strokes_of
from server.retouch import jobs, workspace
from server.retouch.models import RetouchJob, Status
from server.submissions.models import Submission
from server.submissions.states import State
from tests.server.retouch.conftest import INFO, RETOUCHED, FakeEngine
from tests.server.submissions.reviewing import NOW

STROKES = strokes_of([{"tool": "keep", "size": 0.1, "hardness": 0.5, "points": [[0.1, 0.9, 1]]}])
SPOT = {"kind": "spot", "place": "chin", "outcome": "fail", "box": [1, 2, 3, 4]}

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return User.objects.create(username="yun")


def test_the_same_strokes_are_one_job_and_one_task(submission: Submission, user: User, engine: FakeEngine) -> None:
    first, second = (jobs.request_repair(submission, STROKES, user, NOW) for _ in range(2))
    assert first == second
    assert DBTaskResult.objects.count() == 1
    for _ in range(2):
        jobs.run(first.pk, NOW)
    assert len(engine.requests) == 1
    job = RetouchJob.objects.get()
    assert (job.status, job.is_usable, job.stage, job.attempts) == (Status.DONE, True, "", 1)
    assert workspace.result_path(submission.pk, job.pk).read_bytes() == RETOUCHED
    assert job.recipe == {"format": 3, "repair": {"strokes": job.strokes}}


def test_the_engine_gets_the_original_and_the_stations_recipe(
    submission: Submission, user: User, engine: FakeEngine
) -> None:
    jobs.run(jobs.request_repair(submission, STROKES, user, NOW).pk, NOW)
    request = engine.requests[0]
    assert request["shot"].endswith(submission.shot_sha256)
    assert request["own"].endswith(str(submission.portrait_sha256))
    assert request["recipe"] == submission.envelope["recipe"]
    assert request["standard"] == {"name": "chsi", "background": "blue", "folder": ""}


@pytest.mark.parametrize(
    ("verdict", "findings", "rules", "problem"),
    [
        ("fail", [SPOT], [], "retouch_page.face_changed"),
        ("pass", [], ["background_colour"], "retouch_page.rules_fail"),
    ],
)
def test_a_changed_face_or_a_broken_rule_is_refused(
    submission: Submission,
    user: User,
    engine: FakeEngine,
    verdict: str,
    findings: list[dict[str, object]],
    rules: list[str],
    problem: str,
) -> None:
    engine.verdict, engine.findings, engine.failed_rules = verdict, findings, rules
    jobs.run(jobs.request_check(submission, RETOUCHED, user, NOW).pk, NOW)
    job = RetouchJob.objects.get()
    assert (job.status, job.problem, job.is_usable) == (Status.REFUSED, problem, False)


def test_an_unsure_verdict_does_not_refuse(submission: Submission, user: User, engine: FakeEngine) -> None:
    engine.verdict, engine.findings = "unsure", [{**SPOT, "outcome": "unsure"}]
    jobs.run(jobs.request_check(submission, RETOUCHED, user, NOW).pk, NOW)
    assert RetouchJob.objects.get().is_usable


def test_a_crash_of_the_engine_may_be_tried_again(submission: Submission, user: User, engine: FakeEngine) -> None:
    engine.problem = Problem("retouch_page.engine_stopped")
    job = jobs.request_repair(submission, STROKES, user, NOW)
    jobs.run(job.pk, NOW)
    job.refresh_from_db()
    assert (job.status, job.problem) == (Status.FAILED, "retouch_page.engine_stopped")
    engine.problem = None
    again = jobs.request_repair(submission, STROKES, user, NOW)
    jobs.run(again.pk, NOW)
    again.refresh_from_db()
    assert (again.pk, again.status, again.problem) == (job.pk, Status.DONE, "")


def test_strokes_on_the_face_are_refused_with_their_number(
    submission: Submission, user: User, engine: FakeEngine
) -> None:
    engine.problem = Problem("repair.on_face", number=2)
    jobs.run(jobs.request_repair(submission, STROKES, user, NOW).pk, NOW)
    job = RetouchJob.objects.get()
    assert (job.status, job.problem, job.problem_values) == (Status.REFUSED, "repair.on_face", {"number": "2"})


def test_the_pictures_are_made_once_and_again_when_they_are_gone(
    submission: Submission, user: User, engine: FakeEngine
) -> None:
    job = jobs.request_pictures(submission, user, NOW)
    jobs.run(job.pk, NOW)
    job.refresh_from_db()
    assert (job.report, job.is_usable) == (INFO, False)
    assert jobs.request_pictures(submission, user, NOW).status == Status.DONE
    workspace.remove_folder(submission.pk)
    assert jobs.request_pictures(submission, user, NOW).status == Status.QUEUED


def test_a_page_repeats_a_failed_preparation_after_a_minute(
    submission: Submission, user: User, engine: FakeEngine
) -> None:
    engine.problem = Problem("retouch_page.engine_missing")
    job = jobs.request_pictures(submission, user, NOW)
    jobs.run(job.pk, NOW)
    finished = RetouchJob.objects.get().finished_at
    assert finished is not None
    assert jobs.request_pictures(submission, user, finished).status == Status.FAILED
    later = finished + jobs.RETRY_AFTER
    assert jobs.request_pictures(submission, user, later).status == Status.QUEUED


def test_a_job_lost_with_its_worker_is_attempted_three_times(
    submission: Submission, user: User, engine: FakeEngine
) -> None:
    job = jobs.request_repair(submission, STROKES, user, NOW)
    for attempt in (1, 2, 3):
        RetouchJob.objects.update(status=Status.RUNNING, started_at=NOW, attempts=attempt)
        assert jobs.resume_jobs(NOW + timedelta(minutes=14)) == 0
        assert jobs.resume_jobs(NOW + jobs.LOST_AFTER) == 1
        job.refresh_from_db()
    assert (job.status, job.problem) == (Status.FAILED, "retouch_page.engine_stopped")


def test_results_that_nobody_submitted_are_deleted(submission: Submission, user: User, engine: FakeEngine) -> None:
    used, unused = (
        jobs.request_check(submission, content, user, NOW) for content in (RETOUCHED, RETOUCHED + b"another")
    )
    for job in (used, unused):
        jobs.run(job.pk, NOW)
    RetouchJob.objects.filter(pk=used.pk).update(submitted_at=NOW)
    late = NOW + 2 * jobs.KEPT
    assert jobs.delete_unused_results(late) == 0, "it is still being retouched"
    Submission.objects.update(state=State.FINAL_REVIEW)
    assert jobs.delete_unused_results(NOW + jobs.KEPT / 2) == 0
    assert jobs.delete_unused_results(late) == 1
    assert list(RetouchJob.objects.values_list("pk", flat=True)) == [used.pk]
    assert not (workspace.root() / submission.pk).exists()
    assert jobs.delete_unused_results(late) == 0
