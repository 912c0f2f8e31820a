"""Every event renders in every channel and language, short enough, and without data that identifies a person."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from config.i18n import LANGUAGES
from server.notices.events import EVENTS, VALUES
from server.notices.models import Notice
from server.notices.queue import queue_notice
from server.notices.rendering import RenderedNotice, render
from server.settings import APP
from server.submissions.models import Submission
from tests.server.conftest import fake_number
from tests.server.notices.conftest import NOON, at

pytestmark = pytest.mark.django_db
SIGNATURE = "【示范大学】"
LATEST = at("2026-12-23 15:00")  # the longest date: December, Wednesday
REASONS = sorted(APP.review.codes)


def render_event(submission: Submission, event: str, language: str, **values: Any) -> RenderedNotice:
    notice = queue_notice(event, submission, NOON, **values)
    assert isinstance(notice, Notice)
    return render(notice, language, NOON)


@pytest.mark.parametrize(("event", "language"), product(EVENTS, LANGUAGES))
def test_every_event_has_its_texts(event: str, language: str, submission: Submission, settings: Any) -> None:
    settings.PUBLIC_URL = "https://photo.school.edu"
    text = render_event(submission, event, language, reasons=("turned", "hair_brow"), until=LATEST, comment="抬头")
    number = fake_number(1)
    for part in (text.sms, text.subject, text.body):
        assert not any(sign in part for sign in ("{", "}", "notice.", "None"))
        assert submission.student.name not in part
        assert number not in part
        assert number[-4:] not in part
    assert submission.student.masked_name in text.body
    assert f"https://photo.school.edu/p/{submission.student.progress_token}" in text.body
    assert "\n" not in text.sms + text.subject
    assert set(VALUES) <= set(text.values)


@pytest.mark.parametrize(("event", "language"), product(EVENTS, LANGUAGES))
def test_every_event_has_its_texts_without_any_value(event: str, language: str, submission: Submission) -> None:
    text = render_event(submission, event, language)
    assert not any(sign in text.sms + text.body for sign in ("{", "}", "None", "/p/"))


@pytest.mark.parametrize("event", EVENTS)
def test_a_chinese_sms_is_one_part(event: str, submission: Submission) -> None:
    notice = queue_notice(event, submission, NOON, until=LATEST)
    assert isinstance(notice, Notice)
    longest = 0
    for reason in REASONS:  # in one notice, because queueing another one takes longer than rendering
        notice.values["reasons"] = [reason, "turned", "blur"]
        longest = max(longest, len(SIGNATURE + render(notice, "zh_CN", NOON).sms))
    assert longest <= 70


def test_reasons_and_deadline_are_named(submission: Submission) -> None:
    values = {"reasons": ("turned", "blur"), "until": at("2026-02-24 15:00"), "comment": "请抬头"}
    chinese = render_event(submission, "rejected", "zh_CN", **values)
    assert chinese.sms == (
        "毕业照片需要重拍（脸没有正对镜头及另外1项），请于2月24日（星期二）15:00 前完成，详见照片进度页面。"
    )
    assert "- 脸没有正对镜头\n- 照片模糊\n- 请抬头" in chinese.body
    english = render_event(submission, "rejected", "en")
    assert "by Tuesday 24 February, 15:00" in english.sms


def test_a_deadline_in_working_hours_begins_when_it_is_sent(submission: Submission) -> None:
    notice = queue_notice("awaiting_confirmation", submission, at("2026-05-20 12:00"), working_hours=16)
    assert notice is not None
    assert "5月25日（星期一）12:00 前" in render(notice, "zh_CN", at("2026-05-21 12:00")).sms
