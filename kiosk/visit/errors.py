"""Failures of work on other threads, and the groups of error keys that a visit treats alike."""

from __future__ import annotations

import logging
from concurrent.futures import Future
from typing import Any, Final

from config.errors import Problem
from config.i18n import Message
from hardware.cameras.api import REASONS, CameraHealth, CameraProblem
from kiosk.guidance.analysis_rate import AnalysisRate

log = logging.getLogger(__name__)
STAFF_ACTION_REQUIRED: Final = frozenset({"camera.card_full", "camera.no_card", "camera.battery_empty"})
"""Errors that keep a camera from shooting until the staff changes something in it; a retry is useless."""
CAMERA_ERRORS: Final = frozenset(f"camera.{reason}" for reason in (*REASONS, "dual_live", "dual_shot"))
"""All errors of a camera; the visit resumes when the camera works again."""
SINGLE_SHOT_ERRORS: Final = frozenset(
    f"camera.{reason}" for reason in ("slow", "busy", "refused", "out_of_focus", "unreadable", "raw_only")
)
"""Errors of one shot while the camera works: another try may succeed."""
DISK_ERRORS: Final = frozenset({"photo.disk_full", "photo.disk_failed", "upload.disk_full"})
"""Errors of the disk that stores the photos."""
BATTERY_EMPTY_PERCENT: Final = 5
"""Battery charge at which cameras refuse to shoot but still respond."""
STAFF_RETRY_INTERVAL_S: Final = 4.0
"""Time until a retry, unless the camera reports that nothing has changed."""
SHOT_ERRORS: Final = STAFF_ACTION_REQUIRED | {"camera.slow", "camera.refused", "camera.unreadable"}
"""Errors of shots that the device log records: a lost camera is recorded elsewhere, a blurred shot is no fault."""


def problem_of(done: Future[Any]) -> Problem | None:
    """Return the expected failure of a future; log an unexpected one and return it as `error.unexpected`."""
    error = done.exception()
    if error is None or isinstance(error, Problem):
        return error
    log.error("unexpected failure", exc_info=error)
    return CameraProblem("error.unexpected")


def log_failure(done: Future[Any]) -> None:
    """Log the failure of work that no caller waits for; the next start finishes the open visit."""
    problem = problem_of(done)
    if problem is not None:
        log.error("%s", problem)


def message_for(problem: Problem) -> Message:
    """Return the message that a screen shows for a problem."""
    return Message(problem.key, problem.values)


def slow_analysis_problem(rate: AnalysisRate) -> Problem:
    """Return the problem that the operator sees if this machine analyzes too slowly."""
    return Problem("guidance.slow", measured=f"{rate.rate_hz:.1f}", required=f"{rate.required_hz:g}")


def is_resolved(key: str, health: CameraHealth | None) -> bool:
    """Return whether the error `key` is over, as far as a camera that is live again reports its health."""
    if key not in CAMERA_ERRORS:
        return False
    if health is None or key not in STAFF_ACTION_REQUIRED:
        return True
    if key == "camera.battery_empty":
        return health.battery is None or health.battery > BATTERY_EMPTY_PERCENT
    return health.card_free is None or health.card_free > 0
