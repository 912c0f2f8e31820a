"""Checks the last four characters of the ID number that everybody types who is identified without their card.

The server knows whether they are right. Where it does not answer, they are kept with the visit and compared later.
"""

from __future__ import annotations

import hmac
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from config.errors import Problem
from kiosk.identification.attempts import Attempts, Limit
from kiosk.upload.envelope import LastFourAnswer

log = logging.getLogger(__name__)
PER_STUDENT: Final = Limit(tries=5, pause=60.0, max_pause=3_600.0)
PER_STATION: Final = Limit(tries=15, pause=60.0, max_pause=900.0, forget=3_600.0)
"""Whoever goes through other people's codes stops the station for everybody, as a queue at the desk would."""
CHARACTERS: Final = 4
_STATION: Final = "last_four"
Ask = Callable[[str, str], LastFourAnswer]


@dataclass(frozen=True)
class LastFourResult:
    """`right`: they belong to the student; None: nobody could say. Wrong: `left` more tries, or none for `wait` seconds
    (infinite: until the operator decides)."""

    right: bool | None
    left: int = 0
    wait: float = 0.0


class LastFourCheck:
    """`ask` asks the server (Client.last_four); None: the station has none. Blocks: not for the UI thread."""

    def __init__(self, ask: Ask | None, attempts: Attempts) -> None:
        self._ask = ask
        self._attempts = attempts

    def wait(self, student: str) -> float:
        """Seconds until this student may try again."""
        attempts = self._attempts
        return max(attempts.wait(_of(student), PER_STUDENT), attempts.wait(_STATION, PER_STATION))

    def check(self, student: str, typed: str, known: str = "") -> LastFourResult:
        """`known`: the right ones, where the station has them (from a document, or a server of 86a4649)."""
        if wait := self.wait(student):
            return LastFourResult(False, wait=wait)
        if known and not hmac.compare_digest(known.upper().encode(), typed.upper().encode()):
            return self._wrong(student)
        answer = self._answer(student, typed)
        if answer is None:
            return self._right(student) if known else LastFourResult(None)
        if answer.confirmed:
            return self._right(student)
        result = self._wrong(student)
        if answer.tries_left == 0:
            return LastFourResult(False, wait=answer.retry_after if answer.retry_after is not None else math.inf)
        return LastFourResult(False, min(result.left, answer.tries_left), result.wait)

    def _answer(self, student: str, typed: str) -> LastFourAnswer | None:
        try:
            return self._ask(student, typed) if self._ask is not None else None
        except Problem as problem:
            log.info("the last four characters are compared later: %s", problem.key)
            return None

    def _right(self, student: str) -> LastFourResult:
        self._attempts.right(_of(student))
        return LastFourResult(True)

    def _wrong(self, student: str) -> LastFourResult:
        station = self._attempts.wrong(_STATION, PER_STATION)
        pause = max(self._attempts.wrong(_of(student), PER_STUDENT), station)
        return LastFourResult(False, 0 if pause else self._attempts.left(_of(student), PER_STUDENT), pause)


def _of(student: str) -> str:
    return f"last_four:{student}"
