"""Time until two reviewers in separate processes have claimed every waiting submission, each exactly once.

Run: python -m tests.bench.claims [SUBMISSIONS]
"""

from __future__ import annotations

# ruff: noqa: E402 - the settings have to be named before Django is imported
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "server.settings"
os.environ["ZHENGGUAN_SERVER_DATA"] = tempfile.mkdtemp(prefix="zhengguan-bench-")

import django

django.setup()

from django.db import OperationalError, connection, connections
from django.utils import timezone

from server.http.serve import prepare
from server.submissions.leases import claim_next
from server.submissions.models import AuditEntry
from server.submissions.rule import Role
from tests.bench.waiting_submissions import create_waiting, reviewer

REVIEWERS = 2


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    prepare()
    create_waiting(count)
    users = [reviewer(f"reviewer{number}") for number in range(REVIEWERS)]
    connections.close_all()  # a connection must not be used on both sides of a fork
    began = time.perf_counter()
    results = _run(users)
    seconds = time.perf_counter() - began
    claimed = Counter(pk for claims, _ in results for pk in claims)
    twice, lost = sum(number > 1 for number in claimed.values()), count - len(claimed)
    processor = sum(cpu for _, cpu in results)
    print(
        f"   {count} claims by {REVIEWERS} processes on {connection.vendor}: {twice} twice, {lost} lost, "
        f"{' + '.join(str(len(claims)) for claims, _ in results)}; {seconds:.1f} s, "
        f"{1000 * processor / count:.1f} ms of processor a claim"
    )
    assert AuditEntry.objects.filter(action="claim").count() == count
    return 1 if twice or lost else 0


def _run(users: list[Any]) -> list[tuple[list[str], float]]:
    forking = multiprocessing.get_context("fork")
    start, queue = forking.Barrier(len(users)), forking.Queue()
    processes = [forking.Process(target=_claim_all, args=(user, start, queue)) for user in users]
    for process in processes:
        process.start()
    results = [queue.get() for _ in processes]
    for process in processes:
        process.join()
    return results


def _claim_all(user: Any, start: Any, queue: Any) -> None:
    start.wait()
    began, claims = time.process_time(), []
    while (pk := _claim(user)) is not None:
        claims.append(pk)
    queue.put((claims, time.process_time() - began))
    connection.close()


def _claim(user: Any) -> str | None:
    """Claim the next submission; retry if SQLite was locked for too long, as the page does."""
    while True:
        try:
            submission = claim_next(user, Role.REVIEWER, timezone.now())
        except OperationalError:
            continue
        return submission.pk if submission is not None else None


if __name__ == "__main__":
    sys.exit(main())
