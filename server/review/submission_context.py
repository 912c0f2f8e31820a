"""The context of the page of one submission."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from config.i18n import Translations
from kiosk.capture.recipe.extension_notes import extension_notes
from server.core.language import request_translations
from server.proof.statements import signature_result
from server.records.campaign_options import RetouchMode
from server.review import queue
from server.review.access import may_administer
from server.review.alignment import alignment_of
from server.review.decision_form import DecisionForm
from server.review.favourites import favourite_codes
from server.review.history import history_of, numbered
from server.review.manual_checks import manual_checks
from server.review.origin import origin_view
from server.review.picture_pages import is_shown_by_browsers
from server.review.requests import chosen_list, suffix
from server.review.rule_lines import rule_lines
from server.review.times import visit_times
from server.review.undo import undo_of
from server.review.verdict_table import outcome_counts, recipe_lines, verdict_lines
from server.submissions.guards import is_identity_in_doubt
from server.submissions.models import Submission
from server.submissions.rule import Action
from server.submissions.rules import find_rule
from server.submissions.sharing import other_enrolments
from server.submissions.states import State

RENEW_SECONDS: Final = 30
"""How often an open page renews its claim, and receives what happened meanwhile."""
_STATES_WITH_REASONS: Final = (State.REJECTED.value, State.RETOUCHING.value, State.REVOKED.value)


def submission_context(request: HttpRequest, submission: Submission, form: DecisionForm) -> dict[str, Any]:
    tr, now = request_translations(request), timezone.now()
    is_open = queue.may_decide(request.user, submission)
    context = {
        "submission": submission,
        "envelope": submission.envelope,
        "open": is_open,
        "suffix": suffix(request),
        "may_revoke": _may_revoke(request.user, submission),
        **_undo_entries(request.user, submission, now),
        **_queue_entries(request, submission),
        **_picture_entries(submission, tr),
        **_record_entries(submission, tr),
    }
    return {**context, **_decision_entries(request.user, submission, form, now)} if is_open else context


def _may_revoke(user: Any, submission: Submission) -> bool:
    """Whether the page links to the page of its revocation."""
    state = submission.state
    concerns = find_rule(state, Action.REVOKE) is not None or state == State.REVOKED.value
    return concerns and may_administer(user, submission.student.campaign)


def reason_choices(codes: Sequence[str] = (), chosen: DecisionForm | None = None) -> dict[str, list[dict[str, Any]]]:
    """Return every reason but `codes`, by group, each with whether it is chosen and its mark."""
    form = chosen or DecisionForm()
    return {
        group: [_choice(code, form) for code in members if code not in codes]
        for group, members in settings.APP.review.reasons.items()
    }


def _choice(code: str, form: DecisionForm) -> dict[str, Any]:
    mark = form.marks.get(code)
    sent = "" if mark is None else f"{mark.x},{mark.y},{mark.w},{mark.h}"
    return {"code": code, "chosen": code in form.codes, "mark": sent}


def _decision_entries(user: Any, submission: Submission, form: DecisionForm, now: datetime) -> dict[str, Any]:
    favourites = favourite_codes(user, now)
    return {
        "form": form,
        "favourites": [_choice(code, form) for code in favourites],
        "reasons": {group: choices for group, choices in reason_choices(favourites, form).items() if choices},
        "others_chosen": any(code not in favourites for code in form.codes),
        "identity_in_doubt": is_identity_in_doubt(submission),
        "actions": _offered_actions(submission),
        "renew_seconds": RENEW_SECONDS,
    }


def _offered_actions(submission: Submission) -> list[str]:
    """Return the decisions with reasons that are possible for this submission, rejection first."""
    offered = [Action.REJECT.value]
    if submission.student.campaign.retouch != RetouchMode.NEVER.value:
        final = submission.state == State.FINAL_REVIEW.value
        offered.append(Action.SEND_BACK.value if final else Action.REQUEST_RETOUCH.value)
    return offered


def _undo_entries(user: Any, submission: Submission, now: datetime) -> dict[str, Any]:
    """`pending` is the reviewer's decision on this submission, `undo` the latest one on another."""
    latest = undo_of(user, now)
    if latest is None:
        return {"pending": None, "undo": None}
    pending = latest if latest.pending.pk == submission.pk else undo_of(user, now, submission.pk)
    return {"pending": pending, "undo": None if latest is pending else latest}


def _queue_entries(request: HttpRequest, submission: Submission) -> dict[str, Any]:
    chosen = chosen_list(request, submission)
    before, after = queue.neighbours(request.user, submission, chosen)
    return {"before": before, "after": after, "remaining": queue.remaining(request.user, chosen)}


def _picture_entries(submission: Submission, tr: Translations) -> dict[str, Any]:
    reasons = submission.latest_reasons() if submission.state in _STATES_WITH_REASONS else []
    has_portrait = submission.portrait_sha256 is not None
    notes = extension_notes(submission.envelope["recipe"]) if has_portrait else ()
    return {
        "alignment": alignment_of(submission.envelope) if has_portrait else None,
        "extension_notes": [tr.translate(note.key, **note.values) for note in notes],
        "rule_lines": rule_lines(submission.envelope, submission.student.campaign, tr) if has_portrait else None,
        "full_shot": is_shown_by_browsers(submission.shot_sha256),
        "given_reasons": numbered(reasons),
        "retouched": submission.portrait_sha256 != submission.submitted_portrait_sha256,
    }


def _record_entries(submission: Submission, tr: Translations) -> dict[str, Any]:
    envelope = submission.envelope
    return {
        "origin": origin_view(envelope, tr),
        "verdicts": verdict_lines(envelope, tr),
        "outcomes": outcome_counts(envelope),
        "times": visit_times(submission),
        "other_enrolments": other_enrolments(submission),
        "manual_checks": manual_checks(envelope, submission.student.campaign),
        "recipe": recipe_lines(envelope["recipe"]),
        "history": history_of(submission),
        "signature": signature_result(submission),
    }
