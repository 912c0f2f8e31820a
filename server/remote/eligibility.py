"""Whether a student may send a photo from their own page now."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from config.time_zones import local_date
from kiosk.upload.envelope import StudentState
from server.core.api_errors import ApiError
from server.payments.orders import is_required, is_settled
from server.records.models import PaymentRequired, Student, WindowKind
from server.submissions.models import CLOSED_STATES
from server.submissions.rules import State


def require_open(student: Student, now: datetime) -> None:
    """Raise ApiError unless the student may send a photo now: remote_not_offered, remote_withdrawn, remote_revoked,
    remote_received, remote_closed, remote_unpaid."""
    if not student.campaign.photo_sources:
        raise ApiError("refused.remote_not_offered")
    if student.state == StudentState.WITHDRAWN.value:
        raise ApiError("refused.remote_withdrawn")
    states = set(student.submissions.values_list("state", flat=True))
    if State.REVOKED.value in states:
        raise ApiError("refused.remote_revoked")
    if states - set(CLOSED_STATES):
        raise ApiError("refused.remote_received")
    if not may_send_at(student, now):
        raise ApiError("refused.remote_closed")
    if is_required(student.campaign, PaymentRequired.BEFORE_CAPTURE) and not is_settled(student):
        raise ApiError("refused.remote_unpaid")


def may_send_at(student: Student, now: datetime) -> bool:
    """Whether the remote page is open for this student then.

    A campaign with remote windows for everybody is open in them; one without is open on all its days. Days to come
    again after a rejection, and the student's own remote make-up window, count besides.
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
