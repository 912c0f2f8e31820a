"""Every rule by every role, and every action that no rule allows: the workflow follows the table exactly and writes one
audit entry for each transition."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User

from kiosk.upload.roster_payload import StudentState
from server.core.api_errors import ApiError
from server.members.models import Membership
from server.notices.models import Notice
from server.notices.queue import queue_notice
from server.records.models import Student
from server.submissions import effects
from server.submissions.actor import SERVER, Actor
from server.submissions.attempts import attempt
from server.submissions.effects import Transition
from server.submissions.models import AuditEntry, PendingDecision, Submission
from server.submissions.reason_models import Reason
from server.submissions.reasons import GivenReason, Mark
from server.submissions.revocation_models import RevocationRequest
from server.submissions.rule import Action, Guard, Role, Rule, StudentEffect
from server.submissions.rules import RULES, find_rule
from server.submissions.states import State
from server.submissions.workflow import apply, execute, execute_alike, next_state
from tests.server.conftest import make_campaign, make_student
from tests.server.submissions.reviewing import (
    NOW,
    TILTED,
    actor_as,
    approve,
    claimed_by,
    reject,
    reviewer_named,
    submission_of,
    user_in,
)

pytestmark = pytest.mark.django_db

EXPECTED, CAPTURED, WITHDRAWN = (
    state.value for state in (StudentState.EXPECTED, StudentState.CAPTURED, StudentState.WITHDRAWN)
)


def prepare(rule: Rule, actor: Actor, student: Student) -> tuple[Submission, dict[str, Any]]:
    """Return a submission for which every guard of the rule holds, and the values that the actor sends."""
    assert rule.source is not None
    kind = "broken_off_with_portrait" if Guard.INTERRUPTED in rule.guards else "finished"
    if Guard.RETOUCH_OFFERED in rule.guards:
        student.campaign.retouch = "on_request"
        student.campaign.save()
    submission = submission_of(student, rule.source, kind, confirm_until=NOW)
    if Guard.DEADLINE_OVER in rule.guards:
        queue_notice("awaiting_confirmation", submission, NOW - timedelta(days=9))
        queue_notice("confirmation_reminder", submission, NOW - timedelta(days=1))
        Notice.objects.update(channel="page")
    if rule.action is not Action.CLAIM:
        submission = claimed_by(submission, actor.user)
    sent: dict[str, Any] = {"reasons": TILTED if rule.needs_reasons else ()}
    if Guard.NEW_PORTRAIT in rule.guards:
        sent["portrait_sha256"] = "3" * 64
    if Guard.SECOND_PERSON in rule.guards:
        other = user_in(Role.ADMINISTRATOR, name="the first administrator")
        sent["request"] = RevocationRequest.objects.create(
            submission=submission, action=rule.action.value, requested_by=other, requested_at=NOW
        )
    return submission, sent


@pytest.mark.parametrize(
    ("rule", "role"),
    list(product(RULES, Role)),
    ids=lambda one: one if isinstance(one, str) else f"{one.source}-{one.action}",
)
def test_every_rule_by_every_role(rule: Rule, role: Role, student: Student) -> None:
    actor = actor_as(role, student)
    submission, sent = prepare(rule, actor, student)
    before = Submission.objects.values().get()
    if role not in rule.roles:
        with pytest.raises(ApiError) as refused:
            apply(submission.pk, rule.action, actor, NOW, **sent)
        assert refused.value.reason == "not_allowed"
        assert Submission.objects.values().get() == before
        assert not AuditEntry.objects.exists()
        return
    result = apply(submission.pk, rule.action, actor, NOW, revision=0, **sent)
    entry, row = AuditEntry.objects.get(), Submission.objects.get()
    assert row.state == result.state == entry.to_state == next_state(rule, student.campaign)
    assert (row.revision, result.revision) == (1, 1)
    assert (entry.from_state, entry.action, entry.role) == (rule.source, rule.action, role)
    assert (entry.user, entry.station, entry.at) == (actor.user, actor.station, NOW)
    if rule.student is StudentEffect.UNCHANGED:
        assert Student.objects.get().state == EXPECTED
    assert row.confirm_until == NOW, "only a portrait that begins to await the student gets another deadline"
    assert [reason.entry_id for reason in Reason.objects.all()] == ([entry.pk] if rule.needs_reasons else [])


POSSIBLE = {(rule.source, rule.action) for rule in RULES}
IMPOSSIBLE = [pair for pair in product(State, Action) if pair not in POSSIBLE]


@pytest.mark.parametrize(("state", "action"), IMPOSSIBLE, ids="-".join)
def test_an_action_that_no_rule_allows_is_refused_to_everybody(state: State, action: Action, student: Student) -> None:
    submission = submission_of(student, state)
    root = User.objects.create(username="root", is_superuser=True)
    for actor in (Actor(user=root), Actor(student=student), Actor(station=submission.station), SERVER):
        with pytest.raises(ApiError) as refused:
            apply(submission.pk, action, actor, NOW, reasons=TILTED)
        assert refused.value.reason == "not_now"
    assert (Submission.objects.get().state, AuditEntry.objects.count()) == (state, 0)


@pytest.mark.parametrize("where", ["school", "campaign", "everywhere"])
def test_a_role_counts_at_its_own_school_and_campaign(where: str, student: Student) -> None:
    campaign, other = student.campaign, make_campaign("other1")
    own = {"school": {"school": campaign.school}, "campaign": {"campaign": campaign}, "everywhere": {}}[where]
    submission = submission_of(student)
    for stranger in (
        user_in(Role.REVIEWER, campaign=other),
        User.objects.create(username="no member"),
        AnonymousUser(),
    ):
        with pytest.raises(ApiError) as refused:
            apply(submission.pk, Action.CLAIM, Actor(user=stranger), NOW)
        assert refused.value.reason == "not_allowed"
    Membership.objects.all().delete()
    assert apply(submission.pk, Action.CLAIM, Actor(user=user_in(Role.REVIEWER, **own)), NOW).claimed_by is not None


def test_an_inactive_user_may_do_nothing(student: Student) -> None:
    user = user_in(Role.REVIEWER)
    User.objects.update(is_active=False)
    user.refresh_from_db()
    with pytest.raises(ApiError) as refused:
        apply(submission_of(student).pk, Action.CLAIM, Actor(user=user), NOW)
    assert refused.value.reason == "not_allowed"


def test_a_student_acts_on_their_own_portrait_only(student: Student) -> None:
    submission = submission_of(student, State.AWAITING_CONFIRMATION)
    other = make_student(student.campaign, 2)
    with pytest.raises(ApiError) as refused:
        apply(submission.pk, Action.CONFIRM, Actor(student=other), NOW)
    assert refused.value.reason == "not_allowed"


@pytest.mark.parametrize(
    ("campaign_settings", "first", "final"),
    [
        ({}, State.CONFIRMED, State.CONFIRMED),
        ({"retouch": "on_request"}, State.CONFIRMED, State.CONFIRMED),
        ({"retouch": "always"}, State.RETOUCHING, State.CONFIRMED),
        ({"retouch": "always", "final_review": True}, State.RETOUCHING, State.CONFIRMED),
        ({"final_review": True}, State.FINAL_REVIEW, State.CONFIRMED),
        ({"final_review": True, "confirmation": True}, State.FINAL_REVIEW, State.AWAITING_CONFIRMATION),
        ({"confirmation": True}, State.AWAITING_CONFIRMATION, State.AWAITING_CONFIRMATION),
    ],
)
def test_the_campaign_sets_what_comes_after_an_approval(
    campaign_settings: dict[str, Any], first: State, final: State
) -> None:
    campaign = make_campaign(**campaign_settings)
    rules = [find_rule(state, Action.APPROVE) for state in (State.FIRST_REVIEW, State.FINAL_REVIEW)]
    assert [next_state(rule, campaign) for rule in rules if rule] == [first, final]


def test_an_effect_that_fails_rolls_everything_back(student: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    transitions: list[Transition] = []

    def fail(transition: Transition) -> None:
        transitions.append(transition)
        raise RuntimeError("out of order")

    Student.objects.update(state=CAPTURED)
    reviewer = user_in(Role.REVIEWER)
    submission = claimed_by(submission_of(student, State.FIRST_REVIEW), reviewer)
    before = Submission.objects.values().get()
    with monkeypatch.context() as fault:
        fault.setattr(effects, "EFFECTS", (fail,))
        with pytest.raises(RuntimeError):
            apply(submission.pk, Action.REJECT, Actor(user=reviewer), NOW, reasons=TILTED)
    student.refresh_from_db()
    transition = transitions[0]
    assert (transition.from_state, transition.to_state) == ("first_review", "rejected")
    assert transition.reasons[0].code == "tilted"
    assert (Submission.objects.values().get(), student.state, student.resubmit_until) == (before, CAPTURED, None)
    assert (AuditEntry.objects.count(), Reason.objects.count()) == (0, 0)
    apply(submission.pk, Action.REJECT, Actor(user=reviewer), NOW, reasons=TILTED)
    assert (AuditEntry.objects.count(), Reason.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("state", "action", "role"),
    [
        (State.FINAL_REVIEW, Action.APPROVE, Role.FINAL_REVIEWER),  # several next states
        (State.QUEUED, Action.DEQUEUE, Role.ADMINISTRATOR),  # reasons
        (State.AWAITING_CONFIRMATION, Action.RETAKE, Role.STUDENT),  # the student is expected again
        (State.RETOUCHING, Action.SUBMIT_RETOUCH, Role.RETOUCHER),  # the portrait
    ],
)
def test_a_rule_whose_results_differ_is_not_carried_out_for_many_at_once(
    state: State, action: Action, role: Role, student: Student
) -> None:
    rule, actor = find_rule(state, action), actor_as(role, student)
    assert rule is not None
    submission, sent = prepare(rule, actor, student)
    checked = attempt(submission, action, actor, NOW, **sent)
    if len(rule.targets) > 1:  # the test is about the targets alone: such a rule changes the student, too
        checked = replace(checked, rule=replace(rule, student=StudentEffect.UNCHANGED))
    with pytest.raises(ValueError, match=action):
        execute_alike([checked])
    assert Submission.objects.get().state == state


def test_many_at_once_are_written_like_one(student: Student) -> None:
    """Their pending decisions are deleted as well, and those of other submissions stay."""
    mei = user_in(Role.REVIEWER)
    for serial, name in enumerate("abc", start=2):
        of = make_student(student.campaign, serial)
        row = claimed_by(submission_of(of, State.FIRST_REVIEW, "broken_off_with_portrait", id=name * 32), mei)
        PendingDecision.objects.create(submission=row, action="approve", user=mei, decided_at=NOW, effective_at=NOW)
    one, other = (attempt(Submission.objects.get(pk=name * 32), Action.SUPERSEDE, SERVER, NOW) for name in "ab")
    execute(one)
    assert PendingDecision.objects.count() == 2
    execute_alike([other])
    assert [pending.pk for pending in PendingDecision.objects.all()] == ["c" * 32]
    first, second = AuditEntry.objects.values("at", "user", "station", "action", "role", "from_state", "to_state")
    assert first == second
    columns = ("state", "revision", "claimed_by", "claimed_until")
    rows = Submission.objects.order_by("pk").values_list(*columns)
    assert rows[0] == rows[1] == ("superseded", 1, None, None)
    assert rows[2] == ("first_review", 0, mei.pk, NOW + timedelta(minutes=5))
    assert {(of.submission.state, of.submission.revision) for of in (one, other)} == {("superseded", 1)}


def test_an_action_on_an_outdated_page_changes_nothing(student: Student) -> None:
    submission = submission_of(student, State.AWAITING_CONFIRMATION, revision=2)
    with pytest.raises(ApiError) as refused:
        apply(submission.pk, Action.CONFIRM, Actor(student=student), NOW, revision=1)
    assert refused.value.reason == "decided_already"
    assert (Submission.objects.get().state, AuditEntry.objects.count()) == (State.AWAITING_CONFIRMATION, 0)
    assert apply(submission.pk, Action.CONFIRM, Actor(student=student), NOW, revision=2).state == State.CONFIRMED


def test_a_row_that_changed_in_spite_of_the_lock_is_not_overwritten(student: Student) -> None:
    reviewer = user_in(Role.REVIEWER)
    submission = claimed_by(submission_of(student, State.FIRST_REVIEW), reviewer)
    checked = attempt(submission, Action.REJECT, Actor(user=reviewer), NOW, reasons=TILTED)
    Submission.objects.update(revision=1)
    with pytest.raises(ApiError) as refused:
        execute(checked)
    assert refused.value.reason == "decided_already"
    assert Submission.objects.get().state == State.FIRST_REVIEW


def test_every_effect_receives_every_transition(student: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, str]] = []
    monkeypatch.setattr(effects, "EFFECTS", (lambda t: calls.append((t.rule.action, t.to_state)),) * 2)
    approve(submission_of(student).pk, 0, user_in(Role.REVIEWER), NOW)
    assert calls == [("claim", "first_review")] * 2 + [("approve", "confirmed")] * 2


def test_several_reasons_and_marks_are_stored_for_the_student(student: Student) -> None:
    reviewer = user_in(Role.REVIEWER)
    submission = claimed_by(submission_of(student, State.FIRST_REVIEW), reviewer)
    reasons = (GivenReason("tilted", " 请坐直 ", Mark(0.25, 0.5, 0.5, 0.25)), GivenReason("other", "衣领"))
    apply(submission.pk, Action.REJECT, Actor(user=reviewer), NOW, reasons=reasons)
    rows = Submission.objects.get().latest_reasons()
    assert [(row.code, row.comment, row.x, row.y, row.w, row.h) for row in rows] == [
        ("tilted", "请坐直", 0.25, 0.5, 0.5, 0.25),
        ("other", "衣领", None, None, None, None),
    ]
    submission, entry = Submission.objects.get(), AuditEntry.objects.get()
    assert (submission.reason, submission.comment) == (entry.reason, entry.comment) == ("tilted", "请坐直")


def test_the_latest_reasons_are_those_of_the_last_decision(student: Student) -> None:
    student.campaign.retouch = "on_request"
    student.campaign.save()
    retoucher, reviewer = user_in(Role.RETOUCHER), user_in(Role.REVIEWER)
    submission = claimed_by(submission_of(student, State.FIRST_REVIEW), reviewer)
    apply(submission.pk, Action.REQUEST_RETOUCH, Actor(user=reviewer), NOW, reasons=[GivenReason("black_edge")])
    claimed_by(Submission.objects.get(), retoucher)
    apply(submission.pk, Action.DECLINE_RETOUCH, Actor(user=retoucher), NOW, reasons=[GivenReason("blur")])
    assert [reason.code for reason in Submission.objects.get().latest_reasons()] == ["blur"]


@pytest.mark.parametrize(
    ("reasons", "refused"),
    [
        ([], "reason_unknown"),
        ([GivenReason("")], "reason_unknown"),
        ([GivenReason("tilted"), GivenReason("ugly")], "reason_unknown"),
        ([GivenReason("tilted")] * 11, "reason_unknown"),
        ([GivenReason("other", " ")], "comment_missing"),
        ([GivenReason("tilted", "字" * 501)], "comment_long"),
        ([GivenReason("tilted", mark=Mark(0.9, 0, 0.2, 0.1))], "mark_wrong"),
        ([GivenReason("tilted", mark=Mark(0, 0, 0, 0.1))], "mark_wrong"),
        ([GivenReason("tilted", mark=Mark(float("nan"), 0, 0.1, 0.1))], "mark_wrong"),
    ],
)
def test_a_rejection_needs_a_valid_reason(reasons: list[GivenReason], refused: str, student: Student) -> None:
    reviewer = user_in(Role.REVIEWER)
    submission = claimed_by(submission_of(student, State.FIRST_REVIEW), reviewer)
    with pytest.raises(ApiError) as api_error:
        apply(submission.pk, Action.REJECT, Actor(user=reviewer), NOW, reasons=reasons)
    assert api_error.value.reason == refused


STUDENT_RULES = [rule for rule in RULES if rule.student is not StudentEffect.UNCHANGED]


@pytest.mark.parametrize("rule", STUDENT_RULES, ids=lambda rule: f"{rule.source}-{rule.action}")
@pytest.mark.parametrize("state", [EXPECTED, CAPTURED, WITHDRAWN])
def test_a_transition_changes_its_own_student_and_submission_alone(rule: Rule, state: str, student: Student) -> None:
    """A withdrawn student stays withdrawn."""
    other = make_student(student.campaign, 2)
    Student.objects.update(state=state)
    actor = actor_as(rule.roles[0], student)
    submission, sent = prepare(rule, actor, student)
    assert rule.source is not None
    submission_of(other, rule.source, id="b" * 32)
    untouched = Submission.objects.values().get(student=other)
    apply(submission.pk, rule.action, actor, NOW, **sent)
    assert Submission.objects.values().get(student=other) == untouched
    after = Student.objects.get(pk=student.pk)
    assert after.state == (WITHDRAWN if state == WITHDRAWN else rule.student.value)
    assert Student.objects.get(pk=other.pk).state == state
    days = (after.resubmit_until - NOW).days if after.resubmit_until else None
    assert days == (7 if rule.student is StudentEffect.EXPECTED else None)


def test_a_state_cannot_be_saved_without_the_workflow(student: Student) -> None:
    submission_of(student, State.CONFIRMED)
    submission = Submission.objects.get()
    submission.state = State.RECEIVED.value
    with pytest.raises(TypeError):
        submission.save()
    submission.refresh_from_db()
    submission.save()
    assert Submission.objects.get().state == State.CONFIRMED


def test_what_the_workflow_returns_can_be_saved(student: Student) -> None:
    claimed = apply(submission_of(student).pk, Action.CLAIM, Actor(user=user_in(Role.REVIEWER)), NOW)
    claimed.save()
    assert Submission.objects.get().state == State.FIRST_REVIEW


def test_an_audit_entry_is_neither_changed_nor_removed(student: Student) -> None:
    apply(submission_of(student).pk, Action.CLAIM, Actor(user=user_in(Role.REVIEWER)), NOW)
    entry = AuditEntry.objects.get()
    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()


def test_the_audit_names_who_acted(student: Student) -> None:
    submission = submission_of(student, State.AWAITING_CONFIRMATION)
    apply(submission.pk, Action.CONFIRM, Actor(student=student), NOW)
    assert AuditEntry.objects.get().by == student.masked_name


def test_what_cannot_be_audited_is_not_decided(student: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_: Any) -> None:
        raise RuntimeError("out of order")

    submission, reviewer = submission_of(student), user_in(Role.REVIEWER)
    monkeypatch.setattr(AuditEntry.objects, "create", fails)
    with pytest.raises(RuntimeError):
        approve(submission.pk, 0, reviewer, NOW)
    student.refresh_from_db()
    assert (Submission.objects.get().state, student.state) == (State.RECEIVED, EXPECTED)


def test_a_retouched_portrait_keeps_the_submitted_one(student: Student) -> None:
    retoucher = user_in(Role.RETOUCHER)
    submission = claimed_by(submission_of(student, State.RETOUCHING), retoucher)
    for retouched in ("3" * 64, "4" * 64):
        Submission.objects.update(state=State.RETOUCHING.value, claimed_by=retoucher)
        submission = apply(submission.pk, Action.SUBMIT_RETOUCH, Actor(user=retoucher), NOW, portrait_sha256=retouched)
        assert (submission.portrait_sha256, submission.submitted_portrait_sha256) == (retouched, "2" * 64)


def test_after_a_rejection_of_one_reviewer_the_other_is_informed(student: Student) -> None:
    submission = submission_of(student)
    reject(submission.pk, 0, reviewer_named("mei"), NOW)
    with pytest.raises(ApiError) as api_error:
        approve(submission.pk, 0, reviewer_named("late"), NOW)
    assert (api_error.value.reason, api_error.value.values) == ("decided_already", {"by": "mei"})
