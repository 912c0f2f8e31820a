"""The order in which submissions are reviewed: overdue ones first; among these and among the rest the suspicious
ones first, then the oldest.

The order is a list of parts instead of one ORDER BY: each part is a range of the index `review_queue`, so that the
first of 100,000 is found without sorting them.
"""

from __future__ import annotations

from datetime import datetime
from itertools import product
from typing import Final

from django.conf import settings
from django.db.models import Q, QuerySet

from server.core.working_hours import DueTime, due_time, overdue_before
from server.submissions.models import Submission


def review_due(submission: Submission) -> DueTime:
    """Return until when the submission has to be reviewed."""
    return due_time(submission.received_at, settings.APP.review.due_hours)


def is_overdue(now: datetime) -> Q:
    """Return the condition of submissions whose review is overdue."""
    return Q(received_at__lte=overdue_before(now, settings.APP.review.due_hours))


def is_suspicious(value: bool) -> Q:
    """Return a comparison that can use an index: Django translates `suspicious=True` into SQL without a comparison."""
    return Q(suspicious__in=[value])


BY_SUSPICION: Final = (is_suspicious(True), is_suspicious(False))
"""The ranges of the index for lists in order of time alone."""


def parts_of_queue(now: datetime) -> list[Q]:
    """Return the conditions of the parts, the first part first."""
    limit = overdue_before(now, settings.APP.review.due_hours)
    ages = (Q(received_at__lte=limit), Q(received_at__gt=limit))
    return [age & is_suspicious(suspicious) for age, suspicious in product(ages, (True, False))]


def in_queue_order(rows: QuerySet[Submission], now: datetime) -> list[QuerySet[Submission]]:
    """Return the parts of the queue, each the oldest first."""
    return [rows.filter(part).order_by("received_at", "id") for part in parts_of_queue(now)]
