"""The states of a submission, and the groups of them that rules have in common."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """The state of a submission. Stations read it in their receipts."""

    RECEIVED = "received"
    FIRST_REVIEW = "first_review"
    RETOUCHING = "retouching"
    FINAL_REVIEW = "final_review"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    CONFIRMED = "confirmed"
    QUEUED = "queued"
    PUBLISHED = "published"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


CLOSED_STATES: Final = (State.REJECTED, State.WITHDRAWN, State.SUPERSEDED, State.REVOKED)
"""States after which the student has no open submission; after `revoked` no new version may come either."""
FROZEN_STATES: Final = (State.CONFIRMED, State.QUEUED, State.PUBLISHED)
"""States in which the portrait's bytes never change."""
UNDECIDED_STATES: Final = (State.RECEIVED, State.FIRST_REVIEW)
"""States before the first decision."""
CLAIMABLE_STATES: Final = (State.FIRST_REVIEW, State.RETOUCHING, State.FINAL_REVIEW)
"""States in which one person at a time works on the submission."""
