"""Two processes claim every waiting submission: none twice, and none remains."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections

from server.records.models import Campaign
from server.submissions.leases import claim_next
from server.submissions.models import AuditEntry
from server.submissions.rule import Role
from tests.server.conftest import make_student
from tests.server.submissions.reviewing import NOW, reviewer_named, submission_of
from tests.waiting import scale_timeout

pytestmark = pytest.mark.process

COUNT = 60


def claim_all(user: User, start: Any, results: Any) -> None:
    """Claim until the queue is empty, in a process forked so that it has the test's settings and database."""
    start.wait()
    claims = []
    while (submission := claim_next(user, Role.REVIEWER, NOW)) is not None:
        claims.append(submission.pk)
    results.put(claims)
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_everything_is_claimed_once(campaign: Campaign) -> None:
    for serial in range(1, COUNT + 1):
        submission_of(make_student(campaign, serial), id=f"{serial:032x}")
    people = [reviewer_named("mei"), reviewer_named("late")]
    connections.close_all()  # a connection must not be used on both sides of a fork
    forking = multiprocessing.get_context("fork")
    start, results = forking.Barrier(len(people)), forking.Queue()
    processes = [forking.Process(target=claim_all, args=(user, start, results)) for user in people]
    for process in processes:
        process.start()
    claims = [results.get(timeout=scale_timeout(60)) for _ in processes]
    for process in processes:
        process.join(scale_timeout(60))
    assert Counter(pk for part in claims for pk in part) == {f"{serial:032x}": 1 for serial in range(1, COUNT + 1)}
    assert AuditEntry.objects.filter(action="claim").count() == COUNT
