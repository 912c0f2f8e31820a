"""Count attempts, so that short secrets cannot be guessed.

The counters are database rows: they are kept over a restart and apply to every process of the server.
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
    """At most `tries` attempts of one client `who` within `minutes` of the first (default: [throttle] window_minutes).

    Call `allow` before comparing a secret: it counts the attempt in the same statement that checks the limit, so
    parallel requests get no additional attempts. `succeeded` resets the count of `who`; `give_back` returns one
    attempt, for a counter that several people share (an address).
    """

    name: str
    tries: int
    minutes: int | None = None

    def allow(self, who: str) -> bool:
        """Count this attempt; return whether it is within the limit."""
        now, key = timezone.now(), self._key(who)
        return self._count(key, now) or self._start(key, now) or self._count(key, now)

    def exhausted(self, who: str) -> bool:
        """Return whether `allow` would return False now; counts nothing."""
        return self._unexpired(self._key(who), timezone.now()).filter(count__gte=self.tries).exists()

    def remaining(self, who: str) -> int:
        """Return the number of attempts left."""
        used = self._unexpired(self._key(who), timezone.now()).values_list("count", flat=True).first()
        return max(self.tries - (used or 0), 0)

    def resets_at(self, who: str) -> datetime | None:
        """Return when the count of `who` expires; None if there is none."""
        return self._unexpired(self._key(who), timezone.now()).values_list("expires_at", flat=True).first()

    def failed(self, who: str) -> None:
        """Count an attempt whose limit was checked with `exhausted`."""
        self.allow(who)

    def succeeded(self, who: str) -> None:
        TryCount.objects.filter(pk=self._key(who)).delete()

    def give_back(self, who: str) -> None:
        TryCount.objects.filter(pk=self._key(who), count__gt=0).update(count=F("count") - 1)

    @property
    def period(self) -> timedelta:
        return timedelta(minutes=self.minutes or settings.APP.throttle.window_minutes)

    def _count(self, key: str, now: datetime) -> bool:
        """Increment with one conditional UPDATE: the database never grants the same last attempt to two requests."""
        return bool(self._unexpired(key, now).filter(count__lt=self.tries).update(count=F("count") + 1))

    def _start(self, key: str, now: datetime) -> bool:
        """Start a counter if there is none or it has expired. Returns False if another request did so first, or if it
        is full."""
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
    """Return the address under which attempts count: for IPv6 the /64 network, because one person may use all of it."""
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


def address_tries(request: HttpRequest, tries: int) -> int:
    """Return the limit for this request's address: `tries`, or [throttle] trusted_network_factor times as many in a
    trusted network, where many students share one address."""
    limits = settings.APP.throttle
    try:
        address = ipaddress.ip_address(throttle_address(request).partition("/")[0])
    except ValueError:
        return tries
    trusted = (ipaddress.ip_network(network) for network in limits.trusted_networks)
    return tries * limits.trusted_network_factor if any(address in network for network in trusted) else tries
