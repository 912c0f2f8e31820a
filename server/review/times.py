"""The time of a visit by the station's clock and by the server's, and whether a reviewer must check it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from server.submissions.models import Submission

CLOCK_TOLERANCE: Final = timedelta(seconds=60)


@dataclass(frozen=True)
class VisitTimes:
    """`taken_at` is the time on the station's clock; `corrected_at` the same moment on the server's clock, None if the
    station's clock was right or its offset is not known."""

    taken_at: datetime
    received_at: datetime
    corrected_at: datetime | None
    outside_days: bool
    after_arrival: bool

    @property
    def is_doubtful(self) -> bool:
        return self.outside_days or self.after_arrival or self.corrected_at is not None


def visit_times(submission: Submission) -> VisitTimes:
    ahead = clock_ahead(submission.envelope)
    taken_at, received_at = submission.taken_at, submission.received_at
    moment = _subtract(taken_at, ahead)
    return VisitTimes(
        taken_at=taken_at,
        received_at=received_at,
        corrected_at=moment if abs(ahead) > CLOCK_TOLERANCE else None,
        outside_days=not submission.student.may_come_at(moment),
        after_arrival=moment - received_at > CLOCK_TOLERANCE,
    )


def clock_ahead(envelope: dict[str, Any]) -> timedelta:
    """Return how far the station's clock was ahead of the server's; 0 if it is not known."""
    try:
        return timedelta(seconds=float(envelope.get("clock_offset_seconds") or 0))
    except (OverflowError, ValueError, TypeError):
        return timedelta()


def _subtract(moment: datetime, ahead: timedelta) -> datetime:
    try:
        return moment - ahead
    except OverflowError:
        return moment
