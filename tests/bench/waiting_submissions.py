"""A campaign whose submissions wait for review, and a reviewer of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from server.records.models import Campaign, School
from tests.server.review.queue_data import fill_queue, member

BATCH: Final = 2_000


def create_waiting(count: int) -> None:
    """Create a campaign with `count` submissions that wait."""
    school, _ = School.objects.get_or_create(code="99001", defaults={"name": "示范大学"})
    now = timezone.now()
    campaign = Campaign.objects.create(
        code="bench1", school=school, title="示范", opens_at=now, closes_at=now + timedelta(days=1), simulated=True
    )
    for first in range(1, count + 1, BATCH):
        fill_queue(campaign, min(BATCH, count + 1 - first), first=first)


def reviewer(name: str) -> Any:
    """Return a reviewer of every school."""
    return member(name)
