"""Two reviewers, a retoucher, a student and the passing time act in random order; the invariants hold."""

from __future__ import annotations

import itertools
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from server.core.api_errors import ApiError
from server.records.models import Campaign, Student
from server.submissions import effects
from server.submissions.actor import SERVER, Actor
from server.submissions.clock import run_due_transitions
from server.submissions.decisions import decide, take_back
from server.submissions.effects import Transition
from server.submissions.leases import claim, claim_next, release, renew
from server.submissions.models import CLOSED_STATES, AuditEntry, PendingDecision, Submission
from server.submissions.rule import Action, Role
from server.submissions.rules import find_rule
from server.submissions.states import FROZEN_STATES, State
from server.submissions.workflow import apply, record_submitted
from tests.server.conftest import make_campaign, make_student
from tests.server.submissions.reviewing import NOW, TILTED, a_station, reviewer_named, submission_of, user_in

pytestmark = pytest.mark.django_db

UNDO_SECONDS = 30
REVIEWERS = st.sampled_from(["mei", "late"])
DECISIONS = st.sampled_from(["approve", "reject", "request_retouch", "send_back"])
SERIAL = itertools.count(1)


class Reviewing(RuleBasedStateMachine):
    """Random actions: a refusal must change nothing, and an accepted action must keep the invariants."""

    @initialize(
        retouch=st.sampled_from(["never", "on_request", "always"]),
        final_review=st.booleans(),
        confirmation=st.booleans(),
        four_eyes=st.booleans(),
    )
    def open_campaign(self, **options: Any) -> None:
        self.savepoint = transaction.savepoint()
        serial = next(SERIAL)
        self.campaign = make_campaign(f"m{serial:05d}", **options)
        self.student = make_student(self.campaign, 1)
        self.people = {name: reviewer_named(f"{name}{serial}") for name in ("mei", "late")}
        self.people["retoucher"] = user_in(Role.RETOUCHER, name=f"retoucher{serial}")
        self.people["delivery"] = user_in(Role.DELIVERY, name=f"delivery{serial}")
        self.now = NOW
        self.transitions: list[Transition] = []
        self.frozen: dict[str, str | None] = {}
        self.revisions: dict[str, int] = {}
        self.effects, effects.EFFECTS = effects.EFFECTS, (self.transitions.append,)  # type: ignore[misc, assignment]
        self.submissions = 0
        self.settings = override_settings(APP=with_undo())
        self.settings.enable()

    def teardown(self) -> None:
        if hasattr(self, "settings"):
            self.settings.disable()
            effects.EFFECTS = self.effects  # type: ignore[misc]
            transaction.savepoint_rollback(self.savepoint)

    @property
    def latest(self) -> Submission:
        return Submission.objects.filter(student=self.student).latest("version")

    @property
    def is_open(self) -> bool:
        return self.submissions > 0 and self.latest.state not in CLOSED_STATES

    def attempt(self, call: Any, *arguments: Any, **named: Any) -> None:
        """Make the call, and check that a refusal changes nothing."""
        before, count = snapshot(self.student), len(self.transitions)
        try:
            call(*arguments, **named)
        except ApiError:
            assert snapshot(self.student) == before
            del self.transitions[count:]  # rolled back with the rest

    @precondition(lambda self: not self.is_open)
    @rule(interrupted=st.booleans())
    def visit(self, interrupted: bool) -> None:
        self.submissions += 1
        submission = submission_of(
            self.student,
            kind="broken_off_with_portrait" if interrupted else "finished",
            id=f"{next(SERIAL):032x}",
            version=self.submissions,
            received_at=self.now,
        )
        record_submitted(submission, Actor(station=a_station()), self.now)

    @precondition(lambda self: self.is_open)
    @rule(who=REVIEWERS, function=st.sampled_from([claim, release]))
    def claim_or_release(self, who: str, function: Any) -> None:
        self.attempt(function, self.latest.pk, self.people[who], self.now)

    @precondition(lambda self: self.is_open)
    @rule(who=REVIEWERS, role=st.sampled_from([Role.REVIEWER, Role.FINAL_REVIEWER]))
    def next_in_queue(self, who: str, role: Role) -> None:
        claim_next(self.people[who], role, self.now)

    @precondition(lambda self: self.is_open)
    @rule(who=REVIEWERS)
    def keep_page_open(self, who: str) -> None:
        renew(self.latest.pk, self.people[who], self.now)

    @precondition(lambda self: self.is_open)
    @rule(who=REVIEWERS, action=DECISIONS, outdated=st.booleans())
    def decide(self, who: str, action: str, outdated: bool) -> None:
        submission = self.latest
        revision = submission.revision - outdated
        self.attempt(decide, submission.pk, action, revision, self.people[who], self.now, reasons=TILTED)

    @precondition(lambda self: self.is_open)
    @rule(who=REVIEWERS)
    def take_back(self, who: str) -> None:
        self.attempt(take_back, self.latest.pk, self.people[who], self.now)

    @precondition(lambda self: self.is_open and self.latest.state == State.RETOUCHING)
    @rule(done=st.booleans())
    def retouch(self, done: bool) -> None:
        submission, user = self.latest, self.people["retoucher"]
        with suppress(ApiError):
            claim(submission.pk, user, self.now)
        action = Action.SUBMIT_RETOUCH if done else Action.DECLINE_RETOUCH
        sent = {"portrait_sha256": f"{next(SERIAL):064x}", "reasons": TILTED}
        self.attempt(apply, submission.pk, action, Actor(user=user), self.now, **sent)

    @precondition(lambda self: self.is_open)
    @rule(action=st.sampled_from([Action.CONFIRM, Action.RETAKE, Action.WITHDRAW]))
    def student_acts(self, action: Action) -> None:
        self.attempt(apply, self.latest.pk, action, Actor(student=self.student), self.now)

    @precondition(lambda self: self.is_open)
    @rule(action=st.sampled_from([Action.QUEUE, Action.PUBLISH, Action.REFUSE]))
    def deliver(self, action: Action) -> None:
        actor = Actor(user=self.people["delivery"])
        self.attempt(apply, self.latest.pk, action, actor, self.now, reasons=TILTED)

    @rule(seconds=st.sampled_from([1, 29, 30, 300, 4 * 86400, 4 * 86400]))
    def time_passes(self, seconds: int) -> None:
        """Check that time alone rejects, revokes and withdraws nothing."""
        self.now += timedelta(seconds=seconds)
        decided = set(PendingDecision.objects.values_list("pk", flat=True))
        count = len(self.transitions)
        run_due_transitions(self.now)
        for transition in self.transitions[count:]:
            if transition.actor == SERVER:
                assert transition.to_state not in (State.REJECTED, State.REVOKED, State.WITHDRAWN)
            else:
                assert transition.submission.pk in decided
        assert not PendingDecision.objects.filter(effective_at__lte=self.now).exists()

    @invariant()
    def one_open_submission(self) -> None:
        if hasattr(self, "student"):
            rows = Submission.objects.filter(student=self.student)
            assert rows.exclude(state__in=CLOSED_STATES).count() <= 1

    @invariant()
    def confirmed_bytes_stay(self) -> None:
        for submission in self.rows():
            if submission.pk in self.frozen and submission.state in FROZEN_STATES:
                assert submission.portrait_sha256 == self.frozen[submission.pk]
            if submission.state in FROZEN_STATES:
                self.frozen[submission.pk] = submission.portrait_sha256

    @invariant()
    def revisions_grow(self) -> None:
        for submission in self.rows():
            assert submission.revision >= self.revisions.get(submission.pk, 0)
            self.revisions[submission.pk] = submission.revision

    @invariant()
    def the_audit_log_is_complete(self) -> None:
        """One entry for each transition, each by a rule of the table, each from the state that the one before set."""
        if not hasattr(self, "student"):
            return
        entries = AuditEntry.objects.filter(submission__student=self.student)
        assert entries.count() == len(self.transitions)
        for submission in self.rows():
            history = list(submission.history.all())
            assert submission.revision == len(history) - 1
            assert [entry.from_state for entry in history[1:]] == [entry.to_state for entry in history[:-1]]
            assert history[-1].to_state == submission.state
            for entry in history[1:]:
                table_rule = find_rule(entry.from_state, entry.action)
                assert table_rule is not None
                assert entry.to_state in table_rule.targets
                assert entry.role in table_rule.roles

    @invariant()
    def four_eyes_hold(self) -> None:
        if not hasattr(self, "student") or not self.campaign.four_eyes:
            return
        for submission in self.rows():
            by = {(e.from_state, e.action): e.user_id for e in submission.history.all()}
            final = by.get(("final_review", "approve"))
            first = by.get(("first_review", "approve"), by.get(("first_review", "request_retouch")))
            assert final is None or final not in (first, by.get(("retouching", "submit_retouch")))

    def rows(self) -> list[Submission]:
        return list(Submission.objects.filter(student=self.student)) if hasattr(self, "student") else []


def with_undo() -> Any:
    review = django_settings.APP.review.model_copy(update={"undo_seconds": UNDO_SECONDS})
    return django_settings.APP.model_copy(update={"review": review})


def snapshot(student: Student) -> list[Any]:
    models = (Submission, AuditEntry, PendingDecision)
    return [list(model.objects.order_by("pk").values()) for model in models] + [
        list(Student.objects.filter(pk=student.pk).values())
    ]


def test_the_invariants_hold_whatever_happens() -> None:
    run_state_machine_as_test(
        Reviewing,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # shrinking takes minutes
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
    assert not User.objects.exists()
    assert not Campaign.objects.exists()
