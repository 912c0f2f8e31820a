"""Receipts: whether a sent notice arrived."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from config.errors import Problem
from server.notices.events import Channel
from server.notices.models import Notice, NoticeState
from server.notices.senders.registry import sender_of
from server.notices.senders.sender import Undeliverable
from server.notices.sending import end_notice, outgoing_notice
from server.records.models import Student

POLL_INTERVAL: Final = timedelta(minutes=10)
RECEIPT_TIMEOUT: Final = timedelta(hours=72)
"""An SMS without a receipt after this time counts as failed: providers report within it."""
log = logging.getLogger(__name__)


def record_receipt(key: str, arrived: bool, now: datetime, why: str = "") -> bool:
    """Record a delivery receipt or a bounce; return whether the notice was waiting for one.

    A bounce also ends an e-mail that counted as delivered already.
    """
    states = [NoticeState.SENT.value] if arrived else [NoticeState.SENT.value, NoticeState.DELIVERED.value]
    notice = Notice.objects.select_related("student__campaign", "submission").filter(key=key, state__in=states).first()
    if notice is None:
        return False
    if arrived:
        notice.state, notice.delivered_at = NoticeState.DELIVERED.value, now
        notice.save(update_fields=["state", "delivered_at"])
    else:
        notice.delivered_at = None
        notice.save(update_fields=["delivered_at"])
        end_notice(notice, NoticeState.FAILED, why or "the provider reported that it did not arrive", now)
    return True


def record_page_opened(student: Student, now: datetime) -> None:
    """Mark the notices that only the progress page shows as delivered: the student has opened it."""
    waiting = Notice.objects.filter(student=student, channel=Channel.PAGE.value, state=NoticeState.SENT.value)
    if waiting.exists():  # an UPDATE would take SQLite's write lock at every view
        waiting.update(state=NoticeState.DELIVERED.value, delivered_at=now)


def collect_receipts(now: datetime) -> int:
    """Settle sent notices: an e-mail that did not come back counts as delivered, an SMS provider is queried. Return
    the number of settled notices."""
    return _settle_emails(now) + sum(_poll_sms(notice, now) for notice in _sms_to_poll(now))


def _settle_emails(now: datetime) -> int:
    waiting_time = timedelta(hours=settings.APP.notices.email.delivered_after_hours)
    old = Notice.objects.filter(
        channel=Channel.EMAIL.value, state=NoticeState.SENT.value, sent_at__lte=now - waiting_time
    )
    return old.update(state=NoticeState.DELIVERED.value, delivered_at=now)


def _sms_to_poll(now: datetime) -> list[Notice]:
    waiting = Notice.objects.filter(channel=Channel.SMS.value, state=NoticeState.SENT.value, next_attempt_at__lte=now)
    return list(waiting.select_related("student__campaign__school", "submission").order_by("next_attempt_at")[:20])


def _poll_sms(notice: Notice, now: datetime) -> bool:
    try:
        arrived = sender_of(notice.channel).receipt(outgoing_notice(notice, now))
    except Undeliverable:
        arrived = None
    except Problem as problem:
        log.warning("%s", problem)
        arrived = None
    except Exception as error:
        log.warning("notice %s: no receipt, %s", notice.key, type(error).__name__)
        arrived = None
    if arrived is None and notice.sent_at is not None and now - notice.sent_at >= RECEIPT_TIMEOUT:
        return record_receipt(notice.key, False, now, "no receipt from the provider")
    if arrived is None:
        Notice.objects.filter(pk=notice.pk).update(next_attempt_at=now + POLL_INTERVAL)
        return False
    return record_receipt(notice.key, arrived, now)
