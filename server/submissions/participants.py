"""Who took part in the review of a submission, as columns: the database itself rejects a final approval by one of the
others, besides the guard `four_eyes`."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from server.submissions.rule import RETOUCHER_ACTIONS, Action, Rule
from server.submissions.states import State


def _user() -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )


class Participants(models.Model):
    """Columns of a submission. `first_reviewer` let it pass the first review, `retoucher` retouched it last or found
    nothing to retouch; `four_eyes` is the campaign's setting at the final approval."""

    first_reviewer = _user()
    retoucher = _user()
    final_reviewer = _user()
    four_eyes = models.BooleanField(default=True)

    class Meta:
        abstract = True


FOUR_EYES: Final = models.CheckConstraint(
    condition=Q(final_reviewer=None)
    | Q(four_eyes=False)
    | (~Q(final_reviewer=F("first_reviewer")) & ~Q(final_reviewer=F("retoucher"))),
    name="final_reviewer_is_somebody_else",
)


def participant_changes(rule: Rule, user: Any, four_eyes: bool) -> dict[str, Any]:
    """Return the columns that this action of `user` changes."""
    if rule.source is State.FIRST_REVIEW and rule.action in (Action.APPROVE, Action.REQUEST_RETOUCH):
        return {"first_reviewer": user}
    if rule.action in RETOUCHER_ACTIONS:
        return {"retoucher": user}
    if rule.source is State.FINAL_REVIEW and rule.action is Action.APPROVE:
        return {"final_reviewer": user, "four_eyes": four_eyes}
    return {}
