"""Check of the last four characters of the ID number, which students without a card type.

The server checks them. If it does not answer, they are stored with the visit and compared later.
"""

from __future__ import annotations

import hmac
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from config.errors import Problem
from kiosk.identification.attempts import AttemptCounters, AttemptLimit
from kiosk.upload.envelope import LastFourAnswer

log = logging.getLogger(__name__)
STUDENT_LIMIT: Final = AttemptLimit(tries=5, pause=60.0, max_pause=3_600.0)
STATION_LIMIT: Final = AttemptLimit(tries=15, pause=60.0, max_pause=900.0, reset_after=3_600.0)
"""This limit counts for the whole station: somebody who tries other people's codes blocks it, as they would by
occupying it."""
LENGTH: Final = 4
_STATION_COUNTER: Final = "last_four"
AskServer = Callable[[str, str], LastFourAnswer]


@dataclass(frozen=True)
class LastFourResult:
    """`correct`: they belong to the student; None: they could not be checked. If wrong, `tries_left` more tries, or
    none for `wait` seconds (infinite: until the operator decides)."""

    correct: bool | None
    tries_left: int = 0
    retry_after: float = 0.0


class LastFourCheck:
    """`ask_server` is Client.last_four, or None for a station without a server. It blocks: do not call it on the UI
    thread."""

    def __init__(self, ask_server: AskServer | None, attempts: AttemptCounters) -> None:
        self._ask_server = ask_server
        self._attempts = attempts

    def seconds_to_wait(self, student: str) -> float:
        """Return the seconds until this student may try again."""
        attempts = self._attempts
        return max(
            attempts.seconds_to_wait(_counter_for(student), STUDENT_LIMIT),
            attempts.seconds_to_wait(_STATION_COUNTER, STATION_LIMIT),
        )

    def check(self, student: str, typed: str, expected: str = "") -> LastFourResult:
        """Check the typed characters. `expected`: the correct ones, if the station has them (from a document, or from a
        server of 86a4649)."""
        if wait := self.seconds_to_wait(student):
            return LastFourResult(False, retry_after=wait)
        if expected and not hmac.compare_digest(expected.upper().encode(), typed.upper().encode()):
            return self._reject(student)
        answer = self._query_server(student, typed)
        if answer is None:
            return self._accept(student) if expected else LastFourResult(None)
        if answer.confirmed:
            return self._accept(student)
        result = self._reject(student)
        if answer.tries_left == 0:
            return LastFourResult(False, retry_after=answer.retry_after if answer.retry_after is not None else math.inf)
        return LastFourResult(False, min(result.tries_left, answer.tries_left), result.retry_after)

    def _query_server(self, student: str, typed: str) -> LastFourAnswer | None:
        try:
            return self._ask_server(student, typed) if self._ask_server is not None else None
        except Problem as problem:
            log.info("the last four characters are compared later: %s", problem.key)
            return None

    def _accept(self, student: str) -> LastFourResult:
        self._attempts.reset(_counter_for(student))
        return LastFourResult(True)

    def _reject(self, student: str) -> LastFourResult:
        station = self._attempts.record_failure(_STATION_COUNTER, STATION_LIMIT)
        pause = max(self._attempts.record_failure(_counter_for(student), STUDENT_LIMIT), station)
        return LastFourResult(
            False, 0 if pause else self._attempts.tries_left(_counter_for(student), STUDENT_LIMIT), pause
        )


def _counter_for(student: str) -> str:
    return f"last_four:{student}"
