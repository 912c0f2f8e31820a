"""The nine reasons on the keys 1 to 9: the reviewer's own most used first, then those of server.toml in their order.

They are counted up to midnight, so that a key means the same reason all day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count
from django.utils import timezone

from server.submissions.reason_models import Reason

FAVOURITES: Final = 9
COUNTED_DAYS: Final = 90
_CACHE_S: Final = 3600


def favourite_codes(user: Any, now: datetime) -> tuple[str, ...]:
    """Return up to nine codes, the one of key 1 first."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    key = f"favourites:{user.pk}:{midnight:%Y-%m-%d}"
    used: list[str] | None = cache.get(key)
    if used is None:
        used = _most_used(user, midnight)
        cache.set(key, used, _CACHE_S)
    in_order = [code for group in settings.APP.review.reasons.values() for code in group]
    known = dict.fromkeys([*(code for code in used if code in in_order), *in_order])
    return tuple(known)[:FAVOURITES]


def _most_used(user: Any, midnight: datetime) -> list[str]:
    reasons = Reason.objects.filter(
        entry__user=user.pk, entry__at__gte=midnight - timedelta(days=COUNTED_DAYS), entry__at__lt=midnight
    )
    counted = reasons.values("code").annotate(times=Count("id")).order_by("-times", "code")
    return list(counted.values_list("code", flat=True)[:FAVOURITES])
