"""Counting tries, so that a secret of few characters cannot be guessed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest


@dataclass(frozen=True)
class Throttle:
    """At most `tries` failures for one `who` within [throttle] minutes; counted in Django's cache."""

    name: str
    tries: int

    def exhausted(self, who: str) -> bool:
        count: int = cache.get(self._key(who), 0)
        return count >= self.tries

    def failed(self, who: str) -> None:
        key = self._key(who)
        cache.add(key, 0, timeout=settings.HOUSE.throttle.minutes * 60)
        try:
            cache.incr(key)
        except ValueError:  # it expired between the two lines: this is the first failure of a new count
            cache.set(key, 1, timeout=settings.HOUSE.throttle.minutes * 60)

    def succeeded(self, who: str) -> None:
        cache.delete(self._key(who))

    def _key(self, who: str) -> str:
        return f"throttle:{self.name}:{hashlib.sha256(who.encode()).hexdigest()}"


def address_of(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))
