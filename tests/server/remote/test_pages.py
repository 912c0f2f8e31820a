"""The seven screens without a script: prepare, send by the plain form, check, submit, result; on any device."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from config.errors import Problem
from server.accounts.consent import VERSIONS
from server.records.campaign_options import PaymentRequired
from server.records.models import Campaign, Student
from server.records.people_models import Person
from server.records.window_models import WindowKind
from server.remote import jobs
from server.remote.models import PhotoJob, Proof, RemoteProgress
from server.submissions.models import Submission
from server.submissions.states import State
from tests.server.conftest import make_student
from tests.server.remote.conftest import PHOTO, FakeEngine, client_of, other_person
from tests.server.sample_pictures import shot_jpeg
from tests.server.submissions.reviewing import submission_of

PREPARATION = ("helper", "wall", "light", "clothes")
LANGUAGES = ("zh_CN", "en")


def page(client: Client, student: Student, name: str, language: str = "en") -> str:
    answer = client.get(f"/remote/{student.pk}/{name}/", {"lang": language})
    assert answer.status_code == 200, (name, answer.status_code)
    return str(answer.content.decode())


def send_form(client: Client, student: Student, content: bytes = PHOTO, source: str = "camera_app") -> Any:
    photo = SimpleUploadedFile("IMG_0001.JPG", content, "image/jpeg")
    return client.post(f"/remote/{student.pk}/camera/photo", {"photo": photo, "source": source})


def test_each_screen_leads_to_the_next_and_a_new_device_continues(
    phone: Client, person: Person, student: Student
) -> None:
    assert phone.get(f"/remote/{student.pk}/").url == f"/remote/{student.pk}/helper/"  # type: ignore[attr-defined]
    for name, following in zip(PREPARATION, (*PREPARATION[1:], "camera"), strict=True):
        for language in LANGUAGES:
            assert "<svg" in page(phone, student, name, language)
        assert phone.post(f"/remote/{student.pk}/{name}/").url == f"/remote/{student.pk}/{following}/"  # type: ignore[attr-defined]
    other_device = client_of(person)
    assert other_device.get(f"/remote/{student.pk}/").url == f"/remote/{student.pk}/camera/"  # type: ignore[attr-defined]


def test_the_code_for_a_phone_contains_only_the_address(
    phone: Client, student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts: list[str] = []
    monkeypatch.setattr("server.remote.pages.qr_data_url", lambda text: texts.append(text) or "data:,")
    page(phone, student, "helper")
    assert texts == [f"http://testserver/remote/{student.pk}/"]
    assert Client().get(f"/remote/{student.pk}/").status_code == 302  # to the sign-in page


def test_the_camera_page_has_the_guide_and_the_plain_form(phone: Client, student: Student) -> None:
    text = page(phone, student, "camera")
    for expected in (
        'id="guide"',
        'data-sources="stream camera_app album"',
        f'data-tables="/remote/{student.pk}/guide.json"',
        f'data-photos="/remote/{student.pk}/photos/"',
        'capture="environment"',
        'enctype="multipart/form-data"',
    ):
        assert expected in text, expected
    answer = phone.get(f"/remote/{student.pk}/camera/")
    assert "camera=(self)" in answer.headers["Permissions-Policy"]
    assert "camera=()" in phone.get(f"/remote/{student.pk}/wall/").headers["Permissions-Policy"]
    document = phone.get(f"/remote/{student.pk}/guide.json").json()
    assert {"rules", "hints", "texts", "limits"} <= set(document)
    Campaign.objects.update(photo_sources=["album"])
    assert 'capture="environment"' not in page(phone, student, "camera")


def test_a_photo_is_submitted_by_forms(phone: Client, student: Student, engine: FakeEngine) -> None:
    assert send_form(phone, student).url == f"/remote/{student.pk}/check/"
    assert "data-seconds" in page(phone, student, "check")
    jobs.check_proof(Proof.objects.get().pk, timezone.now())
    for language in LANGUAGES:
        text = page(phone, student, "check", language)
        assert "preview.jpg" in text
        assert 'class="fail"' in text
    assert "The glasses reflect the light." in text
    assert phone.post(f"/remote/{student.pk}/check/send").url == f"/remote/{student.pk}/result/"  # type: ignore[attr-defined]
    assert "data-seconds" in page(phone, student, "result")
    jobs.make_submission(PhotoJob.objects.get().pk, timezone.now())
    row = Submission.objects.get()
    assert (row.source, row.student_id) == ("camera_app", student.pk)
    text = page(phone, student, "result")
    assert f"/p/{student.progress_token}" in text
    assert "front camera" in text
    assert phone.get(f"/remote/{student.pk}/").url.endswith("/result/")  # type: ignore[attr-defined]
    assert phone.get(f"/remote/{student.pk}/camera/").url.endswith("/result/")  # type: ignore[attr-defined]


def test_a_tab_with_an_older_photo_does_not_submit_the_newer_one(
    phone: Client, student: Student, engine: FakeEngine
) -> None:
    def send_photo(content: bytes) -> str:
        send_form(phone, student, content)
        jobs.check_proof(Proof.objects.latest("created_at").pk, timezone.now())
        (sha256,) = re.findall(r'name="photo" value="([0-9a-f]{64})"', page(phone, student, "check"))
        return str(sha256)

    older, newer = send_photo(PHOTO), send_photo(shot_jpeg(4, (600, 800)))
    answer = phone.post(f"/remote/{student.pk}/check/send", {"photo": older}, follow=True)
    assert answer.redirect_chain[-1][0] == f"/remote/{student.pk}/check/"
    assert "Another photo was sent after that one." in answer.content.decode()
    assert not PhotoJob.objects.exists()
    phone.post(f"/remote/{student.pk}/check/send", {"photo": newer})
    assert PhotoJob.objects.get().sha256 == newer


def test_a_photo_without_a_face_cannot_be_sent(phone: Client, student: Student, engine: FakeEngine) -> None:
    engine.problem = Problem("photo.no_face")
    send_form(phone, student)
    jobs.check_proof(Proof.objects.get().pk, timezone.now())
    text = page(phone, student, "check")
    assert "No face was found" in text
    assert 'id="send"' not in text


def test_a_form_without_a_photo_is_explained(phone: Client, student: Student) -> None:
    answer = phone.post(f"/remote/{student.pk}/camera/photo", {"source": "album"}, follow=True)
    assert "No photo was chosen" in answer.content.decode()
    assert not Proof.objects.exists()


@pytest.mark.parametrize("content", [b"GIF89a", b"\0" * 100, "照片".encode()])
def test_a_file_that_is_no_photo_is_explained(
    phone: Client,
    student: Student,
    engine: FakeEngine,
    content: bytes,
) -> None:
    send_form(phone, student, content)
    jobs.check_proof(Proof.objects.get().pk, timezone.now())
    assert engine.requests == []  # the isolated decoder refused the file
    assert 'id="send"' not in page(phone, student, "check")


def test_pages_of_others_are_not_found(phone: Client, campaign: Campaign) -> None:
    _, foreign = other_person(campaign)
    for name in (*PREPARATION, "camera", "check", "result"):
        assert phone.get(f"/remote/{foreign.pk}/{name}/").status_code == 404
    assert send_form(phone, foreign).status_code == 404
    assert phone.post(f"/remote/{foreign.pk}/check/send").status_code == 404
    assert not RemoteProgress.objects.filter(student=foreign).exists()


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"photo_sources": []}, 403, "takes no photos by phone"),
        (
            {"payer": "student", "price_fen": 500, "payment_required": PaymentRequired.BEFORE_CAPTURE.value},
            200,
            "the payment comes before the photo",
        ),
    ],
)
def test_a_closed_page_gives_the_reason(
    phone: Client, student: Student, change: dict[str, Any], status: int, words: str
) -> None:
    Campaign.objects.update(**change)
    for name in ("helper", "camera"):
        answer = phone.get(f"/remote/{student.pk}/{name}/")
        assert answer.status_code == status
        assert words in answer.content.decode()


def test_a_closed_page_gives_the_times_to_come(phone: Client, student: Student, campaign: Campaign) -> None:
    now = timezone.now()

    def closed() -> str:
        answer = phone.get(f"/remote/{student.pk}/helper/")
        assert answer.status_code == 403
        return answer.content.decode()

    Campaign.objects.update(opens_at=now + timedelta(days=2), closes_at=now + timedelta(days=3))
    days = [f"{timezone.localtime(now + timedelta(days=days)):%Y-%m-%d}" for days in (1, 2, 3)]
    assert [day in closed() for day in days] == [False, True, True]
    Campaign.objects.update(opens_at=now)
    window = {"kind": WindowKind.REMOTE.value, "closes_at": now + timedelta(days=2)}
    campaign.windows.create(opens_at=now + timedelta(days=1), **window)
    assert [day in closed() for day in days] == [True, True, False]
    campaign.windows.update(opens_at=now - timedelta(days=1), closes_at=now - timedelta(hours=1))
    assert "There is no later date" in closed()


def test_a_student_without_consent_gives_it_and_returns(phone: Client, person: Person, student: Student) -> None:
    person.consents.update(withdrawn_at=timezone.now())
    text = phone.get(f"/remote/{student.pk}/helper/").content.decode()
    assert "Your consent to the handling of the photo is missing" in text
    link = unescape(text.partition('id="closed"')[2].partition('class="button main" href="')[2].partition('"')[0])
    assert phone.get(link, follow=True).redirect_chain[-1][0] == "/account/consent"
    answer = phone.post("/account/consent", dict.fromkeys(VERSIONS, "on"), follow=True)
    assert answer.redirect_chain[-1][0] == f"/remote/{student.pk}/helper/"


@pytest.mark.parametrize("state", list(State))
def test_the_result_opens_in_every_state_of_the_review(phone: Client, student: Student, state: State) -> None:
    submission_of(student, state)
    for language in LANGUAGES:
        page(phone, student, "result", language)


def test_other_enrolments_of_the_person_are_offered(
    phone: Client,
    person: Person,
    student: Student,
    campaign: Campaign,
    engine: FakeEngine,
) -> None:
    other = make_student(campaign, 2)
    Student.objects.filter(pk=other.pk).update(id_number_hmac=student.id_number_hmac)
    person.links.create(student=other, proof="id_number")
    send_form(phone, student)
    jobs.check_proof(Proof.objects.get().pk, timezone.now())
    assert other.pk in page(phone, student, "check")
    phone.post(f"/remote/{student.pk}/check/send", {"also_for": [other.pk]})
    jobs.make_submission(PhotoJob.objects.get().pk, timezone.now())
    assert Submission.objects.filter(student=other).count() == 1
