"""The submissions that a person may see."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from server.members.scope import scope_of
from server.records.scope import Scope
from server.submissions.models import Submission


def submissions_of(user: Any) -> QuerySet[Submission]:
    return submissions_in(scope_of(user))


def submissions_in(scope: Scope) -> QuerySet[Submission]:
    if scope.everything:
        return Submission.objects.all()
    return Submission.objects.filter(campaign__in=scope.allowed())
