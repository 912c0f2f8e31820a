"""Counting tries, so that a secret of few characters cannot be guessed.

The counters are rows of the database: they survive a restart and hold for every process of the server.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from server.core.models import TryCount


@dataclass(frozen=True)
class Throttle:
    """At most `tries` for one `who` within `minutes` of the first of them (by default [throttle] window_minutes).

    Use `allow` before a secret is compared: it counts the try in the same statement that checks the limit, so that many
    requests at once get no more tries than one after the other. `succeeded` forgets the count of `who`; `give_back`
    takes back one try, for a counter that several people share (an address).
    """

    name: str
    tries: int
    minutes: int | None = None

    def allow(self, who: str) -> bool:
        """Counts this try, and tells whether it is still within the limit."""
        now, key = timezone.now(), self._key(who)
        return self._count(key, now) or self._start(key, now) or self._count(key, now)

    def exhausted(self, who: str) -> bool:
        """Whether `allow` would say no now; counts nothing."""
        return self._unexpired(self._key(who), timezone.now()).filter(count__gte=self.tries).exists()

    def remaining(self, who: str) -> int:
        """How many tries are left now."""
        used = self._unexpired(self._key(who), timezone.now()).values_list("count", flat=True).first()
        return max(self.tries - (used or 0), 0)

    def resets_at(self, who: str) -> datetime | None:
        """When the count of `who` is forgotten; None where there is none."""
        return self._unexpired(self._key(who), timezone.now()).values_list("expires_at", flat=True).first()

    def failed(self, who: str) -> None:
        """Counts a try whose limit was checked by `exhausted`."""
        self.allow(who)

    def succeeded(self, who: str) -> None:
        TryCount.objects.filter(pk=self._key(who)).delete()

    def give_back(self, who: str) -> None:
        TryCount.objects.filter(pk=self._key(who), count__gt=0).update(count=F("count") - 1)

    @property
    def period(self) -> timedelta:
        return timedelta(minutes=self.minutes or settings.APP.throttle.window_minutes)

    def _count(self, key: str, now: datetime) -> bool:
        """One UPDATE with its condition: the database itself lets no two requests take the same last try."""
        return bool(self._unexpired(key, now).filter(count__lt=self.tries).update(count=F("count") + 1))

    def _start(self, key: str, now: datetime) -> bool:
        """Starts a counter where there is none or an expired one. False where another request did so or it is full."""
        fresh = {"count": 1, "expires_at": now + self.period}
        if TryCount.objects.filter(pk=key, expires_at__lte=now).update(**fresh):
            return True
        if TryCount.objects.filter(pk=key).exists():
            return False
        try:
            with transaction.atomic():
                TryCount.objects.create(key=key, **fresh)
        except IntegrityError:
            return False
        TryCount.objects.filter(expires_at__lte=now).delete()
        return True

    def _unexpired(self, key: str, now: datetime) -> QuerySet[TryCount]:
        return TryCount.objects.filter(pk=key, expires_at__gt=now)

    def _key(self, who: str) -> str:
        return salted_hmac(f"throttle:{self.name}", who, algorithm="sha256").hexdigest()


def throttle_address(request: HttpRequest) -> str:
    """The client's address as tries are counted: of IPv6 the network of 64 bits, all of which one person may use."""
    text = str(request.META.get("REMOTE_ADDR", ""))
    try:
        address = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return text
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))
