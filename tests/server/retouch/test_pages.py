"""The retoucher's pages without script: queue, claim, upload, submit, skip and decline."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from server.audit.models import Event
from server.records.models import Campaign, School
from server.records.scope import Scope
from server.retouch import jobs, workspace
from server.retouch.models import RetouchJob, Status
from server.submissions.models import AuditEntry, Submission
from server.submissions.reasons import GivenReason, Mark
from server.submissions.rule import Action
from server.submissions.states import State
from server.submissions.store import picture_store
from tests.server.conftest import make_student
from tests.server.retouch.conftest import PORTRAIT, RETOUCHED, FakeEngine, client_of, in_retouching
from tests.server.sample_pictures import portrait_jpeg
from tests.server.submissions.reviewing import NOW, reviewer_named

pytestmark = pytest.mark.django_db
STROKES = [{"tool": "keep", "size": 0.1, "hardness": 0.5, "points": [[0.1, 0.9, 1]]}]


def address(submission: Submission, action: str = "") -> str:
    return f"/retouch/{submission.pk}/{action}"


def claim(client: Client, submission: Submission) -> None:
    assert client.post(address(submission, "claim")).status_code == 302


def page_of(client: Client, submission: Submission) -> str:
    answer = client.get(address(submission))
    assert answer.status_code == 200
    return answer.content.decode()


def run_jobs() -> None:
    for job in RetouchJob.objects.filter(status=Status.QUEUED):
        jobs.run(job.pk, NOW)


def upload(client: Client, submission: Submission, content: bytes) -> Any:
    file = SimpleUploadedFile("edited.jpg", content)
    return client.post(address(submission, "upload"), {"portrait": file})


def decide(client: Client, submission: Submission, action: str, **values: Any) -> Any:
    submission.refresh_from_db()
    return client.post(address(submission, "decide"), {"action": action, "revision": submission.revision, **values})


def test_the_queue_leads_to_the_next_portrait(retoucher: Client, submission: Submission, engine: FakeEngine) -> None:
    assert submission.pk in retoucher.get("/retouch/").content.decode()
    answer = retoucher.post("/retouch/next")
    assert answer.headers["Location"] == address(submission)
    submission.refresh_from_db()
    assert str(submission.claimed_by) == "yun"
    assert "work on this portrait" not in page_of(retoucher, submission).lower()
    assert "Nothing is waiting" in retoucher.post("/retouch/next", follow=True).content.decode()


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_the_number_of_queries_does_not_grow_with_the_queue(retoucher: Client, campaign: Campaign) -> None:
    in_retouching(make_student(campaign, 1))
    retoucher.get("/retouch/")
    few = queries_of(retoucher, "/retouch/")
    for serial in range(2, 31):
        in_retouching(make_student(campaign, serial), id=f"{serial:032x}")
    assert queries_of(retoucher, "/retouch/") == few
    body = retoucher.get("/retouch/").content.decode()
    assert body.count('class="face"') == 24
    assert "?page=2" in body


def test_an_upload_is_checked_and_submitted(retoucher: Client, submission: Submission, engine: FakeEngine) -> None:
    claim(retoucher, submission)
    answer = upload(retoucher, submission, RETOUCHED)
    job = RetouchJob.objects.get(kind="upload")
    assert answer.headers["Location"] == f"{address(submission)}?job={job.pk}#result"
    waiting = retoucher.get(answer.headers["Location"]).content.decode()
    assert '<noscript><meta http-equiv="refresh"' in waiting
    run_jobs()
    shown = retoucher.get(answer.headers["Location"]).content.decode()
    assert "The check passed" in shown
    assert 'http-equiv="refresh"' not in shown
    assert retoucher.get(f"{address(submission)}jobs/{job.pk}/result.jpg").status_code == 200
    assert decide(retoucher, submission, "submit_retouch", job=job.pk).status_code == 302
    submission.refresh_from_db()
    assert (submission.state, submission.portrait_sha256) == (State.FINAL_REVIEW, job.upload_sha256)
    assert picture_store().path(job.upload_sha256).read_bytes() == RETOUCHED
    entry = AuditEntry.objects.filter(submission=submission).last()
    assert entry is not None
    assert (entry.action, entry.role, str(entry.user)) == ("submit_retouch", "retoucher", "yun")
    assert RetouchJob.objects.get(pk=job.pk).submitted_at is not None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "No file was chosen"),
        (b"GIF89a" + bytes(40_000), "not accepted"),
        (RETOUCHED[:-9000], "was not accepted"),
        (portrait_jpeg(3, (470, 640)), "470×640 pixels"),
        (RETOUCHED + bytes(90_000), "at most 40000"),
        (PORTRAIT, "byte for byte"),
    ],
    ids=["none", "gif", "cut", "size", "bytes", "same"],
)
def test_a_file_of_the_wrong_form_is_refused_at_once(
    retoucher: Client, submission: Submission, engine: FakeEngine, content: bytes, words: str
) -> None:
    claim(retoucher, submission)
    answer = upload(retoucher, submission, content)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not RetouchJob.objects.filter(kind="upload").exists()


def test_a_refused_face_is_explained_in_words_and_a_picture(
    retoucher: Client, submission: Submission, engine: FakeEngine
) -> None:
    engine.verdict = "fail"
    engine.findings = [{"kind": "spot", "place": "chin", "outcome": "fail", "box": [1, 2, 3, 4]}]
    claim(retoucher, submission)
    upload(retoucher, submission, RETOUCHED)
    run_jobs()
    job, body = RetouchJob.objects.get(kind="upload"), page_of(retoucher, submission)
    assert "The chin: a small spot was painted over" in body
    assert retoucher.get(f"{address(submission)}jobs/{job.pk}/difference.png").status_code == 200
    assert 'value="submit_retouch"' not in body
    answer = decide(retoucher, submission, "submit_retouch", job=job.pk)
    assert answer.status_code == 409
    assert "has not passed its check" in answer.content.decode()
    submission.refresh_from_db()
    assert submission.state == State.RETOUCHING


def test_strokes_become_a_job_whose_state_the_script_reads(
    retoucher: Client, submission: Submission, engine: FakeEngine
) -> None:
    claim(retoucher, submission)
    answer = retoucher.post(address(submission, "strokes"), {"strokes": json.dumps(STROKES)})
    assert answer.status_code == 202
    state = retoucher.get(answer.json()["job"]).json()
    assert (state["status"], state["result"]) == ("queued", "")
    run_jobs()
    state = retoucher.get(answer.json()["job"]).json()
    assert state["status"] == "done"
    assert 'value="submit_retouch"' in state["html"]
    job = RetouchJob.objects.get(kind="strokes")
    assert decide(retoucher, submission, "submit_retouch", job=job.pk).status_code == 302


@pytest.mark.parametrize("strokes", ["", "[]", "{}", '[{"tool": "paint"}]', "x" * 700_000])
def test_wrong_strokes_are_one_sentence(
    retoucher: Client, submission: Submission, engine: FakeEngine, strokes: str
) -> None:
    claim(retoucher, submission)
    answer = retoucher.post(address(submission, "strokes"), {"strokes": strokes})
    assert answer.status_code == 422
    assert answer.json()["error"].count("{") == 0
    assert not RetouchJob.objects.filter(kind="strokes").exists()


def test_a_result_of_another_portrait_is_outdated(
    retoucher: Client, submission: Submission, engine: FakeEngine
) -> None:
    claim(retoucher, submission)
    upload(retoucher, submission, RETOUCHED)
    run_jobs()
    Submission.objects.update(portrait_sha256="9" * 64)
    answer = decide(retoucher, submission, "submit_retouch", job=RetouchJob.objects.get(kind="upload").pk)
    assert answer.status_code == 409
    assert "was not made from the present portrait" in answer.content.decode()


def test_nothing_to_retouch_goes_to_the_final_review(
    retoucher: Client, submission: Submission, engine: FakeEngine
) -> None:
    claim(retoucher, submission)
    assert decide(retoucher, submission, "skip_retouch").status_code == 302
    submission.refresh_from_db()
    assert (submission.state, submission.original_portrait_sha256) == (State.FINAL_REVIEW, None)
    assert str(submission.retoucher) == "yun"  # another person makes the final review


def test_an_absurd_revision_is_one_that_no_submission_has(
    retoucher: Client, submission: Submission, engine: FakeEngine
) -> None:
    claim(retoucher, submission)
    for revision in ("9" * 5000, "-1", "\u0661", ""):
        assert decide(retoucher, submission, "skip_retouch", revision=revision).status_code == 409


def test_declining_needs_a_reason(retoucher: Client, submission: Submission, engine: FakeEngine) -> None:
    claim(retoucher, submission)
    refused = decide(retoucher, submission, "decline_retouch", comment="too blurred")
    assert refused.status_code == 422
    assert "too blurred" in refused.content.decode()
    assert decide(retoucher, submission, "decline_retouch", reason="blur", comment="too blurred").status_code == 302
    submission.refresh_from_db()
    assert (submission.state, submission.reason, submission.comment) == (State.REJECTED, "blur", "too blurred")


def test_remarks_and_marks_of_the_final_reviewer_are_shown(
    retoucher: Client, submission: Submission, engine: FakeEngine
) -> None:
    from server.submissions.actor import Actor
    from server.submissions.leases import claim as claim_row
    from server.submissions.workflow import apply

    Campaign.objects.update(retouch="always")
    Submission.objects.update(state=State.FINAL_REVIEW)
    mei = reviewer_named("mei")
    claim_row(submission.pk, mei, NOW)
    reason = GivenReason("bad_cutout", "left shoulder, please", Mark(0.1, 0.6, 0.25, 0.2))
    apply(submission.pk, Action.SEND_BACK, Actor(user=mei), NOW, reasons=[reason])
    claim(retoucher, submission)
    body = page_of(retoucher, submission)
    assert "Sent back by mei" in body
    assert "left shoulder, please" in body
    assert '<rect x="0.1" y="0.6" width="0.25" height="0.2"/>' in body
    assert '"marks": [[0.1, 0.6, 0.25, 0.2]]' in body


def test_somebody_elses_claim_is_respected(retoucher: Client, submission: Submission, engine: FakeEngine) -> None:
    claim(retoucher, submission)
    other = client_of("lin")
    assert "yun is working on" in page_of(other, submission)
    assert other.post(address(submission, "claim")).status_code == 409
    assert other.post(address(submission, "renew")).status_code == 409
    assert other.post(address(submission, "strokes"), {"strokes": json.dumps(STROKES)}).status_code == 409
    assert upload(other, submission, RETOUCHED).status_code == 409
    assert decide(other, submission, "skip_retouch").status_code == 409
    other.post(address(submission, "leave"))
    submission.refresh_from_db()
    assert str(submission.claimed_by) == "yun"


def test_a_claim_is_renewed_ended_soon_or_released(
    retoucher: Client, submission: Submission, engine: FakeEngine
) -> None:
    claim(retoucher, submission)
    assert retoucher.post(address(submission, "renew")).status_code == 204
    before = Submission.objects.get().claimed_until
    assert retoucher.post(address(submission, "leave")).status_code == 204
    after = Submission.objects.get().claimed_until
    assert before is not None
    assert after is not None
    assert after < before
    assert retoucher.post(address(submission, "release")).headers["Location"] == "/retouch/"
    assert Submission.objects.get().claimed_by is None


def test_without_the_engine_the_page_names_the_installation(
    retoucher: Client, submission: Submission, engine: FakeEngine
) -> None:
    from config.errors import Problem

    engine.problem = Problem("retouch_page.engine_missing")
    claim(retoucher, submission)
    page_of(retoucher, submission)
    run_jobs()
    body = page_of(retoucher, submission)
    assert "install.sh --engine" in body
    assert 'name="portrait"' not in body, "no upload while the face cannot be checked"
    assert 'value="skip_retouch"' in body
    assert 'value="decline_retouch"' in body


def test_the_next_portrait_is_prepared_meanwhile(retoucher: Client, campaign: Campaign, engine: FakeEngine) -> None:
    first, second = (in_retouching(make_student(campaign, n), id=f"{n:032x}") for n in (1, 2))
    retoucher.post("/retouch/next")
    page_of(retoucher, first)
    assert set(RetouchJob.objects.values_list("submission", "kind")) == {(first.pk, "prepare"), (second.pk, "prepare")}


def test_every_view_of_a_picture_is_recorded(retoucher: Client, submission: Submission, engine: FakeEngine) -> None:
    for part in ("portrait.jpg", "station.jpg", "shot.jpg", "original", "download"):
        answer = retoucher.get(address(submission, part))
        assert answer.status_code == 200, part
        b"".join(answer)
    actions = list(Event.objects.filter(subject=submission.pk).values_list("action", flat=True))
    assert sorted(set(actions)) == ["image_viewed", "original_downloaded"]
    assert actions.count("original_downloaded") == 2


def test_pictures_are_gone_after_retouching(retoucher: Client, submission: Submission, engine: FakeEngine) -> None:
    claim(retoucher, submission)
    upload(retoucher, submission, RETOUCHED)
    run_jobs()
    job = RetouchJob.objects.get(kind="upload")
    Submission.objects.update(state=State.CONFIRMED)
    for part in ("portrait.jpg", "original", f"jobs/{job.pk}/result.jpg", "brush/crop.png"):
        assert retoucher.get(address(submission, part)).status_code == 404, part
    assert retoucher.get(address(submission)).status_code == 302


def test_other_schools_and_other_roles_see_nothing(submission: Submission, engine: FakeEngine) -> None:
    School.objects.create(code="99002", name="他校")
    foreign = client_of("lin", Scope(schools=("99002",)))
    assert submission.pk not in foreign.get("/retouch/").content.decode()
    assert foreign.get(address(submission)).status_code == 404
    assert foreign.post(address(submission, "claim")).status_code == 404
    reviewer_named("mei")
    reviewer = Client()
    reviewer.force_login(User.objects.get(username="mei"))
    assert reviewer.get(address(submission)).status_code == 403
    assert Client().get(address(submission)).status_code == 302


def test_the_page_needs_few_queries(retoucher: Client, submission: Submission, engine: FakeEngine) -> None:
    claim(retoucher, submission)
    page_of(retoucher, submission)
    assert queries_of(retoucher, address(submission)) <= 32


def test_files_of_the_workspace_are_private(submission: Submission, engine: FakeEngine) -> None:
    assert workspace.folder_of(submission.pk).stat().st_mode & 0o077 == 0
