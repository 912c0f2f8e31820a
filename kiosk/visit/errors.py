"""Expected and unexpected failures of work that was handed to another thread."""

from __future__ import annotations

import logging
from concurrent.futures import Future
from typing import Any, Final

from config.errors import Problem
from config.i18n import Message
from hardware.cameras.api import CameraHealth, CameraProblem
from kiosk.guidance.analysis_rate import AnalysisRate

log = logging.getLogger(__name__)
STAFF_ACTION_REQUIRED: Final = frozenset({"camera.card_full", "camera.no_card", "camera.battery_empty"})
"""What keeps a camera from shooting until somebody has changed something in it; trying again is of no use."""
BATTERY_EMPTY_PERCENT: Final = 5
"""Percent of a battery at which cameras refuse to shoot, though they still talk."""
STAFF_RETRY_INTERVAL_S: Final = 4.0
"""Seconds after which it is tried again all the same, where the camera does not say that nothing has changed."""
SHOT_ERRORS: Final = STAFF_ACTION_REQUIRED | {"camera.slow", "camera.refused", "camera.unreadable"}
"""What the history tells of single shots: a camera that is gone tells of itself, a blurred moment tells nothing."""


def problem_of(done: Future[Any]) -> Problem | None:
    """The expected failure that a future ended in; anything unexpected is told as such, and logged whole."""
    error = done.exception()
    if error is None or isinstance(error, Problem):
        return error
    log.error("unexpected failure", exc_info=error)
    return CameraProblem("trouble.unexpected")


def log_failure(done: Future[Any]) -> None:
    """For what nobody waits for any more: the visit stays open in the outbox and is finished at the next start."""
    problem = problem_of(done)
    if problem is not None:
        log.error("%s", problem)


def message_for(problem: Problem) -> Message:
    """What a screen says of it."""
    return Message(problem.key, problem.values)


def slow_analysis_problem(rate: AnalysisRate) -> Problem:
    """What the operator is told of a machine that analyses too slowly."""
    return Problem("guidance.slow", measured=f"{rate.rate_hz:.1f}", required=f"{rate.required_hz:g}")


def is_resolved(key: str, health: CameraHealth | None) -> bool:
    """Whether a live camera's trouble of that key is mended, as far as the camera tells."""
    if not key.startswith("camera."):
        return False
    if health is None or key not in STAFF_ACTION_REQUIRED:
        return True
    if key == "camera.battery_empty":
        return health.battery is None or health.battery > BATTERY_EMPTY_PERCENT
    return health.card_free is None or health.card_free > 0
