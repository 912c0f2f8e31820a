"""The list of revocations: open requests, unanswered appeals, proposals, closed requests, and a search."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import QueryDict

from server.portal.appeals import open_appeals
from server.portal.models import Appeal
from server.records.models import Student
from server.records.student_search import matches, parse_term
from server.review.access import administered
from server.submissions.models import Submission
from server.submissions.revocation import REVOCABLE_STATES, open_proposals
from server.submissions.revocation_models import OPEN_REQUEST, RevocationProposal, RevocationRequest
from server.submissions.states import State

PER_PAGE: Final = 25
TABS: Final = ("requests", "appeals", "proposals", "done", "search")
_SUBMISSION: Final = ("submission__student__campaign",)


@dataclass(frozen=True)
class Row:
    """One line of the list. `what` is the message id of what was requested or decided."""

    submission: Submission
    what: str
    by: str
    at: datetime
    text: str = ""
    findings: tuple[str, ...] = ()
    """The findings of a proposal."""


@dataclass(frozen=True)
class RevocationList:
    tab: str
    term: str
    page: Page[Any]
    rows: tuple[Row, ...]
    open_requests: int
    open_appeals: int
    open_proposals: int


def revocation_list(user: Any, values: QueryDict) -> RevocationList:
    """Return the tab that `values` name; by default the requests, or the appeals if only appeals wait."""
    own = administered(user)
    requests = RevocationRequest.objects.filter(submission__in=own)
    appeals = open_appeals().filter(submission__in=own)
    proposals = open_proposals(own)
    waiting, unanswered = requests.filter(OPEN_REQUEST).count(), appeals.count()
    term, _ = parse_term(values.get("q", ""))
    default = "appeals" if unanswered and not waiting else "requests"
    tab = values.get("show", "") if values.get("show", "") in TABS else ("search" if term else default)
    rows: QuerySet[Any] = {
        "requests": requests.filter(OPEN_REQUEST).select_related("requested_by", *_SUBMISSION).order_by("id"),
        "appeals": appeals.select_related(*_SUBMISSION).order_by("id"),
        "proposals": proposals.select_related(*_SUBMISSION).order_by("made_at", "pk"),
        "done": requests.exclude(OPEN_REQUEST)
        .select_related("requested_by", "approved_by", "declined_by", *_SUBMISSION)
        .order_by("-id"),
        "search": _search(own, term).select_related("student__campaign").order_by("student__student_no", "-version"),
    }[tab]
    page = Paginator(rows, PER_PAGE).get_page(values.get("page"))
    return RevocationList(tab, term, page, tuple(_row(one) for one in page), waiting, unanswered, proposals.count())


def _search(own: QuerySet[Submission], term: str) -> QuerySet[Submission]:
    if not term:
        return own.none()
    students = Student.objects.filter(matches(term)).values("pk")
    return own.filter(student__in=students, state__in=[*REVOCABLE_STATES, State.REVOKED.value])


def _row(found: RevocationRequest | Appeal | Submission | RevocationProposal) -> Row:
    if isinstance(found, RevocationProposal):
        return Row(found.submission, "revocation.proposed", "", found.made_at, findings=tuple(found.findings))
    if isinstance(found, Submission):
        return Row(found, f"state.{found.state}", "", found.received_at)
    if isinstance(found, Appeal):
        by = found.submission.student.masked_name
        return Row(found.submission, "revocation.appeal", by, found.filed_at, found.text)
    if found.approved_by is not None and found.approved_at is not None:
        return Row(found.submission, f"revocation.approved.{found.action}", str(found.approved_by), found.approved_at)
    if found.declined_by is not None and found.declined_at is not None:
        ended = "cancelled" if found.declined_by_id == found.requested_by_id else "declined"
        what = f"revocation.{ended}.{found.action}"
        return Row(found.submission, what, str(found.declined_by), found.declined_at, found.decline_remark)
    return Row(found.submission, f"revocation.requested.{found.action}", str(found.requested_by), found.requested_at)
