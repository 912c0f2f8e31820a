"""A stored photo becomes one submission in the usual workflow, despite repeated requests and killed workers."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import Problem
from server.records.models import Campaign, Student
from server.records.people_models import Consent, Person
from server.remote import jobs, submitting, workspace
from server.remote.models import PhotoJob, Proof, Status
from server.remote.workspace import photo_files
from server.submissions.models import Submission
from server.submissions.states import State
from server.submissions.store import picture_store
from tests.server.conftest import make_student
from tests.server.remote.conftest import PHOTO, PORTRAIT, FakeEngine, client_of, other_person, send_piece, sha256_of


def submit(client: Client, student: Student, photo: bytes = PHOTO, **values: Any) -> Any:
    body = {"source": "camera_app", "facing": "environment", "width": 600, "height": 800, **values}
    path = f"/remote/{student.pk}/photos/{sha256_of(photo)}/submit"
    return client.post(path, json.dumps(body), content_type="application/json")


def status(client: Client, student: Student) -> dict[str, Any]:
    report: dict[str, Any] = client.get(f"/remote/{student.pk}/status").json()
    return report


def run_all() -> None:
    for job in PhotoJob.objects.all():
        jobs.make_submission(job.pk, timezone.now())


def test_a_photo_becomes_the_students_submission(phone: Client, student: Student, engine: FakeEngine) -> None:
    assert status(phone, student)["state"] == "none"
    send_piece(phone, student, PHOTO)
    answer = submit(phone, student)
    assert answer.status_code == 202
    assert status(phone, student)["state"] == "waiting"
    run_all()
    row = Submission.objects.get(pk=answer.json()["submission_job"])
    assert (row.student, row.station, row.source, row.state) == (student, None, "camera_app", State.RECEIVED)
    assert picture_store().path(row.shot_sha256).read_bytes() == PHOTO  # byte for byte
    assert (row.envelope["recipe"], row.suspicious, row.worst_outcome) == ({"format": 3}, True, "fail")
    assert row.envelope["origin"]["signs"] == ["front_camera"]
    report = status(phone, student)
    assert (report["state"], report["submission"], report["next"]) == (
        "submitted",
        row.pk,
        f"/remote/{student.pk}/result/",
    )
    assert "front camera" in report["notes"][0]
    assert photo_files(student).state(sha256_of(PHOTO)).offset == 0
    assert list(workspace.root().iterdir()) == []


def test_a_second_tap_repeats_the_same_job_before_and_after_its_end(
    phone: Client, student: Student, engine: FakeEngine
) -> None:
    send_piece(phone, student, PHOTO)
    ids = {submit(phone, student).json()["submission_job"] for _ in range(2)}
    run_all()
    ids.add(submit(phone, student).json()["submission_job"])
    head = phone.head(f"/remote/{student.pk}/photos/{sha256_of(PHOTO)}")
    assert (len(ids), head.headers["Upload-Offset"], head.headers["Upload-Length"]) == (1, *(str(len(PHOTO)),) * 2)
    assert (Submission.objects.count(), DBTaskResult.objects.count(), len(engine.requests)) == (1, 1, 1)


def test_a_photo_that_is_not_complete_is_not_submitted(phone: Client, student: Student) -> None:
    send_piece(phone, student, PHOTO, 0, 100)
    answer = submit(phone, student)
    assert (answer.status_code, answer.json()["reason"]) == (409, "files_missing")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"photo_sources": ["album"]}, "remote_source"),
        ({"closes_at": timezone.now() - timedelta(days=3)}, "remote_closed"),
    ],
)
def test_the_campaigns_rules_apply_to_the_submission_too(
    phone: Client, student: Student, change: dict[str, Any], expected: str
) -> None:
    send_piece(phone, student, PHOTO)
    Campaign.objects.update(**change)
    assert submit(phone, student).json()["reason"] == expected


def test_without_a_consent_nothing_is_accepted(phone: Client, student: Student, engine: FakeEngine) -> None:
    send_piece(phone, student, PHOTO)
    submit(phone, student)
    Consent.objects.update(withdrawn_at=timezone.now())
    run_all()  # withdrawn while the job waited
    assert not Submission.objects.exists()
    assert status(phone, student)["problem"] == "refused.remote_consent"
    assert send_piece(phone, student, PHOTO + b"2").json()["reason"] == "remote_consent"


POINTS = ("ENGINE.request", "ingest", "after ingest")


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_that_is_killed_loses_nothing_and_makes_nothing_twice(
    phone: Client, student: Student, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    class Killed(BaseException):
        pass

    def kill(*_: Any, **__: Any) -> Any:
        raise Killed

    send_piece(phone, student, PHOTO)
    identifier = submit(phone, student).json()["submission_job"]
    with monkeypatch.context() as patch:
        if point == "ENGINE.request":
            patch.setattr(engine, "request", kill)
        elif point == "ingest":
            patch.setattr(submitting, "ingest", kill)
        else:
            patch.setattr(jobs, "_finish", kill)
        with pytest.raises(Killed):
            jobs.make_submission(identifier, timezone.now())
    assert PhotoJob.objects.get().status == Status.RUNNING
    later = timezone.now() + timedelta(minutes=5)
    assert jobs.resume_jobs(later) == 1
    jobs.make_submission(identifier, later)
    assert Submission.objects.get().pk == identifier
    assert PhotoJob.objects.get().status == Status.DONE
    assert list(workspace.root().iterdir()) == []


def test_a_photo_of_which_no_portrait_can_be_made_is_explained(
    phone: Client, student: Student, engine: FakeEngine
) -> None:
    engine.problem = Problem("photo.no_face")
    send_piece(phone, student, PHOTO)
    submit(phone, student)
    run_all()
    report = status(phone, student)
    assert (report["state"], report["problem"]) == ("failed", "photo.no_face")
    assert "No face was found" in report["sentence"]
    engine.problem = None
    send_piece(phone, student, PHOTO + b"\0")
    assert submit(phone, student, PHOTO + b"\0").status_code == 202


def test_jobs_wait_until_a_missing_engine_is_available(phone: Client, student: Student, engine: FakeEngine) -> None:
    engine.problem = Problem("retouch_page.engine_missing")
    send_piece(phone, student, PHOTO)
    submit(phone, student)
    now = timezone.now()
    for hour in range(6):
        run_all()
        jobs.resume_jobs(now + timedelta(hours=hour, minutes=5))
    assert status(phone, student)["state"] == "waiting"
    engine.problem = None
    run_all()
    assert Submission.objects.count() == 1


def test_after_a_rejection_the_same_photo_may_come_again(phone: Client, student: Student, engine: FakeEngine) -> None:
    send_piece(phone, student, PHOTO)
    first = submit(phone, student).json()["submission_job"]
    run_all()
    Submission.objects.filter(pk=first).update(state=State.REJECTED.value)
    Student.objects.update(state="expected")
    assert status(phone, student)["state"] == "none"
    assert phone.head(f"/remote/{student.pk}/photos/{sha256_of(PHOTO)}").status_code == 404
    send_piece(phone, student, PHOTO)
    second = submit(phone, student).json()["submission_job"]
    run_all()
    assert Submission.objects.get(pk=second).version == 2


def test_one_portrait_for_both_enrolments(
    phone: Client, person: Person, student: Student, campaign: Campaign, engine: FakeEngine
) -> None:
    other = make_student(campaign, 2)
    Student.objects.filter(pk=other.pk).update(id_number_hmac=student.id_number_hmac)
    person.links.create(student=other, proof="id_number")
    send_piece(phone, student, PHOTO)
    submit(phone, student, also_for=[other.pk])
    run_all()
    assert {row.student_id for row in Submission.objects.all()} == {student.pk, other.pk}


def proof(client: Client, student: Student, copy: bytes = PHOTO) -> Any:
    return client.post(f"/remote/{student.pk}/proofs", copy, content_type="image/jpeg")


def test_a_copy_is_checked_and_deleted(phone: Client, student: Student, engine: FakeEngine) -> None:
    identifier = proof(phone, student).json()["proof"]
    address = f"/remote/{student.pk}/proofs/{identifier}"
    waiting = phone.get(address).json()
    assert (waiting["state"], waiting["place"], waiting["preview"]) == ("waiting", 0, None)
    jobs.check_proof(identifier, timezone.now())
    report = phone.get(address).json()
    assert (report["state"], [line["outcome"] for line in report["verdicts"]]) == ("done", ["fail", "pass"])
    assert report["verdicts"][0]["advice"].startswith("The glasses reflect the light.")
    assert b"".join(phone.get(report["preview"]).streaming_content) == PORTRAIT
    assert not workspace.copy_path(identifier).exists()
    assert not Submission.objects.exists()


def test_a_proof_is_private_to_its_student(
    phone: Client, student: Student, campaign: Campaign, engine: FakeEngine
) -> None:
    identifier = proof(phone, student).json()["proof"]
    stranger, own = other_person(campaign)
    client = client_of(stranger)
    for path in (f"/remote/{student.pk}/proofs/{identifier}", f"/remote/{own.pk}/proofs/{identifier}"):
        assert client.get(path).status_code == 404
        assert client.get(f"{path}/preview.jpg").status_code == 404


def test_checks_are_limited_and_a_newer_one_replaces_an_older(phone: Client, student: Student, settings: Any) -> None:
    first, second = (proof(phone, student).json()["proof"] for _ in range(2))
    assert phone.get(f"/remote/{student.pk}/proofs/{first}").json()["state"] == "failed"
    assert not workspace.copy_path(first).exists()
    assert Proof.objects.get(pk=second).status == Status.WAITING
    remote = settings.APP.remote.model_copy(update={"max_waiting": 0})
    settings.APP = settings.APP.model_copy(update={"remote": remote})
    answer = proof(phone, student)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")


def test_checks_come_before_photos(phone: Client, student: Student, engine: FakeEngine) -> None:
    send_piece(phone, student, PHOTO)
    submit(phone, student)
    Proof.objects.create(student=student, created_at=timezone.now())
    jobs.run_proof.enqueue(Proof.objects.get().pk)
    queued = DBTaskResult.objects.ready().filter(queue_name="engine")
    assert "run_proof" in queued.first().task_path  # type: ignore[union-attr]


def test_a_copy_that_is_no_picture_is_a_failed_check(phone: Client, student: Student, engine: FakeEngine) -> None:
    identifier = proof(phone, student, b"\xff\xd8\xff" + b"0" * 100).json()["proof"]
    jobs.check_proof(identifier, timezone.now())
    report = phone.get(f"/remote/{student.pk}/proofs/{identifier}").json()
    assert (report["state"], report["verdicts"], report["preview"], engine.requests) == ("failed", [], None, [])
    assert report["sentence"]


@pytest.mark.parametrize("copy", [b"", b"GIF89a", b"\xff\xd8\xff" + b"0" * 500_000])
def test_a_copy_that_is_not_a_small_jpeg_is_refused(phone: Client, student: Student, copy: bytes) -> None:
    answer = proof(phone, student, copy)
    assert (answer.status_code, answer.json()["reason"]) == (422, "remote_copy")


def test_proofs_are_deleted_after_a_day(phone: Client, student: Student, engine: FakeEngine) -> None:
    identifier = proof(phone, student).json()["proof"]
    jobs.check_proof(identifier, timezone.now())
    assert jobs.delete_old_files(timezone.now() + timedelta(hours=25)) == 1
    assert list(workspace.root().iterdir()) == []


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers(-(2**70), 2**70) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["source", "facing", "width", "height", "user_agent", "browser_verdicts", "also_for", "\0"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.dictionaries(NAMES, VALUES, max_size=7).map(json.dumps) | st.binary(max_size=60) | VALUES.map(json.dumps)
)
def test_any_body_gets_a_response(phone: Client, student: Student, body: Any) -> None:
    answer = phone.post(f"/remote/{student.pk}/photos/{'0' * 64}/submit", body, content_type="application/json")
    assert answer.status_code in (409, 422)


def test_a_withdrawal_deletes_photos_without_a_submission(phone: Client, student: Student, engine: FakeEngine) -> None:
    proof(phone, student)
    send_piece(phone, student, PHOTO)
    submit(phone, student)
    Student.objects.update(state="withdrawn")
    assert jobs.delete_old_files(timezone.now()) >= 1
    assert (PhotoJob.objects.count(), Proof.objects.count()) == (0, 0)
    assert list(workspace.root().iterdir()) == []
    assert photo_files(student).state(sha256_of(PHOTO)).offset == 0
