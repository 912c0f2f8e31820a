"""Which campaign the page of the capture day shows first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from server.records.models import Campaign


def in_order_of_interest(campaigns: Iterable[Campaign], now: datetime) -> list[Campaign]:
    """Return those that are open today first, then the ones closed last, then the coming ones."""
    today = timezone.localdate(now)

    def rank(campaign: Campaign) -> tuple[int, int, str]:
        first, last = campaign.capture_days()
        if first <= today <= last:
            return 0, last.toordinal(), campaign.pk
        return (1, -last.toordinal(), campaign.pk) if last < today else (2, first.toordinal(), campaign.pk)

    return sorted(campaigns, key=rank)
