"""The grid: portraits that passed every rule, approved a page at a time.

A page is claimed for one reviewer. What they approve must have been on their screen for [review] grid_seen_seconds: the
browser sends the time of each portrait. That prevents slips; it does not prove what somebody looked at (see
server.review.second_looks).
"""

from __future__ import annotations

import base64
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db.models import Q
from pydantic import BaseModel, ConfigDict, Field

from server.core.api_errors import ApiError
from server.review.filters import QueueFilter
from server.review.times import visit_times
from server.submissions.decisions import approve_several
from server.submissions.leases import claim_several, release, renew_several
from server.submissions.models import IdentityCheck, Submission
from server.submissions.pictures import content_type_of
from server.submissions.queue_order import is_suspicious
from server.submissions.store import picture_store
from server.submissions.visibility import submissions_of

FOR_GRID: Final = is_suspicious(False) & Q(worst_outcome="pass") & ~Q(identity_check=IdentityCheck.NOT_MATCHED.value)
"""Every other portrait is inspected one by one: a rule failed or is unsure, a reviewer marked it, it was retouched, or
the last four characters did not match."""
MAX_ITEMS: Final = 100
_ID: Final = r"^[0-9a-f]{32}$"


class SeenPortrait(BaseModel):
    """One portrait that the reviewer wants to approve: the revision that they saw, and for how long."""

    model_config = ConfigDict(extra="forbid", strict=True)
    id: str = Field(pattern=_ID)
    revision: int = Field(ge=0)
    seen_ms: float = Field(default=0, ge=0, allow_inf_nan=False)


class PageDecision(BaseModel):
    """A page of the grid as the reviewer leaves it: what to approve, and what they marked as not fine."""

    model_config = ConfigDict(extra="forbid", strict=True)
    approve: list[SeenPortrait] = Field(max_length=MAX_ITEMS)
    marked: list[str] = Field(default_factory=list, max_length=MAX_ITEMS)


@dataclass(frozen=True)
class Tile:
    """One portrait of the grid; `picture` is its bytes as a data: URI, so that a page is one request."""

    submission: Submission
    picture: str
    time_in_doubt: bool


@dataclass(frozen=True)
class PageResult:
    """The result of a page's decision. `refused` has for each other portrait the reason why it stays undecided."""

    approved: list[Submission]
    refused: dict[str, ApiError]


def claim_page(user: Any, chosen: QueueFilter, role: Any, now: datetime) -> list[Tile]:
    """Claim the portraits of the next page, the oldest that wait, and return them."""
    condition = FOR_GRID & Q(portrait_sha256__isnull=False) & chosen.condition(now)
    return [_tile(one) for one in claim_several(user, role, now, settings.APP.review.grid_portraits, condition)]


def decide_page(user: Any, decision: PageDecision, now: datetime) -> PageResult:
    """Approve the portraits that may be approved, and mark others, which then come first in the queue."""
    portraits = {one.id: one for one in decision.approve if one.id not in decision.marked}

    def check(submission: Submission) -> None:
        if not is_for_grid(submission):
            raise ApiError("refused.one_by_one")
        if portraits[submission.pk].seen_ms < 1000 * settings.APP.review.grid_seen_seconds:
            raise ApiError("refused.not_seen", seconds=f"{settings.APP.review.grid_seen_seconds:g}")

    _mark(user, decision.marked)
    revisions = {one.id: one.revision for one in portraits.values()}
    return PageResult(*approve_several(revisions, user, now, check))


def is_for_grid(submission: Submission) -> bool:
    """Whether the condition FOR_GRID holds for one submission."""
    doubtful = submission.identity_check == IdentityCheck.NOT_MATCHED.value
    return not submission.suspicious and submission.worst_outcome == "pass" and not doubtful


def release_all(user: Any, identifiers: Collection[str], now: datetime) -> None:
    """Give claims back; what the user has decided or no longer holds stays as it is."""
    for identifier in sorted(renew_several(identifiers, user, now)):
        try:
            release(identifier, user, now)
        except ApiError:  # decided in another window meanwhile
            continue


def _mark(user: Any, identifiers: Collection[str]) -> None:
    own = submissions_of(user).filter(pk__in=identifiers, claimed_by=user.pk, pending_decision=None)
    own.update(suspicious=True)


def _tile(submission: Submission) -> Tile:
    times = visit_times(submission)
    return Tile(submission, _data_uri(submission.portrait_sha256), times.outside_days or times.after_arrival)


def _data_uri(sha256: str | None) -> str:
    """Return the portrait's bytes as they are stored; "" if the file is missing, so that it cannot be approved."""
    try:
        path = picture_store().path(sha256 or "")
        kind, _ = content_type_of(path)
        return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
    except OSError:
        return ""
