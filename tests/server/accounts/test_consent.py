"""Consent exists before the first byte of a picture is read, and can be withdrawn."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.core.files import uploadhandler
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client
from django.utils import timezone

from config.i18n import translations
from server.accounts.consent import VERSIONS, consent_text, session_has_consented
from server.accounts.models import Account
from server.accounts.opening import delete_unfinished
from server.audit.models import Action, Event
from server.core.api_errors import ApiError
from server.core.body_limits import Sender
from server.http import sender_check
from server.privacy.models import RequestKind, RequestState, SubjectRequest
from server.records.models import Campaign, Student
from server.records.people_models import Consent, EnrolmentLink, LinkProof, Person
from server.submissions.models import Submission
from server.submissions.states import State
from tests.server.accounts.test_modes import allow, sign_up
from tests.server.accounts.walking import Walker, own_code, reads_cards
from tests.server.submissions.reviewing import submission_of

pytestmark = pytest.mark.django_db
TEXTS = {
    "privacy_1": ("5e2fa17de403587c", "ef8d7927108ec0d0"),
    "portrait_1": ("52f36783da00ff02", "3e92b633398c70c2"),
}


def test_neither_box_is_set_and_both_are_needed(campaign: Campaign) -> None:
    walker = Walker()
    walker.begin(campaign)
    page = walker.get("consent").content.decode()
    assert page.count('type="checkbox"') == 2
    assert "checked" not in page
    for values in ({}, {"privacy_1": "on"}, {"portrait_1": "on"}, {"privacy_1": "off", "portrait_1": "on"}):
        assert walker.post("consent", **values).status_code == 422
    assert (Person.objects.count(), Consent.objects.count()) == (0, 0)
    assert walker.agree().status_code == 302
    rows = Consent.objects.order_by("text_version")
    assert [row.text_version for row in rows] == sorted(VERSIONS)
    for row in rows:
        text = consent_text(row.text_version, campaign, "en")
        assert row.text_sha256 == hashlib.sha256(text.encode()).hexdigest()
        assert row.source == "account page, campaign tstcmp"


def test_the_text_names_the_school_and_its_contact(campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(help_line="010-12345678")
    campaign.refresh_from_db()
    for language in ("zh_CN", "en"):
        for version in VERSIONS:
            text = consent_text(version, campaign, language)
            assert "示范大学" in text
            assert "010-12345678" in text
            assert "{" not in text


@pytest.mark.parametrize("page", ["card", "capture-code"])
def test_without_consent_no_byte_of_a_picture_is_read(
    campaign: Campaign, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The body is read neither for the file nor for the token in it."""
    read: list[str] = []
    client = Client(enforce_csrf_checks=True)
    client.get("/account/start", {"campaign": campaign.pk})
    monkeypatch.setattr(WSGIRequest, "_load_post_and_files", lambda request: read.append("body"))
    picture = SimpleUploadedFile("a.jpg", b"\xff\xd8" * 100)
    answer = client.post(f"/account/{page}", {"front": picture, "picture": picture})
    assert answer.status_code == 302
    assert read == []


def test_a_large_body_needs_the_consent_before_its_first_byte(campaign: Campaign) -> None:
    walker = Walker()
    walker.begin(campaign)

    def is_refused(cookie: str | None = None) -> bool:
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in walker.client.cookies.items())
        try:
            sender_check._require_sender(Sender.CONSENTED, {"COOKIE": cookies if cookie is None else cookie})
        except ApiError as error:
            return error.reason == "no_consent"
        return False

    assert is_refused()
    walker.agree()
    assert not is_refused()
    Consent.objects.filter(text_version="portrait_1").update(withdrawn_at=timezone.now())
    assert is_refused()
    assert is_refused("")


@pytest.mark.parametrize("stored", [{}, {"person": 5}, {"person": {"id": []}}, {"account_visit": "x"}])
def test_an_odd_session_has_not_consented(stored: dict[str, Any], db: None) -> None:
    assert session_has_consented(stored) is False  # type: ignore[arg-type]


