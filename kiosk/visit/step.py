"""The steps of a visit."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Step(StrEnum):
    IDLE = "idle"
    IDENTIFY = "identify"
    DOCUMENT = "document"
    STUDENT_NO = "student_no"
    LAST_FOUR = "last_four"
    CHOOSE = "choose"
    CONSENT = "consent"
    PREPARE = "prepare"
    POSE = "pose"
    COUNTDOWN = "countdown"
    SHOOT = "shoot"
    REVIEW = "review"
    PAYMENT = "payment"
    DONE = "done"
    ENDED = "ended"
    ERROR = "error"


IDENTIFYING_STEPS: Final = (Step.IDLE, Step.IDENTIFY, Step.DOCUMENT, Step.STUDENT_NO, Step.ENDED)
TIMED_STEPS: Final = (
    Step.IDENTIFY,
    Step.DOCUMENT,
    Step.STUDENT_NO,
    Step.LAST_FOUR,
    Step.CHOOSE,
    Step.CONSENT,
    Step.PREPARE,
    Step.POSE,
    Step.REVIEW,
    Step.PAYMENT,
    Step.DONE,
    Step.ENDED,
    Step.ERROR,
)
WATCHED_STEPS: Final = (Step.REVIEW, Step.PAYMENT)
"""The steps at which the analysis only detects whether somebody still looks at the portrait or the codes."""
