"""Conditions of queries for students."""

from __future__ import annotations

from django.db.models import Q

from kiosk.upload.envelope import VisitOutcome
from server.submissions.states import UNDECIDED_STATES, State


def has_portrait() -> Q:
    """Return the condition of students who need no further visit: a portrait of theirs waits for review or is past it.
    An interrupted visit that nobody has decided on does not count. A revoked portrait does: no new version may come."""
    past_review = set(State) - {*UNDECIDED_STATES, State.REJECTED, State.WITHDRAWN, State.SUPERSEDED}
    undecided = Q(submissions__state__in=[*UNDECIDED_STATES], submissions__outcome=VisitOutcome.ACCEPTED.value)
    return Q(submissions__state__in=sorted(past_review)) | undecided