def test_the_picture_of_a_card_is_never_on_the_disk(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a file was created")

    reads_cards(monkeypatch)
    walker = sign_up(allow(campaign, "id_card"))
    monkeypatch.setattr(uploadhandler.TemporaryFileUploadHandler, "new_file", refuse)
    files = {name: SimpleUploadedFile("a.jpg", b"x" * (3 << 20)) for name in ("front", "back")}
    assert walker.post("card", **files).headers["Location"] == "/account/details"


def linked_student(campaign: Campaign, student: Student) -> tuple[Walker, Person]:
    walker = sign_up(allow(campaign, "capture_code"))
    walker.post("capture-code", typed=own_code(student))
    walker.post("last-four", last_four=student.last_four)
    walker.post("check")
    return walker, Account.objects.get().person


def test_withdrawal_ends_the_collection(campaign: Campaign, student: Student) -> None:
    walker, person = linked_student(campaign, student)
    submission = submission_of(student, State.RECEIVED)
    assert "Withdraw" in walker.get(f"withdraw/{student.pk}").content.decode()
    assert walker.post(f"withdraw/{student.pk}").status_code == 302
    student.refresh_from_db()
    assert student.state == "withdrawn"
    assert Submission.objects.get(pk=submission.pk).state == State.WITHDRAWN.value
    assert not Consent.objects.filter(person=person, withdrawn_at=None).exists()
    walker.post(f"withdraw/{student.pk}")
    assert Event.objects.filter(action=Action.CONSENT_WITHDRAWN.value).count() == 1


def test_withdrawal_requests_the_erasure_once(campaign: Campaign, student: Student) -> None:
    walker, _ = linked_student(campaign, student)
    page = walker.get(f"withdraw/{student.pk}").content.decode()
    assert "asked to erase your data. It answers within 15 working days" in page
    walker.post(f"withdraw/{student.pk}")
    walker.post(f"withdraw/{student.pk}")
    request = SubjectRequest.objects.get()
    assert (request.student, request.kind, request.state) == (
        student,
        RequestKind.ERASURE.value,
        RequestState.OPEN.value,
    )
    assert request.text == "该学生已撤回同意。"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.CONFIRMED, "passed the review"),
        (State.QUEUED, "packed for the school"),
        (State.PUBLISHED, "is at CHSI"),
    ],
)
def test_what_a_withdrawal_cannot_undo_is_on_its_page(
    campaign: Campaign, student: Student, state: State, words: str
) -> None:
    walker, _ = linked_student(campaign, student)
    submission = submission_of(student, state)
    assert words in walker.get(f"withdraw/{student.pk}").content.decode()
    walker.post(f"withdraw/{student.pk}")
    assert Submission.objects.get(pk=submission.pk).state == state.value


def test_only_ones_own_consent_can_be_withdrawn(campaign: Campaign, student: Student) -> None:
    walker, _ = linked_student(campaign, student)
    other = Student.objects.create(campaign=campaign, name="李四", id_number_hmac="x", last_four="0000")
    EnrolmentLink.objects.create(student=other, person=Person.objects.create(), proof=LinkProof.CLERK.value)
    assert walker.post(f"withdraw/{other.pk}").status_code == 404
    assert Client().post(f"/account/withdraw/{student.pk}").headers["Location"].startswith("/account/signin")


def test_visitors_who_never_opened_an_account_are_deleted(campaign: Campaign) -> None:
    walker = Walker()
    walker.begin(campaign)
    walker.agree()
    now = timezone.now()
    assert delete_unfinished(now) == 0
    delete_unfinished(now + timedelta(days=3))
    assert (Person.objects.count(), Consent.objects.count()) == (0, 0)


def test_the_texts_of_a_version_never_change(campaign: Campaign) -> None:
    """A changed text needs a new version, so that the hash of a stored consent can still be checked."""
    for version, expected in TEXTS.items():
        hashes = tuple(
            hashlib.sha256(translations(language).translate(f"consent.{version}").encode()).hexdigest()[:16]
            for language in ("zh_CN", "en")
        )
        assert hashes == expected, version
