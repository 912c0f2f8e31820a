"""Check everything about an action on a locked submission before anything changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from server.core.api_errors import ApiError
from server.submissions.actor import Actor
from server.submissions.guards import Attempt, check_guards
from server.submissions.models import AuditEntry, Submission
from server.submissions.reasons import GivenReason, check_reasons
from server.submissions.revocation_models import RevocationRequest
from server.submissions.rule import Role, Rule
from server.submissions.rules import find_rule


def check_revision(submission: Submission, revision: int) -> None:
    """Raise ApiError decided_already if the submission has changed since the actor saw it."""
    if submission.revision != revision:
        raise decided_already(submission)


def decided_already(submission: Submission) -> ApiError:
    last = AuditEntry.objects.filter(submission=submission).select_related("user", "station").last()
    return ApiError("refused.decided_already", by=last.by if last else "-")


def attempt(
    submission: Submission,
    action: str,
    actor: Actor,
    now: datetime,
    *,
    reasons: Sequence[GivenReason] = (),
    identity_confirmed: bool = False,
    portrait_sha256: str | None = None,
    request: RevocationRequest | None = None,
) -> Attempt:
    """Check everything about an action on a locked submission, and change nothing.

    Raises ApiError: not_now (not in this state), not_allowed (not in these roles), the reasons' and the guards' errors.
    """
    rule = find_rule(submission.state, action)
    if rule is None:
        raise ApiError("refused.not_now")
    if acting_role(rule, actor, submission) is None:
        raise ApiError("refused.not_allowed")
    checked_reasons = check_reasons(reasons) if rule.needs_reasons else ()
    checked = Attempt(submission, rule, actor, now, checked_reasons, identity_confirmed, portrait_sha256, request)
    check_guards(checked)
    return checked


def acting_role(rule: Rule, actor: Actor, submission: Submission) -> Role | None:
    """Return the role in which the actor may use the rule; None if there is none."""
    roles = actor.roles(submission)
    return next((role for role in rule.roles if role in roles), None)
