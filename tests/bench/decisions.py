"""Queries and processor time of a decision on the server: claiming, deciding, and taking effect.

Run: python -m tests.bench.decisions [DECISIONS]
"""

from __future__ import annotations

# ruff: noqa: E402 - the settings have to be named before Django is imported
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "server.settings"
os.environ["ZHENGGUAN_SERVER_DATA"] = tempfile.mkdtemp(prefix="zhengguan-bench-")

import django

django.setup()

from django.db import connection
from django.utils import timezone

from server.http.serve import prepare
from server.submissions.decisions import decide, settle_due_decisions
from server.submissions.leases import claim_next
from server.submissions.rule import Action, Role
from tests.bench.waiting_submissions import create_waiting, reviewer


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    prepare()
    create_waiting(count + 1)
    user = reviewer("mei")
    claimed: list[Any] = []

    def claim() -> None:
        claimed.append(claim_next(user, Role.REVIEWER, timezone.now()))

    def approve() -> None:
        submission = claimed.pop()
        decide(submission.pk, Action.APPROVE.value, submission.revision, user, timezone.now(), identity_confirmed=True)

    claim()  # the first claim reads settings and catalogues
    _measure("claim the next one", count, claim)
    _measure("approve it", count, approve)
    later = timezone.now() + timedelta(minutes=5)
    _measure("take effect", count, lambda: settle_due_decisions(later), together=True)
    return 0


def _measure(name: str, count: int, work: Callable[[], Any], together: bool = False) -> None:
    queries = 0

    def counted(execute: Any, *arguments: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(*arguments)

    began, processor = time.perf_counter(), time.process_time()
    with connection.execute_wrapper(counted):
        for _ in range(1 if together else count):
            work()
    seconds, cpu = time.perf_counter() - began, time.process_time() - processor
    print(
        f"   {name:20} {queries / count:5.1f} queries, {1000 * cpu / count:5.1f} ms of processor, "
        f"{1000 * seconds / count:5.1f} ms each, on {connection.vendor}"
    )


if __name__ == "__main__":
    sys.exit(main())
