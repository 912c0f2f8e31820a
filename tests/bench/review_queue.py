"""How long the review pages take while 100,000 submissions wait: the queue, the grid and a claim.

Run: python -m tests.bench.review_queue [SUBMISSIONS]
"""

from __future__ import annotations

# ruff: noqa: E402 - the settings have to be named before Django is imported
import os
import sys
import tempfile
import time
from datetime import timedelta
from typing import Final

os.environ["DJANGO_SETTINGS_MODULE"] = "server.settings"
os.environ["ZHENGGUAN_SERVER_DATA"] = tempfile.mkdtemp(prefix="zhengguan-bench-")

import django

django.setup()

from django.utils import timezone

from server.http.serve import prepare
from server.members.models import Role
from server.records.models import Campaign, School
from server.submissions.leases import claim_next
from server.submissions.models import Submission
from server.submissions.rule import Role as WorkflowRole
from tests.bench.latency import measure
from tests.bench.machine import machine
from tests.server.review.queue_data import ENVELOPE, fill_queue, member, signed_in, stored_portrait

CHUNK: Final = 2_000
CAMPAIGNS: Final = 4
VERDICT: Final = {"rule": "eye_line", "outcome": "pass", "value": 251.0, "unit": "px", "min": 200, "max": 300}
LARGE_ENVELOPE: Final = {**ENVELOPE, "verdicts": [{**VERDICT, "reason": "x" * 60}] * 39}
"""As many verdicts as a station sends; some 8 KB."""


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print(machine(), flush=True)
    prepare()
    began = time.perf_counter()
    campaigns = _fill(count)
    print(f"{Submission.objects.count():,} submissions, created in {time.perf_counter() - began:.0f} s", flush=True)
    mei = member("mei", Role.REVIEWER, Role.FINAL_REVIEWER)
    client = signed_in(mei)
    client.defaults["HTTP_HOST"] = "localhost"
    for name, address in _pages(campaigns, count).items():
        measure(name, lambda address=address: client.get(address).status_code == 200)
    measure("grid: claim 12", lambda: client.post("/review/grid/claim").status_code == 200)
    measure("claim the next one", lambda: claim_next(mei, WorkflowRole.REVIEWER, timezone.now()) is not None)
    first = Submission.objects.filter(state="received").order_by("received_at")[0].pk
    measure("single view", lambda: client.get(f"/review/{first}/").status_code == 200)
    return 0


def _pages(campaigns: list[Campaign], count: int) -> dict[str, str]:
    one = f"/review/?campaign={campaigns[0].pk}"
    return {
        "queue": "/review/",
        "queue of a campaign": one,
        "queue, last page": f"/review/?page={count // 50}",
        "queue, newest first": "/review/?sort=newest",
        "unsure only": "/review/?outcome=unsure",
        "overdue only": "/review/?overdue=1",
        "identity in doubt": "/review/?identity=not_matched",
        "one class": f"{one}&class=计科1班",
        "search by name": f"{one}&q=韩梅",
        "search by number": "/review/?q=2022000123",
        "search without a match": "/review/?q=查无此人",
        "grid": "/review/grid/",
    }


def _fill(count: int) -> list[Campaign]:
    """Create submissions: one in twenty fails, one in twenty is unsure, one in a hundred has a doubtful identity, one
    in ten is overdue; the others pass."""
    campaigns, now = _campaigns(), timezone.now()
    portraits = [stored_portrait(seed) for seed in range(6)]
    for number, start in enumerate(range(0, count, CHUNK)):
        size = min(CHUNK, count - start)
        age = timedelta(days=60 if number % 10 == 0 else 0, seconds=start)
        details = {"envelope": LARGE_ENVELOPE, "portrait_sha256": portraits[number % 6], "received_at": now - age}
        ids = fill_queue(campaigns[number % CAMPAIGNS], size, first=start + 1, **details)
        some = Submission.objects.filter
        some(pk__in=ids[::20]).update(suspicious=True, worst_outcome="fail")
        some(pk__in=ids[1::20]).update(suspicious=True, worst_outcome="unsure")
        some(pk__in=ids[2::100]).update(identity_check="not_matched")
    return campaigns


def _campaigns() -> list[Campaign]:
    school, now = School.objects.create(code="99001", name="示范大学"), timezone.now()
    day = timedelta(days=1)
    campaigns = [
        Campaign(code=f"bench{n}", school=school, title=f"示范 {n}", opens_at=now, closes_at=now + day, simulated=True)
        for n in range(CAMPAIGNS)
    ]
    return Campaign.objects.bulk_create(campaigns)


if __name__ == "__main__":
    sys.exit(main())
