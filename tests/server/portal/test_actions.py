"""Confirm, retake, withdraw: with a proof, on a separate page, once, and explained if the portrait has changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from server.audit.models import Action as AuditAction
from server.audit.models import Event
from server.records.last_four import on_student_page
from server.records.models import Student
from server.submissions.actor import SERVER
from server.submissions.models import AuditEntry, PendingDecision, Submission
from server.submissions.rule import Action, Role
from server.submissions.states import State
from server.submissions.workflow import apply
from tests.server.conftest import make_student
from tests.server.portal.conftest import html_of, prove, shown_version, url
from tests.server.submissions.reviewing import submission_of, user_in

pytestmark = pytest.mark.django_db
POSSIBLE = {
    ("confirm", State.AWAITING_CONFIRMATION): State.CONFIRMED,
    ("retake", State.AWAITING_CONFIRMATION): State.WITHDRAWN,
    ("withdraw", State.RECEIVED): State.WITHDRAWN,
    ("withdraw", State.FIRST_REVIEW): State.WITHDRAWN,
}


def state() -> str:
    return Submission.objects.get().state


@pytest.mark.parametrize("action", ["confirm", "retake", "withdraw"])
@pytest.mark.parametrize("before", State)
def test_each_action_in_each_state(action: str, before: State, student: Student, english: Client) -> None:
    submission = submission_of(student, before)
    prove(english, student)
    offered = f'id="{action}"' in html_of(english, student)
    assert offered == ((action, before) in POSSIBLE)
    page = english.get(url(student, action))
    assert (page.status_code == 200) == offered
    assert state() == before, "opening the page decides nothing"
    answer = english.post(url(student, action), shown_version(submission), follow=True)
    assert state() == POSSIBLE.get((action, before), before)
    expected = "note good" if offered else "note attention"
    assert expected in answer.content.decode()


@pytest.mark.parametrize("action", ["confirm", "retake"])
def test_a_second_press_is_no_error_and_no_second_action(action: str, student: Student, english: Client) -> None:
    submission = submission_of(student, State.AWAITING_CONFIRMATION)
    prove(english, student)
    form = shown_version(submission)
    answers = [english.post(url(student, action), form, follow=True).content.decode() for _ in range(2)]
    assert ["note attention" in answer for answer in answers] == [False, False]
    assert AuditEntry.objects.filter(action=action).count() == 1


def test_what_changed_meanwhile_is_explained(student: Student, english: Client) -> None:
    submission = submission_of(student, State.AWAITING_CONFIRMATION)
    form = shown_version(submission)
    prove(english, student)
    Submission.objects.update(confirm_until=timezone.now() - timedelta(days=1))
    Submission.objects.update(revision=1)
    answer = english.post(url(student, "retake"), form, follow=True).content.decode()
    assert "has just changed, so nothing was done" in answer
    assert state() == State.AWAITING_CONFIRMATION


def test_confirmed_by_the_deadline_meanwhile(student: Student, english: Client, monkeypatch: Any) -> None:
    submission = submission_of(student, State.AWAITING_CONFIRMATION)
    form = shown_version(submission)
    prove(english, student)
    monkeypatch.setattr("server.submissions.guards.deadline_of", lambda submission: submission.received_at)
    apply(submission.pk, Action.CONFIRM_BY_DEADLINE, SERVER, timezone.now())
    answer = english.post(url(student, "retake"), form, follow=True).content.decode()
    assert "has just changed, so nothing was done" in answer
    assert "Your portrait counts as confirmed" in answer


def test_a_pending_decision_is_not_disclosed(student: Student, english: Client) -> None:
    submission = submission_of(student, State.FIRST_REVIEW)
    user, now = user_in(Role.REVIEWER), timezone.now()
    later = now + timedelta(minutes=1)
    PendingDecision.objects.create(
        submission=submission, action="reject", user=user, decided_at=now, effective_at=later
    )
    prove(english, student)
    assert 'id="withdraw"' in html_of(english, student)
    answer = english.post(url(student, "withdraw"), shown_version(submission), follow=True).content.decode()
    assert "A reviewer is dealing with this portrait just now" in answer
    assert state() == State.FIRST_REVIEW


@pytest.mark.parametrize(
    "form", [{}, {"version": "2", "revision": "0"}, {"version": "x", "revision": "-1"}, {"version": "1"}]
)
def test_a_form_without_the_shown_version_decides_nothing(
    form: dict[str, str], student: Student, english: Client
) -> None:
    submission_of(student, State.AWAITING_CONFIRMATION)
    prove(english, student)
    assert "note attention" in english.post(url(student, "confirm"), form, follow=True).content.decode()
    assert state() == State.AWAITING_CONFIRMATION


def test_retakes_are_counted_down(student: Student, english: Client) -> None:
    student.campaign.max_retakes = 2
    student.campaign.save()
    submission_of(student, State.AWAITING_CONFIRMATION)
    prove(english, student)
    assert "Retakes you may still ask for: 2." in html_of(english, student)
    assert "Retakes left after this one: 1." in html_of(english, student, "retake")
    english.post(url(student, "retake"), {"version": 1, "revision": 0})
    submission_of(student, State.AWAITING_CONFIRMATION, id="b" * 32, version=2)
    assert "Retakes you may still ask for: 1." in html_of(english, student)


# ------------------------------------------------------------------ the proof


@pytest.mark.parametrize("action", ["confirm", "retake", "withdraw", "appeal", "contact"])
def test_without_the_proof_nothing_is_shown_or_done(action: str, student: Student, english: Client) -> None:
    submission = submission_of(student, State.AWAITING_CONFIRMATION)
    for answer in (english.get(url(student, action)), english.post(url(student, action), shown_version(submission))):
        html = answer.content.decode()
        assert 'id="last_four"' in html
        assert f'name="next" value="{action}"' in html
        assert "portrait.jpg" not in html
    assert state() == State.AWAITING_CONFIRMATION


@pytest.mark.parametrize(("following", "page"), [("confirm", "confirm"), ("", ""), ("//evil.example", "")])
def test_the_proof_leads_to_the_page_that_needed_it(
    following: str, page: str, student: Student, english: Client
) -> None:
    answer = english.post(url(student, "unlock"), {"last_four": student.last_four, "next": following})
    assert answer.headers["Location"] == url(student, page)


def test_full_width_and_small_letters_are_the_same_characters(student: Student, english: Client) -> None:
    wide = "".join(chr(ord(character) + 0xFEE0) for character in student.last_four)
    assert english.post(url(student, "unlock"), {"last_four": wide}).status_code == 302


def test_wrong_characters_show_how_many_tries_are_left(student: Student, english: Client, settings: Any) -> None:
    unlock, tries = url(student, "unlock"), settings.APP.throttle.unlock_tries
    answers = [english.post(unlock, {"last_four": "0000", "next": "confirm"}) for _ in range(tries + 1)]
    assert [answer.status_code for answer in answers] == [403] * (tries - 1) + [429] * 2
    assert f"Attempts left: {tries - 1}." in answers[0].content.decode()
    assert "There were too many attempts. Please try again after" in answers[-1].content.decode()
    assert Event.objects.filter(action=AuditAction.LAST_FOUR_PAUSED, subject=student.id).exists()


def test_tries_in_a_pause_do_not_count_towards_the_limit_in_all(
    student: Student, english: Client, settings: Any
) -> None:
    for _ in range(settings.APP.throttle.last_four_total_tries + 5):
        answer = english.post(url(student, "unlock"), {"last_four": "0000"})
    assert "Please try again after" in answer.content.decode()


def test_after_twenty_tries_only_staff_unlock_the_page(student: Student, english: Client, settings: Any) -> None:
    part = settings.APP.throttle.model_copy(update={"unlock_tries": 100})
    settings.APP = settings.APP.model_copy(update={"throttle": part})
    for _ in range(20):
        english.post(url(student, "unlock"), {"last_four": "0000"})
    answer = english.post(url(student, "unlock"), {"last_four": student.last_four})
    assert answer.status_code == 429
    assert "staff unlock it" in answer.content.decode()
    on_student_page().reset(student.id)
    prove(english, student)


def test_guesses_on_the_page_do_not_pause_the_station(student: Student, english: Client) -> None:
    from server.records.last_four import at_stations

    for _ in range(10):
        english.post(url(student, "unlock"), {"last_four": "0000"})
    assert at_stations().check(student.id, student.last_four, student.last_four).confirmed


def test_a_proof_is_for_one_student_and_can_be_ended(student: Student, english: Client) -> None:
    other = make_student(student.campaign, 2)
    prove(english, student)
    assert english.get(url(other, "contact")).content.decode().count('id="last_four"') == 1
    assert 'id="phone"' not in english.get(url(other, "contact")).content.decode()
    english.post(url(student, "lock"))
    assert 'id="last_four"' in english.get(url(student, "contact")).content.decode()


def test_a_new_session_follows_the_proof(student: Student, english: Client) -> None:
    english.post(url(student, "unlock"), {"last_four": student.last_four})
    first = english.session.session_key
    english.post(url(student, "unlock"), {"last_four": student.last_four})
    assert english.session.session_key != first


# ----------------------------------------------------------------- protection


def test_pages_and_pictures_stay_out_of_caches_and_search_engines(student: Student, english: Client) -> None:
    from server.submissions.store import picture_store

    submission_of(student, State.AWAITING_CONFIRMATION)
    path = picture_store().path("2" * 64)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a jpeg")
    prove(english, student)
    for part in ("", "confirm", "contact", "portrait.jpg"):
        headers = english.get(url(student, part)).headers
        assert headers["Cache-Control"] == "private, no-store"
        assert "noindex" in headers["X-Robots-Tag"]
        expected = "no-referrer" if part == "portrait.jpg" else "same-origin"
        assert headers["Referrer-Policy"] == expected


def test_other_methods_are_refused(student: Student, english: Client) -> None:
    assert [english.get(url(student, part)).status_code for part in ("unlock", "lock", "contact/remove")] == [405] * 3
    assert english.post(url(student)).status_code == 405


def test_an_unknown_address_is_explained(english: Client, db: None) -> None:
    for part in ("", "/confirm", "/portrait.jpg"):
        answer = english.get(f"/p/AAAAAAAAAAAAAAAAAAAAAA{part}")
        assert answer.status_code == 404
        assert "There is no photo at this address." in answer.content.decode()
    answer = english.post("/p/AAAAAAAAAAAAAAAAAAAAAA/unlock", {"last_four": "0000"})
    assert answer.status_code == 404
