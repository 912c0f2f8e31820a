"""Helpers for tests of the workflow: people in every role, submissions in every state, decisions without waiting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from server.members.models import Membership
from server.members.models import Role as Member
from server.records.models import Student
from server.stations.models import Station
from server.submissions.actor import SERVER, Actor
from server.submissions.decisions import decide
from server.submissions.models import Submission
from server.submissions.reasons import GivenReason
from server.submissions.rule import Role
from server.submissions.states import CLAIMABLE_STATES, State

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
TILTED = (GivenReason("tilted", "  请坐直  "),)


def user_in(*roles: Role, name: str = "", **where: Any) -> User:
    """Return a user with these roles at every school, or at `where` (school or campaign)."""
    user, _ = User.objects.get_or_create(username=name or "-".join(roles) or "nobody")
    for role in roles:
        Membership.objects.create(user=user, role=Member(role.value), **where)
    return user


def reviewer_named(name: str) -> User:
    return user_in(Role.REVIEWER, Role.FINAL_REVIEWER, name=name)


def a_station() -> Station:
    station, _ = Station.objects.get_or_create(token_hash="0" * 64, defaults={"name": "一号站", "paired_at": NOW})
    return station


def submission_of(
    student: Student, state: State = State.RECEIVED, kind: str = "finished", **details: Any
) -> Submission:
    """`kind`: finished, broken_off (no portrait) or broken_off_with_portrait."""
    return Submission.objects.create(
        **{
            "id": "a" * 32,
            "student": student,
            "station": a_station(),
            "version": 1,
            "state": state.value,
            "shot_sha256": "1" * 64,
            "portrait_sha256": None if kind == "broken_off" else "2" * 64,
            "simulated": False,
            "outcome": "accepted" if kind == "finished" else "interrupted",
            "taken_at": NOW,
            "received_at": NOW,
            "envelope": {},
            **details,
        }
    )


def claimed_by(submission: Submission, user: Any, until: datetime = NOW + timedelta(minutes=5)) -> Submission:
    """Claim the submission without a transition, if its state can be claimed."""
    if State(submission.state) in CLAIMABLE_STATES and user is not None:
        Submission.objects.filter(pk=submission.pk).update(claimed_by=user, claimed_until=until)
    return Submission.objects.get(pk=submission.pk)


def actor_as(role: Role, student: Student) -> Actor:
    if role is Role.SERVER:
        return SERVER
    if role is Role.STATION:
        return Actor(station=a_station())
    return Actor(student=student) if role is Role.STUDENT else Actor(user=user_in(role))


def approve(identifier: str, revision: int, user: Any, now: datetime, identity_confirmed: bool = False) -> Submission:
    return decide(identifier, "approve", revision, user, now, identity_confirmed=identity_confirmed)


def reject(
    identifier: str, revision: int, user: Any, now: datetime, reason: str = "tilted", comment: str = ""
) -> Submission:
    return decide(identifier, "reject", revision, user, now, reasons=[GivenReason(reason, comment)])
