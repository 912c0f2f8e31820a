"""Carry out a rule of `server.submissions.rules`: permission, guards, state, audit entry, reasons, student and effects,
all in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F

from kiosk.upload.roster_payload import StudentState
from server.records.campaign_options import RetouchMode
from server.records.models import Campaign, Student
from server.submissions.actor import Actor
from server.submissions.attempts import acting_role, attempt, check_revision, decided_already
from server.submissions.confirmation import confirmation_end
from server.submissions.effects import Transition, run_effects
from server.submissions.guards import IDENTITY_CONFIRMED, ONE_PERSON, Attempt, is_same_person
from server.submissions.locks import lock
from server.submissions.models import AuditEntry, IdentityCheck, PendingDecision, Submission, store_reasons
from server.submissions.participants import participant_changes
from server.submissions.reasons import GivenReason, remark_of
from server.submissions.revocation_models import RevocationRequest
from server.submissions.rule import Action, Guard, Role, Rule, StudentEffect
from server.submissions.rules import SUBMIT
from server.submissions.states import State

_COMMENT_SEPARATOR: Final = " "
_BATCH_SIZE: Final = 500


def apply(
    identifier: str,
    action: str,
    actor: Actor,
    now: datetime,
    *,
    revision: int | None = None,
    reasons: Sequence[GivenReason] = (),
    identity_confirmed: bool = False,
    portrait_sha256: str | None = None,
    request: RevocationRequest | None = None,
) -> Submission:
    """Carry out `action` and return the changed submission. `revision`: that of the page that the actor saw, if any.

    Raises ApiError (see `attempt` and server.submissions.guards); then nothing has changed.
    """
    with transaction.atomic():
        submission = lock(identifier)
        if revision is not None:
            check_revision(submission, revision)
        return execute(
            attempt(
                submission,
                action,
                actor,
                now,
                reasons=reasons,
                identity_confirmed=identity_confirmed,
                portrait_sha256=portrait_sha256,
                request=request,
            )
        )


def supersede(submission: Submission, actor: Actor, now: datetime) -> None:
    """Supersede an interrupted visit; only within the transaction that takes in the next one."""
    apply(submission.pk, Action.SUPERSEDE, actor, now)


def record_submitted(submission: Submission, actor: Actor, now: datetime) -> None:
    """Write the first audit entry of a submission that was just created, and run its effects."""
    AuditEntry.objects.create(
        submission=submission,
        at=now,
        user=actor.user,
        station=actor.station,
        action=Action.SUBMIT.value,
        role=_submitting_role(actor).value,
        to_state=submission.state,
    )
    run_effects(Transition(submission, SUBMIT, actor, now, None, State(submission.state)))


def execute(checked: Attempt) -> Submission:
    """Write a checked action: state, audit entry, reasons, student, effects. Only on a locked submission."""
    submission, rule, before = checked.submission, checked.rule, checked.submission.state
    target = next_state(rule, checked.campaign)
    entry_details = {"comment": _audit_comment(checked), "reason": ""}
    if checked.reasons:
        entry_details = {"comment": remark_of(checked.reasons), "reason": checked.reasons[0].code}
    role = acting_role(rule, checked.actor, submission)
    assert role is not None  # checked by attempt()
    _write(submission, {"state": target.value, **_column_changes(checked, target)})
    entry = AuditEntry.objects.create(
        submission=submission,
        at=checked.now,
        user=checked.actor.user,
        station=checked.actor.station,
        action=rule.action.value,
        role=role.value,
        from_state=before,
        to_state=target.value,
        **entry_details,
    )
    store_reasons(submission, entry, checked.reasons)
    PendingDecision.objects.filter(pk=submission.pk).delete()
    _change_student(checked)
    run_effects(Transition(submission, rule, checked.actor, checked.now, State(before), target, tuple(checked.reasons)))
    return submission


def execute_alike(checked: Sequence[Attempt]) -> None:
    """Write the same action of one actor on many locked submissions, as `execute` does for one, with a few statements
    for all of them. Only for rules with one target that do not change the student, need no reasons and have no new
    portrait."""
    for part in (checked[start : start + _BATCH_SIZE] for start in range(0, len(checked), _BATCH_SIZE)):
        _execute_batch(part)


def _execute_batch(checked: Sequence[Attempt]) -> None:
    rule, actor, now = checked[0].rule, checked[0].actor, checked[0].now
    differs = len(rule.targets) > 1 or rule.needs_reasons or Guard.NEW_PORTRAIT in rule.guards
    if differs or rule.student is not StudentEffect.UNCHANGED:
        raise ValueError(f"{rule.action} is carried out one by one")
    target, keys = rule.targets[0], [one.submission.pk for one in checked]
    entries = []
    for one in checked:
        role = acting_role(rule, actor, one.submission)
        assert role is not None  # checked by attempt()
        values = {"action": rule.action.value, "role": role.value, "from_state": one.submission.state}
        entries.append(AuditEntry(submission=one.submission, at=now, user=actor.user, to_state=target.value, **values))
    changes = {"state": target.value, **_column_changes(checked[0], target)}
    Submission.objects.filter(pk__in=keys).update(**changes, revision=F("revision") + 1)
    AuditEntry.objects.bulk_create(entries)
    PendingDecision.objects.filter(pk__in=keys).delete()
    for one in checked:
        before = State(one.submission.state)
        _set_columns(one.submission, changes)
        run_effects(Transition(one.submission, rule, actor, now, before, target))


def next_state(rule: Rule, campaign: Campaign) -> State:
    """Return the rule's target, or the first of its targets that the campaign's settings do not leave out."""
    left_out = {
        State.RETOUCHING: campaign.retouch != RetouchMode.ALWAYS.value,
        State.FINAL_REVIEW: not campaign.final_review,
        State.AWAITING_CONFIRMATION: not campaign.confirmation,
    }
    if len(rule.targets) == 1:
        return rule.targets[0]
    return next(target for target in rule.targets if not left_out.get(target, False))


def claim_end(now: datetime) -> datetime:
    return now + timedelta(minutes=settings.APP.review.claim_minutes)


def _submitting_role(actor: Actor) -> Role:
    if actor.user is not None:
        return Role.REVIEWER
    return Role.STUDENT if actor.student is not None else Role.STATION


def _column_changes(checked: Attempt, target: State) -> dict[str, Any]:
    """Return the other columns that change: the claim, the student's deadline, the retouched portrait."""
    submission, claims = checked.submission, checked.rule.action is Action.CLAIM
    changes: dict[str, Any] = {
        "claimed_by": checked.actor.user if claims else None,
        "claimed_until": claim_end(checked.now) if claims else None,
        **participant_changes(checked.rule, checked.actor.user, checked.campaign.four_eyes),
    }
    if target is State.AWAITING_CONFIRMATION:
        changes["confirm_until"] = confirmation_end(checked.campaign, checked.now)
    if Guard.NEW_PORTRAIT in checked.rule.guards:
        changes["original_portrait_sha256"] = submission.submitted_portrait_sha256
        changes["portrait_sha256"] = checked.portrait_sha256
        changes["worst_outcome"] = ""
    return changes


