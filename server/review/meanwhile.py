"""One sentence about what happened to a submission while a reviewer had its page open."""

from __future__ import annotations

from typing import Final

from config.i18n import Translations
from server.core.api_errors import ApiError
from server.submissions.models import PendingDecision, Submission
from server.submissions.states import State

_WITHOUT_REVIEWER: Final = {
    State.WITHDRAWN.value: "review_page.meanwhile.withdrawn",
    State.SUPERSEDED.value: "review_page.meanwhile.superseded",
}
_CHANGED: Final = ("decided_already", "not_now", "claimed")


def explain(api_error: ApiError, submission: Submission, tr: Translations) -> str:
    """Return the sentence for a rejected claim or decision; it names a withdrawal or a newer visit as the cause."""
    if api_error.reason in _CHANGED and submission.state in _WITHOUT_REVIEWER:
        return tr.translate(_WITHOUT_REVIEWER[submission.state], name=submission.student.masked_name)
    return api_error.in_language(tr.language)


def changed_since(submission: Submission, tr: Translations) -> str:
    """Return the sentence for a page whose submission changed before the reviewer sent anything."""
    if submission.state in _WITHOUT_REVIEWER:
        return tr.translate(_WITHOUT_REVIEWER[submission.state], name=submission.student.masked_name)
    pending = PendingDecision.objects.select_related("user").filter(pk=submission.pk).first()
    last = submission.history.select_related("user", "station").last()
    by = str(pending.user) if pending else (last.by if last else "-")
    action = pending.action if pending else (last.action if last else "")
    key = f"action.{action}"
    done = tr.translate(key) if tr.has(key) else tr.translate(f"state.{submission.state}")
    return tr.translate("review_page.meanwhile.changed", by=by, what=done)
