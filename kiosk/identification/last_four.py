"""Check of the last four characters of the ID number; students without a card type them.

The server checks them. If it does not respond, they are stored with the visit and compared later.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from config.errors import Problem
from kiosk.identification.attempts import AttemptCounters, AttemptLimit
from kiosk.upload.envelope import LastFourAnswer

log = logging.getLogger(__name__)
STUDENT_LIMIT: Final = AttemptLimit(tries=5, pause=60.0, max_pause=3_600.0)
STATION_LIMIT: Final = AttemptLimit(tries=15, pause=60.0, max_pause=900.0, reset_after=3_600.0)
"""The limit of the whole station. A person who tries other people's codes can block the station with it, but occupying
the station has the same effect."""
LENGTH: Final = 4
_STATION_COUNTER: Final = "last_four"
AskServer = Callable[[str, str], LastFourAnswer]


@dataclass(frozen=True)
class LastFourResult:
    """`correct`: whether the characters belong to the student; None if they could not be checked. `tries_left`: the
    remaining tries after a wrong one; after the last the operator decides."""

    correct: bool | None
    tries_left: int = 0


class LastFourCheck:
    """`ask_server` is Client.last_four, or None for a station without a server. It blocks: do not call it on the UI
    thread."""

    def __init__(self, ask_server: AskServer | None, attempts: AttemptCounters) -> None:
        self._ask_server = ask_server
        self._attempts = attempts

    def check(self, student: str, typed: str, expected: str = "") -> LastFourResult:
        """Check the typed characters. `expected`: the correct ones, if the station has them (from a document, or from a
        server of version 86a4649)."""
        if self._is_paused(student):
            return LastFourResult(False)
        if expected and not hmac.compare_digest(expected.upper().encode(), typed.upper().encode()):
            return LastFourResult(False, self._count_failure(student))
        response = self._query_server(student, typed)
        if response is None:
            return self._accept(student) if expected else LastFourResult(None)
        if response.confirmed:
            return self._accept(student)
        return LastFourResult(False, min(self._count_failure(student), response.tries_left))

    def _is_paused(self, student: str) -> bool:
        """Return whether this student, or the whole station, has to wait before another try."""
        wait_s = self._attempts.seconds_to_wait
        return bool(wait_s(_counter_for(student), STUDENT_LIMIT) or wait_s(_STATION_COUNTER, STATION_LIMIT))

    def _query_server(self, student: str, typed: str) -> LastFourAnswer | None:
        try:
            return self._ask_server(student, typed) if self._ask_server is not None else None
        except Problem as problem:
            log.info("the last four characters are compared later: %s", problem.key)
            return None

    def _accept(self, student: str) -> LastFourResult:
        self._attempts.reset(_counter_for(student))
        return LastFourResult(True)

    def _count_failure(self, student: str) -> int:
        """Count a wrong try; return the number of remaining tries."""
        pauses = (
            self._attempts.record_failure(_STATION_COUNTER, STATION_LIMIT),
            self._attempts.record_failure(_counter_for(student), STUDENT_LIMIT),
        )
        return 0 if any(pauses) else self._attempts.tries_left(_counter_for(student), STUDENT_LIMIT)


def _counter_for(student: str) -> str:
    return f"last_four:{student}"
