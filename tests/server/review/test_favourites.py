"""The keys 1 to 9: the reviewer's own most used reasons, the same all day, then those of server.toml."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.core.cache import cache

from server.records.models import Student
from server.review.favourites import COUNTED_DAYS, favourite_codes
from server.submissions.models import AuditEntry, Submission
from server.submissions.reason_models import Reason
from server.submissions.states import State
from tests.server.submissions.reviewing import NOW, reviewer_named, submission_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture
def submission(student: Student) -> Submission:
    return submission_of(student, State.REJECTED)


@pytest.fixture
def mei(db: None) -> User:
    return reviewer_named("mei")


def create_reasons(submission: Submission, user: User, at: datetime, *codes: str) -> None:
    entry = AuditEntry.objects.create(submission=submission, at=at, user=user, action="reject", to_state="rejected")
    Reason.objects.bulk_create(Reason(submission=submission, entry=entry, code=code) for code in codes)


def codes_of_settings() -> list[str]:
    return [code for group in django_settings.APP.review.reasons.values() for code in group]


def test_a_new_reviewer_has_the_order_of_the_settings(mei: User) -> None:
    assert list(favourite_codes(mei, NOW)) == codes_of_settings()[:9]


def test_their_own_most_used_come_first_and_nothing_twice(submission: Submission, mei: User) -> None:
    create_reasons(submission, mei, NOW - DAY, "hair_ear", "tilted")
    create_reasons(submission, mei, NOW - 2 * DAY, "hair_ear", "not_a_code_any_more")
    create_reasons(submission, reviewer_named("late"), NOW - DAY, "makeup", "makeup")
    codes = favourite_codes(mei, NOW)
    assert codes[:3] == ("hair_ear", "tilted", "face_count")
    assert len(codes) == len(set(codes)) == 9
    assert "makeup" not in codes


def test_a_key_means_the_same_all_day(submission: Submission, mei: User) -> None:
    create_reasons(submission, mei, NOW, "makeup")
    cache.clear()
    assert favourite_codes(mei, NOW + timedelta(minutes=1))[0] != "makeup"
    assert favourite_codes(mei, NOW + DAY)[0] == "makeup"
    assert favourite_codes(mei, NOW + (COUNTED_DAYS + 2) * DAY)[0] != "makeup"
