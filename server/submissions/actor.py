"""Who acts on a submission: a user, the student, a station, or the server itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from server.members.scope import roles_in
from server.records.models import Student
from server.stations.models import Station
from server.submissions.models import Submission
from server.submissions.rule import Role


@dataclass(frozen=True)
class Actor:
    """A user, a student, a station or the server. A station alone submits; with `is_server` the server acts, possibly
    because of a station's request."""

    user: Any = None
    student: Student | None = None
    station: Station | None = None
    is_server: bool = False

    def roles(self, submission: Submission) -> frozenset[Role]:
        """Return the roles in which this actor may act on the submission. A student acts only on their own."""
        if self.is_server:
            return frozenset({Role.SERVER})
        if self.user is not None:
            names = roles_in(self.user, submission.student.campaign)
            return frozenset(role for role in Role if role.value in names) - {Role.STATION, Role.STUDENT, Role.SERVER}
        if self.student is not None:
            return frozenset({Role.STUDENT} if self.student.pk == submission.student_id else ())
        return frozenset({Role.STATION} if self.station is not None else ())


@dataclass(frozen=True)
class ActorOnMany(Actor):
    """A user who acts on many submissions in one transaction: their roles are read once for each campaign."""

    known: dict[str, frozenset[Role]] = field(default_factory=dict)

    def roles(self, submission: Submission) -> frozenset[Role]:
        campaign = submission.campaign_id
        if campaign not in self.known:
            self.known[campaign] = super().roles(submission)
        return self.known[campaign]


SERVER = Actor(is_server=True)
