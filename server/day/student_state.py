"""The state of a student on and after the capture day, derived from the records and never stored."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.utils import timezone

from config.time_zones import local_date
from kiosk.upload.roster_payload import StudentState
from server.records.models import Campaign, Student
from server.records.window_models import WindowKind


class DayState(StrEnum):
    """`resubmission`: rejected, and may still come again. `make_up`: absent, with a make-up window that is not over.
    `made_up`: captured after a make-up window was set."""

    EXPECTED = "expected"
    ABSENT = "absent"
    RESUBMISSION = "resubmission"
    MAKE_UP = "make_up"
    CAPTURED = "captured"
    MADE_UP = "made_up"
    WITHDRAWN = "withdrawn"


def day_state(student: Student, capture_over: bool, now: datetime) -> DayState:
    """Return the state of a student who has no open submission, or whose stored state was set by intake.

    `capture_over`: see `is_capture_over`. Read `student` together with the make-up window.
    """
    if student.state == StudentState.WITHDRAWN.value:
        return DayState.WITHDRAWN
    if student.state == StudentState.CAPTURED.value:
        return DayState.MADE_UP if student.make_up_window_id else DayState.CAPTURED
    today, zone = timezone.localdate(now), timezone.get_default_timezone()
    if student.make_up_window is not None and today <= local_date(student.make_up_window.closes_at, zone):
        return DayState.MAKE_UP
    if student.resubmit_until is not None and today <= local_date(student.resubmit_until, zone):
        return DayState.RESUBMISSION
    return DayState.ABSENT if capture_over else DayState.EXPECTED


def is_capture_over(campaign: Campaign, now: datetime) -> bool:
    """Whether regular capture has ended: the campaign's last day is over, or its last window on site has closed."""
    if timezone.localdate(now) > campaign.capture_days()[1]:
        return True
    closings = [window.closes_at for window in campaign.windows.all() if window.kind == WindowKind.ON_SITE.value]
    return bool(closings) and now > max(closings)
