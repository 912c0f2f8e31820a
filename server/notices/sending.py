"""Send queued notices, and try again.

A row is claimed before anything is sent, and the claim is committed. If the process ends before the result is written,
the claim expires and another attempt follows: it sends with the same key, unless the sender reports that the earlier
attempt was sent.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet

from config.errors import Problem
from server.core.language import DEFAULT_LANGUAGE
from server.notices.addresses import mask_address
from server.notices.attachments import attachments_of
from server.notices.contacts import address_of, contact_of, decrypt_address
from server.notices.events import REQUESTED_EVENTS, Channel
from server.notices.models import Notice, NoticeState
from server.notices.queue import queue_next_channel
from server.notices.quiet_hours import next_allowed
from server.notices.rendering import render
from server.notices.senders.registry import sender_of
from server.notices.senders.sender import OutgoingNotice, SendFailed, SendReceipt, Undeliverable
from server.records.identifiers import new_id

RETRY_DELAYS: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=4))
LEASE: Final = timedelta(minutes=10)
BATCH: Final = 20
"""LEASE / BATCH is longer than a sender's timeout, so that the claims of one batch cannot expire while it is sent."""
MAX_RUN_S: Final = 60.0
log = logging.getLogger(__name__)


def send_due(now: datetime, limit: int = BATCH) -> int:
    """Make one attempt for each notice that is due, `limit` at most; return the number of attempts."""
    due = _due(now).order_by("next_attempt_at", "id").values_list("pk", flat=True)[:limit]
    return sum(_attempt(pk, now) for pk in list(due))


def send_all_due(now: datetime) -> int:
    """Send batch after batch until nothing is due, for MAX_RUN_S at most; return the number of attempts."""
    started, attempts = time.monotonic(), 0
    while (elapsed := time.monotonic() - started) < MAX_RUN_S:
        batch = send_due(now + timedelta(seconds=elapsed))
        if not batch:
            break
        attempts += batch
    return attempts


def _attempt(pk: int, now: datetime) -> bool:
    notice = Notice.objects.select_related("student__campaign__school", "submission").get(pk=pk)
    allowed_at = next_allowed(notice.event, notice.channel, now)
    if allowed_at > now:
        _due(now).filter(pk=pk).update(next_attempt_at=allowed_at)
        return False
    uncertain = notice.outcome_unknown
    if not _claim(notice, now):
        return False
    if notice.attempts > len(RETRY_DELAYS) + 1:  # the last attempts ended in a crash
        _end(notice, NoticeState.GIVEN_UP, notice.why or "no attempt ended with an answer", now)
        return True
    _send(notice, uncertain, now)
    return True


def _claim(notice: Notice, now: datetime) -> bool:
    """Take the row for LEASE with one conditional UPDATE; of two workers one gets it."""
    claim = new_id()
    taken = (
        _due(now)
        .filter(pk=notice.pk, attempts=notice.attempts)
        .update(claim=claim, claimed_until=now + LEASE, attempts=F("attempts") + 1, outcome_unknown=True)
    )
    if taken:
        notice.refresh_from_db(fields=["claim", "attempts", "state"])
    return bool(taken)


def _send(notice: Notice, uncertain: bool, now: datetime) -> None:
    unknown = uncertain
    try:
        outgoing = outgoing_notice(notice, now)
        sender = sender_of(notice.channel)
        if uncertain and sender.was_sent(outgoing):
            receipt = SendReceipt(delivered=notice.channel == Channel.FOLDER.value)
        else:
            unknown = False
            receipt = sender.send(outgoing)
    except Undeliverable as error:
        _end(notice, NoticeState.FAILED, str(error), now)
    except (SendFailed, Problem) as error:
        _retry(notice, str(error), now, outcome_unknown=unknown)
    except Exception as error:
        # No traceback: it could contain the address.
        log.warning("notice %s by %s: outcome unknown, %s", notice.key, notice.channel, type(error).__name__)
        _retry(notice, f"no answer ({type(error).__name__})", now, outcome_unknown=True)
    else:
        state = NoticeState.DELIVERED if receipt.delivered else NoticeState.SENT
        _settle(
            notice,
            state=state.value,
            sent_at=now,
            delivered_at=now if receipt.delivered else None,
            provider_id=receipt.provider_id[:100],
            recipient=mask_address(outgoing.address),
            next_attempt_at=now,
            outcome_unknown=False,
            why="",
        )


def outgoing_notice(notice: Notice, now: datetime) -> OutgoingNotice:
    """Return the notice for its sender. Raises Undeliverable if the student has withdrawn the address."""
    if notice.event in REQUESTED_EVENTS:
        return _requested_notice(notice, now)
    student = notice.student
    contact = contact_of(student)
    address = address_of(contact, notice.channel)
    if not address and notice.channel != Channel.FOLDER.value:
        raise Undeliverable("the student has no such address any more")
    language = contact.language if contact else DEFAULT_LANGUAGE
    return OutgoingNotice(
        key=notice.key,
        event=notice.event,
        address=address,
        language=language,
        text=render(notice, language, now),
        queued_at=notice.queued_at,
        student_no=student.student_no,
    )


def _requested_notice(notice: Notice, now: datetime) -> OutgoingNotice:
    """Return a notice to the address and in the language that the student chose for it."""
    language = str(notice.values.get("language", DEFAULT_LANGUAGE))
    return OutgoingNotice(
        key=notice.key,
        event=notice.event,
        address=decrypt_address(notice.address_encrypted),
        language=language,
        text=render(notice, language, now),
        queued_at=notice.queued_at,
        student_no=notice.student.student_no,
        attachments=attachments_of(notice),
    )


def end_notice(notice: Notice, state: NoticeState, why: str, now: datetime) -> None:
    """End a notice without success and queue it for the next channel, in one transaction."""
    with transaction.atomic():
        notice.state, notice.why, notice.claimed_until, notice.address_encrypted = state.value, why[:200], None, ""
        notice.save(update_fields=["state", "why", "claimed_until", "address_encrypted"])
        queue_next_channel(notice, now)


def _end(notice: Notice, state: NoticeState, why: str, now: datetime) -> None:
    with transaction.atomic():
        if _settle(notice, state=state.value, why=why[:200]):
            queue_next_channel(notice, now)


def _retry(notice: Notice, why: str, now: datetime, *, outcome_unknown: bool) -> None:
    if notice.attempts > len(RETRY_DELAYS):
        _end(notice, NoticeState.GIVEN_UP, why, now)
        return
    at = next_allowed(notice.event, notice.channel, now + RETRY_DELAYS[notice.attempts - 1])
    _settle(notice, next_attempt_at=at, outcome_unknown=outcome_unknown, why=why[:200])


def _settle(notice: Notice, **changes: object) -> bool:
    """Write the result unless the claim expired and another worker has taken the row."""
    own = Notice.objects.filter(pk=notice.pk, claim=notice.claim)
    if "state" in changes:
        changes["address_encrypted"] = ""
    return bool(own.update(**changes, claimed_until=None))


def _due(now: datetime) -> QuerySet[Notice]:
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    return Notice.objects.filter(free, state=NoticeState.QUEUED.value, next_attempt_at__lte=now)
