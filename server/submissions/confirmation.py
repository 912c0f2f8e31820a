"""The deadline after which a portrait that awaits the student's confirmation counts as confirmed without an answer.

No deadline passes without notice: the days begin when the student was reached, and a reminder is sent a day before the
end.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from server.core.working_hours import due_time, work_calendar
from server.notices.events import Channel
from server.notices.models import Notice
from server.notices.queue import delivered_at, queue_notice
from server.records.models import Campaign
from server.submissions.models import Submission
from server.submissions.states import State

REQUEST_EVENT: Final = State.AWAITING_CONFIRMATION.value
REMINDER_EVENT: Final = "confirmation_reminder"
_REMINDER_BEFORE: Final = timedelta(days=1)


def confirmation_end(campaign: Campaign, start: datetime) -> datetime:
    """Return when the campaign's working days for a confirmation are over."""
    calendar = work_calendar()
    hours = (calendar.closes.hour - calendar.opens.hour) + (calendar.closes.minute - calendar.opens.minute) / 60
    return due_time(start, campaign.confirmation_days * hours).moment


def deadline_of(submission: Submission) -> datetime | None:
    """Return when the portrait counts as confirmed; None while the student was not reached or reminded.

    Students without another channel are reached by the progress page: their days begin when the portrait appears there.
    """
    end = _answer_until(submission)
    reminder = _latest_notice(submission, REMINDER_EVENT)
    return None if end is None or reminder is None else max(end, reminder.queued_at + _REMINDER_BEFORE)


def shown_deadline(submission: Submission, now: datetime) -> datetime | None:
    """Return the time until which pages promise that the student may answer; None if it is over or not set."""
    end = deadline_of(submission) or _answer_until(submission) or submission.confirm_until
    return end if end is not None and end > now else None


def remind_undecided(now: datetime) -> int:
    """Queue the reminder of every student whose days end within a day; return how many."""
    limit = now + _REMINDER_BEFORE
    waiting = Submission.objects.filter(state=State.AWAITING_CONFIRMATION.value, confirm_until__lte=limit)
    return sum(_remind(submission, now) for submission in waiting.select_related("student__campaign"))


def _remind(submission: Submission, now: datetime) -> bool:
    end = _answer_until(submission)
    if end is None or end > now + _REMINDER_BEFORE or _latest_notice(submission, REMINDER_EVENT) is not None:
        return False
    queue_notice(REMINDER_EVENT, submission, now, until=max(end, now + _REMINDER_BEFORE))
    return True


def _answer_until(submission: Submission) -> datetime | None:
    """Return until when the student may answer; None while the notice has not reached them."""
    notice = _latest_notice(submission, REQUEST_EVENT)
    if submission.confirm_until is None or notice is None:
        return None
    if notice.channel == Channel.PAGE.value:
        return submission.confirm_until
    reached = delivered_at(submission, REQUEST_EVENT)
    if reached is None:
        return None
    return max(submission.confirm_until, confirmation_end(submission.student.campaign, reached))


def _latest_notice(submission: Submission, event: str) -> Notice | None:
    """Return the newest notice about the submission's present state."""
    return Notice.objects.filter(submission=submission, event=event, version=submission.revision).order_by("id").last()
