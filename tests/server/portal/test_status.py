"""Every state has its own sentence, the next step, who does it, and until when."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from config.i18n import LANGUAGES, translations
from kiosk.upload.roster_payload import StudentState
from server.portal.next_visit import next_visit
from server.portal.progress import progress_of
from server.records.models import School, Student
from server.records.window_models import CaptureWindow
from server.submissions.actor import Actor
from server.submissions.models import AuditEntry, Submission
from server.submissions.reasons import GivenReason, Mark
from server.submissions.rule import Action
from server.submissions.states import State
from server.submissions.workflow import apply
from tests.server.conftest import make_student
from tests.server.portal.conftest import html_of, prove, submission_after, url
from tests.server.submissions.reviewing import submission_of

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
BEFORE_SPRING_FESTIVAL = datetime(2026, 2, 12, 15, tzinfo=ZONE)  # Thursday; the holidays end on 23 February
DAY = timedelta(days=1)


def step(student: Student, now: datetime) -> tuple[str, str, datetime | None]:
    progress = progress_of(student, now)
    assert progress.next_step is not None
    return progress.situation, progress.next_step.actor, progress.next_step.until


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", State)
def test_every_state_has_a_page_with_all_its_words(state: State, language: str, student: Student) -> None:
    submission_of(student, state)
    client = Client(headers={"accept-language": language.replace("_", "-")})
    html = html_of(client, student)
    assert re.findall(r"(?<![/.\w-])(?:progress|reject|advice|clerk|calendar)\.[a-z_]+", html) == []
    assert html.count("<h1>") == 1
    situation = progress_of(student).situation
    assert translations(language).translate(f"progress.{situation}") in html


def test_a_review_is_promised_by_the_day_after_the_holidays(student: Student, english: Client) -> None:
    submission_of(student, received_at=BEFORE_SPRING_FESTIVAL)
    due = datetime(2026, 2, 24, 15, tzinfo=ZONE)
    assert step(student, BEFORE_SPRING_FESTIVAL) == ("received", "reviewer", due)
    assert progress_of(student, due).next_step.is_late is False  # type: ignore[union-attr]
    assert progress_of(student, due + timedelta(seconds=1)).next_step.is_late  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "by Tuesday 24 February, 15:00"), ("zh-CN", "2月24日（星期二）15:00 前")]
)
def test_the_date_is_written_as_people_write_it(
    language: str, words: str, student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission_of(student, received_at=BEFORE_SPRING_FESTIVAL)
    monkeypatch.setattr("django.utils.timezone.now", lambda: BEFORE_SPRING_FESTIVAL)
    html = html_of(Client(headers={"accept-language": language}), student)
    assert f'<dd class="until number">{words}</dd>' in html


def test_a_late_review_is_named_and_no_date_is_promised(student: Student, english: Client) -> None:
    submission_of(student, received_at=BEFORE_SPRING_FESTIVAL)
    html = html_of(english, student)
    assert "It is taking longer than usual" in html
    assert 'class="until' not in html


def test_unknown_holidays_are_mentioned(student: Student, english: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    future = datetime(2090, 5, 10, 10, tzinfo=ZONE)
    submission_of(student, received_at=future)
    assert progress_of(student, future).next_step.holidays_known is False  # type: ignore[union-attr]
    monkeypatch.setattr("django.utils.timezone.now", lambda: future)
    assert "It may move when the public holidays are announced." in html_of(english, student)


def test_later_reviews_count_from_their_own_start(student: Student) -> None:
    submission_after(student, State.RETOUCHING, Action.APPROVE, BEFORE_SPRING_FESTIVAL)
    due = datetime(2026, 2, 24, 15, tzinfo=ZONE)
    assert step(student, BEFORE_SPRING_FESTIVAL) == ("retouching", "retoucher", due)
    submission = Submission.objects.get()
    later = datetime(2026, 2, 25, 10, tzinfo=ZONE)
    claim = {"from_state": "retouching", "to_state": "retouching", "action": "claim"}
    AuditEntry.objects.create(submission=submission, at=later, **claim)
    assert step(student, later) == ("retouching", "retoucher", due), "a claim does not start a review again"


@pytest.mark.parametrize(
    ("state", "action", "situation"),
    [
        (State.CONFIRMED, Action.APPROVE, "confirmed"),
        (State.CONFIRMED, Action.CONFIRM_BY_DEADLINE, "confirmed_by_deadline"),
        (State.CONFIRMED, Action.GRANT_APPEAL, "appeal_granted"),
        (State.REJECTED, Action.REJECT, "rejected"),
        (State.REJECTED, Action.REFUSE, "refused"),
        (State.WITHDRAWN, Action.RETAKE, "retake"),
        (State.WITHDRAWN, Action.WITHDRAW, "withdrawn"),
    ],
)
def test_how_it_was_confirmed_is_shown(state: State, action: Action, situation: str, student: Student) -> None:
    submission_after(student, state, action, timezone.now())
    assert progress_of(student).situation == situation


def test_a_withdrawn_student_is_not_asked_to_come(student: Student, english: Client) -> None:
    submission_after(student, State.REJECTED, Action.REJECT, timezone.now(), reasons=(GivenReason("tilted"),))
    Student.objects.update(state=StudentState.WITHDRAWN.value)
    html = html_of(english, student)
    assert "You are not taking part" in html
    assert 'id="visit"' not in html


def test_a_superseded_visit_does_not_hide_the_one_before(student: Student) -> None:
    submission_after(student, State.REJECTED, Action.REJECT, timezone.now())
    submission_of(student, State.SUPERSEDED, id="b" * 32, version=2)
    assert progress_of(student).situation == "rejected"


# ---------------------------------------------------------------------- reasons


def test_every_reason_is_shown_with_advice_comment_and_mark(student: Student, english: Client) -> None:
    reasons = (
        GivenReason("hair_brow", "left <b>side</b>", Mark(0.25, 0.1, 0.5, 0.2)),
        GivenReason("tilted"),
        GivenReason("glasses_glare", "", Mark(0.0, 0.0, 0.1, 0.1)),
    )
    submission_after(student, State.REJECTED, Action.REJECT, timezone.now(), reasons=reasons)
    html = html_of(english, student)
    for code in ("hair_brow", "tilted", "glasses_glare"):
        assert translations("en").translate(f"reject.{code}") in html
        assert translations("en").translate(f"advice.{code}") in html
    assert "left &lt;b&gt;side&lt;/b&gt;" in html
    assert "<rect" not in html, "the marks belong to the picture, which needs the proof"
    prove(english, student)
    html = html_of(english, student)
    assert html.count("<rect") == 2
    assert '<rect x="120.0" y="64.0" width="240.0" height="128.0"' in html
    assert html.count('class="badge"') == 2


def test_only_the_latest_reasons_are_shown(student: Student, english: Client) -> None:
    submission_after(student, State.REJECTED, Action.REJECT, timezone.now(), reasons=(GivenReason("tilted"),))
    second = {"id": "b" * 32, "version": 2, "reasons": (GivenReason("blur"),)}
    submission_after(student, State.REJECTED, Action.REJECT, timezone.now(), **second)  # type: ignore[arg-type]
    html = html_of(english, student)
    assert translations("en").translate("reject.blur") in html
    assert translations("en").translate("reject.tilted") not in html


def test_a_rejected_shot_without_portrait_is_shown(student: Student, english: Client) -> None:
    from server.submissions.store import picture_store

    submission_after(student, State.REJECTED, Action.REJECT, timezone.now(), portrait_sha256=None)
    picture_store().store_preview("1" * 64, b"a jpeg")
    assert english.get(url(student, "shot.jpg")).status_code == 404
    prove(english, student)
    assert url(student, "shot.jpg") in html_of(english, student)
    assert b"".join(english.get(url(student, "shot.jpg")).streaming_content) == b"a jpeg"  # type: ignore[attr-defined]
    Submission.objects.update(portrait_sha256="2" * 64)
    assert english.get(url(student, "shot.jpg")).status_code == 404, "the shot is shown only if there is no portrait"


# ----------------------------------------------------------------- next visit


def reject(student: Student, now: datetime) -> None:
    submission_after(student, State.REJECTED, Action.REJECT, now, reasons=(GivenReason("tilted"),))


def add_window(student: Student, kind: str, opens_at: datetime, hours: int = 8, **details: str) -> None:
    closes_at = opens_at + timedelta(hours=hours)
    CaptureWindow.objects.create(
        campaign=student.campaign, kind=kind, opens_at=opens_at, closes_at=closes_at, **details
    )


def test_only_the_remaining_windows_are_shown(student: Student, english: Client) -> None:
    now = timezone.now()
    reject(student, now)
    add_window(student, "on_site", now - 2 * DAY, place="旧地点")
    add_window(student, "make_up", now + timedelta(hours=1), place="三号楼", place_en="Building 3")
    html = html_of(english, student)
    assert "Building 3" in html
    assert "旧地点" not in html
    assert translations("en").translate("clerk.window.make_up") in html


def test_without_windows_the_days_of_the_campaign_count(student: Student, english: Client) -> None:
    now = timezone.now()
    reject(student, now)
    student.campaign.place = "图书馆一楼"
    student.campaign.save()
    visit = next_visit(student, now)
    assert (visit.is_extended, visit.until) == (False, visit.last_day)
    html = html_of(english, student)
    assert "图书馆一楼" in html
    assert "by the end of" in html


def test_the_days_after_a_rejection_go_beyond_the_campaign(student: Student, english: Client) -> None:
    now = timezone.now()
    reject(student, now)
    student.resubmit_until = now + 7 * DAY
    student.save()
    assert timezone.localtime(next_visit(student, now).until).date() == timezone.localdate(student.resubmit_until)
    assert "After the collection you may still come" in html_of(english, student)
    student.campaign.closes_at = now - 2 * DAY
    student.campaign.opens_at = now - 9 * DAY
    student.campaign.save()
    assert "Please call and agree on a time and place." in html_of(english, student)
    Student.objects.update(resubmit_until=now - DAY)
    assert "The time for this is over." in html_of(english, student)


def test_the_confirmation_date_is_the_one_that_counts(student: Student, english: Client) -> None:
    until = timezone.now() + 3 * DAY
    submission_of(student, State.AWAITING_CONFIRMATION, confirm_until=until)
    assert step(student, timezone.now()) == ("awaiting_confirmation", "you", until)


# --------------------------------------------------------------------- help line


def test_the_help_line_is_the_campaigns_or_the_schools(student: Student, english: Client) -> None:
    assert 'class="card help"' not in html_of(english, student)
    School.objects.update(help_line="0100-111111", help_hours="工作日 9:00–17:00")
    html = html_of(english, student)
    assert 'href="tel:0100111111"' in html
    assert "工作日 9:00–17:00" in html
    campaign = student.campaign
    campaign.help_line, campaign.help_hours, campaign.help_hours_en = "QQ 群 123456", "每天", "every day"
    campaign.save()
    html = html_of(english, student)
    assert "QQ 群 123456" in html
    assert "tel:" not in html
    assert "every day" in html
    for part in ("confirm", "appeal", "contact"):
        assert "QQ 群 123456" in html_of(english, student, part), "on each page, also before the proof"


def test_texts_of_the_campaign_come_in_both_languages(student: Student, english: Client) -> None:
    School.objects.update(name_en="Model University")
    assert "Model University" in html_of(english, student)
    assert student.campaign.title in html_of(english, student), "without an English title the Chinese one"
    student.campaign.title_en = "Class of 2026"
    student.campaign.save()
    assert "Class of 2026" in html_of(english, student)
    chinese = html_of(Client(headers={"accept-language": "zh-CN"}), student)
    assert ("示范大学" in chinese, "Class of 2026" in chinese) == (True, False)


def test_a_retake_extends_the_time_to_come(student: Student) -> None:
    now = timezone.now()
    submission = submission_of(student, State.AWAITING_CONFIRMATION)
    apply(submission.pk, Action.RETAKE, Actor(student=student), now)
    student.refresh_from_db()
    days = student.campaign.resubmission_days * DAY
    assert timezone.localtime(next_visit(student, now).until).date() == timezone.localdate(now + days)


def test_a_make_up_window_is_for_its_students_alone(student: Student) -> None:
    now = timezone.now()
    reject(student, now)
    add_window(student, "make_up", now + 5 * DAY, place="三号楼")
    make_up = CaptureWindow.objects.get()
    other = make_student(student.campaign, 2, make_up_window=make_up)
    assert next_visit(student, now).windows == ()
    assert next_visit(other, now).windows == (make_up,)
    assert timezone.localtime(next_visit(other, now).until).date() == timezone.localdate(make_up.closes_at)