def _write(submission: Submission, changes: dict[str, Any]) -> None:
    """Update the row and the object. The revision is compared again, in case the row was not locked."""
    before = submission.revision
    written = Submission.objects.filter(pk=submission.pk, revision=before).update(**changes, revision=F("revision") + 1)
    if not written:
        raise decided_already(submission)
    _set_columns(submission, changes)


def _set_columns(submission: Submission, changes: dict[str, Any]) -> None:
    """Set the written columns on the object, too."""
    for name, value in changes.items():
        setattr(submission, name, value)
    submission.revision += 1
    submission._stored_state = submission.state


def _audit_comment(checked: Attempt) -> str:
    """Return the comment of an approval's audit entry: a confirmed identity, one person for both reviews."""
    guards, comments = checked.rule.guards, []
    mismatch = checked.submission.identity_check == IdentityCheck.NOT_MATCHED.value
    if Guard.IDENTITY_CONFIRMED in guards and checked.identity_confirmed and mismatch:
        comments.append(IDENTITY_CONFIRMED)
    if Guard.FOUR_EYES in guards and is_same_person(checked):
        comments.append(ONE_PERSON)
    return _COMMENT_SEPARATOR.join(comments)


def _change_student(checked: Attempt) -> None:
    """Change the student's state only between expected and captured: a withdrawn student stays withdrawn."""
    effect, student = checked.rule.student, Student.objects.filter(pk=checked.submission.student_id)
    if effect is StudentEffect.CAPTURED:  # also for an interrupted visit: its portrait counts now
        student.filter(state=StudentState.EXPECTED.value).update(state=StudentState.CAPTURED.value)
    if effect is StudentEffect.EXPECTED:
        student.filter(state=StudentState.CAPTURED.value).update(state=StudentState.EXPECTED.value)
        until = checked.now + timedelta(days=checked.campaign.resubmission_days)
        student.update(resubmit_until=until)
        checked.submission.student.resubmit_until = until
