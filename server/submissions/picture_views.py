"""The record of who was sent which picture of a submission."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.core.cache import cache
from django.http import HttpRequest

from server.audit.models import Action
from server.audit.record import record_several
from server.submissions.models import Submission

VIEW_WINDOW_S: Final = 600
"""Repeated views of a picture by one user within these seconds count once."""


def record_views(request: HttpRequest, submissions: Sequence[Submission], part: str) -> None:
    """Record that the request's user was sent this part of each submission, in one statement."""
    new = [one for one in submissions if _is_new_view(request, one, part)]
    details = [(one.pk, {"part": part, "campaign": one.campaign_id}) for one in new]
    record_several(Action.IMAGE_VIEWED, details, request=request)


def _is_new_view(request: HttpRequest, submission: Submission, part: str) -> bool:
    return cache.add(f"viewed:{request.user.pk}:{submission.pk}:{part}", True, timeout=VIEW_WINDOW_S)
