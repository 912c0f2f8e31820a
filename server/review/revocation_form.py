"""The form of the page of a revocation."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.http import QueryDict

from server.core.form_numbers import whole_number
from server.review.decision_form import DecisionForm
from server.submissions.reasons import FREE_TEXT_REASON, GivenReason
from server.submissions.rule import Action


@dataclass(frozen=True)
class RevocationForm:
    """`decision` has reasons and comment, which the student reads; only administrators see `internal_remark`; `text` is
    the answer to an appeal, or the remark on a declined request. `item`: the request or the appeal of the step."""

    action: str = ""
    decision: DecisionForm = field(default_factory=DecisionForm)
    internal_remark: str = ""
    text: str = ""
    item: int = 0

    @classmethod
    def parse(cls, values: QueryDict) -> RevocationForm:
        item = values.get("item", "")
        return cls(
            values.get("action", ""),
            DecisionForm.parse(values),
            values.get("internal_remark", ""),
            values.get("text", ""),
            whole_number(item, 0),
        )

    @property
    def reasons(self) -> tuple[GivenReason, ...]:
        """An appeal is granted with a text alone: none of the reasons for a rejection fits."""
        if self.action == Action.GRANT_APPEAL.value:
            return (GivenReason(FREE_TEXT_REASON, self.text),)
        return self.decision.reasons
