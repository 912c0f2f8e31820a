"""The student's own file by e-mail, to an address that the student enters for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction

from config.errors import Problem
from server.core.api_errors import ApiError
from server.core.throttle import Throttle
from server.delivery.own_file import content_of, file_name, is_offered, sizes
from server.notices.addresses import normalize_email
from server.notices.attachments import Attachment
from server.notices.events import Channel
from server.notices.models import Notice, NoticeState
from server.notices.requested import channel_of_requests, latest_request, queue_request, waiting_request
from server.notices.senders.sender import SendFailed, Undeliverable
from server.submissions.locks import lock
from server.submissions.models import Submission

EVENT: Final = "own_file"
_DAY_MINUTES: Final = 24 * 60


@dataclass(frozen=True)
class MailStatus:
    """The state of the last e-mail of a portrait. `key` is the last part of a message id `delivery.own_mail_status.*`;
    `to` is masked; `at`: when it was sent or, until then, requested."""

    key: str
    to: str
    at: datetime

    @property
    def is_problem(self) -> bool:
        return self.key in ("refused", "failed")


def is_mail_offered(submission: Submission) -> bool:
    return channel_of_requests(submission) is not None


def request_mail(submission: Submission, address: str, language: str, now: datetime) -> Notice | None:
    """Queue the e-mail with all sizes; None if the same one is waiting already.

    Raises Problem: refused.email_invalid, delivery.own_mail_too_often, delivery.own_mail_unavailable,
    delivery.own_link_over (revoked since the page was shown).
    """
    address = normalize_email(address)
    if not address:
        raise Problem("refused.email_invalid")
    channel = channel_of_requests(submission)
    if channel is None:
        raise Problem("delivery.own_mail_unavailable")
    limit = settings.APP.delivery.own_mails_per_day
    with transaction.atomic():
        locked = lock(submission.pk)
        if not is_offered(locked):
            raise Problem("delivery.own_link_over")
        if waiting_request(EVENT, locked, address) is not None:
            return None
        if not Throttle("own mail", limit, _DAY_MINUTES).allow(locked.student_id):
            raise Problem("delivery.own_mail_too_often", count=limit)
        return queue_request(EVENT, locked, channel, address, language, now)


def mail_status(submission: Submission) -> MailStatus | None:
    """Return the state of the last request; None if there is none."""
    notice = latest_request(EVENT, submission)
    if notice is None:
        return None
    return MailStatus(_status_key(notice), notice.recipient, notice.sent_at or notice.queued_at)


def _status_key(notice: Notice) -> str:
    if notice.state == NoticeState.QUEUED.value:
        return "retrying" if notice.why else "queued"
    if notice.state == NoticeState.FAILED.value:
        return "refused"
    if notice.state in (NoticeState.SENT.value, NoticeState.DELIVERED.value):
        return "office" if notice.channel == Channel.FOLDER.value else "sent"
    return "failed"


def own_files(notice: Notice) -> Sequence[Attachment]:
    """Return the portrait in every size, at the time of sending. Raises Undeliverable if it was revoked since the
    request, and SendFailed if it cannot be read now."""
    submission = notice.submission
    if submission is not None:
        submission.refresh_from_db()
    if submission is None or not is_offered(submission):
        raise Undeliverable("the portrait is not confirmed any more")
    submission.student = notice.student
    try:
        return [Attachment(file_name(submission, size), content_of(submission, size), "image/jpeg") for size in sizes()]
    except (OSError, ApiError) as error:
        raise SendFailed(f"the portrait cannot be read ({type(error).__name__})") from error
