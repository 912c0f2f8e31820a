"""Elect the one worker that plans the periodic jobs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from server.jobs.models import Lease

LEADER: Final = "leader"
DURATION: Final = timedelta(seconds=30)
_CLOCK_DIFFERENCE: Final = timedelta(minutes=5)
"""Between the clocks of two machines with workers."""


def acquire_lease(holder: str, now: datetime, name: str = LEADER) -> bool:
    """Take or renew the lease; return whether `holder` has it. No other holder gets it for DURATION.

    A lease that ends much later than that was taken with a wrong clock, and is free: its holder may have been killed.
    """
    until = now + DURATION
    free = Q(holder=holder) | Q(expires_at__lte=now) | Q(expires_at__gt=until + _CLOCK_DIFFERENCE)
    if Lease.objects.filter(free, name=name).update(holder=holder, expires_at=until):
        return True
    _, created = Lease.objects.get_or_create(name=name, defaults={"holder": holder, "expires_at": until})
    return created


def release_lease(holder: str, name: str = LEADER) -> None:
    """Release the lease, so that another worker need not wait until it expires."""
    Lease.objects.filter(name=name, holder=holder).delete()
