"""The check of all photos that came by phone, once their campaign is closed: it proposes revocations and makes none.

It uses the engine's report on each photo (kiosk.upload.photo_origin), and searches for one photo that two persons
sent. Two administrators decide (server.submissions.revocation).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, QuerySet

from server.submissions.models import STATION_SOURCE, Submission
from server.submissions.revocation import REVOCABLE_STATES
from server.submissions.revocation_models import RevocationProposal

LATE_PHOTOS: Final = timedelta(days=14)
"""How long after its last day a campaign is checked again each day: students may come again after a rejection."""
_STRONG: Final = "strong"  # kiosk.capture.retouch.beauty_filter.SuspicionLevel, which only the engine loads
_SIGNS: Final = ("screenshot",)


def propose_revocations(now: datetime) -> int:
    """The periodic job: propose revocations in campaigns that have closed; return how many are new. A dismissed
    proposal is not made again."""
    count = 0
    for submission in _to_check(now).iterator():
        findings = list(_findings(submission))
        if not findings:
            continue
        with transaction.atomic():
            defaults = {"findings": findings, "made_at": now}
            _, is_new = RevocationProposal.objects.get_or_create(submission=submission, defaults=defaults)
        count += is_new
    return count


def _to_check(now: datetime) -> QuerySet[Submission]:
    by_phone = Submission.objects.exclude(source=STATION_SOURCE).filter(state__in=REVOCABLE_STATES)
    closed = by_phone.filter(campaign__closes_at__lt=now, campaign__closes_at__gte=now - LATE_PHOTOS)
    return closed.filter(revocation_proposal=None).select_related("student")


def _findings(submission: Submission) -> Iterator[str]:
    origin: dict[str, Any] = submission.envelope.get("origin") or {}
    if (origin.get("suspicion") or {}).get("level") == _STRONG:
        yield "edited"
    yield from (sign for sign in origin.get("signs", []) if sign in _SIGNS)
    if _persons_with(submission.shot_sha256) > 1:
        yield "same_photo"


def _persons_with(shot_sha256: str) -> int:
    """Return how many persons, by their ID numbers, handed in this photo."""
    rows = Submission.objects.filter(shot_sha256=shot_sha256)
    count: int = rows.aggregate(count=Count("student__id_number_hmac", distinct=True))["count"]
    return count
