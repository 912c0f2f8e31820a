"""The progress of a portrait as a short row of milestones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from server.submissions.states import FROZEN_STATES, State


@dataclass(frozen=True)
class Milestone:
    """`status`: done, now, later or back (sent back); `key` is the message key of its label."""

    key: str
    status: str
    at: datetime | None = None


_RECEIVED, _REVIEW, _APPROVED = "progress.step_received", "progress.step_review", "progress.step_approved"
_SENT_BACK = {
    State.REJECTED: "progress.step_rejected",
    State.WITHDRAWN: "progress.step_withdrawn",
    State.REVOKED: "progress.step_revoked",
}


def milestones(state: str, received: datetime | None, decided: datetime | None) -> tuple[Milestone, ...]:
    """Return the milestones. `state` is "" if there is no portrait; `decided` is the time of the latest transition."""
    if not state:
        return tuple(Milestone(key, "later") for key in (_RECEIVED, _REVIEW, _APPROVED))
    first = Milestone(_RECEIVED, "done", received)
    if state in FROZEN_STATES:
        end = Milestone("progress.step_published" if state == State.PUBLISHED else _APPROVED, "done", decided)
        return first, Milestone(_REVIEW, "done"), end
    if state in _SENT_BACK:
        return first, Milestone(_SENT_BACK[State(state)], "back", decided)
    if state == State.AWAITING_CONFIRMATION:
        return first, Milestone(_REVIEW, "done", decided), Milestone("progress.step_confirmation", "now")
    if state == State.RETOUCHING:
        return first, Milestone("progress.step_retouching", "now"), Milestone(_APPROVED, "later")
    return first, Milestone(_REVIEW, "now"), Milestone(_APPROVED, "later")
