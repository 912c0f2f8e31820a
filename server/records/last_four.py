"""The last four characters of an ID number as a proof of identity.

Four characters have about 11,000 values, so attempts are counted for each student: a few within some minutes, and a few
more in all. An attempt with the right characters is not counted.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from server.core.throttle import Throttle

_TEN_YEARS_MINUTES: Final = 10 * 366 * 24 * 60
_UNKNOWN_STUDENT_SECRET: Final = "----"  # never equal to typed characters


@dataclass(frozen=True)
class LastFourResult:
    """`tries_left` is 0 during a pause, which ends at `resets_at`; None: it does not end."""

    confirmed: bool
    tries_left: int
    resets_at: datetime | None = None

    @property
    def is_paused(self) -> bool:
        return not self.confirmed and self.tries_left == 0


@dataclass(frozen=True)
class LastFourCheck:
    """One place where the characters are typed; its attempts are counted under `name`, `tries` at most within
    [throttle] window_minutes and last_four_total_tries in all."""

    name: str
    tries: int

    def check(self, who: str, typed: str, secret: str | None) -> LastFourResult:
        """Count an attempt of `who` and compare. `secret` is None for an unknown student, for whom the result, the
        count and the pause are those of wrong characters."""
        recently, in_all = self._throttles()
        if not (recently.allow(who) and in_all.allow(who)):
            return self._paused(who)
        expected = _UNKNOWN_STUDENT_SECRET if secret is None else secret
        if not hmac.compare_digest(typed.encode(), expected.encode()) or secret is None:
            tries_left = self._tries_left(who)
            return LastFourResult(False, tries_left) if tries_left else self._paused(who)
        with transaction.atomic():
            recently.give_back(who)
            in_all.give_back(who)
        return LastFourResult(True, self._tries_left(who))

    def is_paused(self, who: str) -> bool:
        return any(throttle.exhausted(who) for throttle in self._throttles())

    def reset(self, who: str) -> None:
        """Delete the counts of all attempts, after staff have seen the student's document."""
        for throttle in self._throttles():
            throttle.succeeded(who)

    def _paused(self, who: str) -> LastFourResult:
        recently, in_all = self._throttles()
        return LastFourResult(False, 0, None if in_all.exhausted(who) else recently.resets_at(who) or timezone.now())

    def _tries_left(self, who: str) -> int:
        return min(throttle.remaining(who) for throttle in self._throttles())

    def _throttles(self) -> tuple[Throttle, Throttle]:
        total = settings.APP.throttle.last_four_total_tries
        return Throttle(self.name, self.tries), Throttle(f"{self.name}_in_all", total, _TEN_YEARS_MINUTES)


def at_stations() -> LastFourCheck:
    return LastFourCheck("last_four", settings.APP.throttle.last_four_tries)


def on_student_page() -> LastFourCheck:
    """Return the check of the student's page. It is counted separately from stations, so that guesses with a stolen
    link do not pause the student at a station."""
    return LastFourCheck("unlock", settings.APP.throttle.unlock_tries)


def places() -> tuple[LastFourCheck, LastFourCheck]:
    return at_stations(), on_student_page()
