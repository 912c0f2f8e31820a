"""Whether a student may send a photo from their own page now."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from config.time_zones import local_date
from kiosk.upload.roster_payload import StudentState
from server.core.api_errors import ApiError
from server.payments.orders import is_required, is_settled
from server.records.campaign_options import PaymentRequired
from server.records.models import Campaign, Student
from server.records.people_models import Consent
from server.records.window_models import CaptureWindow, WindowKind
from server.submissions.intake import is_replaceable
from server.submissions.models import CLOSED_STATES
from server.submissions.states import State


def require_open(student: Student, now: datetime) -> None:
    """Raise ApiError unless the student may send a photo now: remote_not_offered, remote_withdrawn, remote_consent,
    remote_revoked, remote_received, remote_closed, remote_unpaid."""
    if not student.campaign.photo_sources:
        raise ApiError("refused.remote_not_offered")
    if student.state == StudentState.WITHDRAWN.value:
        raise ApiError("refused.remote_withdrawn")
    if consent_of(student) is None:
        raise ApiError("refused.remote_consent")
    earlier = list(student.submissions.defer("envelope"))
    if any(submission.state == State.REVOKED.value for submission in earlier):
        raise ApiError("refused.remote_revoked")
    if any(submission.state not in CLOSED_STATES and not is_replaceable(submission) for submission in earlier):
        raise ApiError("refused.remote_received")
    if not may_send_at(student, now):
        raise ApiError("refused.remote_closed")
    if is_required(student.campaign, PaymentRequired.BEFORE_CAPTURE) and not is_settled(student):
        raise ApiError("refused.remote_unpaid")


def times_to_come(student: Student, now: datetime) -> list[CaptureWindow | Campaign]:
    """Return the times, not over yet, in which the student may send a photo: remote windows for everybody, the
    student's own, and the campaign where it has no remote windows."""
    remote = student.campaign.windows.filter(kind=WindowKind.REMOTE.value)
    open_to = Q(students=None) | Q(pk=student.make_up_window_id)
    times: list[CaptureWindow | Campaign] = list(remote.filter(open_to, closes_at__gt=now).distinct())
    if student.campaign.closes_at > now and not remote.filter(students=None).exists():
        times.insert(0, student.campaign)
    return times


def consent_of(student: Student) -> Consent | None:
    """Return the consent to the handling of the portrait in this campaign that holds now."""
    of_person = Consent.objects.filter(person__links__student=student, withdrawn_at=None)
    of_portrait = of_person.filter(
        text_version__startswith="portrait", source__endswith=f"campaign {student.campaign_id}"
    )
    return of_portrait.order_by("-given_at").first()


def may_send_at(student: Student, now: datetime) -> bool:
    """Whether the remote page is open for this student at `now`.

    A campaign with remote windows for everybody is open in them; one without is open on all its days. Days to come
    again after a rejection, and the student's own remote make-up window, also count.
    """
    if not student.may_come_at(now):
        return False
    today = local_date(now, timezone.get_default_timezone())
    own = student.make_up_window
    if own is not None and own.kind == WindowKind.REMOTE.value and own.is_open_on(today):
        return True
    if student.resubmit_until is not None and today <= local_date(
        student.resubmit_until, timezone.get_default_timezone()
    ):
        return True
    windows = list(student.campaign.windows.filter(kind=WindowKind.REMOTE.value, students=None))
    if windows:
        return any(window.opens_at <= now <= window.closes_at for window in windows)
    return student.campaign.is_open_at(now)
