"""Time, processor time and memory of the erasure of a campaign, including the search afterwards.

Run: python -m tests.bench.erasure [STUDENTS]
"""

from __future__ import annotations

# ruff: noqa: E402 - the settings have to be named before Django is imported
import os
import resource
import sys
import tempfile
import time
from datetime import timedelta

os.environ["DJANGO_SETTINGS_MODULE"] = "server.settings"
os.environ["ZHENGGUAN_SERVER_DATA"] = tempfile.mkdtemp(prefix="zhengguan-bench-")

import django

django.setup()

from django.utils import timezone

from server.http.serve import prepare
from server.privacy.runs import erase_campaign, plan_campaign
from tests.bench.machine import machine
from tests.bench.many_students import fill
from tests.server.conftest import make_campaign


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    print(machine(), flush=True)
    prepare()
    now = timezone.now()
    dates = {"opens_at": now - timedelta(days=90), "closes_at": now - timedelta(days=60), "retention_days": 30}
    campaign = make_campaign(simulated=False, **dates)
    fill(campaign, count, files_each=2, file_bytes=34_000)
    began, before = time.monotonic(), time.process_time()
    plan = plan_campaign(campaign)
    planned = time.process_time() - before
    report = erase_campaign(plan, now)
    seconds, cpu = time.monotonic() - began, time.process_time() - before
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{report.counts.get('students')} students, {report.counts.get('pictures')} pictures erased and searched for")
    print(f"{seconds:.0f} s, {cpu:.0f} s CPU (plan {planned:.1f} s), {memory:.0f} MB at most; {report.problems}")
    return 1 if report.problems or report.counts.get("students") != count else 0


if __name__ == "__main__":
    sys.exit(main())
