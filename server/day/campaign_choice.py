"""The order of campaigns on the page of the capture day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from server.records.models import Campaign


def in_order_of_interest(campaigns: Iterable[Campaign], now: datetime) -> list[Campaign]:
    """Return the campaigns that are open today, then past ones, the latest first, then coming ones."""
    today = timezone.localdate(now)

    def rank(campaign: Campaign) -> tuple[int, int, str]:
        first, last = campaign.capture_days()
        if first <= today <= last:
            return 0, last.toordinal(), campaign.pk
        return (1, -last.toordinal(), campaign.pk) if last < today else (2, first.toordinal(), campaign.pk)

    return sorted(campaigns, key=rank)
